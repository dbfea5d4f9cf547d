// What changed, as a script of the update language that changes it: for a network with its changes to be reviewed, kept, or
// run on another day. Unknown content, and what a path has no words for, becomes XML and raw patches.

import { meansSomething } from '../compile/resolve.ts';
import { keyOf } from '../network/meaning.ts';
import { DNSMASQ_NS, type ElementSpec } from '../network/spec.ts';
import { attributeStyle, cleanCopy } from '../network/spelling.ts';
import { attrSpecOf } from '../network/table.ts';
import { canonical } from '../network/values.ts';
import {
  childElements,
  childrenNamed,
  type Draft,
  type DraftElement,
  insertElement,
  lastNamed,
  moveElement,
  openDraft,
  removeAttribute,
  removeNode,
  replaceElement,
  setAttribute,
  setText,
  type Where,
  xmlNameOf,
} from '../patch/draft.ts';
import { findByKey } from '../patch/key-index.ts';
import { placeFor } from '../patch/placement.ts';
import { xpathOf } from '../patch/xpath-of.ts';
import type { Item, PatchAct, Path, Position, Statement } from '../syntax/ast.ts';
import { isName } from '../syntax/characters.ts';
import { MADE, makeAttrs, makeName, makePath, makeValue, PLAIN_MODS } from '../syntax/make.ts';
import { printScript } from '../syntax/print.ts';
import { makeAttr, makeElement, type XmlDocument, type XmlElement } from '../xml/document.ts';
import type { Change, Pair } from './change.ts';
import { diffDocuments } from './diff.ts';
import { impliedIn, isOfItsType, literalOf, nodeOf } from './script-node.ts';
import { stepsTo, stepTo } from './script-place.ts';

/**
 * A script that makes of `base` what means the same as `result`; empty when they mean the same already. Its statements
 * stand in an `on network` block when `network` is given. They are for `base` and no other document: a path names what
 * stands there, and finds nothing, or something else, in a network that has changed since.
 */
export function diffAsScript(base: XmlDocument, result: XmlDocument, network: string | null): string {
  const root = survivorsOf(diffDocuments(base, result, 'config'));
  if (root === null) return '';
  const draft = openDraft(base);
  const writer: Writer = {
    draft,
    places: new Map([[base.root, draft.root]]),
    opened: new Set(),
    implying: new Set(),
    depth: network === null ? 0 : 1,
    groups: [],
    namespaces: new Map(),
  };
  writeSurvivor(writer, root, draft.root);

  const declarations: Item[] = [...writer.namespaces]
    .filter(([, uri]) => uri !== DNSMASQ_NS)
    .map(([prefix, uri]) => ({
      type: 'namespace',
      prefix: makeName(prefix),
      uri: makeValue(uri),
      span: MADE,
    }));
  const parts = writer.groups.map((group) =>
    network === null
      ? printScript({ source: MADE.source, items: group.statements })
      : printInside(network, group.statements),
  );
  const statements = joinGroups(parts);
  const body = network === null ? statements : `${openingOf(network)}\n${statements}}\n`;
  return declarations.length === 0
    ? body
    : `${printScript({ source: MADE.source, items: declarations })}\n${body}`;
}

/** Groups of more than one line are set off by blank lines. */
function joinGroups(parts: readonly string[]): string {
  let text = '';
  let long = false;
  for (const part of parts) {
    const isLong = part.indexOf('\n') !== part.length - 1;
    if (text !== '' && (long || isLong)) text += '\n';
    text += part;
    long = isLong;
  }
  return text;
}

function blockOf(network: string, body: readonly Item[]): string {
  return printScript({
    source: MADE.source,
    items: [{ type: 'on', networks: [makeValue(network)], body, span: MADE }],
  });
}

function openingOf(network: string): string {
  return blockOf(network, []).replace(/\}\n$/, '');
}

/** The statements as they stand inside of the block. */
function printInside(network: string, statements: readonly Item[]): string {
  const text = blockOf(network, statements);
  return text.slice(text.indexOf('\n') + 1, text.lastIndexOf('}'));
}

// ---- changes as a tree ----

/** An element on both sides, with what changed of it and in it. */
type Survivor = {
  readonly pair: Pair;
  /** Of its attributes and text; of an unknown element, its one modify. */
  readonly own: Change[];
  /** Of its children, by their name, in the order of the changes. */
  readonly children: Map<string, Siblings>;
};

type Siblings = {
  readonly removed: Change[];
  readonly staying: Survivor[];
  /** Additions and moves, in the order of the result: each finds the one before in place. */
  readonly coming: Change[];
};

