// What two versions of a list have in common: the very same nodes, and the same keys.
//
// Comparison and the rules about identity read it. Where an edit touched a few of 65,000 children the rest costs a look
// each: what is the same object needs no key, and shares what was found of it.

import type { XmlElement, XmlNode } from '../xml/document.ts';
import { childrenLike, childrenOf, type SemChild } from './meaning.ts';
import { type Key, keyIdentity } from './path.ts';
import type { ElementSpec } from './spec.ts';

export type Alignment<T> = {
  /** For each of `after` the index of the same object in `before`, or -1. */
  readonly from: Int32Array;
  /** What `before` does not have, and what `after` does not have, each in its order. */
  readonly fresh: readonly T[];
  readonly gone: readonly T[];
};

/** Lists do not change, so each pair is compared once, however many rules ask. */
const aligned = new WeakMap<
  readonly XmlNode[],
  { readonly before: readonly XmlNode[]; readonly found: Alignment<XmlNode> }
>();

/** Which objects two lists of nodes share. No object is twice in a list. Linear, but for what moved. */
export function alignNodes(before: readonly XmlNode[], after: readonly XmlNode[]): Alignment<XmlNode> {
  const known = aligned.get(after);
  if (known !== undefined && known.before === before) return known.found;
  const find = finder(before);
  const from = new Int32Array(after.length);
  const stays = new Uint8Array(before.length);
  const fresh: XmlNode[] = [];
  let next = 0;
  for (let at = 0; at < after.length; at++) {
    const node = after[at]!; // at is within
    const index = before[next] === node ? next : find(node);
    from[at] = index;
    if (index < 0) fresh.push(node);
    else {
      stays[index] = 1;
      next = index + 1;
    }
  }
  const found = { from, fresh, gone: before.filter((_, index) => stays[index] === 0) };
  aligned.set(after, { before, found });
  return found;
}

/** Finds a node's index: by its offset where the list stands as it was read, else by a map. */
function finder(list: readonly XmlNode[]): (node: XmlNode) => number {
  if (!isAsRead(list)) {
    let index: Map<XmlNode, number> | null = null;
    return (node) => {
      index ??= new Map(list.map((one, at) => [one, at]));
      return index.get(node) ?? -1;
    };
  }
  const source = list[0]?.source ?? null;
  return (node) => {
    if (node.source !== source || node.start < 0) return -1;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]!.start < node.start)
        low = middle + 1; // middle is within
      else high = middle;
    }
    return list[low] === node ? low : -1;
  };
}

function isAsRead(list: readonly XmlNode[]): boolean {
  const source = list[0]?.source ?? null;
  let last = -1;
  for (let at = 0; at < list.length; at++) {
    const node = list[at]!; // at is within
    if (node.source !== source || node.start <= last) return false;
    last = node.start;
  }
  return true;
}

export type ComparedChildren = {
  readonly was: readonly SemChild[];
  readonly is: readonly SemChild[];
  /** By index: the n of the second and further children of one spec and key (rule 6), or of one unknown name. */
  readonly wasNth: ReadonlyMap<number, number>;
  readonly isNth: ReadonlyMap<number, number>;
  /** For each of `is` the index of the same object in `was`, or -1. */
  readonly from: Int32Array;
  /** For each of `is` the index of that of the same spec, key and n in `was`, or -1. Unknown ones match by name alone. */
  readonly match: Int32Array;
};

const NONE: ReadonlyMap<number, number> = new Map();
const NO_CHILDREN: ComparedChildren = {
  was: [],
  is: [],
  wasNth: NONE,
  isNth: NONE,
  from: new Int32Array(0),
  match: new Int32Array(0),
};

const compared = new WeakMap<
  XmlElement,
  { readonly base: XmlElement; readonly spec: ElementSpec; readonly found: ComparedChildren }
>();

/** The children that mean something of two versions of one element, matched by key. */
export function compareChildren(spec: ElementSpec, base: XmlElement, result: XmlElement): ComparedChildren {
  const known = compared.get(result);
  if (known !== undefined && known.base === base && known.spec === spec) return known.found;
  const was = childrenOf(spec, base);
  if (was.length === 0 && result.children.length === 0 && childrenOf(spec, result).length === 0)
    return NO_CHILDREN;
  const { from: nodeFrom } = alignNodes(base.children, result.children);
  const wasAt = indexesOf(base.children, was);
  const is = childrenLike(spec, result, (at) => was[wasAt[nodeFrom[at] ?? -1] ?? -1] ?? null);
  const from = new Int32Array(is.length).fill(-1);
  indexesOf(result.children, is).forEach((index, at) => {
    if (index >= 0) from[index] = wasAt[nodeFrom[at] ?? -1] ?? -1;
  });
  const found = { was, is, from, ...matchKeys(was, is, from) };
  compared.set(result, { base, spec, found });
  return found;
}

/** For each node the index of its child, or -1; children stand in the order of their nodes. */
function indexesOf(nodes: readonly XmlNode[], children: readonly SemChild[]): Int32Array {
  const indexes = new Int32Array(nodes.length).fill(-1);
  let next = 0;
  for (let at = 0; at < nodes.length && next < children.length; at++) {
    if (children[next]?.element === nodes[at]) indexes[at] = next++;
  }
  return indexes;
}

