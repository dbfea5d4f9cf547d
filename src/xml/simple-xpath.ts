// The XPaths that RFC 5261 selects with, read as data: `/a/b[@x='v'][2]/@y`. They can be answered from indexes, where
// evaluating any XPath has to look at the whole document.

import { type XPathToken, xpathTokens } from './xpath-tokens.ts';

export type SimplePath = {
  /** From the root element down; at least one. */
  readonly steps: readonly SimpleStep[];
  /** What of the last step's elements is selected: themselves, an attribute, or their text nodes. */
  readonly leaf: SimpleLeaf;
};

export type SimpleStep = {
  /** Null for `*`. */
  readonly name: SimpleName | null;
  /** In order: a position counts what the predicates before it let through. */
  readonly predicates: readonly SimplePredicate[];
};

/** As written; `prefix` is empty for none, which means no namespace. */
export type SimpleName = { readonly prefix: string; readonly local: string };

export type SimpleLeaf =
  | { readonly type: 'element' }
  | { readonly type: 'attribute'; readonly name: SimpleName }
  /** `position` null: all of them. */
  | { readonly type: 'text'; readonly position: number | null };

export type SimplePredicate =
  /** `[@x='v']` */
  | { readonly type: 'attribute'; readonly name: SimpleName; readonly value: SimpleValue }
  /** `[b='v']`: some child element `b` has this text in it. */
  | { readonly type: 'child'; readonly name: SimpleName; readonly value: SimpleValue }
  /** `[.='v']`: the element has this text in it. */
  | { readonly type: 'self'; readonly value: SimpleValue }
  /** `[@x]` */
  | { readonly type: 'has-attribute'; readonly name: SimpleName }
  /** `[2]`, counted from 1. */
  | { readonly type: 'position'; readonly position: number };

export type SimpleValue =
  | { readonly type: 'literal'; readonly value: string }
  | { readonly type: 'variable'; readonly name: string };

/** The path as data, or null when it is anything but such a path. A leading `/` makes no difference: paths start at the document. */
export function parseSimpleXPath(expression: string): SimplePath | null {
  const split = xpathTokens(expression);
  if (!split.ok) return null;
  const { tokens } = split;
  let at = 0;
  const is = (text: string): boolean => tokens[at]?.type === 'symbol' && tokens[at]?.text === text;
  const take = (text: string): boolean => {
    if (!is(text)) return false;
    at++;
    return true;
  };
  const takeName = (): SimpleName | null => {
    const token = tokens[at];
    // `a(` and `a::` are functions and axes
    const behind = tokens[at + 1]?.text;
    if (token?.type !== 'name' || token.text.endsWith(':*') || behind === '(' || behind === '::') return null;
    at++;
    return nameOf(token);
  };
  const takePosition = (): number | null => {
    const token = tokens[at];
    if (token?.type !== 'number' || !/^[1-9]\d{0,8}$/.test(token.text) || tokens[at + 1]?.text !== ']')
      return null;
    at += 2;
    return Number(token.text);
  };
  const takeValue = (): SimpleValue | null => {
    if (tokens[at]?.type !== 'operator' || tokens[at]?.text !== '=') return null;
    const token = tokens[at + 1];
    if (token?.type !== 'literal' && token?.type !== 'variable') return null;
    if (tokens[at + 2]?.text !== ']' || tokens[at + 2]?.type !== 'symbol') return null;
    at += 3;
    return token.type === 'literal'
      ? { type: 'literal', value: token.text }
      : { type: 'variable', name: token.text };
  };
  const takePredicate = (): SimplePredicate | null => {
    const position = takePosition();
    if (position !== null) return { type: 'position', position };
    if (take('.')) {
      const value = takeValue();
      return value === null ? null : { type: 'self', value };
    }
    const attribute = take('@');
    const name = takeName();
    if (name === null) return null;
    if (attribute && take(']')) return { type: 'has-attribute', name };
    const value = takeValue();
    return value === null ? null : { type: attribute ? 'attribute' : 'child', name, value };
  };

  const steps: SimpleStep[] = [];
  take('/');
  while (at < tokens.length) {
    if (steps.length > 0 && take('@')) {
      const name = takeName();
      return name !== null && at === tokens.length ? { steps, leaf: { type: 'attribute', name } } : null;
    }
    if (
      steps.length > 0 &&
      tokens[at]?.text === 'text' &&
      tokens[at]?.type === 'name' &&
      tokens[at + 1]?.text === '('
    ) {
      at += 2;
      if (!take(')')) return null;
      const position = take('[') ? takePosition() : null;
      return at === tokens.length ? { steps, leaf: { type: 'text', position } } : null;
    }
    const name = take('*') ? null : takeName();
    if (name === null && tokens[at - 1]?.text !== '*') return null;
    const predicates: SimplePredicate[] = [];
    while (take('[')) {
      const predicate = takePredicate();
      if (predicate === null) return null;
      predicates.push(predicate);
    }
    steps.push({ name, predicates });
    if (at === tokens.length) return { steps, leaf: { type: 'element' } };
    if (!take('/')) return null;
  }
  return null;
}

function nameOf(token: XPathToken): SimpleName {
  const colon = token.text.indexOf(':');
  return colon === -1
    ? { prefix: '', local: token.text }
    : { prefix: token.text.slice(0, colon), local: token.text.slice(colon + 1) };
}
