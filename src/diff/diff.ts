// Two documents → what changed, as libvirt means it. Complete by construction: replay.ts writes only what is found here.
//
// The rules are numbered in docs/changes.md. This room knows nothing of policy.

import { type ComparedChildren, compareChildren, repeatedKeys } from '../network/compare-children.ts';
import { stepName } from '../network/lookup.ts';
import {
  childrenOf,
  type EffectiveValue,
  type Meaning,
  meaningOf,
  type SemChild,
} from '../network/meaning.ts';
import { ELEMENT_LEAF, type Leaf, type Step, TEXT_LEAF } from '../network/path.ts';
import type { ElementSpec } from '../network/spec.ts';
import { attrSpecOf, networkSpec } from '../network/table.ts';
import { asMeant } from '../network/values.ts';
import { attrOf, type XmlDocument, type XmlElement } from '../xml/document.ts';
import { canonicalText } from './canonical-text.ts';
import type { Change, ChangeKind, ChangeValue, Operation, Pair, Placement, Scope } from './change.ts';
import { longestRun } from './longest-run.ts';

/**
 * The changes from `base` to `result`: element by element in the table's order, removals before what stayed before
 * additions. Null stands for a network that does not exist. Causes are empty; compile knows them (see cause.ts).
 */
export function diffDocuments(
  base: XmlDocument | null,
  result: XmlDocument | null,
  scope: Scope,
): readonly Change[] {
  const out: Out = { changes: [], scope };
  const root: Pair = {
    parent: null,
    spec: networkSpec,
    step: null,
    base: base?.root ?? null,
    result: result?.root ?? null,
  };
  if (base === null && result === null) return [];
  if (base === null) whole(out, 'add', root, null);
  else if (result === null) whole(out, 'remove', root, null);
  else survived(out, root);
  return out.changes;
}

type Out = { readonly changes: Change[]; readonly scope: Scope };

function emit(
  out: Out,
  op: Operation,
  kind: ChangeKind,
  pair: Pair,
  leaf: Leaf,
  before: ChangeValue | null,
  after: ChangeValue | null,
  position: Placement | null,
): void {
  out.changes.push({ op, kind, scope: out.scope, pair, leaf, before, after, position, cause: NO_CAUSE });
}

const NO_CAUSE: Change['cause'] = [];

const leaves = new Map<string, Leaf>();

/** One object for each name of the table, however many changes there are. */
function attributeLeaf(name: string): Leaf {
  let leaf = leaves.get(name);
  if (leaf === undefined) {
    leaf = { type: 'attribute', name };
    leaves.set(name, leaf);
  }
  return leaf;
}

/** An element that came or went, with everything in it: one change each (rules 7 and 8). */
function whole(out: Out, op: 'add' | 'remove', pair: Pair, position: Placement | null): void {
  const element = pair.result ?? pair.base;
  if (element === null) throw new Error('a pair holds at least one element');
  const tell = (kind: ChangeKind, leaf: Leaf, value: ChangeValue, where: Placement | null): void =>
    emit(out, op, kind, pair, leaf, op === 'add' ? null : value, op === 'add' ? value : null, where);
  if (pair.spec === null) {
    const text = canonicalText(element);
    tell(unknownKind(pair), ELEMENT_LEAF, { value: text, written: text }, position);
    return;
  }
  emit(out, op, 'element', pair, ELEMENT_LEAF, null, null, position);
  const meaning = meaningOf(pair.spec, element);
  for (const [name, attr] of meaning.attrs) tell('attribute', attributeLeaf(name), attr, null);
  if (meaning.text !== null) tell('text', TEXT_LEAF, meaning.text, null);
  for (const [name, text] of meaning.unknownAttrs.length === 0 ? [] : unknownAttrs(meaning))
    tell('unknown', { type: 'attribute', name }, { value: text, written: text }, null);
  if (meaning.strayText !== null)
    tell('unknown', TEXT_LEAF, { value: meaning.strayText, written: meaning.strayText }, null);

  const inside = childrenOf(pair.spec, element);
  if (inside.length === 0) return;
  for (const group of groups(pair.spec, inside, repeatedKeys(inside)).values()) {
    group.at.forEach((index, nth) => {
      const child = childAt(group, index);
      const inner: Pair = {
        parent: pair,
        spec: child.spec,
        step: stepAt(group, index),
        base: op === 'add' ? null : child.element,
        result: op === 'add' ? child.element : null,
      };
      const previous = nth > 0 ? (group.at[nth - 1] ?? null) : null;
      whole(
        out,
        op,
        inner,
        op === 'add' && isListed(child)
          ? {
              after: previous === null ? null : stepAt(group, previous),
              sibling: previous === null ? null : childAt(group, previous).element,
            }
          : null,
      );
    });
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
      emit(
        out,
        'modify',
        unknownKind(pair),
        pair,
        ELEMENT_LEAF,
        { value: before, written: before },
        { value: after, written: after },
        null,
      );
    }
    return;
  }
  const was = meaningOf(spec, base);
  const is = meaningOf(spec, result);
  for (const name of inOrder(was.attrs, is.attrs, is.implied)) {
    const before = was.attrs.get(name) ?? writtenValue(spec, base, name);
    const settled = is.implied.get(name);
    // What the children settle does not exist for changes (rule 1: `trunk` with several tags), unless the base's text
    // contradicts it and the result's text does not.
    if (
      settled !== undefined &&
      (before === null ||
        before.written === null ||
        before.value === settled ||
        before.written === attrOf(result, name)?.value)
    )
      continue;
    changed(
      out,
      'attribute',
      pair,
      attributeLeaf(name),
      before,
      settled === undefined ? (is.attrs.get(name) ?? null) : { value: settled, written: settled },
    );
  }
  changed(out, 'text', pair, TEXT_LEAF, was.text, is.text);
  if (was.unknownAttrs.length > 0 || is.unknownAttrs.length > 0) {
    const odd = unknownAttrs(was);
    const now = unknownAttrs(is);
    for (const name of inOrder(odd, now))
      changed(out, 'unknown', pair, { type: 'attribute', name }, plain(odd.get(name)), plain(now.get(name)));
  }
  changed(out, 'unknown', pair, TEXT_LEAF, plain(was.strayText), plain(is.strayText));
  children(out, pair, spec, base, result);
}

