// A document being edited: the immutable tree, thawed only where edits go, with key indexes that keep up with them.
//
// A script of N statements on M elements costs N + M: opening a parent costs its children once, every lookup and edit
// after that is constant. `freeze` gives the immutable tree back, sharing all that was not touched.

import {
  isBlank,
  makeText,
  withAttrs,
  withChildren,
  withValue,
  type XmlAttr,
  type XmlDocument,
  type XmlElement,
  type XmlNode,
} from '../xml/document.ts';
import { type Layout, layoutNew, layoutOf } from '../xml/layout.ts';

/** A place in the draft. Holds an element (with or without thawed children), or text, comment, instruction. */
export type DraftNode = {
  parent: DraftNode | null;
  previous: DraftNode | null;
  next: DraftNode | null;
  /** For an element: its name and attributes are current; its children are only when `stale` is false. */
  node: XmlNode;
  kids: Kids | null;
  stale: boolean;
};

/** A draft node that is known to hold an element. */
export type DraftElement = DraftNode & { node: XmlElement };

type Kids = {
  first: DraftNode | null;
  last: DraftNode | null;
  /** Element children by XML name: how many, and the last one, for appending without scanning. */
  readonly byName: Map<string, { count: number; last: DraftElement }>;
  readonly indexes: Map<string, ChildIndex>;
  layout: Layout | null;
};

/** Which identities an element has in an index; none leaves it out. */
export type IdentitiesOf = (element: XmlElement) => readonly string[];

type ChildIndex = {
  readonly xmlName: string;
  readonly identitiesOf: IdentitiesOf;
  /** By identity; a set only where several share one, which is rare among 65,000. */
  readonly places: Map<string, DraftElement | Set<DraftElement>>;
};

export type Draft = { readonly base: XmlDocument; readonly root: DraftElement };

export function openDraft(document: XmlDocument): Draft {
  return { base: document, root: place(document.root, null) as DraftElement }; // a document's root is an element
}

/** The document as it now is. Cheap when nothing changed since the last call: unchanged parts are the same objects. */
export function freezeDraft(draft: Draft): XmlDocument {
  const root = freeze(draft.root);
  return root === draft.base.root ? draft.base : { ...draft.base, root };
}

/** The element as it now is, children included. */
export function freeze(at: DraftElement): XmlElement {
  if (!at.stale || at.kids === null) return at.node;
  const children: XmlNode[] = [];
  for (let kid = at.kids.first; kid !== null; kid = kid.next) {
    children.push(isElement(kid) ? freeze(kid) : kid.node);
  }
  at.node = withChildren(at.node, children);
  at.stale = false;
  return at.node;
}

export function isElement(at: DraftNode): at is DraftElement {
  return at.node.type === 'element';
}

/** XML name for indexes: equal for equal names whatever the prefix. */
export function xmlNameOf(element: { readonly local: string; readonly ns: string }): string {
  return element.ns === '' ? element.local : `{${element.ns}}${element.local}`;
}

/** Element children in document order. */
export function* childElements(parent: DraftElement): Generator<DraftElement> {
  for (let kid = thaw(parent).first; kid !== null; kid = kid.next) if (isElement(kid)) yield kid;
}

/** Element children called `xmlName` (as xmlNameOf gives it), in document order. */
export function* childrenNamed(parent: DraftElement, xmlName: string): Generator<DraftElement> {
  const kids = thaw(parent);
  let left = kids.byName.get(xmlName)?.count ?? 0;
  for (let kid = kids.first; kid !== null && left > 0; kid = kid.next) {
    if (isElement(kid) && xmlNameOf(kid.node) === xmlName) {
      left--;
      yield kid;
    }
  }
}

export function countNamed(parent: DraftElement, xmlName: string): number {
  return thaw(parent).byName.get(xmlName)?.count ?? 0;
}

/** Children called `xmlName` that have `identity` in the index `index`; document order only when there is at most one. */
export function findIndexed(
  parent: DraftElement,
  xmlName: string,
  index: string,
  identitiesOf: IdentitiesOf,
  identity: string,
): ReadonlySet<DraftElement> {
  const kids = thaw(parent);
  let made = kids.indexes.get(index);
  if (made === undefined) {
    made = { xmlName, identitiesOf, places: new Map() };
    kids.indexes.set(index, made);
    for (let kid = kids.first; kid !== null; kid = kid.next)
      if (isElement(kid) && xmlNameOf(kid.node) === xmlName) enter(made, kid, freeze(kid));
  }
  const found = made.places.get(identity);
  if (found === undefined) return NONE;
  return found instanceof Set ? found : new Set([found]);
}

