// The hand that edits a draft: every edit is a patch first, and is remembered with its cause.

import {
  childElements,
  type Draft,
  type DraftElement,
  type DraftNode,
  freeze,
  insertElement,
  isLinked,
  removeAttribute,
  removeNode,
  replaceElement,
  replaceRoot,
  setAttribute,
  setText,
  type Where,
} from '../patch/draft.ts';
import type { Patch, PatchOperation } from '../patch/patch.ts';
import { placeFor } from '../patch/placement.ts';
import { xpathOf } from '../patch/xpath-of.ts';
import {
  isBlank,
  makeAttr,
  makeElement,
  makeText,
  withOrigin,
  type XmlAttr,
  type XmlElement,
} from '../xml/document.ts';
import { type Cause, type CauseLog, noteCause } from './cause-log.ts';
import type { Found } from './resolve.ts';

export type Editor = {
  readonly draft: Draft;
  /** Null when nobody asked for patches: a selector for each edit costs more than the edit. */
  readonly patches: Patch[] | null;
  readonly causes: CauseLog;
  /** Of the statement that runs now. */
  cause: Cause;
};

function record(
  editor: Editor,
  at: DraftElement,
  attr: { readonly local: string; readonly ns: string } | null,
  operation: PatchOperation,
): void {
  if (editor.patches === null) return;
  const { sel, namespaces } = xpathOf(at, attr);
  editor.patches.push({ sel, namespaces, operation, cause: editor.cause });
}

/** Puts an element in; returns its place. */
export function insert(editor: Editor, parent: Found, element: XmlElement, where: Where): DraftElement {
  switch (where.type) {
    case 'before':
    case 'after':
      record(editor, where.sibling, null, { type: 'add-element', position: where.type, content: element });
      break;
    case 'start':
      record(editor, parent.at, null, { type: 'add-element', position: 'prepend', content: element });
      break;
    case 'end':
      record(editor, parent.at, null, { type: 'add-element', position: 'append', content: element });
      break;
  }
  const made = insertElement(parent.at, element, where);
  noteCause(editor.causes, made, null, editor.cause);
  return made;
}

/**
 * Whether the white space before an element stood there from the start, for another tool too: an `add` of RFC 5261 brings
 * none, so what was put in since has none before it, nor has what it was put in front of.
 */
function takesBlank({ draft }: Editor, at: DraftElement): boolean {
  const blank = at.previous;
  if (blank === null || !isBlank(blank.node) || blank.node.source !== draft.base.source) return false;
  const before = blank.previous;
  const follows = (one: DraftNode, other: DraftNode) =>
    one.node.source === other.node.source && one.node.end === other.node.start;
  return follows(blank, at) && (before === null || follows(before, blank));
}

export function remove(editor: Editor, at: DraftElement): void {
  noteCause(editor.causes, at, null, editor.cause);
  record(editor, at, null, {
    type: 'remove-element',
    blankBefore: takesBlank(editor, at),
  });
  removeNode(at);
}

export function replace(editor: Editor, at: DraftElement, element: XmlElement): void {
  noteCause(editor.causes, at, null, editor.cause);
  record(editor, at, null, { type: 'replace-element', content: element });
  if (at.parent === null) {
    replaceRoot(editor.draft, element);
    return;
  }
  noteCause(editor.causes, replaceElement(at, element), null, editor.cause);
}

/** RFC 5261 has no move: taken out and put in again, with its bytes as they are. */
export function move(
  editor: Editor,
  at: DraftElement,
  where: { readonly type: 'before' | 'after'; readonly sibling: DraftElement },
): void {
  if (at === where.sibling) return;
  const content = freeze(at);
  record(editor, at, null, {
    type: 'remove-element',
    blankBefore: takesBlank(editor, at),
  });
  // the selector of the sibling is that of the document without the moved element: a position may have changed
  const parent = { at: at.parent as DraftElement, spec: null }; // what has a sibling has a parent
  removeNode(at);
  const copy = content.source === null ? content : { ...content };
  noteCause(editor.causes, insert(editor, parent, copy, where), null, editor.cause);
}

export function setAttributes(editor: Editor, at: DraftElement, attrs: readonly XmlAttr[]): void {
  let touched = false;
  for (const attr of attrs) {
    const old = at.node.attrs.find((one) => one.local === attr.local && one.ns === attr.ns);
    if (old?.value === attr.value) continue;
    touched = true;
    if (old === undefined)
      record(editor, at, null, { type: 'add-attribute', name: attr.name, ns: attr.ns, value: attr.value });
    else record(editor, at, attr, { type: 'replace-attribute', value: attr.value });
    noteCause(editor.causes, at, attr.name, editor.cause);
    setAttribute(at, attr);
    // the key may be another now: what came to be under the new one has this cause too
    noteCause(editor.causes, at, attr.name, editor.cause);
  }
  if (touched) at.node = withOrigin(at.node, editor.cause.at(-1) ?? null);
}

export function unsetAttribute(editor: Editor, at: DraftElement, local: string, ns: string): void {
  if (!at.node.attrs.some((one) => one.local === local && one.ns === ns)) return;
  noteCause(editor.causes, at, local, editor.cause);
  record(editor, at, { local, ns }, { type: 'remove-attribute' });
  removeAttribute(at, local, ns);
  noteCause(editor.causes, at, local, editor.cause);
  at.node = withOrigin(at.node, editor.cause.at(-1) ?? null);
}

export function setElementText(editor: Editor, at: DraftElement, value: string): void {
  noteCause(editor.causes, at, null, editor.cause);
  const { children } = freeze(at);
  const [only] = children;
  if (only === undefined) record(editor, at, null, { type: 'add-text', value });
  else if (children.length === 1 && only.type === 'text' && !only.cdata)
    record(editor, at, null, { type: 'replace-text', value });
  else
    record(editor, at, null, {
      type: 'replace-element',
      content: makeElement(at.node, at.node.attrs, [makeText(value)]),
    });
  setText(at, value);
  noteCause(editor.causes, at, null, editor.cause);
}

/**
 * Before the list of a forward's interfaces changes: an interface that only `dev` names gets its element.
 * Returns the linked place for a loose one.
 */
export function expandForward(editor: Editor, forward: Found, loose: DraftElement): DraftElement {
  if (isLinked(loose)) return loose;
  const element = makeElement(loose.node, loose.node.attrs, []);
  return insert(editor, forward, element, placeFor(forward.at, forward.spec, element, 'first'));
}

/** After it changed: libvirt writes the first interface into `dev` too, and refuses a network where they differ. */
export function syncForwardDev(editor: Editor, forward: DraftElement): void {
  if (!forward.node.attrs.some((attr) => attr.name === 'dev')) return;
  for (const kid of childElements(forward)) {
    const dev =
      kid.node.local === 'interface' ? kid.node.attrs.find((attr) => attr.name === 'dev') : undefined;
    if (dev !== undefined) {
      setAttributes(editor, forward, [makeAttr('dev', dev.value)]);
      return;
    }
  }
  unsetAttribute(editor, forward, 'dev', '');
}
