// The `<metadata>` of a network as libvirt prints it: a copy of the tree that libxml2 read, dumped with libxml2's indentation.
//
// Nothing here is libvirt's own: which blanks libxml2 drops when it reads, where a copied tree gets its namespace
// declarations, and what its dump escapes, all as in libxml2 2.9.14, tried through libvirtd 9.0.0.

import { XMLNS, type XmlAttr, type XmlElement, type XmlNode, type XmlText } from '../xml/document.ts';

/** The element with everything libvirt keeps of it, indented for its place in `<network>`; ends with a line feed. */
export function metadataAsLibvirt(metadata: XmlElement): string {
  const read = withoutBlanks(metadata, false);
  const hoisted = outerNamespaces(read);
  const out: string[] = [];
  dump(out, sanitized(read), 1, true, hoisted);
  return `${INDENT}${out.join('')}\n`;
}

/**
 * The children that libvirt keeps: the first of each namespace, none without one, no text, no comment
 * (virXMLNodeSanitizeNamespaces).
 */
export function keptMetadata(metadata: XmlElement): readonly XmlElement[] {
  const seen = new Set<string>();
  const kept: XmlElement[] = [];
  for (const child of metadata.children) {
    if (child.type !== 'element' || child.ns === '' || seen.has(child.ns)) continue;
    seen.add(child.ns);
    kept.push(child);
  }
  return kept;
}

function sanitized(metadata: XmlElement): XmlElement {
  return { ...metadata, children: keptMetadata(metadata) };
}

// Reading: what xmlKeepBlanksDefault(0) leaves out.

/**
 * The tree without the blanks that libxml2 takes for indentation (areBlanks in its parser.c). `preserve` is xml:space.
 * Text of an element that was made by an edit counts as it would be printed: without references.
 */
function withoutBlanks(element: XmlElement, preserve: boolean): XmlElement {
  const space = element.attrs.find((a) => a.name === 'xml:space')?.value;
  const keepAll = space === 'preserve' || (space !== 'default' && preserve);
  const kept: XmlNode[] = [];
  // once libxml2 has kept text that starts with a blank, it keeps every blank of this element (`*ctxt->space = -2`)
  let mixed = false;
  for (let i = 0; i < element.children.length; i++) {
    const node = element.children[i]!;
    if (node.type === 'element') {
      kept.push(withoutBlanks(node, keepAll));
      continue;
    }
    const last = kept.at(-1);
    if (node.type !== 'text') {
      kept.push(node);
      continue;
    }
    if (node.cdata) {
      // libxml2 joins CDATA sections that follow each other
      if (last?.type === 'text' && last.cdata)
        kept[kept.length - 1] = { ...last, value: last.value + node.value };
      else kept.push(node);
      continue;
    }
    const closes = i === element.children.length - 1;
    let text = '';
    for (const chunk of chunks(node)) {
      const blank = chunk.kind === 'characters' && /^[ \t\r\n]*$/.test(chunk.value);
      if (blank && !keepAll && !mixed && chunk.next !== 'other') {
        const before = text !== '' ? node : kept.at(-1);
        const first = kept[0] ?? before;
        const alone = before === undefined && chunk.next === '<' && closes;
        if (!alone && !isPlainText(before) && !isPlainText(first)) continue;
      }
      text += chunk.value;
      if (chunk.kind === 'characters' && (chunk.complex || /^[ \t\r\n]/.test(chunk.value))) mixed = true;
    }
    if (text !== '') kept.push({ ...node, value: text });
  }
  return { ...element, children: kept };
}

function isPlainText(node: XmlNode | undefined): boolean {
  return node?.type === 'text' && !node.cdata;
}

type Chunk = {
  readonly value: string;
  /** A reference is handed on without a look at blanks. */
  readonly kind: 'characters' | 'reference';
  /** What libxml2 sees behind the chunk. */
  readonly next: '<' | '\r' | 'other';
  /** Read by xmlParseCharDataComplex, which takes over at the first non-ASCII character. */
  readonly complex: boolean;
};

/** Text in the pieces in which libxml2 decides about it: cut at references, before CRLF, and at the first non-ASCII character. */
function chunks(node: XmlText): readonly Chunk[] {
  const raw =
    node.source === null ? node.value.replaceAll('&', '&amp;') : node.source.text.slice(node.start, node.end);
  const found: Chunk[] = [];
  const pieces = raw.split(/(&[^;]*;)/);
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!;
    if (i % 2 === 1) {
      found.push({ value: dereference(piece), kind: 'reference', next: 'other', complex: false });
      continue;
    }
    if (piece === '') continue;
    const behind = i === pieces.length - 1 ? '<' : 'other';
    const wide = piece.search(/[^\x00-\x7f]/);
    const narrow = wide === -1 ? piece : piece.slice(0, wide);
    const lines = narrow.split(/\r(?=\n)/);
    lines.forEach((line, n) => {
      if (line === '') return;
      const next = n < lines.length - 1 ? '\r' : wide === -1 ? behind : 'other';
      found.push({ value: line.replaceAll('\r', '\n'), kind: 'characters', next, complex: false });
    });
    if (wide !== -1) {
      found.push({
        value: piece.slice(wide).replace(/\r\n?/g, '\n'),
        kind: 'characters',
        next: behind,
        complex: true,
      });
    }
  }
  return found;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&apos;': "'",
};