/** Null when nothing changed. */
function survivorsOf(changes: readonly Change[]): Survivor | null {
  let root: Survivor | null = null;
  const known = new Map<Pair, Survivor>();
  const survivor = (pair: Pair): Survivor => {
    let found = known.get(pair);
    if (found === undefined) {
      found = { pair, own: [], children: new Map() };
      known.set(pair, found);
      if (pair.parent === null) root = found;
      else siblings(pair.parent, pair).staying.push(found);
    }
    return found;
  };
  const siblings = (parent: Pair, { step }: Pair): Siblings => {
    const { children } = survivor(parent);
    const name = step?.name ?? '';
    let found = children.get(name);
    if (found === undefined) {
      found = { removed: [], staying: [], coming: [] };
      children.set(name, found);
    }
    return found;
  };
  for (const change of changes) {
    const { op, pair, leaf } = change;
    const { parent } = pair;
    if (op === 'modify') survivor(pair).own.push(change);
    // what came or went with its parent is in the parent's statement
    else if (leaf.type !== 'element' || parent === null || parent.base === null || parent.result === null)
      continue;
    else if (op === 'remove') siblings(parent, pair).removed.push(change);
    else siblings(parent, pair).coming.push(change);
  }
  return root;
}

// ---- statements ----

type Writer = {
  /** The base with what was written so far done to it: paths are of the document as it is by then. */
  readonly draft: Draft;
  /** Objects of the base (survivors) and of the result (added) → where they stand in the draft. */
  readonly places: Map<XmlElement, DraftElement>;
  readonly opened: Set<DraftElement>;
  /** Forwards whose first interface only `dev` names, as long as no statement has given it an element. */
  readonly implying: Set<DraftElement>;
  readonly depth: number;
  readonly groups: { readonly about: string; readonly statements: Statement[] }[];
  /** Prefixes that raw patches use. */
  readonly namespaces: Map<string, string>;
};

/** Statements about one child of the network, and all that is in it, stand together. */
function write(writer: Writer, about: DraftElement, statement: Statement): void {
  let top = about;
  while (top.parent?.parent != null) top = top.parent as DraftElement; // a parent is an element
  const step = stepTo(top);
  const name = step === null ? top.node.name : `${step.name.text} ${JSON.stringify(step.selector)}`;
  const last = writer.groups.at(-1);
  if (last !== undefined && last.about === name) last.statements.push(statement);
  else writer.groups.push({ about: name, statements: [statement] });
}

function patch(
  writer: Writer,
  at: DraftElement,
  attr: { readonly local: string; readonly ns: string } | null,
  act: PatchAct,
): Statement {
  const { sel } = xpathOf(at, attr, writer.namespaces);
  return { type: 'patch', xpath: makeValue(sel), act, mods: PLAIN_MODS, span: MADE };
}

function pathTo(at: DraftElement): Path | null {
  const steps = stepsTo(at);
  return steps === null ? null : makePath(steps);
}

function open(writer: Writer, parent: DraftElement): void {
  if (writer.opened.has(parent)) return;
  writer.opened.add(parent);
  for (const kid of childElements(parent)) writer.places.set(kid.node, kid);
}

/** Where an element of the base, or one that was added, stands now. */
function placeOf(writer: Writer, parent: DraftElement, element: XmlElement | null): DraftElement {
  open(writer, parent);
  const place = element === null ? undefined : writer.places.get(element);
  if (place === undefined) throw new Error(`as-script: \`${element?.name}\` is not where the changes say`);
  return place;
}

function writeSurvivor(writer: Writer, survivor: Survivor, at: DraftElement): void {
  const { pair } = survivor;
  const { spec } = pair;
  if (spec === null || mustBeReplaced(survivor, at)) {
    replaceWhole(writer, pair, at);
    return;
  }
  writeAttributes(writer, survivor, spec, at);
  const text = survivor.own.find((change) => change.leaf.type === 'text');
  if (text !== undefined) {
    const value = text.after?.written ?? '';
    writePath(writer, at, (path) => ({
      type: 'set-text',
      path,
      value: makeValue(value),
      mods: PLAIN_MODS,
      span: MADE,
    }));
    setText(at, value);
  }
  writeChildren(writer, survivor, spec, at);
}

/** A statement on a path that is known to have words: mustBeReplaced looked. */
function writePath(writer: Writer, at: DraftElement, make: (path: Path) => Statement): void {
  const path = pathTo(at);
  if (path === null) throw new Error(`as-script: no words for \`${at.node.name}\``);
  write(writer, at, make(path));
}

