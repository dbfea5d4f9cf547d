// Document to text, losing nothing: what no edit touched is copied from its source, and an edited element keeps the
// spelling of its opening tag. Nodes of one tree may come from different sources.

import type { Source } from '../source/source.ts';
import { escapeText, escapeValue } from './characters.ts';
import type { XmlAttr, XmlDocument, XmlElement, XmlNode } from './document.ts';

/** The whole text of the document, byte for byte the source where nothing was edited. */
export function printDocument(document: XmlDocument): string {
  return document.prolog + printNode(document.root) + document.epilog;
}

/**
 * The text of one node. Attributes that keep a place must stand in the opening tag of their own element's source:
 * one that is taken over from another element is made anew (`makeAttr`).
 * Throws on a made value that XML cannot hold (see illegalCharacterAt): callers check what users give.
 */
export function printNode(node: XmlNode): string {
  const out: string[] = [];
  // a stack of our own, because edits can nest deeper than a parser would accept
  const pending: { readonly children: readonly XmlNode[]; at: number; readonly closing: string }[] = [];
  // intact neighbours are one copy: a list of 65,000 hosts with one edit is three
  let run: { readonly source: Source; readonly start: number; end: number } | null = null;

  const flush = (): void => {
    if (run !== null) out.push(run.source.text.slice(run.start, run.end));
    run = null;
  };
  const copy = (source: Source, start: number, end: number): void => {
    if (run !== null && run.source === source && run.end === start) run.end = end;
    else {
      flush();
      run = { source, start, end };
    }
  };
  const enter = (at: XmlNode): void => {
    if (at.type !== 'element') {
      if (at.source !== null) copy(at.source, at.start, at.end);
      else {
        flush();
        out.push(madeLeaf(at));
      }
    } else if (at.source !== null && at.intact) copy(at.source, at.start, at.end);
    else {
      flush();
      out.push(at.source === null ? madeOpening(at) : editedOpening(at, at.source));
      const closing = at.source === null ? madeClosing(at) : editedClosing(at, at.source);
      if (at.children.length > 0) pending.push({ children: at.children, at: 0, closing });
      else out.push(closing);
    }
  };

  enter(node);
  for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
    const child = top.children[top.at++];
    if (child !== undefined) enter(child);
    else {
      pending.pop();
      flush();
      out.push(top.closing);
    }
  }
  flush();
  return out.join('');
}

function madeLeaf(node: Exclude<XmlNode, XmlElement>): string {
  switch (node.type) {
    case 'text':
      if (node.cdata) return `<![CDATA[${node.value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
      // layout made for a document with CRLF lines: no content, so no reference
      return /^(?:[ \t\n]|\r\n)*$/.test(node.value) ? node.value : escapeText(node.value);
    case 'comment':
      return `<!--${node.value}-->`;
    case 'pi':
      return `<?${node.value}?>`;
  }
}

function madeOpening(element: XmlElement): string {
  let text = `<${element.name}`;
  for (const attr of element.attrs) text += madeAttr(attr, ' ', "'");
  return text + (element.children.length > 0 ? '>' : '/>');
}

function madeClosing(element: XmlElement): string {
  return element.children.length > 0 ? `</${element.name}>` : '';
}

function madeAttr(attr: XmlAttr, lead: string, quote: '"' | "'"): string {
  return `${lead}${attr.name}=${quote}${escapeValue(attr.value, quote)}${quote}`;
}

function editedOpening(element: XmlElement, source: Source): string {
  const { text } = source;
  const nameEnd = element.start + 1 + element.name.length;
  const first = element.attrs.find((attr) => attr.start >= 0);
  const quote = first !== undefined && text[first.valueStart - 1] === '"' ? '"' : "'";
  let out = text.slice(element.start, nameEnd);
  let lead = ' ';
  for (const attr of element.attrs) {
    if (attr.start < 0) {
      out += madeAttr(attr, lead, quote);
      continue;
    }
    let blank = attr.start;
    while (isSpace(text.charCodeAt(blank - 1))) blank--;
    const written = text.slice(blank, attr.start);
    // attributes that each have a line get company on a line of its own
    if (written.includes('\n')) lead = written;
    out += written + (attr.intact ? text.slice(attr.start, attr.end) : respelled(attr, text));
  }
  return out + tail(element, text);
}

function respelled(attr: XmlAttr, text: string): string {
  const quote = text[attr.valueStart - 1] === '"' ? '"' : "'";
  return text.slice(attr.start, attr.valueStart) + escapeValue(attr.value, quote) + quote;
}

/** The white space before the end of the opening tag, and that end. */
function tail(element: XmlElement, text: string): string {
  const closed = element.end === element.openEnd;
  const end = element.openEnd - (closed ? 2 : 1);
  let blank = end;
  while (isSpace(text.charCodeAt(blank - 1))) blank--;
  // `<a />` that got children opens up as `<a>`
  if (closed && element.children.length > 0) return '>';
  return text.slice(blank, element.openEnd);
}

function editedClosing(element: XmlElement, source: Source): string {
  if (element.closeStart < element.end) return source.text.slice(element.closeStart, element.end);
  return element.children.length > 0 ? `</${element.name}>` : '';
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;
}
