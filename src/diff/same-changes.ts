// Whether two comparisons found the same: what replay made must be what the script wanted (promise 3).

import type { Key, Step } from '../network/path.ts';
import type { Change, ChangeValue, Pair } from './change.ts';

/** The same operations on the same things, with the same values as libvirt means them, in the same places and order. */
export function sameChanges(a: readonly Change[], b: readonly Change[]): boolean {
  return a.length === b.length && a.every((one, at) => same(one, b[at]));
}

function same(a: Change, b: Change | undefined): boolean {
  return (
    b !== undefined &&
    a.op === b.op &&
    a.kind === b.kind &&
    a.scope === b.scope &&
    a.leaf.type === b.leaf.type &&
    (a.leaf.type !== 'attribute' || b.leaf.type !== 'attribute' || a.leaf.name === b.leaf.name) &&
    sameValue(a.before, b.before) &&
    sameValue(a.after, b.after) &&
    (a.position === null) === (b.position === null) &&
    sameStep(a.position?.after ?? null, b.position?.after ?? null) &&
    samePair(a.pair, b.pair)
  );
}

function sameValue(a: ChangeValue | null, b: ChangeValue | null): boolean {
  return a === b || (a !== null && b !== null && a.value === b.value);
}

function samePair(a: Pair | null, b: Pair | null): boolean {
  let one = a;
  let other = b;
  while (one !== null && other !== null) {
    // pairs of one document share their parents
    if (one === other) return true;
    if (!sameStep(one.step, other.step)) return false;
    one = one.parent;
    other = other.parent;
  }
  return one === null && other === null;
}

function sameStep(a: Step | null, b: Step | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.name !== b.name || a.nth !== b.nth) return false;
  return a.key === b.key || (a.key !== null && b.key !== null && sameKey(a.key, b.key));
}

function sameKey(a: Key, b: Key): boolean {
  return (
    a.kind === b.kind &&
    a.parts.length === b.parts.length &&
    a.parts.every((part, at) => part === b.parts[at])
  );
}
