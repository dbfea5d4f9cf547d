// What is wrong with an XPath that can be seen, and pointed at, without evaluating it.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import type { Source } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { type XPathToken, xpathTokens } from './xpath-tokens.ts';

export const XPATH_LIMITS = {
  characters: 4096,
  /**
   * Steps from node to node, tests of a predicate, and so on: about 0.3 µs each. A keyed lookup costs some 15 for each
   * node of the document (attributes count), so this stops at several times that, after seconds.
   */
  work: 2_000_000,
  workPerNode: 60,
} as const;

const AXES = [
  'ancestor',
  'ancestor-or-self',
  'attribute',
  'child',
  'descendant',
  'descendant-or-self',
  'following',
  'following-sibling',
  'parent',
  'preceding',
  'preceding-sibling',
  'self',
];

/** The XPath 1.0 core library but `id`, which needs a DOCTYPE. */
const FUNCTIONS = [
  'boolean',
  'ceiling',
  'concat',
  'contains',
  'count',
  'false',
  'floor',
  'lang',
  'last',
  'local-name',
  'name',
  'namespace-uri',
  'normalize-space',
  'not',
  'number',
  'position',
  'round',
  'starts-with',
  'string',
  'string-length',
  'substring',
  'substring-after',
  'substring-before',
  'sum',
  'translate',
  'true',
];

const NODE_TESTS = ['comment', 'node', 'processing-instruction', 'text'];

/** The first problem that can be seen without evaluating, or null. */
export function checkXPath(
  source: Source,
  variables: ReadonlyMap<string, string>,
  namespaces: ReadonlyMap<string, string>,
): Diagnostic | null {
  const { text } = source;
  if (text.length > XPATH_LIMITS.characters) {
    return error(
      'SL124',
      { source, start: 0, end: text.length },
      `the XPath has ${text.length} characters, more than ${XPATH_LIMITS.characters}`,
      {
        help: 'keep long values in variables: `[@name=$name]`',
      },
    );
  }
  const split = xpathTokens(text);
  if (!split.ok) {
    return split.problem === 'open literal'
      ? error('SL120', { source, start: split.start, end: split.end }, 'a quote that is never closed', {
          help: 'close it; a value with one kind of quote goes between the other',
        })
      : error(
          'SL120',
          { source, start: split.start, end: split.end },
          `\`${text.slice(split.start, split.end)}\` has no meaning in an XPath`,
          { help: 'put values in quotes' },
        );
  }
  if (split.tokens.length === 0) {
    return error('SL120', { source, start: 0, end: text.length }, 'an empty XPath', {
      help: 'write the path of a node: `/network/bridge`',
    });
  }
  for (const [i, token] of split.tokens.entries()) {
    const wrong = checkToken(source, token, split.tokens[i + 1], variables, namespaces);
    if (wrong !== null) return wrong;
  }
  return null;
}

function checkToken(
  source: Source,
  token: XPathToken,
  next: XPathToken | undefined,
  variables: ReadonlyMap<string, string>,
  namespaces: ReadonlyMap<string, string>,
): Diagnostic | null {
  const span = { source, start: token.start, end: token.end };
  if (token.type === 'variable') {
    if (variables.has(token.text)) return null;
    return unknown(
      span,
      `the variable \`$${token.text}\``,
      token.text,
      [...variables.keys()],
      (near) => `$${near}`,
      'give it a value before, or put a plain value in quotes',
    );
  }
  if (token.type !== 'name') return null;
  if (next?.text === '::' && next.type === 'symbol') {
    if (token.text === 'namespace')
      return error('SL122', span, 'namespace nodes are no part of a document that can be patched', {
        help: 'select the element that declares it',
      });
    if (AXES.includes(token.text)) return null;
    return unknown(
      span,
      `the axis \`${token.text}\``,
      token.text,
      AXES,
      (near) => `${near}::`,
      `the axes are ${AXES.map((axis) => `\`${axis}\``).join(', ')}`,
    );
  }
  if (next?.text === '(' && next.type === 'symbol') {
    if (FUNCTIONS.includes(token.text) || NODE_TESTS.includes(token.text)) return null;
    return unknown(
      span,
      `the function \`${token.text}\``,
      token.text,
      [...FUNCTIONS, ...NODE_TESTS],
      (near) => `${near}(`,
      'only the functions of XPath 1.0 exist here',
    );
  }
  const colon = token.text.indexOf(':');
  if (colon === -1) return null;
  const prefix = token.text.slice(0, colon);
  if (prefix === 'xml' || namespaces.has(prefix)) return null;
  const near = nearestName(
    prefix,
    [...namespaces.keys()].filter((known) => known !== ''),
  );
  return error('SL123', span, `the prefix \`${prefix}\` is not declared`, {
    help: near === null ? `declare it: \`namespace ${prefix} = "…"\`` : `did you mean \`${near}:\`?`,
  });
}

function unknown(
  span: { readonly source: Source; readonly start: number; readonly end: number },
  what: string,
  name: string,
  known: readonly string[],
  spell: (name: string) => string,
  help: string,
): Diagnostic {
  const near = nearestName(name, known);
  return error('SL121', span, `${what} is not known`, {
    help: near === null ? help : `did you mean \`${spell(near)}\`?`,
  });
}