const NONE: ReadonlySet<DraftElement> = new Set();

/** Sorts places of one parent as they stand in the document; walks the siblings only when there are two or more. */
export function inDocumentOrder(places: ReadonlySet<DraftElement>): readonly DraftElement[] {
  const all = [...places];
  const first = all[0];
  if (all.length < 2 || first === undefined || first.parent === null) return all;
  return [...childElements(first.parent as DraftElement)].filter((kid) => places.has(kid)); // a parent is an element
}

// ---- edits ----

export function setAttributes(at: DraftElement, attrs: readonly XmlAttr[]): void {
  const before = indexed(at);
  at.node = withAttrs(at.node, attrs);
  touched(at);
  reindex(at, before);
}

/** Gives an attribute its value: in place when it is there, at the end when it is new. */
export function setAttribute(at: DraftElement, attr: XmlAttr): void {
  const old = at.node.attrs.findIndex((a) => a.local === attr.local && a.ns === attr.ns);
  if (old === -1) {
    setAttributes(at, [...at.node.attrs, attr]);
    return;
  }
  const before = at.node.attrs[old]!; // found just now
  if (before.value === attr.value) return;
  setAttributes(at, at.node.attrs.with(old, withValue(before, attr.value, before.origin)));
}

export function removeAttribute(at: DraftElement, local: string, ns: string): void {
  setAttributes(
    at,
    at.node.attrs.filter((a) => a.local !== local || a.ns !== ns),
  );
}

/** Replaces all character data directly in the element; other children stay. */
export function setText(at: DraftElement, value: string): void {
  const before = indexed(at);
  const kids = thaw(at);
  let only = true;
  for (let kid = kids.first; kid !== null; kid = kid.next) if (kid.node.type !== 'text') only = false;
  if (only) {
    kids.first = null;
    kids.last = null;
    link(at, place(makeText(value), at), null);
  } else {
    for (let kid = kids.first; kid !== null; ) {
      const next = kid.next;
      if (kid.node.type === 'text' && !isBlank(kid.node)) unlink(kid);
      kid = next;
    }
    link(at, place(makeText(value), at), kids.first);
  }
  touched(at);
  reindex(at, before);
}

/** Where a new child goes: before or behind a sibling, or at the end of its parent when there is none to stand by. */
export type Where =
  | { readonly type: 'before' | 'after'; readonly sibling: DraftElement }
  | { readonly type: 'end' }
  | { readonly type: 'start' };

/** Puts a new element in, laid out like its siblings. Returns its place. */
export function insertElement(parent: DraftElement, element: XmlElement, where: Where): DraftElement {
  const kids = thaw(parent);
  const before = anchorFor(kids, where);
  const layout = layoutIn(parent, kids);
  const made = place(laidOut(element, layout), parent) as DraftElement; // it holds the element just given
  const empty = kids.first === null;
  const isLast = becomesLast(kids, xmlNameOf(element), where);
  if (layout.breaks) link(parent, place(makeText(layout.newline + layout.indent), parent), before);
  link(parent, made, before);
  if (layout.breaks && empty)
    link(parent, place(makeText(layout.newline + layout.closeIndent), parent), null);
  enterName(kids, made, isLast);
  enterIndexes(kids, made);
  touched(parent);
  return made;
}

function laidOut(element: XmlElement, layout: Layout): XmlElement {
  return element.source === null && layout.breaks
    ? layoutNew(element, layout.indent, layout.unit, layout.newline)
    : element;
}

/** Whether what goes to `where` will be the last of its name. Walks siblings only in the odd cases. */
function becomesLast(kids: Kids, name: string, where: Where): boolean {
  const last = kids.byName.get(name)?.last;
  if (last === undefined || where.type === 'end') return true;
  if (where.type === 'start') return false;
  if (where.sibling === last) return where.type === 'after';
  if (xmlNameOf(where.sibling.node) === name) return false;
  for (let at: DraftNode | null = where.sibling; at !== null; at = at.next) if (at === last) return false;
  return true;
}

