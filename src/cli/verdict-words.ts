// A verdict in words said to the person who got it: which line decided, why, and the way out.

import { type Change, stepsOf } from '../diff/change.ts';
import { pathText } from '../network/path.ts';
import { readRows } from '../policy/csv.ts';
import { ruleName } from '../policy/decision.ts';
import type { NearMiss, RuleRef, Verdict } from '../policy/verdict.ts';
import { unreachable } from '../std/unreachable.ts';

export type Circumstances = {
  /** `alice`, without `user:`. */
  readonly who: string;
  readonly network: string;
  /** The policy's name: the directory it was read from. */
  readonly policy: string;
};

/** `headline` says what was decided; `details` go below it, `wayOut` last. */
export type Words = {
  readonly headline: string;
  readonly details: readonly string[];
  readonly wayOut: readonly string[];
};

/** `user:alice` → `alice`. */
export function nameOf(subject: string): string {
  return subject.startsWith('user:') ? subject.slice('user:'.length) : subject;
}

export function wordsOf(change: Change, verdict: Verdict, { who, network, policy }: Circumstances): Words {
  const { decision } = verdict;
  switch (decision.type) {
    case 'allowed':
      return { headline: `allowed by ${ruleName(decision.rule)}`, details: [], wayOut: [] };
    case 'denied': {
      const row = readRule(decision.rule);
      const why = decision.because ?? (row === null || row.when === '' ? null : `\`${row.when}\` holds`);
      return {
        headline: `denied by ${ruleName(decision.rule)}`,
        details: [rowText(decision.rule), ...(why === null ? [] : [`why: ${why}`])],
        wayOut: [wayPastDeny(row, policy)],
      };
    }
    case 'default-deny':
      if (decision.fault !== null) {
        return {
          headline: 'denied: the gate failed, and what it cannot decide it denies',
          details: [decision.fault],
          wayOut: ['this is a bug in sluice: please report it'],
        };
      }
      return {
        headline: `denied: no rule lets ${who} do this`,
        details: decision.nearest.flatMap(nearLines),
        wayOut: wayPastDefault(change, decision.nearest, { who, network, policy }),
      };
    default:
      return unreachable(decision);
  }
}

/** The nearest rule as it is written, the others by their place. */
function nearLines({ rule, missed }: NearMiss, index: number): readonly string[] {
  if (index > 0) return [`then ${ruleName(rule)}: ${missed}`];
  return [`nearest rule: ${ruleName(rule)}`, `  ${rowText(rule)}`, `  why not: ${missed}`];
}

/** The row on one line, without the blanks that align it in its file. */
function rowText(rule: RuleRef): string {
  return rule.text.replace(/ {2,}/g, ' ');
}

function wayPastDeny(row: RuleRow | null, policy: string): string {
  const exempt = row === null ? null : /^not role ([^\s()]+)$/.exec(row.when);
  if (exempt !== null) return `ask somebody with role:${exempt[1]}, whom this rule lets through`;
  if (row !== null && row.when !== '')
    return `choose values for which \`${row.when}\` is false, or ask whoever keeps ${policy}`;
  return `ask whoever keeps ${policy}: this rule knows no exception`;
}

function wayPastDefault(
  change: Change,
  nearest: readonly NearMiss[],
  { who, network, policy }: Circumstances,
): readonly string[] {
  const ways = new Set(nearest.flatMap(({ rule, missed }) => wayThrough(rule, missed, who)));
  if (ways.size > 0) return [...ways, `else ask whoever keeps ${policy}`];
  const grant = ['p', 'allow', `user:${who}`, network, policyPath(change), change.op, change.scope, '""'];
  return [`ask whoever keeps ${policy} for a rule such as`, `  ${grant.join(', ')}`];
}

/** What would make this rule allow it, where the person can do something about it: another role, or other values. */
function wayThrough(rule: RuleRef, missed: string, who: string): readonly string[] {
  const row = readRule(rule);
  if (row === null || row.effect !== 'allow') return [];
  // who misses more than one thing at this rule is not helped by getting one of them
  if (missed.includes('; ')) return [];
  if (missed.startsWith(`needs \`${row.subject}\``))
    return [`ask somebody with ${row.subject}, who ${permission(row)}`];
  return missed.startsWith('condition ') ? [`${who} ${permission(row)}`] : [];
}

/** `may add or remove ip[*].dhcp.host[*] if ip in 10.0.0.128/25`. */
function permission(row: RuleRow): string {
  const where = row.network === '*' ? '' : ` in ${row.network}`;
  const acts = row.operation === '*' ? ['change'] : row.operation.split('|').map((act) => act.trim());
  const list = acts.length === 1 ? acts[0] : `${acts.slice(0, -1).join(', ')} or ${acts[acts.length - 1]}`;
  return `may ${list} ${row.path}${where}${row.when === '' ? '' : ` if ${row.when}`}`;
}

/** The change's path as a policy names it; what has a key of a kind that needs quotes stays as it is printed. */
function policyPath(change: Change): string {
  const path = pathText(
    stepsOf(change.pair).map((step) => ({ ...step, nth: 1 })),
    change.leaf,
  );
  return /[",]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path;
}

type RuleRow = {
  readonly effect: string;
  readonly subject: string;
  readonly network: string;
  readonly path: string;
  readonly operation: string;
  readonly when: string;
};

/** The columns of a policy row; null for a row that is none (the gate then still shows its text). */
function readRule(rule: RuleRef): RuleRow | null {
  const values = readRows({ name: rule.file, text: rule.text }).rows[0]?.fields.map((field) => field.value);
  if (values === undefined || values[0] !== 'p') return null;
  const [, effect, subject, network, path, operation, , when] = values;
  if (
    effect === undefined ||
    subject === undefined ||
    network === undefined ||
    path === undefined ||
    operation === undefined
  )
    return null;
  return { effect, subject, network, path, operation, when: when ?? '' };
}
