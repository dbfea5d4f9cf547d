// White space for what an edit makes: how a document lays out its elements, and a new element laid out the same way.

import {
  attrSpanOf,
  isBlank,
  isWhiteSpace,
  makeElement,
  makeText,
  remadeAttr,
  spanOf,
  withOrigin,
  type XmlAttr,
  type XmlElement,
  type XmlNode,
} from './document.ts';

/** How the children of one element are laid out. */
export type Layout = {
  /** False when the children stand on one line with their parent: then nothing goes between them. */
  readonly breaks: boolean;
  /** What ends a line: `\n` or `\r\n`. */
  readonly newline: string;
  /** What stands before a child on its line. */
  readonly indent: string;
  /** What stands before the closing tag on its line. */
  readonly closeIndent: string;
  /** What each level adds: two blanks unless the document does otherwise. */
  readonly unit: string;
};

/** How many children are looked at to see how all of them stand: a parent may have very many. */
const SAMPLE = 16;

/** No indentation is longer; what looks so is not looked through to its end. */
const LONGEST_INDENT = 512;

/**
 * How the children of `parent` are, or would be, laid out. `above` are its ancestors, the root first; children of
 * theirs do not matter. O(depth), whatever the number of siblings.
 */
export function layoutOf(above: readonly XmlElement[], parent: XmlElement): Layout {
  const root = above[0] ?? parent;
  const newline = newlineOf(root);
  const unit = unitOf(root, [...above, parent]);
  const seen = childIndentOf(parent);
  if (seen.type === 'inline') return { breaks: false, newline, indent: '', closeIndent: '', unit };
  const own = ownIndent(above, parent, root);
  if (seen.type === 'lines') {
    const closeIndent = own ?? (seen.indent.endsWith(unit) ? seen.indent.slice(0, -unit.length) : '');
    return { breaks: true, newline, indent: seen.indent, closeIndent, unit };
  }
  if (own === null) return { breaks: false, newline, indent: '', closeIndent: '', unit };
  return { breaks: true, newline, indent: own + unit, closeIndent: own, unit };
}

/**
 * The element as an edit makes it, laid out as libvirt would: each child element on its own line, `unit` deeper than
 * its parent; an element with only text stays on one line; comments and the layout it had are dropped. Mixed content
 * is kept as it is. `indent` is where the element itself stands. With an empty `newline` everything goes on one line.
 */
export function layoutNew(element: XmlElement, indent: string, unit: string, newline: string): XmlElement {
  const made = (children: readonly XmlNode[]) =>
    withOrigin(makeElement(element, remade(element), children), spanOf(element));
  const kept = element.children.filter(
    (child) => child.type === 'element' || (child.type === 'text' && !isWhiteSpace(child.value)),
  );
  if (kept.length === 0) return made(onlyBlank(element));
  if (kept.some((child) => child.type === 'text')) return made(element.children.flatMap(verbatim));
  const deeper = indent + unit;
  const children: XmlNode[] = [];
  for (const child of kept) {
    if (child.type !== 'element') continue;
    if (newline !== '') children.push(makeText(newline + deeper));
    children.push(layoutNew(child, deeper, unit, newline));
  }
  if (newline !== '') children.push(makeText(newline + indent));
  return made(children);
}

/** White space alone is what an element says (`<value> </value>`) only when it has no line break. */
function onlyBlank(element: XmlElement): readonly XmlNode[] {
  const text = element.children.filter((child) => child.type === 'text');
  const value = text.map((child) => child.value).join('');
  return value === '' || value.includes('\n') ? [] : [makeText(value)];
}

function verbatim(node: XmlNode): readonly XmlNode[] {
  // a carriage return that was read is a reference; before a line end and with nothing else it would be taken for layout
  if (node.type === 'text') return node.value.split(/(?<=\r)/).map(makeText);
  if (node.type === 'element')
    return [withOrigin(makeElement(node, remade(node), node.children.flatMap(verbatim)), spanOf(node))];
  return [];
}

/** The attributes as an edit makes them; messages still find where they were written. */
function remade(element: XmlElement): readonly XmlAttr[] {
  return element.attrs.map((attr) => remadeAttr(attr, attrSpanOf(element, attr)));
}

/** The line end of the document that `root` was read from. */
function newlineOf(root: XmlElement): string {
  if (root.source === null) return '\n';
  const at = root.source.text.indexOf('\n');
  return at > 0 && root.source.text[at - 1] === '\r' ? '\r\n' : '\n';
}

/** What one level adds, seen where a child of the root, or an element on the way down, stands deeper than its parent. */
function unitOf(root: XmlElement, chain: readonly XmlElement[]): string {
  const first = childIndentOf(root);
  const rootIndent = indentInSource(root, root) ?? '';
  if (
    first.type === 'lines' &&
    first.indent.length > rootIndent.length &&
    first.indent.startsWith(rootIndent)
  ) {
    return first.indent.slice(rootIndent.length);
  }
  for (let i = 1; i < chain.length; i++) {
    const outer = indentInSource(chain[i - 1]!, root); // i - 1 and i are inside
    const inner = indentInSource(chain[i]!, root);
    if (outer !== null && inner !== null && inner.length > outer.length && inner.startsWith(outer)) {
      return inner.slice(outer.length);
    }
  }
  return '  ';
}

/** Where the parent itself starts on a line of its own, or null when it shares its line. */
function ownIndent(above: readonly XmlElement[], parent: XmlElement, root: XmlElement): string | null {
  const outer = above.at(-1);
  if (outer === undefined) return indentInSource(parent, root) ?? '';
  if (parent.source !== null && parent.source === root.source) return indentInSource(parent, root);
  // made by an edit, so it was put on its line by the layout of its own parent
  const layout = layoutOf(above.slice(0, -1), outer);
  return layout.breaks ? layout.indent : null;
}

/** The white space between the start of the line and the element; null when anything else stands there. */
function indentInSource(element: XmlElement, root: XmlElement): string | null {
  if (element.source === null || element.source !== root.source) return null;
  const { text } = element.source;
  let at = element.start;
  while (at > 0 && element.start - at <= LONGEST_INDENT && (text[at - 1] === ' ' || text[at - 1] === '\t'))
    at--;
  const atLineStart = at === 0 || text[at - 1] === '\n' || (at === 1 && text.charCodeAt(0) === 0xfeff);
  return atLineStart ? text.slice(at, element.start) : null;
}

type Seen =
  | { readonly type: 'lines'; readonly indent: string }
  | { readonly type: 'inline' }
  | { readonly type: 'nothing' };

/** How the first children stand. */
function childIndentOf(parent: XmlElement): Seen {
  const sample = parent.children.length > SAMPLE ? parent.children.slice(0, SAMPLE) : parent.children;
  let something = false;
  for (let i = 0; i < sample.length; i++) {
    const child = sample[i]!; // i is inside
    if (!isBlank(child)) {
      something = true;
      continue;
    }
    const next = sample[i + 1];
    const newline = child.type === 'text' ? child.value.lastIndexOf('\n') : -1;
    if (newline !== -1 && next !== undefined && next.type !== 'text') {
      return { type: 'lines', indent: child.type === 'text' ? child.value.slice(newline + 1) : '' };
    }
  }
  return something ? { type: 'inline' } : { type: 'nothing' };
}
