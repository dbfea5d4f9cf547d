// Why nothing allowed a change: the rules that nearly did and what each missed, in words. Only asked for what is denied.

import type { Operation, Pair } from '../diff/change.ts';
import { type Run, testFor } from './condition.ts';
import { EVERYONE, networkMatches } from './names.ts';
import { type Anchor, anchorsOf, bareOf, type Located } from './path-match.ts';
import type { PathPattern } from './path-pattern.ts';
import type { Rule } from './policy.ts';
import { type Question, sidesOf } from './question.ts';
import { FALSE, TRUE } from './truth.ts';
import type { NearMiss } from './verdict.ts';

/** At most this many are named. */
const NAMED = 3;
/** Changes of one kind share a short list of rules; keys and conditions are looked at for these alone. */
const SHORT_LIST = 8;
/** A document may hold thousands of names that nobody knows, and each kind of change is a walk over the rules. */
const UNKNOWN_KINDS = 100;
/** Rules that miss by more say nothing to the one who was denied. */
const FAR = 4;

type Miss = { readonly cost: number; readonly text: string };
/** A rule with all that it missed, keys and condition aside. */
type Candidate = {
  readonly rule: Rule;
  readonly pattern: PathPattern;
  /** The path covers such changes, keys aside. */
  readonly pathFits: boolean;
  readonly cost: number;
  readonly missed: readonly string[];
};

export type NearMisses = (run: Run, located: Located, op: Operation, scope: string) => readonly NearMiss[];

/** The nearest allow rules to denied changes of one subject on one network. Remembers what changes of one kind share. */
export function nearMisses(rules: readonly Rule[]): NearMisses {
  // only when something is denied: it is a walk over all rules
  let allows: readonly { readonly rule: Rule; readonly pattern: PathPattern }[] | null = null;
  const shortLists = new Map<string, readonly Candidate[]>();
  let unknownKinds = 0;
  return (run, located, op, scope) => {
    const kind = kindOf(located, op, scope);
    let list = shortLists.get(kind);
    if (list === undefined) {
      if (isUnknown(located) && ++unknownKinds > UNKNOWN_KINDS) return [];
      allows ??= rules.flatMap((rule) =>
        rule.effect === 'allow' && rule.covers.type === 'changes'
          ? [{ rule, pattern: rule.covers.pattern }]
          : [],
      );
      list = nearest(
        allows.flatMap(({ rule, pattern }) => candidate(rule, pattern, run, located, op, scope) ?? []),
        SHORT_LIST,
      );
      shortLists.set(kind, list);
    }
    const finished = list.map((one) => finish(one, run, located));
    return nearest(finished, NAMED).map(({ rule, missed }) => ({
      rule: rule.ref,
      missed: missed.join('; '),
    }));
  };
}

function nearest(candidates: readonly Candidate[], count: number): readonly Candidate[] {
  // sort is stable: among equals the file's order
  return [...candidates].sort((a, b) => a.cost - b.cost).slice(0, count);
}

/** True for what document texts name, and not the table. */
function isUnknown({ place, kind }: Located): boolean {
  return kind === 'unknown' || place.chain[place.chain.length - 1]?.spec === null;
}

/** Equal for changes that the rules miss alike, keys and conditions aside. */
function kindOf({ place, kind, leaf }: Located, op: string, scope: string): string {
  return `${op} ${scope} ${kind} ${leaf.type === 'attribute' ? `@${leaf.name}` : leaf.type} ${place.names}`;
}

function candidate(
  rule: Rule,
  pattern: PathPattern,
  run: Run,
  located: Located,
  op: string,
  scope: string,
): Candidate | null {
  const path = pathMiss(pattern, located);
  if (path === null) return null;
  const misses = [
    path,
    subjectMiss(rule, run),
    wordMiss(rule.operations, rule.operation, op),
    wordMiss(rule.scopes, rule.scope, scope),
  ];
  if (!networkMatches(run.network, rule.network))
    misses.push({ cost: 1, text: `is for networks \`${rule.network}\`` });
  const missed = misses.filter((miss) => miss.cost > 0);
  const cost = missed.reduce((sum, miss) => sum + miss.cost, 0);
  return cost > FAR
    ? null
    : { rule, pattern, pathFits: path === NONE, cost, missed: missed.map((miss) => miss.text) };
}

const NONE: Miss = { cost: 0, text: '' };

function subjectMiss({ subject }: Rule, run: Run): Miss {
  if (subject === EVERYONE || subject === run.subject || run.roles.has(subject)) return NONE;
  return {
    cost: 3,
    text: subject.startsWith('user:')
      ? `is for \`${subject}\``
      : `needs \`${subject}\`, which \`${run.subject}\` does not have on \`${run.network}\``,
  };
}

