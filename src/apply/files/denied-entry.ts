// One line of the journal about an attempt that policy denied: who, what, by which rules. Short, however large the plan was.

import { changePaths } from '../../diff/change-path.ts';
import { changesHash } from '../../diff/changes-hash.ts';
import type { DocumentPlan, Plan } from '../../plan/plan.ts';
import type { RuleRef, Verdict } from '../../policy/verdict.ts';
import { unreachable } from '../../std/unreachable.ts';
import {
  type ChangeEntry,
  changeFacts,
  type ImpersonationEntry,
  impersonationEntry,
  type JournalValue,
} from './journal-entry.ts';

/** A rule as it decided: its place, `policies/policy.csv:12`, and the row that stood there. */
export type RuleEntry = { readonly rule: string; readonly row: string };

/** Changes of a network that were decided alike: by the same rule, or none with the same rules nearest. */
export type VerdictEntry = {
  readonly decision: 'allowed' | 'denied' | 'default-deny';
  /** How many changes. */
  readonly count: number;
  /** Left out for a default denial. */
  readonly by?: RuleEntry;
  /** What the condition of the rule found, at the first of the changes. */
  readonly because?: string;
  /** Of a default denial: the nearest rules, and what each missed at the first of the changes. */
  readonly nearest?: readonly (RuleEntry & { readonly missed: string })[];
  /** What went wrong inside the gate. */
  readonly fault?: string;
  /** The first of the changes, long values cut. */
  readonly first: readonly ChangeEntry[];
};

export type DeniedNetwork = {
  readonly network: string;
  readonly scope: 'live' | 'config';
  /** Hash of the text that the attempt started from, and of the one that it asked for; null for no network. */
  readonly before: string | null;
  readonly after: string | null;
  /** How many changes, in all and denied. */
  readonly changes: number;
  readonly denied: number;
  /** Denials first. Their counts add up to `changes`, but for `furtherVerdicts`. */
  readonly verdicts: readonly VerdictEntry[];
  /** How many changes are in none of `verdicts`, when too many rules had a say. */
  readonly furtherVerdicts?: number;
  /** Rules on trial that would have denied, and how many changes. */
  readonly reports?: readonly (RuleEntry & { readonly count: number })[];
};

/** Times are ISO 8601, UTC; hashes are sha256, hexadecimal. */
export type DeniedBody = {
  readonly format: 1;
  readonly type: 'denied';
  readonly time: string;
  readonly target: string;
  /** Whom policy decided about, and who really asked. */
  readonly subject: string;
  readonly realSubject: string;
  /** Null when nobody acted as somebody else. */
  readonly impersonation: ImpersonationEntry | null;
  readonly because: string | null;
  /** The hash of its text, which is not kept: who is denied does not choose what fills the disk. */
  readonly script: { readonly name: string; readonly hash: string } | null;
  readonly policy: { readonly name: string; readonly hash: string };
  /** The clock of the decision. */
  readonly decided: string;
  /** Of all changes: equal for two attempts at the same. */
  readonly changesHash: string;
  readonly networks: readonly DeniedNetwork[];
  /** How many networks were left out. */
  readonly furtherNetworks?: number;
  /** No denial of `realSubject` is recorded from here to this time: the day's budget is spent. */
  readonly silentUntil?: string;
};

/** What an entry may hold: the first that makes it short enough is taken. */
const SIZES = [
  { samples: 8, groups: 40 },
  { samples: 4, groups: 20 },
  { samples: 2, groups: 10 },
  { samples: 1, groups: 6 },
  { samples: 0, groups: 3 },
] as const;

/** UTF-16 code units of `networks`. The last size is taken however long it is: it cannot be over about 100,000. */
const LONGEST = 16_384;
const MOST_NETWORKS = 20;
const NEAREST = 3;

/** The entry of a plan that was denied. `now`: milliseconds since 1970. */
export function deniedBody(
  plan: Plan,
  context: {
    readonly now: number;
    readonly script: { readonly name: string; readonly hash: string } | null;
  },
): DeniedBody {
  const documents = plan.documents.filter(({ changes }) => changes.length > 0);
  const shown = documents.slice(0, MOST_NETWORKS).map(sort);
  const { script } = context;
  const body = (networks: readonly DeniedNetwork[]): DeniedBody => ({
    format: 1,
    type: 'denied',
    time: new Date(context.now).toISOString(),
    target: plan.target,
    subject: plan.subject,
    realSubject: plan.realSubject,
    impersonation: impersonationEntry(plan),
    because: plan.because === null ? null : cut(plan.because, 1000),
    script: script === null ? null : { ...script, name: cut(script.name, 200) },
    policy: { name: plan.policy.name, hash: plan.policy.hash },
    decided: new Date(plan.clock).toISOString(),
    changesHash: changesHash(plan.documents),
    networks,
    ...(documents.length > shown.length ? { furtherNetworks: documents.length - shown.length } : {}),
  });
  let networks: readonly DeniedNetwork[] = [];
  for (const size of SIZES) {
    networks = shown.map((sorted) => deniedNetwork(sorted, size));
    if (JSON.stringify(networks).length <= LONGEST) break;
  }
  return body(networks);
}

