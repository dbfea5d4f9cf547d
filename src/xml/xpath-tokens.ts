// The words of an XPath 1.0 expression, with their places: the package that evaluates it knows none.

import { once } from '../std/once.ts';

export type XPathToken = {
  /**
   * `name`: a name test, function or axis, maybe with prefix (`p:a`, `p:*`). `operator`: what stands between two values
   * (`and`, `*` too). `symbol`: all other punctuation, `*` as a name test among it.
   */
  readonly type: 'name' | 'operator' | 'symbol' | 'literal' | 'number' | 'variable';
  /** Literals without their quotes, variables without `$`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

export type XPathTokens =
  | { readonly ok: true; readonly tokens: readonly XPathToken[] }
  | {
      readonly ok: false;
      readonly start: number;
      readonly end: number;
      readonly problem: 'open literal' | 'character';
    };

const NAME = String.raw`[\p{L}_][\p{L}\p{N}\p{M}._\u00b7-]*`;
const token = once(
  () =>
    new RegExp(
      [
        String.raw`(?<blank>[ \t\r\n]+)`,
        `(?<literal>"[^"]*"|'[^']*')`,
        String.raw`(?<number>\d+(?:\.\d*)?|\.\d+)`,
        String.raw`(?<variable>\$${NAME}(?::${NAME})?)`,
        // `p:` of `p::a` is an axis, so a single colon only
        String.raw`(?<name>${NAME}(?::(?:${NAME}|\*))?)`,
        String.raw`(?<operator>\||\+|-|!=|<=|>=|=|<|>)`,
        String.raw`(?<symbol>::|\/\/|\/|\.\.|\.|@|\(|\)|\[|\]|,|\*)`,
      ].join('|'),
      'uy',
    ),
);

/** Splits an expression; every character but white space is in one token. Linear. */
export function xpathTokens(expression: string): XPathTokens {
  const tokens: XPathToken[] = [];
  const next = token();
  next.lastIndex = 0;
  for (let start = 0; start < expression.length; start = next.lastIndex) {
    const groups = next.exec(expression)?.groups;
    if (groups === undefined) {
      const open = expression[start] === '"' || expression[start] === "'";
      const end = open ? expression.length : start + (expression.codePointAt(start)! > 0xffff ? 2 : 1); // start is inside
      return { ok: false, start, end, problem: open ? 'open literal' : 'character' };
    }
    const end = next.lastIndex;
    const put = (type: XPathToken['type'], text: string): number => tokens.push({ type, text, start, end });
    if (groups['literal'] !== undefined) put('literal', groups['literal'].slice(1, -1));
    else if (groups['number'] !== undefined) put('number', groups['number']);
    else if (groups['variable'] !== undefined) put('variable', groups['variable'].slice(1));
    else if (groups['name'] !== undefined)
      put(isOperatorName(groups['name'], tokens) ? 'operator' : 'name', groups['name']);
    else if (groups['operator'] !== undefined) put('operator', groups['operator']);
    else if (groups['symbol'] !== undefined)
      put(groups['symbol'] === '*' && followsValue(tokens) ? 'operator' : 'symbol', groups['symbol']);
  }
  return { ok: true, tokens };
}

/** XPath 1.0 section 3.7: behind a value, these names are operators. */
function isOperatorName(name: string, before: readonly XPathToken[]): boolean {
  return (name === 'and' || name === 'or' || name === 'div' || name === 'mod') && followsValue(before);
}

function followsValue(before: readonly XPathToken[]): boolean {
  const last = before.at(-1);
  if (last === undefined || last.type === 'operator') return false;
  return last.type !== 'symbol' || !['@', '::', '(', '[', ',', '/', '//'].includes(last.text);
}
