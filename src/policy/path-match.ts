// What a policy path covers (rules 12, 13 and 16).
//
// Paths match as structure: a value of a document is never read as a pattern, nor a path printed to be compared.

import type { Change, Pair } from '../diff/change.ts';
import { matchesKey } from '../network/lookup.ts';
import type { PathPattern, StepPattern } from './path-pattern.ts';
import type { LeafSyntax } from './path-syntax.ts';

/** Where an element stands: what its changes share. */
export type Place = {
  /** The elements on the way, the root first, the element last. */
  readonly chain: readonly Pair[];
  /** The names on the way. Equal for elements that the table says the same about; keys are not in it. */
  readonly names: string;
  /** Where in `chain` the outermost element stands that an allow must name; -1 for none. */
  readonly sensitive: number;
};

/** A change at its place: what a pattern is held against. */
export type Located = { readonly place: Place; readonly kind: Change['kind']; readonly leaf: Change['leaf'] };

export function placeOf(pair: Pair): Place {
  const chain: Pair[] = [];
  for (let at: Pair | null = pair; at !== null; at = at.parent) chain.push(at);
  chain.reverse();
  let names = '';
  let sensitive = -1;
  for (let i = 1; i < chain.length; i++) {
    const { spec, step } = chain[i] ?? pair;
    // no name of the table has a quote in it, so what comes behind one is all of an unknown name
    names += spec === null ? `'${step?.name ?? ''}` : `${spec.name}/`;
    if (sensitive < 0 && spec?.mustBeNamed === true) sensitive = i;
  }
  return { chain, names, sensitive };
}

/** An element that the last step of the pattern matched. */
export type Anchor = {
  readonly pair: Pair;
  /** False when the path covers the change without naming what an allow must name (rule 16). */
  readonly named: boolean;
};

const NO_ANCHORS: readonly Anchor[] = [];

/** The anchors through which the pattern covers the change; none when it does not. Several only for `**.x.**`. */
export function anchorsOf(pattern: PathPattern, located: Located): readonly Anchor[] {
  if (!leafCovered(pattern.leaf, located)) return NO_ANCHORS;
  const { chain } = located.place;
  const last = chain.length - 1;
  const length = pattern.steps.length;
  if (!pattern.anyDepth) {
    if (length > last || (length < last && !pattern.below) || !stepsMatch(pattern, chain, length))
      return NO_ANCHORS;
    return [anchorAt(pattern, located, length)];
  }
  const anchors: Anchor[] = [];
  for (let at = pattern.below ? length : Math.max(last, length); at <= last; at++) {
    if (stepsMatch(pattern, chain, at)) anchors.push(anchorAt(pattern, located, at));
  }
  return anchors;
}

/** False when the pattern covers no change of an element at such a place, whatever its key and the leaf. */
export function mayCover(pattern: PathPattern, place: Place): boolean {
  return anchorsOf(bareOf(pattern), { place, kind: 'element', leaf: { type: 'element' } }).length > 0;
}

const bare = new WeakMap<PathPattern, PathPattern>();

/** The pattern without its keys and leaf. */
export function bareOf(pattern: PathPattern): PathPattern {
  let found = bare.get(pattern);
  if (found === undefined) {
    found = { ...pattern, leaf: null, steps: pattern.steps.map((step) => ({ ...step, keys: null })) };
    bare.set(pattern, found);
  }
  return found;
}

/** True when the steps of a pattern that begins at any depth end at this element. */
export function pathEndsAt(pattern: PathPattern, pair: Pair): boolean {
  const { chain } = placeOf(pair);
  return pattern.steps.length < chain.length && stepsMatch(pattern, chain, chain.length - 1);
}

function leafCovered(leaf: LeafSyntax | null, located: Located): boolean {
  if (leaf === null) return true;
  const unknown = located.kind === 'unknown';
  if (leaf.type === 'text') return located.leaf.type === 'text' && !unknown;
  if (located.leaf.type === 'text') return unknown && leaf.quoted && leaf.name === 'text()';
  return located.leaf.type === 'attribute' && located.leaf.name === leaf.name && leaf.quoted === unknown;
}

/** True when the steps match the elements up to and with `chain[at]`. */
function stepsMatch(pattern: PathPattern, chain: readonly Pair[], at: number): boolean {
  const { steps } = pattern;
  for (let i = steps.length - 1, c = at; i >= 0; i--, c--) {
    const step = steps[i];
    const pair = chain[c];
    if (step === undefined || pair === undefined || !stepMatches(step, pair)) return false;
  }
  return true;
}

/** True for an element of that name and key. */
export function stepMatches(step: StepPattern, pair: Pair): boolean {
  if (step.name === null) return true;
  if (step.quoted) return pair.spec === null && pair.step?.name === step.name;
  if (pair.spec === null || pair.spec.name !== step.name) return false;
  if (step.keys === null) return true;
  const key = pair.step?.key ?? null;
  if (key === null) return false;
  return step.keys.some((wanted) => matchesKey(wanted, key));
}

function anchorAt(pattern: PathPattern, located: Located, at: number): Anchor {
  const pair = located.place.chain[at];
  if (pair === undefined) throw new Error('an anchor stands in the chain');
  return { pair, named: isNamed(pattern, located, at) };
}

/** Rule 16: what is unknown, and what can take over the host, is named by a step, not reached by `*`, `**` or "its attributes". */
function isNamed(pattern: PathPattern, located: Located, at: number): boolean {
  const { chain, sensitive } = located.place;
  if (located.kind === 'unknown') {
    const byStep = at === chain.length - 1 && pattern.steps[pattern.steps.length - 1]?.quoted === true;
    const byLeaf = pattern.leaf?.type === 'attribute' && pattern.leaf.quoted;
    if (located.leaf.type === 'element' ? !byStep : !byLeaf) return false;
  }
  if (sensitive < 0) return true;
  const first = at - pattern.steps.length + 1;
  for (let i = Math.max(0, sensitive - first); i < pattern.steps.length; i++) {
    if (pattern.steps[i]?.name !== null) return true;
  }
  return false;
}