/** Of a group: its verdict as decided at the first change, and the places of all its changes in the document. */
type Group = { readonly verdict: Verdict; readonly at: number[] };

type Sorted = {
  readonly document: DocumentPlan;
  readonly groups: readonly Group[];
  readonly denied: number;
  readonly reports: ReadonlyMap<RuleRef, number>;
};

/** Verdicts by what decided. Linear. */
function sort(document: DocumentPlan): Sorted {
  const groups = new Map<string, Group>();
  const reports = new Map<RuleRef, number>();
  let denied = 0;
  for (const [at, verdict] of document.verdicts.entries()) {
    if (verdict.decision.type !== 'allowed') denied++;
    for (const rule of verdict.reports) reports.set(rule, (reports.get(rule) ?? 0) + 1);
    const key = keyOf(verdict.decision);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { verdict, at: [at] });
    else group.at.push(at);
  }
  const allowed = (group: Group): number => Number(group.verdict.decision.type === 'allowed');
  return {
    document,
    groups: [...groups.values()].sort((a, b) => allowed(a) - allowed(b)),
    denied,
    reports,
  };
}

function keyOf(decision: Verdict['decision']): string {
  switch (decision.type) {
    case 'allowed':
    case 'denied':
      return `${decision.type} ${placeOf(decision.rule)}`;
    case 'default-deny':
      return `default ${decision.fault ?? ''} ${decision.nearest.map(({ rule }) => placeOf(rule)).join()}`;
    default:
      return unreachable(decision);
  }
}

function deniedNetwork(
  { document, groups, denied, reports }: Sorted,
  size: (typeof SIZES)[number],
): DeniedNetwork {
  const pathOf = changePaths();
  const shown = groups.slice(0, size.groups);
  const further = groups.slice(size.groups).reduce((sum, { at }) => sum + at.length, 0);
  const { network, scope, baseText, baseHash, resultText, resultHash } = document;
  return {
    network,
    scope,
    before: baseText === null ? null : baseHash,
    after: resultText === null ? null : resultHash,
    changes: document.changes.length,
    denied,
    verdicts: shown.map(({ verdict, at }) => ({
      ...decisionEntry(verdict.decision, at.length),
      first: at.slice(0, size.samples).map((index) => {
        const change = document.changes[index]!; // verdicts stand in the order of the changes
        return shortChange(changeFacts(change, pathOf));
      }),
    })),
    ...(further === 0 ? {} : { furtherVerdicts: further }),
    ...(reports.size === 0
      ? {}
      : {
          reports: [...reports].slice(0, size.groups).map(([rule, count]) => ({ ...ruleEntry(rule), count })),
        }),
  };
}

function decisionEntry(decision: Verdict['decision'], count: number): Omit<VerdictEntry, 'first'> {
  switch (decision.type) {
    case 'allowed':
      return { decision: decision.type, count, by: ruleEntry(decision.rule) };
    case 'denied':
      return {
        decision: decision.type,
        count,
        by: ruleEntry(decision.rule),
        ...(decision.because === null ? {} : { because: cut(decision.because, 300) }),
      };
    case 'default-deny':
      return {
        decision: decision.type,
        count,
        nearest: decision.nearest
          .slice(0, NEAREST)
          .map(({ rule, missed }) => ({ ...ruleEntry(rule), missed: cut(missed, 300) })),
        ...(decision.fault === null ? {} : { fault: cut(decision.fault, 300) }),
      };
    default:
      return unreachable(decision);
  }
}

function shortChange(change: ChangeEntry): ChangeEntry {
  const { before, after } = change;
  return {
    ...change,
    path: cut(change.path, 300),
    ...(before === undefined ? {} : { before: shortValue(before) }),
    ...(after === undefined ? {} : { after: shortValue(after) }),
  };
}

function shortValue(value: JournalValue): JournalValue {
  return typeof value === 'string' ? cut(value, 100) : { default: cut(value.default, 100) };
}

function ruleEntry(rule: RuleRef): RuleEntry {
  return { rule: placeOf(rule), row: cut(rule.text, 500) };
}

const places = new WeakMap<RuleRef, string>();

function placeOf(rule: RuleRef): string {
  let place = places.get(rule);
  if (place === undefined) {
    place = `${rule.file}:${rule.line}`;
    places.set(rule, place);
  }
  return place;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
