// What the gate answers about one change, with the line that decided.

import type { Change } from '../diff/change.ts';

export type Effect = 'allow' | 'deny' | 'report';

/** A policy line, for people: `policies/policy.csv:12` and the row as it is written. */
export type RuleRef = {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly effect: Effect;
};

/** A rule that nearly matched, and what it missed, in words: "covers hosts, not the dhcp they stand in". */
export type NearMiss = { readonly rule: RuleRef; readonly missed: string };

export type Verdict = {
  readonly change: Change;
  readonly decision:
    | { readonly type: 'allowed'; readonly rule: RuleRef }
    | {
        readonly type: 'denied';
        readonly rule: RuleRef /** why the deny fired, when a condition decided: "`average` is 2000" */;
        readonly because: string | null;
      }
    /** No allow matched. `fault`: what went wrong inside the gate, when that is why; then nothing is nearest. */
    | { readonly type: 'default-deny'; readonly nearest: readonly NearMiss[]; readonly fault: string | null };
  /** Rules on trial (`report`) that would have denied this. */
  readonly reports: readonly RuleRef[];
};
