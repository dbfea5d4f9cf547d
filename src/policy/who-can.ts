// Everybody whom a policy lets do a thing, on every network that its rows tell apart.

import { type Answer, askPolicy, couldBeAllowed } from './ask.ts';
import type { Hypothesis } from './hypothesis.ts';
import { EVERYONE, networkMatches } from './names.ts';
import type { Policy } from './policy.ts';
import { subjectsOf, wayTo } from './subjects.ts';
import type { RuleRef } from './verdict.ts';

/** A network to ask about, and what it stands for: itself, all that fit a pattern, or all others. */
export type NetworkCase = { readonly label: string; readonly network: string };

/** One who may, or who may under conditions that the question left open. */
export type Holder = {
  readonly subject: string;
  readonly word: 'yes' | 'depends';
  /** Labels of the networks where it is so; null for every network. */
  readonly networks: readonly string[] | null;
  /** The rows that allow it, with their conditions. */
  readonly allows: readonly { readonly rule: RuleRef; readonly when: string }[];
  /** Denies that may come in the way. */
  readonly denies: readonly { readonly rule: RuleRef; readonly when: string }[];
  /** From the subject to the one whom the row names. */
  readonly way: readonly string[];
};

/** One network for each name and pattern in the rows, and one that none of them fits. */
export function networkCases(policy: Policy): readonly NetworkCase[] {
  const patterns = new Set([...policy.rules, ...policy.links].map(({ network }) => network));
  const cases: NetworkCase[] = [];
  const special = [...patterns].filter((pattern) => pattern !== '*');
  const names = special.filter((pattern) => !pattern.includes('*')).sort();
  for (const name of names) cases.push({ label: name, network: name });
  for (const pattern of special.filter((one) => one.includes('*')).sort())
    cases.push({
      label: pattern,
      network: fresh(
        (filler) => pattern.replaceAll('*', filler),
        (name) => names.includes(name),
      ),
    });
  cases.push({
    label: 'every other network',
    network: fresh(
      (filler) => `other${filler}`,
      (name) => special.some((pattern) => networkMatches(name, pattern)),
    ),
  });
  return cases;
}

function fresh(make: (filler: string) => string, taken: (name: string) => boolean): string {
  for (let filler = 'x'; filler.length < 100; filler += 'x') {
    const name = make(filler);
    if (!taken(name)) return name;
  }
  return make('x');
}

/** Users and roles of the policy who may, roles first. `clock` in milliseconds since 1970. */
export function whoCan(
  policy: Policy,
  cases: readonly NetworkCase[],
  hypothesisOn: (network: string) => Hypothesis,
  clock: number,
): readonly Holder[] {
  const whens = new Map(policy.rules.map((rule) => [rule.ref, rule]));
  const found = new Map<string, Holder & { readonly labels: string[] }>();
  for (const { label, network } of cases) {
    const hypothesis = hypothesisOn(network);
    for (const subject of subjectsOf(policy)) {
      // to be oneself needs no row
      if (hypothesis.type === 'impersonate' && hypothesis.other === subject) continue;
      if (!couldBeAllowed(policy, hypothesis, subject)) continue;
      const answer = askPolicy(policy, hypothesis, subject, clock);
      if (answer.word === 'no') continue;
      const rows = (effect: RuleRef['effect']): readonly { rule: RuleRef; when: string }[] =>
        rowsOf(answer, effect).map((rule) => ({ rule, when: whens.get(rule)?.when ?? '' }));
      const allows = rows('allow');
      const first = allows[0] === undefined ? undefined : whens.get(allows[0].rule);
      const way = wayTo(policy, subject, first?.subject ?? subject, network);
      // everybody is told of once
      if (way[way.length - 1] === EVERYONE && subject !== EVERYONE) continue;
      const holder = { subject, word: answer.word, allows, denies: rows('deny'), way };
      const key = JSON.stringify([subject, answer.word, lines(allows), lines(holder.denies), way]);
      const known = found.get(key);
      if (known === undefined) found.set(key, { ...holder, networks: null, labels: [label] });
      else known.labels.push(label);
    }
  }
  return [...found.values()]
    .map(({ labels, ...holder }) => ({
      ...holder,
      networks: labels.length === cases.length && cases.length > 1 ? null : labels,
    }))
    .sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0));
}

/** Rows that hold, or may hold: of each part the one that decides, else those that it hangs on. */
function rowsOf({ parts }: Answer, effect: RuleRef['effect']): readonly RuleRef[] {
  const found = new Set<RuleRef>();
  for (const { decider, open, matched } of parts) {
    if (effect === 'allow' && decider?.effect === 'allow') {
      found.add(decider);
      continue;
    }
    for (const { rule } of [...matched, ...open]) if (rule.effect === effect) found.add(rule);
  }
  return [...found].sort((a, b) => a.line - b.line);
}

function lines(rows: readonly { readonly rule: RuleRef }[]): readonly number[] {
  return rows.map(({ rule }) => rule.line);
}
