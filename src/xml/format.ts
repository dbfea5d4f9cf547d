// A document with its layout in order and nothing else changed: two blanks a level, one element a line, no more than one
// blank line in a row. Values, quotes, order, comments and their text stay as they were written.

import type { XmlDocument, XmlElement, XmlNode } from './document.ts';
import { parseDocument } from './parse.ts';
import { printDocument } from './print.ts';

const UNIT = '  ';

/**
 * The text of the document, laid out. Line ends are those of its last line. Untouched byte for byte: elements with text
 * in them (mixed content too), CDATA, what says `xml:space='preserve'`, and each child of a `metadata` element, where
 * white space may mean something to whoever put it there. A comment behind an element on its line stays there.
 * Formatting twice changes nothing more.
 */
export function formatXml(document: XmlDocument): string {
  const { root, prolog, epilog, source } = document.root.intact ? document : reread(document);
  const { text } = source;
  const last = text.lastIndexOf('\n');
  const newline = last > 0 && text[last - 1] === '\r' ? '\r\n' : '\n';
  const bom = prolog.startsWith('\ufeff') ? '\ufeff' : '';
  const before = remarks(prolog.slice(bom.length));
  const after = remarks(epilog);
  let out = bom;
  for (const [i, remark] of before.entries()) {
    if (i > 0) out += remark.blankLine ? newline + newline : newline;
    out += remark.text;
  }
  if (before.length > 0) out += blankLines(prolog.slice(before.at(-1)?.end)) ? newline + newline : newline;
  out += laidOut(root, text, '', newline);
  for (const remark of after) out += (remark.blankLine ? newline + newline : newline) + remark.text;
  return out + newline;
}

/** The same document over its own text: this file moves pieces of one source. */
function reread(document: XmlDocument): XmlDocument {
  const { value } = parseDocument({ name: document.source.name, text: printDocument(document) });
  if (value === null) throw new Error('a printed document cannot be read');
  return value;
}

type Remark = { readonly text: string; readonly blankLine: boolean; readonly end: number };

/** The declaration, comments and instructions outside the root element. */
function remarks(text: string): readonly Remark[] {
  const found: Remark[] = [];
  const pattern = /([ \t\r\n]*)(<!--[\s\S]*?-->|<\?[\s\S]*?\?>)/y;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    found.push({ text: match[2] ?? '', blankLine: blankLines(match[1] ?? ''), end: pattern.lastIndex });
  }
  return found;
}

function blankLines(space: string): boolean {
  return breaksIn(space) > 1;
}

function breaksIn(space: string): number {
  return space.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** The element without what stands before it on its line. */
function laidOut(element: XmlElement, text: string, indent: string, newline: string): string {
  const selfClosed = element.end === element.openEnd;
  const opening = openingTag(element, text, selfClosed);
  if (selfClosed) return opening;
  const closing = `</${element.name}>`;
  const content = element.children.filter((child) => !isLayout(child, text));
  if (keepsContent(element, content))
    return opening + text.slice(element.openEnd, element.closeStart) + closing;
  if (content.length === 0) {
    // blanks may be what the element says; a line break is layout, and libvirt prints an `<ip>` without children so
    const space = text.slice(element.openEnd, element.closeStart);
    return opening + (breaksIn(space) > 0 ? newline + indent : space) + closing;
  }

  const deeper = indent + UNIT;
  const verbatim = element.local === 'metadata' && element.ns === '';
  let out = opening;
  let breaks = 0;
  let previous: XmlNode | null = null;
  for (const [i, child] of element.children.entries()) {
    if (isLayout(child, text)) {
      breaks += breaksIn(text.slice(child.start, child.end));
      continue;
    }
    if (
      child.type === 'comment' &&
      breaks === 0 &&
      previous?.type === 'element' &&
      endsLine(element.children, i, text)
    ) {
      out += ' ';
    } else {
      out += (breaks > 1 && previous !== null ? newline : '') + newline + deeper;
    }
    out +=
      child.type === 'element' && !verbatim
        ? laidOut(child, text, deeper, newline)
        : text.slice(child.start, child.end);
    breaks = 0;
    previous = child;
  }
  return out + newline + indent + closing;
}

/** One line, one blank before each attribute, and each as it was spelled. */
function openingTag(element: XmlElement, text: string, selfClosed: boolean): string {
  let out = `<${element.name}`;
  for (const attr of element.attrs) out += ` ${attr.name}=${text.slice(attr.valueStart - 1, attr.end)}`;
  return out + (selfClosed ? '/>' : '>');
}

/** True for white space that is written as such: `&#32;` was put there on purpose, and so was CDATA. */
function isLayout(node: XmlNode, text: string): boolean {
  return node.type === 'text' && !node.cdata && /^[ \t\r\n]*$/.test(text.slice(node.start, node.end));
}

function keepsContent(element: XmlElement, content: readonly XmlNode[]): boolean {
  return (
    content.some((child) => child.type === 'text') ||
    element.attrs.some((attr) => attr.name === 'xml:space' && attr.value === 'preserve')
  );
}

/** True when nothing but white space follows the child on its line. */
function endsLine(children: readonly XmlNode[], at: number, text: string): boolean {
  for (let i = at + 1; i < children.length; i++) {
    const child = children[i]!; // i is inside
    if (!isLayout(child, text)) return false;
    if (breaksIn(text.slice(child.start, child.end)) > 0) return true;
  }
  return true;
}