function wordMiss(words: ReadonlySet<string>, text: string, word: string): Miss {
  return words.has(word) ? NONE : { cost: 1, text: `is for \`${text}\`, not \`${word}\`` };
}

/** What the path misses, keys aside; null when it speaks of something else altogether. */
function pathMiss(pattern: PathPattern, located: Located): Miss | null {
  const whole = bareOf(pattern);
  const anchors = anchorsOf({ ...whole, leaf: pattern.leaf }, located);
  const { chain } = located.place;
  const here = nameOf(chain[chain.length - 1]);
  if (anchors.length > 0)
    return anchors.some((anchor) => anchor.named) ? NONE : { cost: 1, text: unnamed(located, here) };
  if (pattern.leaf !== null && anchorsOf(whole, located).length > 0) {
    return {
      cost: 1,
      text: `covers only \`@${pattern.leaf.type === 'text' ? 'text()' : pattern.leaf.name}\``,
    };
  }
  const [anchor] = anchorsOf({ ...whole, below: true }, located);
  if (anchor !== undefined) return { cost: 2, text: `covers \`${nameOf(anchor.pair)}\`, not what is in it` };
  if (pattern.anyDepth) return null;
  const depth = chain.length - 1;
  const name = pattern.steps[pattern.steps.length - 1]?.name ?? null;
  const wanted = name === null ? 'what is in it' : `\`${name}\``;
  if (
    depth < pattern.steps.length &&
    anchorsOf({ ...whole, steps: whole.steps.slice(0, depth), below: false }, located).length > 0
  ) {
    return { cost: 2, text: `covers ${wanted}, not the \`${here}\` it stands in` };
  }
  const parents = { ...whole, steps: whole.steps.slice(0, -1), below: true };
  if (depth > 1 && depth === pattern.steps.length && anchorsOf(parents, located).length > 0) {
    return { cost: 3, text: `covers ${wanted}, not \`${here}\`` };
  }
  return null;
}

function unnamed(located: Located, here: string): string {
  if (located.kind === 'unknown') {
    switch (located.leaf.type) {
      case 'attribute':
        return `does not reach \`${located.leaf.name}\`, which the table does not know: name it, \`@'${located.leaf.name}'\``;
      case 'text':
        return "does not reach text where none belongs: name it, `@'text()'`";
      case 'element':
        return `does not reach \`${here}\`, which the table does not know: name it, \`'${here}'\``;
    }
  }
  const sensitive = nameOf(located.place.chain[located.place.sensitive]);
  return `does not reach \`${sensitive}\`, which can take over the host: name it, \`${sensitive}.**\``;
}

function nameOf(pair: Pair | undefined): string {
  return pair?.step?.name ?? 'network';
}

/** The candidate with what this very change missed by keys and condition. */
function finish(one: Candidate, run: Run, located: Located): Candidate {
  const covering = anchorsOf(one.pattern, located);
  if (covering.length === 0) {
    if (!one.pathFits) return one;
    return { ...one, cost: one.cost + 1, missed: [`covers only \`${one.pattern.text}\``, ...one.missed] };
  }
  const failed = conditionMiss(
    one.rule,
    covering.filter((anchor) => anchor.named),
    run,
  );
  return failed === null ? one : { ...one, cost: one.cost + 1, missed: [failed, ...one.missed] };
}

function conditionMiss(rule: Rule, anchors: readonly Anchor[], run: Run): string | null {
  for (const anchor of anchors) {
    const test = testFor(rule.condition, anchor.pair.spec);
    for (const { side, evidence } of sidesOf(anchor, run)) {
      const truth = test.truth(evidence);
      if (truth === TRUE) continue;
      return `condition ${truth === FALSE ? 'false' : 'unknown'} ${side}: ${list(test.because(evidence))}`;
    }
  }
  return null;
}

/** Why a deny fired: what its condition found; null when it has none. */
export function becauseOf(rule: Rule, question: Question): string | null {
  if (rule.condition.text === '' || question.asked.type !== 'change' || rule.covers.type !== 'changes')
    return null;
  for (const anchor of anchorsOf(rule.covers.pattern, question.asked.located)) {
    const test = testFor(rule.condition, anchor.pair.spec);
    // the later side first: what the result would be is what people look at
    for (const { side, evidence } of sidesOf(anchor, question.run).toReversed()) {
      const truth = test.truth(evidence);
      if (truth === FALSE) continue;
      const found = list(test.because(evidence));
      const told =
        truth === TRUE ? found : `${found}, and a deny also holds where its condition cannot be decided`;
      return side === 'before' && anchor.pair.result !== null && anchor.pair.result !== anchor.pair.base
        ? `before the change, ${told}`
        : told;
    }
  }
  return null;
}

function list(reasons: readonly string[]): string {
  return [...new Set(reasons)].slice(0, 3).join(' and ');
}