/** The node before which white space and the new element are linked; null for the very end. */
function anchorFor(kids: Kids, where: Where): DraftNode | null {
  switch (where.type) {
    case 'after':
      return where.sibling.next;
    case 'before': {
      const lead = where.sibling.previous;
      return lead !== null && isBlank(lead.node) ? lead : where.sibling;
    }
    case 'start':
      return kids.first;
    case 'end': {
      const tail = kids.last;
      return tail !== null && isBlank(tail.node) ? tail : null;
    }
  }
}

/** Takes a node out, with the white space before it. */
export function removeNode(at: DraftNode): void {
  const parent = at.parent;
  if (parent === null) throw new Error('the root element cannot be removed');
  const kids = thaw(parent as DraftElement); // a parent is an element
  const lead = at.previous;
  if (lead !== null && isBlank(lead.node)) unlink(lead);
  if (isElement(at)) leave(kids, at);
  unlink(at);
  // no element, comment or text left: the blank before the closing tag goes too, so that `<a>` closes at once
  if (kids.first !== null && kids.first === kids.last && isBlank(kids.first.node)) unlink(kids.first);
  touched(parent as DraftElement); // as above
}

/** Puts another element in the place of one. */
export function replaceElement(at: DraftElement, element: XmlElement): DraftElement {
  const parent = at.parent as DraftElement | null; // a parent is an element
  if (parent === null) throw new Error('the root element cannot be replaced');
  const kids = thaw(parent);
  const made = place(laidOut(element, layoutIn(parent, kids)), parent) as DraftElement; // it holds the element just given
  const isLast = becomesLast(kids, xmlNameOf(element), { type: 'after', sibling: at });
  link(parent, made, at);
  leave(kids, at);
  unlink(at);
  enterName(kids, made, isLast);
  enterIndexes(kids, made);
  touched(parent);
  return made;
}

/** Takes an element from its place, with the white space before it, and puts it beside a sibling. */
export function moveElement(
  at: DraftElement,
  where: { readonly type: 'before' | 'after'; readonly sibling: DraftElement },
): void {
  const parent = at.parent as DraftElement | null; // a parent is an element
  if (at === where.sibling || parent === null) return;
  const kids = thaw(parent);
  const lead = at.previous !== null && isBlank(at.previous.node) ? at.previous : null;
  leaveName(kids, at);
  if (lead !== null) unlink(lead);
  unlink(at);
  const before = anchorFor(kids, where);
  const isLast = becomesLast(kids, xmlNameOf(at.node), where);
  if (lead !== null) link(parent, lead, before);
  link(parent, at, before);
  enterName(kids, at, isLast);
  touched(parent);
}

// ---- inside ----

function place(node: XmlNode, parent: DraftNode | null): DraftNode {
  return { parent, previous: null, next: null, node, kids: null, stale: false };
}

function thaw(at: DraftElement): Kids {
  if (at.kids !== null) return at.kids;
  const kids: Kids = { first: null, last: null, byName: new Map(), indexes: new Map(), layout: null };
  at.kids = kids;
  const { children } = at.node;
  for (let i = 0; i < children.length; i++) {
    const kid = place(children[i]!, at); // i is within
    kid.previous = kids.last;
    if (kids.last === null) kids.first = kid;
    else kids.last.next = kid;
    kids.last = kid;
    if (isElement(kid)) enterName(kids, kid, true);
  }
  return kids;
}

function enterName(kids: Kids, kid: DraftElement, isLast: boolean): void {
  const name = xmlNameOf(kid.node);
  const entry = kids.byName.get(name);
  if (entry === undefined) kids.byName.set(name, { count: 1, last: kid });
  else {
    entry.count++;
    if (isLast) entry.last = kid;
  }
}

function enterIndexes(kids: Kids, kid: DraftElement): void {
  const name = xmlNameOf(kid.node);
  for (const index of kids.indexes.values()) if (index.xmlName === name) enter(index, kid, freeze(kid));
}

function leave(kids: Kids, kid: DraftElement): void {
  const name = xmlNameOf(kid.node);
  for (const index of kids.indexes.values()) if (index.xmlName === name) exit(index, kid, freeze(kid));
  leaveName(kids, kid);
}

