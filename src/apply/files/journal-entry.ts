// One line of the journal: who changed what, why, by which rules, from which text to which. Made from a plan.

import type { Change, ChangeValue } from '../../diff/change.ts';
import { changePaths } from '../../diff/change-path.ts';
import type { DocumentPlan, Plan } from '../../plan/plan.ts';
import type { RuleRef, Verdict } from '../../policy/verdict.ts';

/** A value as libvirt means it; `default` when it was not written. */
export type JournalValue = string | { readonly default: string };

export type ChangeEntry = {
  readonly op: Change['op'];
  /** Left out for `element`, `attribute` and `text`, which the path tells apart. */
  readonly kind?: 'opaque' | 'unknown';
  readonly path: string;
  readonly before?: JournalValue;
  readonly after?: JournalValue;
  /** Which of the network's `rules` allowed it. */
  readonly rule?: number;
  /** Which of them, on trial, would have denied it. */
  readonly reports?: readonly number[];
};

export type NetworkEntry = {
  readonly network: string;
  readonly scope: 'live' | 'config';
  /** Hash of the text; null where there was, or is, no network. */
  readonly before: string | null;
  readonly after: string | null;
  /** The last revision that Sluice knows of, when `before` is not what that one left. */
  readonly foreignSince?: number;
  /** `file:line` of each policy rule that decided, or would have, on trial. */
  readonly rules: readonly string[];
  /** What stood there, in the same order; lines of the first Sluice lack it. */
  readonly rows?: readonly string[];
  readonly changes: readonly ChangeEntry[];
};

/** Whether the real subject may act as the other, and by which rule (`file:line`, and its row); null for none. */
export type ImpersonationEntry = {
  readonly allowed: boolean;
  readonly rule: string | null;
  readonly row: string | null;
};

/** A revision. Times are ISO 8601, UTC; hashes are sha256, hexadecimal. */
export type ApplyBody = {
  readonly format: 1;
  readonly type: 'apply';
  readonly revision: number;
  readonly time: string;
  readonly target: string;
  /** Whom policy decided about, and who really asked. */
  readonly subject: string;
  readonly realSubject: string;
  /** Left out when nobody acted as somebody else. */
  readonly impersonation?: ImpersonationEntry;
  readonly because: string | null;
  readonly script: { readonly name: string; readonly hash: string } | null;
  readonly policy: { readonly name: string; readonly hash: string };
  /** The clock of the decision: conditions on time read this. */
  readonly decided: string;
  readonly networks: readonly NetworkEntry[];
  /** A daemon did only a part of what was planned; `networks` say which, and what holds. Left out for all else. */
  readonly partial?: true;
};

/** The entry of a plan; `documents` are those of its documents that change. `foreign`: network → last known revision. */
export function applyBody(
  plan: Plan,
  documents: readonly DocumentPlan[],
  context: {
    readonly revision: number;
    readonly now: number;
    readonly script: { readonly name: string; readonly hash: string } | null;
    readonly foreign: ReadonlyMap<string, number>;
  },
): ApplyBody {
  const impersonation = impersonationEntry(plan);
  return {
    format: 1,
    type: 'apply',
    revision: context.revision,
    time: new Date(context.now).toISOString(),
    target: plan.target,
    subject: plan.subject,
    realSubject: plan.realSubject,
    ...(impersonation === null ? {} : { impersonation }),
    because: plan.because,
    script: context.script,
    policy: { name: plan.policy.name, hash: plan.policy.hash },
    decided: new Date(plan.clock).toISOString(),
    networks: documents.map((document) => networkEntry(document, context.foreign.get(document.network))),
  };
}

export function impersonationEntry({ impersonation }: Plan): ImpersonationEntry | null {
  if (impersonation === null) return null;
  const { allowed, rule } = impersonation;
  return {
    allowed,
    rule: rule === null ? null : `${rule.file}:${rule.line}`,
    row: rule === null ? null : rule.text,
  };
}

function networkEntry(document: DocumentPlan, foreignSince: number | undefined): NetworkEntry {
  const rules = new Map<RuleRef, number>();
  const numberOf = (rule: RuleRef): number => {
    const known = rules.get(rule);
    if (known !== undefined) return known;
    rules.set(rule, rules.size);
    return rules.size - 1;
  };
  const pathOf = changePaths();
  const changes = document.changes.map((change, index) =>
    changeEntry(change, document.verdicts[index], pathOf, numberOf),
  );
  return {
    network: document.network,
    scope: document.scope,
    before: document.baseText === null ? null : document.baseHash,
    after: document.resultText === null ? null : document.resultHash,
    ...(foreignSince === undefined ? {} : { foreignSince }),
    rules: [...rules.keys()].map(({ file, line }) => `${file}:${line}`),
    rows: [...rules.keys()].map(({ text }) => text),
    changes,
  };
}

function changeEntry(
  change: Change,
  verdict: Verdict | undefined,
  pathOf: (change: Change) => string,
  numberOf: (rule: RuleRef) => number,
): ChangeEntry {
  return {
    ...changeFacts(change, pathOf),
    ...(verdict?.decision.type === 'allowed' ? { rule: numberOf(verdict.decision.rule) } : {}),
    ...(verdict === undefined || verdict.reports.length === 0
      ? {}
      : { reports: verdict.reports.map(numberOf) }),
  };
}

/** What changed, without what was decided about it. */
export function changeFacts(change: Change, pathOf: (change: Change) => string): ChangeEntry {
  return {
    op: change.op,
    ...(change.kind === 'opaque' || change.kind === 'unknown' ? { kind: change.kind } : {}),
    path: pathOf(change),
    ...(change.before === null ? {} : { before: journalValue(change.before) }),
    ...(change.after === null ? {} : { after: journalValue(change.after) }),
  };
}

function journalValue(value: ChangeValue): JournalValue {
  return value.written === null ? { default: value.value } : value.value;
}