function matchKeys(
  was: readonly SemChild[],
  is: readonly SemChild[],
  from: Int32Array,
): Pick<ComparedChildren, 'wasNth' | 'isNth' | 'match'> {
  const before = keyIndexOf(was);
  return matchFresh(before, was, is, from) ?? matchAll(before, is);
}

/**
 * Where keys are unique on both sides: what is the same object matches itself, and only what is not is looked up. Null when
 * a key turns out to be there twice.
 */
function matchFresh(
  before: KeyIndex,
  was: readonly SemChild[],
  is: readonly SemChild[],
  from: Int32Array,
): Pick<ComparedChildren, 'wasNth' | 'isNth' | 'match'> | null {
  if (before.nth.size > 0) return null;
  const stays = new Uint8Array(was.length);
  for (const index of from) if (index >= 0) stays[index] = 1;
  const match = from.slice();
  const added = new Firsts();
  for (let at = 0; at < is.length; at++) {
    if (from[at]! >= 0) continue; // at is within
    const child = is[at]!; // at is within
    if (added.claim(child, at) !== at) return null;
    const index = before.firsts.get(child);
    if (index === undefined) continue;
    if (stays[index] === 1) return null;
    match[at] = index;
  }
  return { wasNth: before.nth, isNth: NONE, match };
}

function matchAll(
  before: KeyIndex,
  is: readonly SemChild[],
): Pick<ComparedChildren, 'wasNth' | 'isNth' | 'match'> {
  const after = keyIndexOf(is);
  const match = new Int32Array(is.length);
  for (let at = 0; at < is.length; at++) {
    const first = before.firsts.get(is[at]!); // at is within
    const nth = after.nth.get(at) ?? 1;
    match[at] = first === undefined ? -1 : nth === 1 ? first : (before.further.get(first)?.[nth - 2] ?? -1);
  }
  return { wasNth: before.nth, isNth: after.nth, match };
}

type KeyIndex = {
  /** The index of the first child of each spec and key. */
  readonly firsts: Firsts;
  /** By that index: the second, third, … */
  readonly further: ReadonlyMap<number, readonly number[]>;
  /** By index: the n of a second or further one. */
  readonly nth: ReadonlyMap<number, number>;
};

const indexes = new WeakMap<readonly SemChild[], KeyIndex>();

function keyIndexOf(children: readonly SemChild[]): KeyIndex {
  const known = indexes.get(children);
  if (known !== undefined) return known;
  const firsts = new Firsts();
  const further = new Map<number, number[]>();
  const nth = new Map<number, number>();
  for (let at = 0; at < children.length; at++) {
    const first = firsts.claim(children[at]!, at); // at is within
    if (first === at) continue;
    const more = further.get(first);
    if (more === undefined) further.set(first, [at]);
    else more.push(at);
    nth.set(at, (more?.length ?? 1) + 1);
  }
  const index = { firsts, further, nth };
  indexes.set(children, index);
  return index;
}

/** The n of the second and further of one spec and key among children (rule 6), by index. */
export function repeatedKeys(children: readonly SemChild[]): ReadonlyMap<number, number> {
  return children.length < 2 ? NONE : keyIndexOf(children).nth;
}

/** How many of a child's spec and key there are among `children`. */
export function copiesIn(children: readonly SemChild[]): (child: SemChild) => number {
  const { firsts, further } = keyIndexOf(children);
  return (child) => {
    const first = firsts.get(child);
    return first === undefined ? 0 : 1 + (further.get(first)?.length ?? 0);
  };
}

/** First indexes by spec (for an unknown child its name) and key. A key of one part is looked up by its text as it is: no string is built. */
class Firsts {
  readonly #bySpec = new Map<ElementSpec | string, Map<string, Map<string, number>>>();

  /** The index of the first with this identity; `at`, now that it is known, when there was none. */
  claim(child: SemChild, at: number): number {
    const values = this.#valuesOf(child);
    const value = keyValue(child.key);
    const known = values.get(value);
    if (known !== undefined) return known;
    values.set(value, at);
    return at;
  }

  get(child: SemChild): number | undefined {
    return this.#valuesOf(child).get(keyValue(child.key));
  }

  #valuesOf({ spec, element, key }: SemChild): Map<string, number> {
    const what = spec ?? `{${element.ns}}${element.local}`;
    let kinds = this.#bySpec.get(what);
    if (kinds === undefined) {
      kinds = new Map();
      this.#bySpec.set(what, kinds);
    }
    const kind = key === null ? '' : key.parts.length === 1 ? key.kind : `${key.kind}\u0000`;
    let values = kinds.get(kind);
    if (values === undefined) {
      values = new Map();
      kinds.set(kind, values);
    }
    return values;
  }
}

function keyValue(key: Key | null): string {
  if (key === null) return '';
  const [part = ''] = key.parts;
  return key.parts.length === 1 ? part : keyIdentity(key);
}