/** To be called while `kid` is still linked. */
function leaveName(kids: Kids, kid: DraftElement): void {
  const name = xmlNameOf(kid.node);
  const entry = kids.byName.get(name);
  if (entry === undefined) return;
  entry.count--;
  if (entry.count === 0) kids.byName.delete(name);
  else if (entry.last === kid) {
    let at = kid.previous;
    while (at !== null && !(isElement(at) && xmlNameOf(at.node) === name)) at = at.previous;
    if (at !== null) entry.last = at as DraftElement; // the loop ended on an element
  }
}

/** The last child called `xmlName`, or null. */
export function lastNamed(parent: DraftElement, xmlName: string): DraftElement | null {
  return thaw(parent).byName.get(xmlName)?.last ?? null;
}

function layoutIn(parent: DraftElement, kids: Kids): Layout {
  kids.layout ??= layoutOf(ancestors(parent), parent.node);
  return kids.layout;
}

/** The nodes above, nearest last, as they were when read: enough to see how the document is laid out. */
function ancestors(at: DraftElement): readonly XmlElement[] {
  const above: XmlElement[] = [];
  for (let up = at.parent; up !== null; up = up.parent) above.push(up.node as XmlElement); // a parent is an element
  return above.reverse();
}

function link(parent: DraftElement, node: DraftNode, before: DraftNode | null): void {
  const kids = thaw(parent);
  node.parent = parent;
  node.next = before;
  node.previous = before === null ? kids.last : before.previous;
  if (node.previous === null) kids.first = node;
  else node.previous.next = node;
  if (before === null) kids.last = node;
  else before.previous = node;
}

function unlink(node: DraftNode): void {
  const kids = (node.parent as DraftElement).kids; // only linked nodes are unlinked
  if (kids === null) return;
  if (node.previous === null) kids.first = node.next;
  else node.previous.next = node.next;
  if (node.next === null) kids.last = node.previous;
  else node.next.previous = node.previous;
  node.previous = null;
  node.next = null;
}

function touched(at: DraftElement): void {
  // attributes are current in `node` already; only thawed children make an element stale
  if (at.kids !== null) at.stale = true;
  for (let up = at.parent; up !== null && !up.stale; up = up.parent) up.stale = true;
}

function enter(index: ChildIndex, kid: DraftElement, element: XmlElement): void {
  for (const identity of index.identitiesOf(element)) {
    const places = index.places.get(identity);
    if (places === undefined) index.places.set(identity, kid);
    else if (places instanceof Set) places.add(kid);
    else index.places.set(identity, new Set([places, kid]));
  }
}

/** `element` is what the kid was when it was entered. */
function exit(index: ChildIndex, kid: DraftElement, element: XmlElement): void {
  for (const identity of index.identitiesOf(element)) {
    const places = index.places.get(identity);
    if (places instanceof Set) places.delete(kid);
    if (places === kid || (places instanceof Set && places.size === 0)) index.places.delete(identity);
  }
}

/** Before an edit: what the element is in the indexes of its parent; null when it is in none. */
function indexed(at: DraftElement): XmlElement | null {
  const kids = at.parent?.kids;
  if (kids === null || kids === undefined || kids.indexes.size === 0 || !isLinked(at)) return null;
  return freeze(at);
}

function reindex(at: DraftElement, before: XmlElement | null): void {
  const kids = at.parent?.kids;
  if (before === null || kids === null || kids === undefined) return;
  const after = freeze(at);
  const name = xmlNameOf(after);
  for (const index of kids.indexes.values()) {
    if (index.xmlName !== name) continue;
    exit(index, at, before);
    enter(index, at, after);
  }
}

/** A place below `parent` that its children do not hold: for an element that is meant but not written. */
export function looseElement(parent: DraftElement, element: XmlElement): DraftElement {
  return place(element, parent) as DraftElement; // it holds the element just given
}

/** Whether the place is among its parent's children (a loose one, or one removed meanwhile, is not). */
export function isLinked(at: DraftElement): boolean {
  const kids = at.parent?.kids;
  return (
    kids !== null && kids !== undefined && (at.previous !== null || at.next !== null || kids.first === at)
  );
}

/** Another root element in the place of the document's. */
export function replaceRoot(draft: Draft, element: XmlElement): void {
  draft.root.node = element;
  draft.root.kids = null;
  draft.root.stale = false;
}