/** What the element says of an attribute that its children settle: its text, else the default. */
function writtenValue(spec: ElementSpec, element: XmlElement, name: string): EffectiveValue | null {
  const attr = attrSpecOf(spec, name);
  if (attr === null || attr.restates !== null) return null;
  const written = attrOf(element, name)?.value;
  if (written !== undefined) return { value: asMeant(attr.type, written), written };
  return attr.default === null ? null : { value: attr.default, written: null };
}

function changed(
  out: Out,
  kind: ChangeKind,
  pair: Pair,
  leaf: Leaf,
  before: EffectiveValue | null,
  after: EffectiveValue | null,
): void {
  if (before?.value !== after?.value) emit(out, 'modify', kind, pair, leaf, before, after, null);
}

function unknownAttrs(meaning: Meaning): ReadonlyMap<string, string> {
  return new Map(
    meaning.unknownAttrs.map((attr) => [
      attr.ns === '' ? attr.local : `{${attr.ns}}${attr.local}`,
      attr.value,
    ]),
  );
}

function plain(text: string | null | undefined): EffectiveValue | null {
  return text === null || text === undefined ? null : { value: text, written: text };
}

/** Every name of the maps once, in the order in which they come. */
function inOrder(
  first: ReadonlyMap<string, unknown>,
  ...more: readonly ReadonlyMap<string, unknown>[]
): Iterable<string> {
  const others: string[] = [];
  for (const map of more) {
    for (const name of map.keys()) if (!first.has(name) && !others.includes(name)) others.push(name);
  }
  return others.length === 0 ? first.keys() : [...first.keys(), ...others];
}

function unknownKind(pair: Pair): 'opaque' | 'unknown' {
  return pair.parent?.spec?.content === 'opaque' ? 'opaque' : 'unknown';
}

/** Siblings of one name, by their indexes among all children of the element. */
type Siblings = {
  readonly children: readonly SemChild[];
  /** Index → n, for the second and further of a key (rule 6). Steps are made only for what changed. */
  readonly nth: ReadonlyMap<number, number>;
  readonly at: readonly number[];
};

/** The children that mean something, by name. */
function groups(
  spec: ElementSpec,
  children: readonly SemChild[],
  nth: ReadonlyMap<number, number>,
): ReadonlyMap<string, Siblings> {
  const byName = new Map<string, number[]>();
  let name = '';
  let group: number[] | undefined;
  let last: ElementSpec | null = null;
  for (let at = 0; at < children.length; at++) {
    const child = children[at]!; // at is within
    if (group === undefined || child.spec === null || child.spec !== last) {
      name = stepName(child);
      last = child.spec;
      group = byName.get(name);
      if (group === undefined) {
        group = [];
        byName.set(name, group);
      }
    }
    group.push(at);
  }
  // in the table's order, whatever the document's: the order of children with different names says nothing (rule 3)
  const found = new Map<string, Siblings>();
  for (const { name } of byName.size > 1 ? spec.children : []) {
    const at = byName.get(name);
    if (at === undefined) continue;
    found.set(name, { children, nth, at });
    byName.delete(name);
  }
  for (const [name, at] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1)))
    found.set(name, { children, nth, at });
  return found;
}

/** The step to the child with that index among all children. */
function stepAt(siblings: Siblings, index: number): Step {
  const child = childAt(siblings, index);
  return { name: stepName(child), key: child.key, nth: siblings.nth.get(index) ?? 1 };
}

function childAt(siblings: Siblings, index: number): SemChild {
  const child = siblings.children[index];
  if (child === undefined) throw new Error(`no child ${index}`);
  return child;
}

