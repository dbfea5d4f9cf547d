// A plan as data: what would change, who decides what about it, and how it takes effect. What `plan` prints is what `apply` does.

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Change, Scope } from '../diff/change.ts';
import type { RuleRef, Verdict } from '../policy/verdict.ts';

/**
 * How a change takes effect on its target.
 * `stored`: in the file, which is all that a files target has; in libvirt's CONFIG, when LIVE gets the same change.
 * `at-once`: in LIVE and in what runs. `new-guests-only`: in LIVE; guests that are plugged in keep what they have.
 * `next-start`: when the network starts the next time. `not-possible`: no call does it; the plan cannot be applied.
 */
export type TakesEffect =
  | { readonly type: 'stored'; readonly by?: Means }
  | {
      readonly type: 'at-once';
      readonly by?: Means;
      /** Names and leases are not served for a moment. */
      readonly restartsDnsmasq: boolean;
      /** The network's firewall rules are taken away and put back: connections stop for a moment. */
      readonly reloadsFirewall: boolean;
    }
  | { readonly type: 'new-guests-only'; readonly by?: Means }
  /** Why, as the end of a sentence; null where nothing more is to be said: the network is not running. */
  | { readonly type: 'next-start'; readonly because: string | null; readonly by?: Means }
  | { readonly type: 'not-possible'; readonly because: string };

/**
 * By which calls, where it is not one for the element itself. `delete-and-add`: it cannot be modified in its place, and is
 * missing between two calls. `define`: the stored network is replaced as a whole.
 */
export type Means = 'delete-and-add' | 'define';

export type DocumentPlan = {
  readonly network: string;
  readonly scope: Scope;
  readonly changes: readonly Change[];
  /** Same order as `changes`. */
  readonly verdicts: readonly Verdict[];
  readonly effects: readonly TakesEffect[];
  /** Null for a network that the plan creates. */
  readonly baseText: string | null;
  /** Null for a network that the plan deletes. */
  readonly resultText: string | null;
  /** sha256Hex of the text; `ABSENT_HASH` where the text is null. A permit binds these. */
  readonly baseHash: string;
  readonly resultHash: string;
};

/** Stands for the hash of a document that is not there: an absent network is not an empty file. */
export const ABSENT_HASH = 'absent';

export type Plan = {
  readonly target: string;
  readonly subject: string;
  readonly realSubject: string;
  readonly impersonation: { readonly allowed: boolean; readonly rule: RuleRef | null } | null;
  /** The script's reason (`because` at the top), or null. */
  readonly because: string | null;
  readonly policy: { readonly name: string; readonly hash: string };
  /** Milliseconds since 1970: the one clock of this plan. */
  readonly clock: number;
  readonly documents: readonly DocumentPlan[];
  /** True when every change of every document is allowed (also when there is none). */
  readonly allowed: boolean;
  /** Warnings and notes; a plan with errors is not made. */
  readonly diagnostics: readonly Diagnostic[];
};
