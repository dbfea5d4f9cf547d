// Text to document, strictly: what XML 1.0 with namespaces allows, minus DOCTYPE, so that no entity exists but the five of XML.
//
// saxes checks well-formedness and streams events (bench/xml-parsers.ts says why saxes); the tree, the places,
// the namespaces, the limits and every message are made here and in parse-problem.ts.

import { SaxesParser } from 'saxes';
import type { Checked, Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../source/source.ts';
import { illegalCharacterAt, invisibleCharacterAt } from './characters.ts';
import { XMLNS, type XmlAttr, type XmlDocument, type XmlElement, type XmlNode } from './document.ts';
import * as problem from './parse-problem.ts';

export const XML_LIMITS = {
  /** libvirt's largest message (VIR_NET_MESSAGE_MAX, 32 MiB); counted in UTF-16 units, of which UTF-8 never needs fewer bytes. */
  characters: 32 * 1024 * 1024,
  /** Half of what libxml2 allows without XML_PARSE_HUGE (256); a network is 7 deep. */
  depth: 128,
  attributes: 256,
} as const;

const XML_NS = 'http://www.w3.org/XML/1998/namespace';
const NO_ATTRS: readonly XmlAttr[] = Object.freeze([]);
const NO_CHILDREN: readonly XmlNode[] = Object.freeze([]);

/**
 * The document in `source`, or null with the first problem. A byte order mark, CRLF and an XML declaration are accepted.
 * Besides errors there can be one warning, for invisible characters (SL114). Linear in the length of the text.
 */
export function parseDocument(source: Source): Checked<XmlDocument | null> {
  const { root, diagnostics } = read(source, 0, source.text.length, NO_NAMESPACES, false);
  if (root === null) return { value: null, diagnostics };
  const prolog = source.text.slice(0, root.start);
  const epilog = source.text.slice(root.end);
  return { value: { source, root, prolog, epilog }, diagnostics };
}

/**
 * The one element that stands in `source` between `start` and `end`, with nothing but white space around it; null with
 * the first problem. Places are offsets into `source`. Prefixes in `namespaces` count as declared, the empty one as
 * the default namespace; the fragment may declare its own.
 */
export function parseFragment(
  source: Source,
  start: number,
  end: number,
  namespaces: ReadonlyMap<string, string>,
): Checked<XmlElement | null> {
  const { root, diagnostics } = read(source, start, end, namespaces, true);
  return { value: root, diagnostics };
}

const NO_NAMESPACES: ReadonlyMap<string, string> = new Map();

/** A name that was seen before: one object, and one copy of its strings, for all its uses in a text. */
type Name = {
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  /** The name that came after it the last time: a list says the same names over and over. */
  next: Name | null;
};

/** Prefixes that one element declares; a chain no longer than the depth limit, so that hostile declarations cost nothing. */
type Scope = { readonly parent: Scope | null; readonly bindings: ReadonlyMap<string, string> };

type Frame = {
  readonly name: Name;
  readonly ns: string;
  readonly attrs: readonly XmlAttr[];
  readonly scope: Scope;
  readonly start: number;
  readonly openEnd: number;
  children: XmlNode[] | null;
};

const SAXES = {
  // namespaces are resolved here: saxes would trim their URIs, and can only say where a tag ends
  xmlns: false,
  position: false,
  defaultXMLVersion: '1.0',
  forceXMLVersion: true,
} as const;

/** Thrown to leave saxes at the first problem; never leaves this file. */
const STOPPED = new Error('stopped at the first problem');

function read(
  source: Source,
  from: number,
  to: number,
  namespaces: ReadonlyMap<string, string>,
  fragment: boolean,
): { readonly root: XmlElement | null; readonly diagnostics: readonly Diagnostic[] } {
  if (to - from > XML_LIMITS.characters) {
    return { root: null, diagnostics: [problem.tooLarge(source, from, to, XML_LIMITS.characters)] };
  }
  const text = from === 0 && to === source.text.length ? source.text : source.text.slice(from, to);
  // saxes takes a lone high surrogate for half of a pair and swallows the character behind it, a quote or `<` too
  const illegal = illegalCharacterAt(text);
  if (illegal !== -1) return { root: null, diagnostics: [problem.illegalCharacter(source, from + illegal)] };
  if (fragment && text.charCodeAt(0) === 0xfeff) {
    return { root: null, diagnostics: [problem.textOutside(source, from, to, fragment)] };
  }

  const outcome: { root: XmlElement | null; problem: Diagnostic | null } = { root: null, problem: null };
  /** Where what is no byte order mark starts. Offset in `text`, as all here. */
  const begin = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  /** Where an invisible character stands; -1 for none. */
  let hidden = invisibleCharacterAt(text.slice(begin));
  if (hidden !== -1) hidden += begin;
  const references = text.includes('&#');
  let ended = false;
  /** Where the last event ended, so where the text behind it, or the next tag, starts. */
  let cursor = begin;
  let tagStart = 0;
  let attrCursor = 0;
  let attrs: XmlAttr[] | null = null;
  let attrNames: Map<string, XmlAttr> | null = null;
  let prefixed = 0;
  let declared: Map<string, string> | null = null;
  let scope: Scope = { parent: null, bindings: namespaces };
  const stack: Frame[] = [];
  const names = new Map<string, Name>();
  const blanks = new Map<string, string>();

  const stop = (diagnostic: Diagnostic): never => {
    outcome.problem = diagnostic;
    throw STOPPED;
  };

  let lastName: Name | null = null;
  const nameOf = (raw: string, at: number): Name => {
    const guess: Name | null = lastName === null ? null : lastName.next;
    if (guess !== null && guess.name === raw) {
      lastName = guess;
      return guess;
    }
    let name = names.get(raw);
    if (name === undefined) {
      const colon = raw.indexOf(':');
      const prefix = colon === -1 ? '' : raw.slice(0, colon);
      const local = colon === -1 ? raw : raw.slice(colon + 1);
      if (colon !== -1 && !isQualified(prefix, local)) {
        stop(problem.malformedName(source, from + at, from + at + raw.length));
      }
      name = { name: raw, prefix, local, next: null };
      names.set(raw, name);
    }
    if (lastName !== null) lastName.next = name;
    lastName = name;
    return name;
  };

  const resolve = (prefix: string, at: number, name: string): string => {
    if (prefix === 'xml') return XML_NS;
    for (let s: Scope | null = scope; s !== null; s = s.parent) {
      const uri = s.bindings.get(prefix);
      if (uri !== undefined) return uri;
    }
    if (prefix === '') return '';
    const known: string[] = [];
    for (let s: Scope | null = scope; s !== null; s = s.parent)
      for (const k of s.bindings.keys()) known.push(k);
    return stop(problem.undeclaredPrefix(source, from + at, name, prefix, known));
  };

  const parser = new RoomyParser(SAXES);

  parser.on('error', (error) => {
    stop(
      problem.explain(
        { source, text, from, fragment, ended, cursor, at: parser.position, open: openTag() },
        error.message,
      ),
    );
  });

  const openTag = (): { readonly name: string; readonly start: number } | null => {
    const top = stack.at(-1);
    return top === undefined ? null : { name: top.name.name, start: top.start };
  };

  parser.on('xmldecl', (declaration) => {
    const span = { source, start: from + cursor, end: from + parser.position };
    if (fragment) stop(problem.declarationInFragment(span));
    if (declaration.version !== '1.0') stop(problem.wrongVersion(span, declaration.version));
    if (declaration.encoding !== undefined && declaration.encoding.toLowerCase() !== 'utf-8') {
      stop(problem.wrongEncoding(span, declaration.encoding));
    }
    cursor = parser.position;
  });

  parser.on('doctype', () => {
    stop(problem.doctype(source, from + skipBlank(text, cursor)));
  });

  parser.on('opentagstart', (tag) => {
    tagStart = stack.length === 0 ? skipBlank(text, cursor) : cursor;
    attrCursor = tagStart + 1 + tag.name.length;
    attrs = null;
    attrNames = null;
    prefixed = 0;
    declared = null;
    if (stack.length === 0 && outcome.root !== null) {
      stop(problem.secondRoot(source, from + tagStart, from + attrCursor, outcome.root, fragment));
    }
    if (stack.length >= XML_LIMITS.depth)
      stop(problem.tooDeep(source, from + tagStart, from + attrCursor, XML_LIMITS.depth));
  });

  parser.on('attribute', (event) => {
    const start = skipBlank(text, attrCursor);
    let valueStart = start + event.name.length;
    while (text.charCodeAt(valueStart) !== 0x22 && text.charCodeAt(valueStart) !== 0x27) valueStart++;
    valueStart++;
    attrCursor = parser.position;
    const name = nameOf(event.name, start);
    const { value } = event;
    if (references && hidden === -1 && invisibleCharacterAt(value) !== -1) hidden = start;
    attrs ??= [];
    if (attrs.length >= XML_LIMITS.attributes) {
      stop(problem.tooManyAttributes(source, from + start, from + attrCursor, XML_LIMITS.attributes));
    }
    // looking back is quicker than a set for the few attributes that an element has
    if (attrs.length < 8) {
      for (const first of attrs) {
        if (first.name === name.name) {
          stop(problem.attributeTwice(source, from + start, from + attrCursor, name.name, first));
        }
      }
    } else {
      attrNames ??= new Map(attrs.map((a) => [a.name, a]));
      const first = attrNames.get(name.name);
      if (first !== undefined) {
        stop(problem.attributeTwice(source, from + start, from + attrCursor, name.name, first));
      }
    }
    let ns = '';
    if (name.prefix === 'xmlns' || name.name === 'xmlns') {
      ns = XMLNS;
      const span = { source, start: from + start, end: from + attrCursor };
      const wrong = problem.misdeclared(span, name.prefix === '' ? '' : name.local, value, XML_NS, XMLNS);
      if (wrong !== null) stop(wrong);
      declared ??= new Map();
      declared.set(name.prefix === '' ? '' : name.local, value);
    } else if (name.prefix !== '') prefixed++;
    const made = attr(name, ns, value, from + start, from + valueStart, from + attrCursor);
    attrs.push(made);
    attrNames?.set(name.name, made);
  });

  parser.on('opentag', (tag) => {
    const openEnd = parser.position;
    if (declared !== null) scope = { parent: scope, bindings: declared };
    const name = nameOf(tag.name, tagStart + 1);
    if (name.prefix === 'xmlns') {
      stop(problem.malformedName(source, from + tagStart + 1, from + tagStart + 1 + tag.name.length));
    }
    const ns = resolve(name.prefix, tagStart + 1, name.name);
    if (prefixed > 0) resolveAttributes();
    stack.push({
      name,
      ns,
      attrs: attrs === null ? NO_ATTRS : attrs.slice(),
      scope,
      start: from + tagStart,
      openEnd: from + openEnd,
      children: null,
    });
    cursor = openEnd;
  });

  parser.on('closetag', (tag) => {
    const end = parser.position;
    const frame = stack.pop()!; // saxes closes no more tags than it opened
    const closeStart = tag.isSelfClosing ? end : cursor;
    if (!tag.isSelfClosing && !closes(text, closeStart + 2, frame.name.name)) {
      const open = { start: frame.start, end: frame.start + 1 + frame.name.name.length };
      stop(problem.wrongClose(source, from + closeStart, from + end, frame.name.name, open));
    }
    const element: XmlElement = {
      type: 'element',
      name: frame.name.name,
      local: frame.name.local,
      ns: frame.ns,
      attrs: frame.attrs,
      children: frame.children ?? NO_CHILDREN,
      source,
      start: frame.start,
      openEnd: frame.openEnd,
      closeStart: from + closeStart,
      end: from + end,
      intact: true,
      origin: null,
    };
    cursor = end;
    const parent = stack.at(-1);
    if (parent === undefined) {
      outcome.root = element;
      scope = { parent: null, bindings: namespaces };
    } else {
      scope = parent.scope;
      add(parent, element);
    }
  });

  parser.on('text', (value) => {
    const start = cursor;
    cursor = parser.position - 1;
    const parent = stack.at(-1);
    if (parent === undefined) {
      if (/[^ \t\r\n]/.test(value))
        stop(problem.textOutside(source, from + skipBlank(text, start), to, fragment));
      return;
    }
    if (references && hidden === -1 && invisibleCharacterAt(value) !== -1) hidden = start;
    add(parent, {
      type: 'text',
      value: value.length < 64 ? shared(blanks, value) : value,
      cdata: false,
      source,
      start: from + start,
      end: from + cursor,
    });
  });

  parser.on('cdata', (value) => {
    const start = cursor;
    cursor = parser.position;
    const parent = stack.at(-1);
    if (parent !== undefined) {
      add(parent, { type: 'text', value, cdata: true, source, start: from + start, end: from + cursor });
    }
  });

  const other = (type: 'comment' | 'pi', value: string, end: number): void => {
    const start = cursor;
    cursor = end;
    const parent = stack.at(-1);
    if (parent !== undefined) add(parent, { type, value, source, start: from + start, end: from + end });
    else if (fragment) {
      stop(problem.textOutside(source, from + skipBlank(text, start), from + end, fragment));
    }
  };

  parser.on('comment', (value) => {
    // saxes tells of a comment at its `--`, before it has seen what follows
    const dashes = parser.position - 2;
    const start = from + (stack.length === 0 ? skipBlank(text, cursor) : cursor);
    if (dashes + 2 >= text.length) stop(problem.openComment(source, start, to));
    if (text[dashes + 2] !== '>') stop(problem.doubleDash(source, start, from + dashes));
    other('comment', value, dashes + 3);
  });

  parser.on('processinginstruction', ({ target, body }) => {
    const end = parser.position;
    const start = stack.length === 0 ? skipBlank(text, cursor) : cursor;
    const targetEnd = start + 2 + target.length;
    if (target.includes(':')) stop(problem.malformedName(source, from + start + 2, from + targetEnd));
    // saxes takes `<?a?b?>` for a target `a` and a body `?b`
    if (body !== '' && skipBlank(text, targetEnd) === targetEnd) {
      stop(problem.unseparatedTarget(source, from + start, from + targetEnd));
    }
    other('pi', body === '' ? target : `${target} ${body}`, end);
  });

  const resolveAttributes = (): void => {
    const list = attrs!; // prefixed > 0 says that there are some
    const seen = new Map<string, XmlAttr>();
    for (let i = 0; i < list.length; i++) {
      const a = list[i]!;
      const name = names.get(a.name)!; // went through nameOf
      if (name.prefix === '' || a.ns === XMLNS) continue;
      const ns = resolve(name.prefix, a.start - from, a.name);
      const key = `${ns} ${name.local}`;
      const first = seen.get(key);
      if (first !== undefined) stop(problem.attributeTwice(source, a.start, a.end, a.name, first));
      seen.set(key, a);
      list[i] = attr(name, ns, a.value, a.start, a.valueStart, a.end);
    }
  };

  try {
    parser.write(text);
    ended = true;
    parser.close();
  } catch (thrown) {
    if (thrown !== STOPPED) throw thrown;
  }
  if (outcome.problem !== null) return { root: null, diagnostics: [outcome.problem] };
  return {
    root: outcome.root,
    diagnostics: hidden === -1 ? [] : [problem.invisibleCharacter(source, from + hidden)],
  };
}

/**
 * saxes with room for all the handlers it can take: `on` stores them under computed names, and V8 makes a hash table of
 * an object that gets more than a dozen properties so, which costs saxes a factor of five (seen from the 8th handler on).
 * Fields that a subclass declares widen the object itself.
 */
class RoomyParser extends SaxesParser<typeof SAXES> {
  protected readonly room1 = null;
  protected readonly room2 = null;
  protected readonly room3 = null;
  protected readonly room4 = null;
  protected readonly room5 = null;
  protected readonly room6 = null;
  protected readonly room7 = null;
  protected readonly room8 = null;
}

function attr(
  name: Name,
  ns: string,
  value: string,
  start: number,
  valueStart: number,
  end: number,
): XmlAttr {
  return {
    name: name.name,
    local: name.local,
    ns,
    value,
    start,
    valueStart,
    end,
    intact: true,
    origin: null,
  };
}

function add(parent: Frame, node: XmlNode): void {
  if (parent.children === null) parent.children = [node];
  else parent.children.push(node);
}

/** True when `name` stands at `at` and ends there. */
function closes(text: string, at: number, name: string): boolean {
  if (!text.startsWith(name, at)) return false;
  const c = text.charCodeAt(at + name.length);
  return c === 0x3e || c === 0x20 || c === 0x0a || c === 0x09 || c === 0x0d;
}

function skipBlank(text: string, from: number): number {
  let at = from;
  for (; ; at++) {
    const c = text.charCodeAt(at);
    if (c !== 0x20 && c !== 0x0a && c !== 0x09 && c !== 0x0d) return at;
  }
}

function isQualified(prefix: string, local: string): boolean {
  return (
    prefix !== '' &&
    local !== '' &&
    !local.includes(':') &&
    !/^(?:[-.0-9\u00b7\u203f\u2040]|[\u0300-\u036f])/.test(local)
  );
}

/** The same string object for equal texts: most texts of a network are line ends with indentation. */
function shared(pool: Map<string, string>, value: string): string {
  const known = pool.get(value);
  if (known !== undefined) return known;
  if (pool.size < 1024) pool.set(value, value);
  return value;
}
