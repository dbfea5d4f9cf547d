// Changes back onto the base: what comes out is what is gated, hashed and written (promise 3, rule 4).
//
// The base's bytes stay except where a change says otherwise; added elements are written in libvirt's order and layout,
// their attributes spelled as the script spelled them. Nothing of the script's document reaches the file by another way.

import { childrenOf } from '../network/meaning.ts';
import type { ElementSpec } from '../network/spec.ts';
import { attributeStyle, cleanCopy, undeclaredPrefixes } from '../network/spelling.ts';
import {
  childElements,
  type Draft,
  type DraftElement,
  type DraftNode,
  freezeDraft,
  insertElement,
  isElement,
  lastNamed,
  moveElement,
  openDraft,
  removeAttribute,
  removeNode,
  replaceElement,
  setAttribute,
  setText,
  xmlNameOf,
} from '../patch/draft.ts';
import { placeFor } from '../patch/placement.ts';
import { unreachable } from '../std/unreachable.ts';
import {
  makeAttr,
  makeElement,
  remadeAttr,
  withAttrs,
  withOrigin,
  XMLNS,
  type XmlAttr,
  type XmlDocument,
  type XmlElement,
} from '../xml/document.ts';
import { type Change, type Pair, stepsOf } from './change.ts';

/**
 * The base with the changes made. `changes` come from diffDocuments(base, …) with the same base object.
 * Throws when a change does not fit the base: that is our bug, and the caller denies.
 */
export function replay(base: XmlDocument, changes: readonly Change[]): XmlDocument {
  const run: Run = {
    draft: openDraft(base),
    places: new Map(),
    named: namedBy(changes),
    opened: new Set(),
    forwards: new Set(),
  };
  run.places.set(base.root, run.draft.root);
  for (const change of changes) {
    // what came or went with its parent is in the parent's copy already
    if (change.op !== 'modify' && change.leaf.type !== 'element') continue;
    switch (change.op) {
      case 'remove':
        if (change.pair.parent?.result !== null) removed(run, change.pair);
        break;
      case 'add':
        if (change.pair.parent?.base !== null) added(run, change);
        break;
      case 'modify':
        modified(run, change);
        break;
      case 'move':
        moved(run, change);
        break;
      default:
        unreachable(change.op);
    }
  }
  for (const forward of run.forwards) syncForwardDev(forward);
  return freezeDraft(run.draft);
}

type Run = {
  readonly draft: Draft;
  /** Objects of the base (survivors) and of the result (added) → where they stand in the draft. */
  readonly places: Map<XmlElement, DraftElement>;
  /** Elements of the base that some change is about, or stands behind: of 65,000 a few. */
  readonly named: ReadonlySet<XmlElement>;
  /** Parents whose children are in `places`, as far as they are named. */
  readonly opened: Set<DraftElement>;
  readonly forwards: Set<DraftElement>;
};

function namedBy(changes: readonly Change[]): ReadonlySet<XmlElement> {
  const named = new Set<XmlElement>();
  for (const { pair, position } of changes) {
    // what is new has no base, and stands where one has
    let up = pair.base === null ? pair.parent : pair;
    for (; up !== null && up.base !== null && !named.has(up.base); up = up.parent) named.add(up.base);
    if (position !== null && position.sibling !== null) named.add(position.sibling);
  }
  return named;
}

/** Where an element of the base stands now. */
function locate(run: Run, pair: Pair): DraftElement {
  const element = pair.base;
  if (element === null) throw new Error(`replay: ${pathOf(pair)} is not in the base`);
  const known = run.places.get(element);
  if (known !== undefined) return known;
  if (pair.parent === null) throw new Error('replay: these changes are of another base');
  const parent = locate(run, pair.parent);
  open(run, parent);
  const found = run.places.get(element);
  if (found === undefined) throw new Error(`replay: ${pathOf(pair)} is not in the base`);
  return found;
}

function open(run: Run, parent: DraftElement): void {
  if (run.opened.has(parent)) return;
  run.opened.add(parent);
  for (const kid of childElements(parent)) if (run.named.has(kid.node)) run.places.set(kid.node, kid);
}

/**
 * Before the list of a forward's interfaces changes: `<forward dev='x'/>` alone means an interface x, which gets its
 * element now; and the forward is remembered, for `dev` must follow its first interface.
 */
function prepareForward(run: Run, pair: Pair): void {
  const above = pair.parent;
  if (
    above === null ||
    above.base === null ||
    above.spec?.name !== 'forward' ||
    pair.spec?.name !== 'interface'
  )
    return;
  const forward = locate(run, above);
  if (run.forwards.has(forward)) return;
  run.forwards.add(forward);
  for (const child of childrenOf(above.spec, above.base)) {
    if (child.spec?.name !== 'interface' || above.base.children.includes(child.element)) continue;
    const made = insertElement(
      forward,
      makeElement(child.element, child.element.attrs, []),
      placeFor(forward, above.spec, child.element, 'first'),
    );
    run.places.set(child.element, made);
  }
}

/** libvirt writes the first interface into `dev` too, and refuses a file where they differ. */
function syncForwardDev(forward: DraftElement): void {
  if (!forward.node.attrs.some((attr) => attr.name === 'dev')) return;
  for (const kid of childElements(forward)) {
    const dev =
      kid.node.local === 'interface' ? kid.node.attrs.find((attr) => attr.name === 'dev') : undefined;
    if (dev !== undefined) {
      setAttribute(forward, makeAttr('dev', dev.value));
      return;
    }
  }
  removeAttribute(forward, 'dev', '');
}