/** Whether the element must be written anew as a whole: no path leads to it, or no statement says what changed. */
function mustBeReplaced({ pair, own }: Survivor, at: DraftElement): boolean {
  const { base, parent, spec } = pair;
  if (stepsTo(at) === null) return true;
  // an interface that only `dev` names has no attributes to set
  if (base !== null && parent?.base != null && !parent.base.children.includes(base)) return true;
  return own.some(({ kind, leaf, after }) => {
    switch (leaf.type) {
      case 'element':
        return true;
      case 'text':
        return (
          kind === 'unknown' ||
          spec?.text == null ||
          after === null ||
          after.written === null ||
          canonical(spec.text, after.written) === null
        );
      case 'attribute':
        // a prefix may have to be declared; a name with a dot is none of the language's
        return kind === 'unknown' && after !== null && (leaf.name.startsWith('{') || !isName(leaf.name));
    }
  });
}

function replaceWhole(writer: Writer, { base, result, spec }: Pair, at: DraftElement): void {
  if (base === null || result === null) throw new Error('as-script: a survivor is on both sides');
  const path = pathTo(at);
  const node = literalOf(spec, result, writer.depth);
  write(
    writer,
    at,
    path === null
      ? patch(writer, at, null, { type: 'replace', node })
      : { type: 'replace', path, node, mods: PLAIN_MODS, span: MADE },
  );
  if (at.parent === null) return; // it is the root: nothing comes after
  writer.implying.delete(at.parent as DraftElement); // a parent is an element
  writer.places.set(base, replaceElement(at, cleanCopy(spec, result)));
}

function writeAttributes(writer: Writer, { pair, own }: Survivor, spec: ElementSpec, at: DraftElement): void {
  const { base, result } = pair;
  if (base === null || result === null) return;
  const said: [name: string, value: string][] = [];
  const raw: [name: string, value: string][] = [];
  const unset: { readonly name: string; readonly local: string; readonly ns: string }[] = [];
  for (const { leaf } of own) {
    if (leaf.type !== 'attribute') continue;
    for (const { name, local, ns, value } of attributeStyle(spec, leaf.name, base, result)) {
      const there = at.node.attrs.find((attr) => attr.local === local && attr.ns === ns);
      if (value === null) {
        if (there !== undefined) unset.push({ name: there.name, local, ns });
      } else if (attrSpecOf(spec, name) === null ? there !== undefined : isOfItsType(spec, name, value))
        said.push([name, value]);
      else raw.push([name, value]);
    }
  }
  if (said.length > 0) {
    writePath(writer, at, (path) => ({
      type: 'set',
      path,
      attrs: makeAttrs(said),
      mods: PLAIN_MODS,
      span: MADE,
    }));
    for (const [name, value] of said) setAttribute(at, makeAttr(name, value));
    // `set` takes away the other spelling of a prefix
    if (said.some(([name]) => name === 'netmask') && !said.some(([name]) => name === 'prefix'))
      removeAttribute(at, 'prefix', '');
    if (said.some(([name]) => name === 'prefix') && !said.some(([name]) => name === 'netmask'))
      removeAttribute(at, 'netmask', '');
  }
  if (raw.length > 0) {
    write(writer, at, patch(writer, at, null, { type: 'set', attrs: makeAttrs(raw) }));
    for (const [name, value] of raw) setAttribute(at, makeAttr(name, value));
  }
  const left = unset.filter(({ local, ns }) =>
    at.node.attrs.some((attr) => attr.local === local && attr.ns === ns),
  );
  const named = left.filter(({ name }) => isName(name));
  if (named.length > 0) {
    writePath(writer, at, (path) => ({
      type: 'unset',
      path,
      attrs: named.map(({ name }) => makeName(name)),
      mods: PLAIN_MODS,
      span: MADE,
    }));
    for (const { local, ns } of named) removeAttribute(at, local, ns);
  }
  for (const attr of left) {
    if (named.includes(attr)) continue;
    write(writer, at, patch(writer, at, attr, { type: 'remove' }));
    removeAttribute(at, attr.local, attr.ns);
  }
}

function writeChildren(
  writer: Writer,
  { pair, children }: Survivor,
  spec: ElementSpec,
  at: DraftElement,
): void {
  open(writer, at);
  for (const element of pair.base === null ? [] : impliedIn(spec, pair.base)) {
    // as every statement about a forward's interfaces does first
    writer.places.set(
      element,
      insertElement(at, makeElement(element, element.attrs, []), placeFor(at, spec, element, 'first')),
    );
    writer.implying.add(at);
  }
  for (const { removed, staying, coming } of children.values()) {
    for (const { pair: gone } of removed) writeRemove(writer, placeOf(writer, at, gone.base));
    // what stays changes before anything comes: it may give up a name that the new one takes
    for (const child of staying) writeSurvivor(writer, child, placeOf(writer, at, child.pair.base));
    for (const change of coming) {
      if (change.op === 'move') writeMove(writer, at, change);
      else writeAdd(writer, at, spec, change);
    }
  }
}

