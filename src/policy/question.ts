// What is asked of a policy about one change, or about acting as somebody else, and the functions of the model
// (objMatch, when, …) that answer it. All are total: they never throw, and nothing in a document is read as a pattern.

import { type Condition, type Evidence, type Run, testFor } from './condition.ts';
import { type Anchor, anchorsOf, type Located } from './path-match.ts';
import type { Covered } from './policy.ts';
import { FALSE, TRUE } from './truth.ts';
import type { Effect } from './verdict.ts';

export type Question = {
  readonly asked: Asked;
  readonly run: Run;
};

export type Asked =
  | { readonly type: 'change'; readonly located: Located }
  /** May the subject act as this one? `roles` are those of the other. */
  | { readonly type: 'impersonate'; readonly other: string; readonly roles: ReadonlySet<string> }
  /** May the subject start or stop the network, or have it started? */
  | { readonly type: 'act' };

/** How a rule's path covers what is asked: through these anchors, or (null) without an element. */
export type Cover = { readonly anchors: readonly Anchor[] | null };

const WITHOUT_ELEMENT: Cover = { anchors: null };

/** Null when the path does not cover it. */
export function coverOf(covers: Covered, asked: Asked): Cover | null {
  switch (covers.type) {
    case 'changes': {
      if (asked.type !== 'change') return null;
      const anchors = anchorsOf(covers.pattern, asked.located);
      return anchors.length === 0 ? null : { anchors };
    }
    case 'subjects': {
      if (asked.type !== 'impersonate') return null;
      const { subject } = covers;
      return subject === '*' || subject === asked.other || asked.roles.has(subject) ? WITHOUT_ELEMENT : null;
    }
    case 'network':
      return asked.type === 'act' ? WITHOUT_ELEMENT : null;
  }
}

/**
 * Rules 16 and 18: an allow holds when it names what must be named and is true before and after, wherever the anchor
 * exists; a deny fires when it is true or unknown on either side.
 */
export function holds(condition: Condition, effect: Effect, cover: Cover, run: Run): boolean {
  if (cover.anchors === null) {
    const truth = testFor(condition, null).truth({ current: null, before: null, after: null, run });
    return effect === 'allow' ? truth === TRUE : truth !== FALSE;
  }
  if (effect !== 'allow') return cover.anchors.some((anchor) => firesOnASide(condition, anchor, run));
  let named = false;
  for (const anchor of cover.anchors) {
    if (!anchor.named) continue;
    named = true;
    if (!trueOnAllSides(condition, anchor, run)) return false;
  }
  return named;
}

function trueOnAllSides(condition: Condition, { pair }: Anchor, run: Run): boolean {
  if (condition.text === '') return true;
  const test = testFor(condition, pair.spec);
  const { base: before, result: after } = pair;
  if (before !== null && test.truth({ current: before, before, after, run }) !== TRUE) return false;
  return after === null || after === before || test.truth({ current: after, before, after, run }) === TRUE;
}

function firesOnASide(condition: Condition, { pair }: Anchor, run: Run): boolean {
  if (condition.text === '') return true;
  const test = testFor(condition, pair.spec);
  const { base: before, result: after } = pair;
  if (before !== null && test.truth({ current: before, before, after, run }) !== FALSE) return true;
  return after !== null && after !== before && test.truth({ current: after, before, after, run }) !== FALSE;
}

export type SideEvidence = { readonly side: 'before' | 'after'; readonly evidence: Evidence };

/** The anchor on each side where it exists: for explanations. */
export function sidesOf({ pair }: Anchor, run: Run): readonly SideEvidence[] {
  const { base: before, result: after } = pair;
  const sides: SideEvidence[] = [];
  if (before !== null) sides.push({ side: 'before', evidence: { current: before, before, after, run } });
  if (after !== null && after !== before)
    sides.push({ side: 'after', evidence: { current: after, before, after, run } });
  return sides;
}
