// The base moved while somebody staged: what the others did, what is staged, and whether the two touch the same things.

import { type Change, type Pair, stepsOf } from '../diff/change.ts';
import { diffDocuments } from '../diff/diff.ts';
import { keyIdentity, pathText } from '../network/path.ts';
import { unreachable } from '../std/unreachable.ts';
import type { XmlDocument } from '../xml/document.ts';
import type { Prospect } from './outlook.ts';
import type { Base } from './session.ts';

/** A place that both sides changed. */
export type Overlap = {
  readonly base: Base;
  /** `bridge@stp` */
  readonly path: string;
  /** What each side has there, in words. */
  readonly was: string;
  readonly theirs: string;
  readonly yours: string;
};

export type Moved = {
  readonly base: Base;
  readonly theirs: readonly Change[];
  readonly overlaps: readonly Overlap[];
};

/** What others did to a document since the session read it, and where that meets what is staged. */
export function compareSides(base: Base, now: XmlDocument, staged: Prospect | null): Moved {
  const theirs = diffDocuments(base.document, now, base.scope);
  const yours = staged?.changes ?? [];
  const mine = indexed(yours);
  const others = indexed(theirs);
  const overlaps = new Map<string, Overlap>();
  const meet = (change: Change, other: Change): void => {
    // told at the deeper of the two places, once
    const [theirOne, yourOne] = [change, other];
    const deeper = stepsOf(yourOne.pair).length > stepsOf(theirOne.pair).length ? yourOne : theirOne;
    const path = pathText(stepsOf(deeper.pair), deeper.leaf);
    if (!overlaps.has(path))
      overlaps.set(path, {
        base,
        path,
        was: beforeText(theirOne.pair.base === null ? yourOne : theirOne),
        theirs: actText(theirOne),
        yours: actText(yourOne),
      });
  };
  for (const change of theirs)
    for (const other of touching(change, mine)) if (!agree(change, other)) meet(change, other);
  // what came or went whole on the other side
  for (const other of yours)
    for (const change of touching(other, others)) if (!agree(change, other)) meet(change, other);
  return { base, theirs, overlaps: [...overlaps.values()] };
}

/** Both did the same to the same place: that is no conflict. */
function agree(a: Change, b: Change): boolean {
  return (
    a.op === b.op &&
    a.op !== 'move' &&
    leafOf(a) === leafOf(b) &&
    a.after?.value === b.after?.value &&
    pathText(stepsOf(a.pair)) === pathText(stepsOf(b.pair))
  );
}

type Index = { readonly exact: ReadonlyMap<string, Change>; readonly whole: ReadonlyMap<string, Change> };

/** `exact`: by place. `whole`: additions and removals of elements, which reach to everything below. */
function indexed(changes: readonly Change[]): Index {
  const exact = new Map<string, Change>();
  const whole = new Map<string, Change>();
  const known = new Map<Pair, string>();
  for (const change of changes) {
    const at = identityOf(change.pair, known);
    exact.set(`${at}${leafOf(change)}`, change);
    if (change.leaf.type === 'element' && (change.op === 'add' || change.op === 'remove' || isOpaque(change)))
      whole.set(at, change);
  }
  return { exact, whole };
}

function isOpaque({ kind }: Change): boolean {
  return kind === 'opaque' || kind === 'unknown';
}

/** What in the index is at the place of the change, or comes or goes with an element that the change is in. */
function touching(change: Change, { exact, whole }: Index): readonly Change[] {
  const known = new Map<Pair, string>();
  const same = exact.get(`${identityOf(change.pair, known)}${leafOf(change)}`);
  if (same !== undefined) return [same];
  for (let pair: Pair | null = change.pair; pair !== null; pair = pair.parent) {
    const found = whole.get(identityOf(pair, known));
    if (found !== undefined) return [found];
  }
  return [];
}

function identityOf(pair: Pair, known: Map<Pair, string>): string {
  if (pair.parent === null || pair.step === null) return '';
  let identity = known.get(pair);
  if (identity === undefined) {
    const { name, key, nth } = pair.step;
    const own = key === null ? `${name}#${nth}` : `${name}\u0001${keyIdentity(key)}#${nth}`;
    identity = `${identityOf(pair.parent, known)}/${own}`;
    known.set(pair, identity);
  }
  return identity;
}

function leafOf({ leaf }: Change): string {
  switch (leaf.type) {
    case 'element':
      return '';
    case 'text':
      return '@text()';
    case 'attribute':
      return `@${leaf.name}`;
    default:
      return unreachable(leaf);
  }
}

function beforeText(change: Change): string {
  if (change.before !== null) return change.before.value;
  return change.pair.base === null || change.op === 'add' ? 'not there' : 'there';
}

function actText(change: Change): string {
  const { leaf } = change;
  switch (change.op) {
    case 'add':
      return change.after === null || leaf.type === 'element' ? 'added' : `added: ${change.after.value}`;
    case 'remove':
      return leaf.type === 'element' ? 'removed' : 'taken away';
    case 'modify':
      return change.after?.value ?? 'changed';
    case 'move':
      return 'moved';
    default:
      return unreachable(change.op);
  }
}

/** Whether two lists of changes do the same things to the same places, whatever stands beside them. */
export function doTheSame(a: readonly Change[], b: readonly Change[]): boolean {
  if (a.length !== b.length) return false;
  const known = new Map<Pair, string>();
  const textOf = (change: Change): string =>
    JSON.stringify([
      change.op,
      change.kind,
      identityOf(change.pair, known),
      leafOf(change),
      change.before?.value,
      change.after?.value,
    ]);
  const those = new Set(a.map(textOf));
  return b.every((change) => those.has(textOf(change)));
}