function removed(run: Run, pair: Pair): void {
  prepareForward(run, pair);
  removeNode(locate(run, pair));
}

function added(run: Run, change: Change): void {
  const { pair, position } = change;
  const { parent: above, result: element, spec } = pair;
  if (above === null || element === null) throw new Error('replay: an added root has no base to replay on');
  prepareForward(run, pair);
  const parent = locate(run, above);
  open(run, parent);
  const copy = withOrigin(declared(cleanCopy(spec, element), parent), change.cause.at(-1) ?? null);
  // of what there is one of, an empty one may stand there that means nothing; a second copy stands for itself
  const single = spec !== null && spec.cardinality !== 'many' && pair.step?.nth === 1;
  const there = single ? lastNamed(parent, xmlNameOf(element)) : null;
  const made =
    there === null
      ? insertElement(parent, copy, where(run, parent, above.spec, element, position))
      : fill(there, copy);
  run.places.set(element, made);
}

/** The copy with declarations for the prefixes that are not declared where it goes. */
function declared(copy: XmlElement, parent: DraftElement): XmlElement {
  const missing = undeclaredPrefixes(copy);
  if (missing.size === 0) return copy;
  for (let up: DraftNode | null = parent; up !== null; up = up.parent) {
    if (!isElement(up)) continue;
    for (const attr of up.node.attrs) {
      if (attr.ns !== XMLNS) continue;
      const prefix = attr.name === 'xmlns' ? '' : attr.local;
      if (missing.get(prefix) === attr.value) missing.delete(prefix);
    }
  }
  const declarations = [...missing].map(([prefix, uri]) => declaration(prefix, uri));
  return withAttrs(copy, [...declarations, ...copy.attrs]);
}

function declaration(prefix: string, uri: string): XmlAttr {
  const name = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
  return remadeAttr({ name, local: prefix === '' ? 'xmlns' : prefix, ns: XMLNS, value: uri }, null);
}

function where(
  run: Run,
  parent: DraftElement,
  parentSpec: ElementSpec | null,
  element: XmlElement,
  position: Change['position'],
) {
  if (position !== null && position.sibling !== null) {
    const sibling = run.places.get(position.sibling);
    if (sibling !== undefined && sibling.parent === parent) return { type: 'after', sibling } as const;
  }
  return placeFor(
    parent,
    parentSpec,
    element,
    position !== null && position.after === null ? 'first' : 'last',
  );
}

/** An element that stood there but meant nothing (`<dhcp/>` with a comment in it) gets the content; its comments stay. */
function fill(at: DraftElement, copy: XmlElement): DraftElement {
  for (const attr of copy.attrs) setAttribute(at, attr);
  for (const child of copy.children) if (child.type === 'element') insertElement(at, child, { type: 'end' });
  return at;
}

function modified(run: Run, change: Change): void {
  const { pair, leaf } = change;
  const at = locate(run, pair);
  if (pair.base === null || pair.result === null)
    throw new Error(`replay: ${pathOf(pair)} was not on both sides`);
  switch (leaf.type) {
    case 'element': {
      const made = replaceElement(at, cleanCopy(null, pair.result));
      run.places.set(pair.base, made);
      return;
    }
    case 'attribute':
      for (const write of attributeStyle(pair.spec, leaf.name, pair.base, pair.result)) {
        if (write.value === null) removeAttribute(at, write.local, write.ns);
        else
          setAttribute(
            at,
            remadeAttr(
              { name: nameIn(at, write), local: write.local, ns: write.ns, value: write.value },
              change.cause.at(-1) ?? null,
            ),
          );
      }
      return;
    case 'text':
      setText(at, change.after?.written ?? change.after?.value ?? '');
      return;
    default:
      unreachable(leaf);
  }
}

/** The attribute's name with a prefix that stands for its namespace here; declares one when there is none. */
function nameIn(
  at: DraftElement,
  attr: { readonly name: string; readonly local: string; readonly ns: string },
): string {
  if (attr.ns === '') return attr.local;
  const taken = new Map<string, string>();
  for (let up: DraftNode | null = at; up !== null; up = up.parent) {
    if (!isElement(up)) continue;
    for (const one of up.node.attrs)
      if (one.ns === XMLNS && one.name !== 'xmlns' && !taken.has(one.local)) taken.set(one.local, one.value);
  }
  for (const [prefix, uri] of taken) if (uri === attr.ns) return `${prefix}:${attr.local}`;
  const colon = attr.name.indexOf(':');
  const wanted = colon === -1 ? 'ns1' : attr.name.slice(0, colon);
  let prefix = wanted;
  for (let n = 1; taken.has(prefix); n++) prefix = `${wanted}${n}`;
  setAttribute(at, declaration(prefix, attr.ns));
  return `${prefix}:${attr.local}`;
}

function moved(run: Run, change: Change): void {
  prepareForward(run, change.pair);
  const at = locate(run, change.pair);
  const parent = at.parent as DraftElement | null; // a parent is an element
  if (parent === null) throw new Error('replay: the root cannot move');
  const sibling = change.position?.sibling ?? null;
  if (sibling !== null) {
    const after = run.places.get(sibling);
    if (after === undefined) throw new Error(`replay: the sibling of ${pathOf(change.pair)} is not there`);
    moveElement(at, { type: 'after', sibling: after });
    return;
  }
  for (const first of childElements(parent)) {
    if (xmlNameOf(first.node) === xmlNameOf(at.node)) {
      moveElement(at, { type: 'before', sibling: first });
      return;
    }
  }
}

function pathOf(pair: Pair): string {
  return stepsOf(pair)
    .map((step) => step.name)
    .join('.');
}
