// A document as a value: an immutable tree over its source text, in which every node knows where it stands.
//
// What an edit leaves alone stays the very same object, so `diff` skips it and print.ts copies its text.
// White space, comments and processing instructions are nodes like any other: nothing of the text is lost.
// This room knows nothing of networks.

import type { Source, Span } from '../source/source.ts';

export type XmlNode = XmlElement | XmlText | XmlOther;

export type XmlElement = {
  readonly type: 'element';
  /** As written, with its prefix: `dnsmasq:option`. */
  readonly name: string;
  /** Without prefix: `option`. */
  readonly local: string;
  /** Namespace URI; empty for none. */
  readonly ns: string;
  /** In order of writing, `xmlns` declarations among them. */
  readonly attrs: readonly XmlAttr[];
  readonly children: readonly XmlNode[];
  /** The text this element, or the one it was edited from, stands in; null when it was made by an edit. */
  readonly source: Source | null;
  /** Offset of `<`. This and the next three have a meaning only with a source. */
  readonly start: number;
  /** Offset behind the `>` of the opening tag. */
  readonly openEnd: number;
  /** Offset of `</`; equals `openEnd` for `<a/>`. */
  readonly closeStart: number;
  /** Offset behind the element. */
  readonly end: number;
  /** True while the source text from start to end says exactly this element, so that printing is copying. */
  readonly intact: boolean;
  /** On what an edit made or changed: the text that did, for messages. */
  readonly origin: Span | null;
};

export type XmlAttr = {
  readonly name: string;
  readonly local: string;
  /** Namespace URI; empty for an attribute without prefix. `http://www.w3.org/2000/xmlns/` for declarations. */
  readonly ns: string;
  /** Decoded and normalised, as XML says: what policy and libvirt see. */
  readonly value: string;
  /** Offset of the name in the element's source; -1 when the attribute was made by an edit. */
  readonly start: number;
  /** Offset of the first character inside the quotes. */
  readonly valueStart: number;
  /** Offset behind the closing quote. */
  readonly end: number;
  /** True while the source text says exactly this value. */
  readonly intact: boolean;
  /** As for elements. */
  readonly origin: Span | null;
};

/** Character data, CDATA sections among it (`cdata`), decoded. */
export type XmlText = {
  readonly type: 'text';
  readonly value: string;
  readonly cdata: boolean;
  readonly source: Source | null;
  readonly start: number;
  readonly end: number;
};

/** A comment (`value` without its dashes) or a processing instruction (`value` is target and data). */
export type XmlOther = {
  readonly type: 'comment' | 'pi';
  readonly value: string;
  readonly source: Source | null;
  readonly start: number;
  readonly end: number;
};

export type XmlDocument = {
  readonly source: Source;
  readonly root: XmlElement;
  /** The source text before and behind the root element, byte for byte (declaration, comments, blank lines). */
  readonly prolog: string;
  readonly epilog: string;
};

export const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** The attribute without namespace called `name`, or undefined. */
export function attrOf(element: XmlElement, name: string): XmlAttr | undefined {
  const { attrs } = element;
  for (let i = 0; i < attrs.length; i++) if (attrs[i]!.name === name) return attrs[i]; // i is within
  return undefined;
}

/** All character data directly in the element, joined. */
export function textOf(element: XmlElement): string {
  let text = '';
  for (const child of element.children) if (child.type === 'text') text += child.value;
  return text;
}

export function elementsOf(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((child): child is XmlElement => child.type === 'element');
}

// Elements and attributes are made field by field, all in one order: so V8 gives all of one type one hidden class, however
// they came to be, and need not copy by name (a spread takes ten times as long).

/** The element with the text that made (or last edited) it, for messages: a statement, a literal in a script. */
export function withOrigin(element: XmlElement, origin: Span | null): XmlElement {
  return origin === null ? element : copied(element, element.attrs, element.children, element.intact, origin);
}

function copied(
  element: XmlElement,
  attrs: readonly XmlAttr[],
  children: readonly XmlNode[],
  intact: boolean,
  origin: Span | null,
): XmlElement {
  const { type, name, local, ns, source, start, openEnd, closeStart, end } = element;
  return { type, name, local, ns, attrs, children, source, start, openEnd, closeStart, end, intact, origin };
}

/** The text that made or edited the node, else where the element's opening tag stands; null when neither is known. */
export function spanOf(element: XmlElement): Span | null {
  if (element.origin !== null) return element.origin;
  return element.source === null
    ? null
    : { source: element.source, start: element.start, end: element.openEnd };
}

/** The text that made or edited the attribute, else where it stands; the element's own span when neither is known. */
export function attrSpanOf(element: XmlElement, attr: XmlAttr): Span | null {
  if (attr.origin !== null) return attr.origin;
  if (element.source === null || attr.start < 0) return spanOf(element);
  return { source: element.source, start: attr.start, end: attr.end };
}

/** True for text that is only XML white space. */
export function isBlank(node: XmlNode): boolean {
  return node.type === 'text' && !node.cdata && isWhiteSpace(node.value);
}

/** True for nothing but XML white space, and for nothing at all. */
export function isWhiteSpace(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 0x20 && code !== 0x0a && code !== 0x09 && code !== 0x0d) return false;
  }
  return true;
}

/** A new element, made by an edit. */
export function makeElement(
  name: { readonly name: string; readonly local: string; readonly ns: string },
  attrs: readonly XmlAttr[],
  children: readonly XmlNode[],
): XmlElement {
  return {
    type: 'element',
    name: name.name,
    local: name.local,
    ns: name.ns,
    attrs,
    children,
    source: null,
    start: -1,
    openEnd: -1,
    closeStart: -1,
    end: -1,
    intact: false,
    origin: null,
  };
}

/** A new attribute without namespace, made by an edit. */
export function makeAttr(name: string, value: string): XmlAttr {
  return {
    name,
    local: name,
    ns: '',
    value,
    start: -1,
    valueStart: -1,
    end: -1,
    intact: false,
    origin: null,
  };
}

/** An attribute made by an edit, with that name and value: another one without its place, for instance. */
export function remadeAttr(
  attr: { readonly name: string; readonly local: string; readonly ns: string; readonly value: string },
  origin: Span | null,
): XmlAttr {
  const { name, local, ns, value } = attr;
  return { name, local, ns, value, start: -1, valueStart: -1, end: -1, intact: false, origin };
}

/** The attribute with another value, in its place. */
export function withValue(attr: XmlAttr, value: string, origin: Span | null): XmlAttr {
  const { name, local, ns, start, valueStart, end } = attr;
  return { name, local, ns, value, start, valueStart, end, intact: false, origin };
}

export function makeText(value: string): XmlText {
  return { type: 'text', value, cdata: false, source: null, start: -1, end: -1 };
}

/** The element with other children; keeps its place, so that its opening tag is copied as it stands. */
export function withChildren(element: XmlElement, children: readonly XmlNode[]): XmlElement {
  return copied(element, element.attrs, children, false, element.origin);
}

/** The element with other attributes; attributes that came from the source keep their spelling. */
export function withAttrs(element: XmlElement, attrs: readonly XmlAttr[]): XmlElement {
  return copied(element, attrs, element.children, false, element.origin);
}