function writeRemove(writer: Writer, at: DraftElement): void {
  const path = pathTo(at);
  write(
    writer,
    at,
    path === null
      ? patch(writer, at, null, { type: 'remove' })
      : { type: 'remove', path, mods: PLAIN_MODS, span: MADE },
  );
  explicit(writer, at);
  removeNode(at);
}

/** A statement about the interfaces of a forward has given all of them elements. */
function explicit(writer: Writer, at: DraftElement): void {
  if (at.node.local === 'interface' && at.parent !== null) writer.implying.delete(at.parent as DraftElement); // a parent is an element
}

function writeMove(writer: Writer, parent: DraftElement, { pair, position }: Change): void {
  const at = placeOf(writer, parent, pair.base);
  const name = xmlNameOf(at.node);
  const sibling = position?.sibling ?? null;
  const after = sibling === null ? null : placeOf(writer, parent, sibling);
  const written: Position =
    after === null
      ? { type: 'first', span: MADE }
      : after === lastNamed(parent, name)
        ? { type: 'last', span: MADE }
        : afterOf(after);
  writePath(writer, at, (path) => ({ type: 'move', path, position: written, mods: PLAIN_MODS, span: MADE }));
  explicit(writer, at);
  if (after !== null) moveElement(at, { type: 'after', sibling: after });
  else
    for (const first of childrenNamed(parent, name)) {
      moveElement(at, { type: 'before', sibling: first });
      break;
    }
}

function afterOf(sibling: DraftElement): Position {
  const step = stepTo(sibling);
  if (step === null) throw new Error(`as-script: no words for \`${sibling.node.name}\``);
  return { type: 'after', step, span: MADE };
}

function writeAdd(
  writer: Writer,
  parent: DraftElement,
  parentSpec: ElementSpec,
  { pair, position }: Change,
): void {
  const { spec, result: element } = pair;
  if (element === null) throw new Error('as-script: what is added is in the result');
  const name = xmlNameOf(element);
  const last = lastNamed(parent, name);
  let written: Position | null = null;
  let where: Where = placeFor(parent, parentSpec, element, 'last');
  if (position !== null && last !== null) {
    const after = position.sibling === null ? null : placeOf(writer, parent, position.sibling);
    if (after === null) {
      written = { type: 'first', span: MADE };
      where = placeFor(parent, parentSpec, element, 'first');
    } else if (after !== last) {
      written = afterOf(after);
      where = { type: 'after', sibling: after };
    }
  }
  if (spec !== null && isTaken(parent, spec, element)) {
    writeDuplicate(writer, parent, spec, element, written);
  } else {
    const path = pathTo(parent);
    if (path === null) throw new Error(`as-script: no words for \`${parent.node.name}\``);
    const to = path.steps.length === 0 ? null : path;
    write(writer, parent, {
      type: 'add',
      node: nodeOf(spec, element, writer.depth),
      to,
      position: written,
      mods: PLAIN_MODS,
      span: MADE,
    });
    // one that stands there and means nothing gives way
    if (spec !== null && spec.cardinality !== 'many' && last !== null) {
      removeNode(last);
      where = placeFor(parent, parentSpec, element, 'last');
    }
  }
  const made = insertElement(parent, cleanCopy(spec, element), where);
  writer.places.set(element, made);
  explicit(writer, made);
}

/** Whether `add` would refuse it: the same key, in whichever form, or another one of what there is one of. */
function isTaken(parent: DraftElement, spec: ElementSpec, element: XmlElement): boolean {
  if (spec.cardinality !== 'many') {
    const there = lastNamed(parent, xmlNameOf(spec));
    return there !== null && meansSomething({ at: there, spec });
  }
  // dnsmasq:option may repeat
  if (spec.ns === DNSMASQ_NS) return false;
  const key = keyOf(spec, element);
  return key !== null && findByKey(parent, spec, key.kind, key.parts).length > 0;
}

/** A second one of what there should be one of: `add` refuses that, a raw patch does as it is told. */
function writeDuplicate(
  writer: Writer,
  parent: DraftElement,
  spec: ElementSpec,
  element: XmlElement,
  position: Position | null,
): void {
  const [only] =
    writer.implying.has(parent) && spec.name === 'interface' ? childrenNamed(parent, 'interface') : [];
  if (only !== undefined) {
    const node = nodeOf(spec, only.node, writer.depth);
    writePath(writer, only, (path) => ({ type: 'replace', path, node, mods: PLAIN_MODS, span: MADE }));
  }
  write(
    writer,
    parent,
    patch(writer, parent, null, { type: 'add', node: literalOf(spec, element, writer.depth), position }),
  );
}