function isListed(child: SemChild): boolean {
  return child.spec === null || child.spec.cardinality === 'many';
}

function children(out: Out, pair: Pair, spec: ElementSpec, base: XmlElement, result: XmlElement): void {
  const compared = compareChildren(spec, base, result);
  const { was, is, wasNth, isNth } = compared;
  if (was.length === 0 && is.length === 0) return;
  const wasBy = groups(spec, was, wasNth);
  const isBy = groups(spec, is, isNth);
  const noneWas: Siblings = { children: was, nth: wasNth, at: [] };
  const noneIs: Siblings = { children: is, nth: isNth, at: [] };
  for (const name of new Set([
    ...spec.children.map((child) => child.name),
    ...wasBy.keys(),
    ...isBy.keys(),
  ])) {
    if (!wasBy.has(name) && !isBy.has(name)) continue;
    const before = wasBy.get(name) ?? noneWas;
    const after = isBy.get(name) ?? noneIs;
    const [first] = before.at;
    const one = first === undefined ? is[after.at[0] ?? -1] : was[first];
    if (one?.spec === null) unknownSiblings(out, pair, before, after);
    else siblings(out, pair, before, after, compared);
  }
}

/** Known siblings of one name: matched by key, then ordered (rules 5, 6, 8, 9). */
function siblings(
  out: Out,
  parent: Pair,
  was: Siblings,
  is: Siblings,
  { match, from }: ComparedChildren,
): void {
  const survives = new Uint8Array(was.children.length);
  const kept: number[] = [];
  for (const at of is.at) {
    const index = match[at]!; // one for each of the result's children
    if (index < 0) continue;
    survives[index] = 1;
    kept.push(index);
  }
  for (const index of was.at) {
    if (survives[index] === 1) continue;
    const child = childAt(was, index);
    whole(
      out,
      'remove',
      { parent, spec: child.spec, step: stepAt(was, index), base: child.element, result: null },
      null,
    );
  }
  const stays = longestRun(kept);
  // in result order, so that replay finds each one's predecessor in place
  let previous = -1;
  for (const at of is.at) {
    const index = match[at]!; // one for each of the result's children
    const before = previous;
    previous = at;
    if (index >= 0 && index === from[at] && stays === null) continue;
    const child = childAt(is, at);
    if (index < 0) {
      whole(
        out,
        'add',
        { parent, spec: child.spec, step: stepAt(is, at), base: null, result: child.element },
        isListed(child) ? placement(was, is, match, before) : null,
      );
      continue;
    }
    const base = childAt(was, index).element;
    const moves = stays !== null && !stays.has(index);
    if (base === child.element && !moves) continue;
    const pair: Pair = { parent, spec: child.spec, step: stepAt(is, at), base, result: child.element };
    if (moves)
      emit(out, 'move', 'element', pair, ELEMENT_LEAF, null, null, placement(was, is, match, before));
    survived(out, pair);
  }
}

/** Behind whom it stands: `previous` is the index of its predecessor of the same name among the result's children, or -1. */
function placement(was: Siblings, is: Siblings, match: Int32Array, previous: number): Placement {
  if (previous < 0) return { after: null, sibling: null };
  const index = match[previous]!; // one for each of the result's children
  return {
    after: stepAt(is, previous),
    sibling: (index < 0 ? childAt(is, previous) : childAt(was, index)).element,
  };
}

/** Unknown or opaque siblings of one name: equal ones pair first, then in order (rule 10). */
function unknownSiblings(out: Out, parent: Pair, was: Siblings, is: Siblings): void {
  const waiting = new Map<string, number[]>();
  for (const index of was.at) {
    const text = canonicalText(childAt(was, index).element);
    const same = waiting.get(text);
    if (same === undefined) waiting.set(text, [index]);
    else same.push(index);
  }
  for (const same of waiting.values()) same.reverse();
  const equal = new Set<number>();
  const left: number[] = [];
  for (const at of is.at) {
    const match = waiting.get(canonicalText(childAt(is, at).element))?.pop();
    if (match === undefined) left.push(at);
    else equal.add(match);
  }
  const gone = was.at.filter((index) => !equal.has(index));
  gone.forEach((index, at) => {
    const now = left[at];
    const pair: Pair = {
      parent,
      spec: null,
      step: stepAt(was, index),
      base: childAt(was, index).element,
      result: now === undefined ? null : childAt(is, now).element,
    };
    if (now === undefined) whole(out, 'remove', pair, null);
    else survived(out, pair);
  });
  // Numbered behind those of the base, wherever they stand: replay puts them at the end, and must find the same again.
  left.slice(gone.length).forEach((at, more) => {
    const step: Step = { ...stepAt(is, at), nth: was.at.length + more + 1 };
    whole(out, 'add', { parent, spec: null, step, base: null, result: childAt(is, at).element }, null);
  });
}