function dereference(reference: string): string {
  const known = ENTITIES[reference];
  if (known !== undefined) return known;
  const hex = /^&#x([0-9a-fA-F]+);$/.exec(reference);
  return String.fromCodePoint(
    hex === null ? Number.parseInt(reference.slice(2), 10) : Number.parseInt(hex[1]!, 16),
  );
}

// Copying: xmlCopyNode declares at the top of the copy what was declared above it.

/** Prefixes and URIs that the tree uses but does not declare, in the order in which the copy meets them. */
function outerNamespaces(metadata: XmlElement): readonly (readonly [string, string])[] {
  const hoisted = new Map<string, string>();
  const visit = (element: XmlElement, outer: ReadonlySet<string>): void => {
    const declared = element.attrs.filter((a) => a.ns === XMLNS);
    const scope = declared.length === 0 ? outer : new Set([...outer, ...declared.map(declaredPrefix)]);
    const meet = (name: string, uri: string): void => {
      const prefix = prefixOf(name);
      if (uri !== '' && prefix !== 'xml' && !scope.has(prefix) && !hoisted.has(prefix))
        hoisted.set(prefix, uri);
    };
    meet(element.name, element.ns);
    for (const a of element.attrs) if (a.ns !== XMLNS && a.ns !== '') meet(a.name, a.ns);
    for (const child of element.children) if (child.type === 'element') visit(child, scope);
  };
  visit(metadata, new Set());
  return [...hoisted];
}

function prefixOf(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? '' : name.slice(0, colon);
}

function declaredPrefix(declaration: XmlAttr): string {
  return declaration.name === 'xmlns' ? '' : declaration.local;
}

// Dumping: xmlNodeDump with format 1.

const INDENT = '  ';
/** libxml2 stops indenting deeper at 60 columns. */
const DEEPEST = 30;

function dump(
  out: string[],
  node: XmlNode,
  level: number,
  format: boolean,
  extra: readonly (readonly [string, string])[],
): void {
  switch (node.type) {
    case 'text':
      out.push(node.cdata ? `<![CDATA[${node.value}]]>` : node.value.replace(/[<>&\r]/g, textReference));
      return;
    case 'comment':
      out.push(`<!--${node.value}-->`);
      return;
    case 'pi':
      out.push(`<?${node.value}?>`);
      return;
    case 'element':
      break;
  }
  out.push(`<${node.name}`);
  for (const a of node.attrs) if (a.ns === XMLNS) out.push(declaration(declaredPrefix(a), a.value));
  for (const [prefix, uri] of extra) out.push(declaration(prefix, uri));
  for (const a of node.attrs)
    if (a.ns !== XMLNS)
      out.push(` ${a.name}="${a.value.replace(/[<>&"\n\r\t]|[^\0-\x7f]/gu, valueReference)}"`);
  if (node.children.length === 0) {
    out.push('/>');
    return;
  }
  // text anywhere among the children turns indentation off, for everything below too
  const lines = format && node.children.every((child) => child.type !== 'text');
  out.push('>');
  if (lines) out.push('\n');
  for (const child of node.children) {
    if (lines) out.push(INDENT.repeat(Math.min(level + 1, DEEPEST)));
    dump(out, child, level + 1, lines, []);
    if (lines) out.push('\n');
  }
  if (lines) out.push(INDENT.repeat(Math.min(level, DEEPEST)));
  out.push(`</${node.name}>`);
}

/**
 * A URI is written without any escape but its quotes (xmlBufWriteQuotedString). libxml2 reads `&amp;` in one as `&#38;`
 * and leaves it at that.
 */
function declaration(prefix: string, uri: string): string {
  const name = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
  const read = uri.replaceAll('&', '&#38;');
  if (!read.includes('"')) return ` ${name}="${read}"`;
  return read.includes("'") ? ` ${name}="${read.replaceAll('"', '&quot;')}"` : ` ${name}='${read}'`;
}

function textReference(c: string): string {
  switch (c) {
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '&':
      return '&amp;';
    default:
      return '&#13;';
  }
}

/** The copy has no document, so libxml2 does not know that UTF-8 will do and writes non-ASCII characters as references. */
function valueReference(c: string): string {
  switch (c) {
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '&':
      return '&amp;';
    case '"':
      return '&quot;';
    default: {
      const point = c.codePointAt(0)!; // the pattern matched one character
      return point < 0x80 ? `&#${point};` : `&#x${point.toString(16).toUpperCase()};`;
    }
  }
}
