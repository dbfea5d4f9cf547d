// Two documents → what changed, as libvirt means it. Complete by construction: replay.ts writes only what is found here.
//
// The rules are numbered in docs/changes.md. This room knows nothing of policy.

import { stepName } from '../network/lookup.ts';
import { childrenOf, type EffectiveValue, type Meaning, meaningOf } from '../network/meaning.ts';
import { ELEMENT_LEAF, keyIdentity, type Key, type Leaf, type Step, TEXT_LEAF } from '../network/path.ts';
import type { ElementSpec } from '../network/spec.ts';
import { networkSpec } from '../network/table.ts';
import type { XmlDocument, XmlElement } from '../xml/document.ts';
import { canonicalText } from './canonical-text.ts';
import type { Change, ChangeKind, ChangeValue, Operation, Pair, Placement, Scope } from './change.ts';
import { longestRun } from './longest-run.ts';

/**
 * The changes from `base` to `result`: element by element in the table's order, removals before what stayed before
 * additions. Null stands for a network that does not exist. Causes are empty; compile knows them (see cause.ts).
 */
export function diffDocuments(base: XmlDocument | null, result: XmlDocument | null, scope: Scope): readonly Change[] {
  const out: Out = { changes: [], scope };
  const root: Pair = { parent: null, spec: networkSpec, step: null, base: base?.root ?? null, result: result?.root ?? null };
  if (base === null && result === null) return [];
  if (base === null) whole(out, 'add', root, null);
  else if (result === null) whole(out, 'remove', root, null);
  else survived(out, root);
  return out.changes;
}

type Out = { readonly changes: Change[]; readonly scope: Scope };

function emit(out: Out, op: Operation, kind: ChangeKind, pair: Pair, leaf: Leaf, before: ChangeValue | null, after: ChangeValue | null, position: Placement | null): void {
  out.changes.push({ op, kind, scope: out.scope, pair, leaf, before, after, position, cause: [] });
}

/** An element that came or went, with everything in it: one change each (rules 7 and 8). */
function whole(out: Out, op: 'add' | 'remove', pair: Pair, position: Placement | null): void {
  const element = pair.result ?? pair.base;
  if (element === null) throw new Error('a pair holds at least one element');
  const value = (text: string, written: string | null): [ChangeValue | null, ChangeValue | null] =>
    op === 'add' ? [null, { value: text, written }] : [{ value: text, written }, null];
  if (pair.spec === null) {
    const text = canonicalText(element);
    emit(out, op, unknownKind(pair), pair, ELEMENT_LEAF, ...value(text, text), position);
    return;
  }
  emit(out, op, 'element', pair, ELEMENT_LEAF, null, null, position);
  const meaning = meaningOf(pair.spec, element);
  for (const [name, attr] of meaning.attrs) emit(out, op, 'attribute', pair, { type: 'attribute', name }, ...value(attr.value, attr.written), null);
  if (meaning.text !== null) emit(out, op, 'text', pair, TEXT_LEAF, ...value(meaning.text.value, meaning.text.written), null);
  for (const [name, text] of unknownAttrs(meaning)) emit(out, op, 'unknown', pair, { type: 'attribute', name }, ...value(text, text), null);
  if (meaning.strayText !== null) emit(out, op, 'unknown', pair, TEXT_LEAF, ...value(meaning.strayText, meaning.strayText), null);

  const before = new Map<string, Named>();
  for (const child of named(pair.spec, element)) {
    const inner: Pair = { parent: pair, spec: child.spec, step: child.step, base: op === 'add' ? null : child.element, result: op === 'add' ? child.element : null };
    const previous = before.get(child.step.name);
    const at = op === 'add' && child.listed ? { after: previous?.step ?? null, sibling: previous?.element ?? null } : null;
    whole(out, op, inner, at);
    before.set(child.step.name, child);
  }
}

/** An element that is on both sides: its attributes, text and children (rules 7 to 10). */
function survived(out: Out, pair: Pair): void {
  const { base, result, spec } = pair;
  if (base === null || result === null) throw new Error('survived() is for elements on both sides');
  if (base === result) return;
  if (spec === null) {
    const before = canonicalText(base);
    const after = canonicalText(result);
    if (before !== after) {
      emit(out, 'modify', unknownKind(pair), pair, ELEMENT_LEAF, { value: before, written: before }, { value: after, written: after }, null);
    }
    return;
  }
  const was = meaningOf(spec, base);
  const is = meaningOf(spec, result);
  for (const name of inOrder(was.attrs, is.attrs)) {
    // what the children settle in the result does not exist for changes (rule 1: `trunk` with several tags)
    if (is.implied.has(name)) continue;
    changed(out, 'attribute', pair, { type: 'attribute', name }, was.attrs.get(name) ?? plain(was.implied.get(name)), is.attrs.get(name) ?? null);
  }
  changed(out, 'text', pair, TEXT_LEAF, was.text, is.text);
  const odd = unknownAttrs(was);
  const now = unknownAttrs(is);
  for (const name of inOrder(odd, now)) changed(out, 'unknown', pair, { type: 'attribute', name }, plain(odd.get(name)), plain(now.get(name)));
  changed(out, 'unknown', pair, TEXT_LEAF, plain(was.strayText), plain(is.strayText));
  children(out, pair, spec, base, result);
}

function changed(out: Out, kind: ChangeKind, pair: Pair, leaf: Leaf, before: EffectiveValue | null, after: EffectiveValue | null): void {
  if (before?.value !== after?.value) emit(out, 'modify', kind, pair, leaf, before, after, null);
}

