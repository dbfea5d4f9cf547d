// Pieces of a tree that no text holds: for statements that a program makes. print.ts quotes what needs quotes, so no value
// of such a tree can become anything but a value.

import { type Source, type Span, span } from '../source/source.ts';
import type { Attr, Mods, Name, Path, PathStep, Selector, Value, XmlNodeLiteral } from './ast.ts';

const NOTHING: Source = { name: '<made>', text: '' };

/** Where made pieces stand. */
export const MADE: Span = span(NOTHING, 0, 0);

export const PLAIN_MODS: Mods = { ifExists: false, count: { type: 'one' }, because: null };

export function makeName(text: string): Name {
  return { text, span: MADE };
}

/** A value that is `text` itself; printed in quotes where it must be. */
export function makeValue(text: string): Value {
  return {
    parts: text === '' ? [] : [{ type: 'literal', text }],
    form: text === '' ? 'string' : 'bare',
    span: MADE,
  };
}

export function makeAttrs(attrs: Iterable<readonly [name: string, value: string]>): readonly Attr[] {
  return [...attrs].map(([name, value]) => ({
    name: makeName(name),
    value: makeValue(value),
    optional: false,
    span: MADE,
  }));
}

export function makeStep(name: string, selector: Selector | null): PathStep {
  return { name: makeName(name), selector, span: MADE };
}

/** `[text]`: the key as a path writes it, quotes gone. */
export function keySelector(text: string): Selector {
  return { type: 'key', value: makeValue(text), span: MADE };
}

/** `[#n]`, from 1. */
export function nthSelector(n: number): Selector {
  return { type: 'nth', n, span: MADE };
}

/** `[name=value, …]`; `[*]` for none. */
export function attrsSelector(attrs: readonly (readonly [name: string, value: string])[]): Selector {
  if (attrs.length === 0) return { type: 'all', span: MADE };
  return {
    type: 'attrs',
    attrs: attrs.map(([name, value]) => ({ name: makeName(name), value: makeValue(value) })),
    span: MADE,
  };
}

export function makePath(steps: readonly PathStep[]): Path {
  return { steps, span: MADE };
}

/** `xml` is the text of one well-formed element, as xml/print.ts gives it. */
export function makeLiteral(xml: string): XmlNodeLiteral {
  const source: Source = { name: '<made>', text: xml };
  return { type: 'xml', span: span(source, 0, xml.length) };
}