function unknownAttrs(meaning: Meaning): ReadonlyMap<string, string> {
  return new Map(meaning.unknownAttrs.map((attr) => [attr.ns === '' ? attr.local : `{${attr.ns}}${attr.local}`, attr.value]));
}

function plain(text: string | null | undefined): EffectiveValue | null {
  return text === null || text === undefined ? null : { value: text, written: text };
}

function inOrder(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): Iterable<string> {
  return new Set([...a.keys(), ...b.keys()]);
}

function unknownKind(pair: Pair): 'opaque' | 'unknown' {
  return pair.parent?.spec?.content === 'opaque' ? 'opaque' : 'unknown';
}

/** A child with the step that names it. */
type Named = { readonly spec: ElementSpec | null; readonly element: XmlElement; readonly step: Step; readonly listed: boolean };

/** The children that mean something, each with its identity among its siblings (rules 5 and 6). */
function named(spec: ElementSpec, element: XmlElement): readonly Named[] {
  const counts = new Map<string, number>();
  return childrenOf(spec, element).map((child) => {
    const name = stepName(child);
    const identity = identityOf(name, child.key);
    const nth = (counts.get(identity) ?? 0) + 1;
    counts.set(identity, nth);
    return { spec: child.spec, element: child.element, step: { name, key: child.key, nth }, listed: child.spec === null || child.spec.cardinality === 'many' };
  });
}

function identityOf(name: string, key: Key | null): string {
  return key === null ? name : `${name}\u0001${keyIdentity(key)}`;
}

function children(out: Out, pair: Pair, spec: ElementSpec, base: XmlElement, result: XmlElement): void {
  const wasBy = byName(named(spec, base));
  const isBy = byName(named(spec, result));
  const names = new Set([...spec.children.map((child) => child.name).filter((name) => wasBy.has(name) || isBy.has(name)), ...wasBy.keys(), ...isBy.keys()]);
  for (const name of names) {
    const was = wasBy.get(name) ?? [];
    const is = isBy.get(name) ?? [];
    const first = was[0] ?? is[0];
    if (first === undefined) continue;
    if (first.spec === null) unknownSiblings(out, pair, was, is);
    else siblings(out, pair, was, is);
  }
}

function byName(all: readonly Named[]): ReadonlyMap<string, readonly Named[]> {
  const groups = new Map<string, Named[]>();
  for (const child of all) {
    const group = groups.get(child.step.name);
    if (group === undefined) groups.set(child.step.name, [child]);
    else group.push(child);
  }
  return groups;
}

/** Known siblings of one name: matched by key, then ordered (rules 5, 6, 8, 9). */
function siblings(out: Out, parent: Pair, was: readonly Named[], is: readonly Named[]): void {
  const baseIndex = new Map<string, number>();
  was.forEach((child, index) => baseIndex.set(stepIdentity(child.step), index));
  const matches = is.map((child) => baseIndex.get(stepIdentity(child.step)) ?? -1);
  const survives = new Uint8Array(was.length);
  for (const index of matches) if (index >= 0) survives[index] = 1;

  was.forEach((child, index) => {
    if (survives[index] === 0) whole(out, 'remove', { parent, spec: child.spec, step: child.step, base: child.element, result: null }, null);
  });
  const stays = longestRun(matches.filter((index) => index >= 0));
  // in result order, so that replay finds each one's predecessor in place
  is.forEach((child, at) => {
    const index = matches[at]!; // one for each of `is`
    if (index < 0) {
      whole(out, 'add', { parent, spec: child.spec, step: child.step, base: null, result: child.element }, child.listed ? placement(was, is, matches, at) : null);
      return;
    }
    const base = was[index]!; // an index of `was`
    if (base.element === child.element && stays === null) return;
    const pair: Pair = { parent, spec: child.spec, step: child.step, base: base.element, result: child.element };
    if (stays !== null && !stays.has(index)) emit(out, 'move', 'element', pair, ELEMENT_LEAF, null, null, placement(was, is, matches, at));
    survived(out, pair);
  });
}

function stepIdentity(step: Step): string {
  return `${step.key === null ? '' : keyIdentity(step.key)}\u0001${step.nth}`;
}

/** Behind whom the at-th of `is` stands. */
function placement(was: readonly Named[], is: readonly Named[], matches: readonly number[], at: number): Placement {
  const previous = is[at - 1];
  if (previous === undefined) return { after: null, sibling: null };
  const index = matches[at - 1]!; // one for each of `is`
  return { after: previous.step, sibling: index < 0 ? previous.element : was[index]!.element }; // an index of `was`
}

/** Unknown or opaque siblings of one name: equal ones pair first, then in order (rule 10). */
function unknownSiblings(out: Out, parent: Pair, was: readonly Named[], is: readonly Named[]): void {
  const waiting = new Map<string, Named[]>();
  for (const child of was) {
    const text = canonicalText(child.element);
    const same = waiting.get(text);
    if (same === undefined) waiting.set(text, [child]);
    else same.push(child);
  }
  const equal = new Set<Named>();
  const left = is.filter((child) => {
    const match = waiting.get(canonicalText(child.element))?.shift();
    if (match !== undefined) equal.add(match);
    return match === undefined;
  });
  const gone = was.filter((child) => !equal.has(child));
  gone.forEach((child, at) => {
    const now = left[at];
    const pair: Pair = { parent, spec: null, step: child.step, base: child.element, result: now?.element ?? null };
    if (now === undefined) whole(out, 'remove', pair, null);
    else survived(out, pair);
  });
  for (const child of left.slice(gone.length)) whole(out, 'add', { parent, spec: null, step: child.step, base: null, result: child.element }, null);
}
