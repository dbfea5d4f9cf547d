// Random scripts that cover the whole grammar: trees, and texts in careless layout. For the properties of every room
// that reads scripts.

import fc from 'fast-check';
import { type Source, span } from '../../src/source/source.ts';
import type {
  Attr,
  CompareOp,
  Condition,
  Item,
  Mods,
  Name,
  Node,
  PatchAct,
  Path,
  PathStep,
  Position,
  Script,
  Selector,
  Statement,
  Value,
  ValuePart,
  XmlNodeLiteral,
} from '../../src/syntax/ast.ts';
import { isBare, isBareKey, isXmlCharacter } from '../../src/syntax/characters.ts';
import { keywords } from '../../src/syntax/keywords.ts';
import { lexScript } from '../../src/syntax/parse.ts';
import { printScript } from '../../src/syntax/print.ts';

const NOWHERE = span({ name: '<generated>', text: '' }, 0, 0);

/** Names of elements and attributes: the usual, every keyword, prefixes, letters of the world. */
export const nameText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('host', 'ip', 'dhcp', 'bridge', 'dns', 'network', 'mac', 'name', 'x-1', '_y'),
  },
  { weight: 3, arbitrary: fc.constantFrom(...keywords.filter((word) => word !== 'live+config')) },
  { weight: 1, arbitrary: fc.constantFrom('dnsmasq:option', 'a:b-c', 'élan', 'имя', '名前', '𐐀𐐨') },
);

const simpleName: fc.Arbitrary<string> = nameText.map((text) => text.replace(':', '_'));

/** Text that a script can hold in quotes. */
export const anyText: fc.Arbitrary<string> = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom(
        '"',
        '\\',
        '$',
        '{',
        '}',
        '[',
        ']',
        '#',
        '\n',
        '\t',
        "'",
        'a',
        ' ',
        ';',
        '\u202e',
      ),
      maxLength: 12,
    }),
    fc.constantFrom('x.example.org', '', '${x}', '$', 'a$', '$h.mac', 'v=spf1 -all'),
  )
  .map((text) => [...text].filter((character) => isXmlCharacter(character.codePointAt(0) ?? 0)).join(''));

const bareText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '52:54:00:3e:77:e2',
      '10.0.0.5',
      '2001:db8::1',
      '::1/64',
      '10.0.0.0/8',
      'x.example.com',
      'a/b/c',
      '*.x',
      'off',
      'a=b',
      '802.1Qbh',
      'in',
      'to',
      '5',
      '?',
      'x#y',
      'live+config',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).filter(isBare) },
  { weight: 1, arbitrary: nameText },
);

function name(text: string): Name {
  return { text, span: NOWHERE };
}

const anyName: fc.Arbitrary<Name> = nameText.map(name);
const variableName: fc.Arbitrary<Name> = simpleName.map(name);

const columnText: fc.Arbitrary<string | null> = fc.oneof(
  fc.constant(null),
  simpleName,
  fc.constantFrom('IP Address', '"quoted"', 'back\\slash', '', 'a.b', '1', ']', '}', '${x}', '# no'),
);

const variablePart: fc.Arbitrary<ValuePart> = fc
  .record({ name: simpleName, column: columnText })
  .map((found) => ({ type: 'variable', ...found, span: NOWHERE }));

/** Neighbouring literals joined and no empty one, as the parser has them. */
function normal(parts: readonly ValuePart[]): readonly ValuePart[] {
  const joined: ValuePart[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    if (part.type === 'literal' && part.text === '') continue;
    if (part.type === 'literal' && before?.type === 'literal') {
      joined[joined.length - 1] = { type: 'literal', text: before.text + part.text };
    } else joined.push(part);
  }
  return joined;
}

const literal: fc.Arbitrary<ValuePart> = anyText.map((text) => ({ type: 'literal', text }));

const stringValue: fc.Arbitrary<Value> = fc
  .array(fc.oneof({ weight: 2, arbitrary: literal }, { weight: 1, arbitrary: variablePart }), {
    maxLength: 4,
  })
  .map((parts) => ({ parts: normal(parts), form: 'string', span: NOWHERE }));

const variableValue: fc.Arbitrary<Value> = variablePart.map((part) => ({
  parts: [part],
  form: 'variable',
  span: NOWHERE,
}));

function bareValue(text: string): Value {
  return { parts: [{ type: 'literal', text }], form: 'bare', span: NOWHERE };
}

export const anyValue: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: bareText.map(bareValue) },
  { weight: 1, arbitrary: stringValue },
  { weight: 1, arbitrary: variableValue },
);

const keyValue: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: bareText.filter(isBareKey).map(bareValue) },
  { weight: 1, arbitrary: stringValue },
  { weight: 1, arbitrary: variableValue },
);

const xpathValue: fc.Arbitrary<Value> = fc
  .oneof(fc.constantFrom('//host[@mac=$h_mac]', '/network/ip[1]', "//*[@a='${x}']"), anyText)
  .map((text) => ({ parts: normal([{ type: 'literal', text }]), form: 'string', span: NOWHERE }));

function unique<T extends { readonly name: Name }>(
  one: fc.Arbitrary<T>,
  minLength: number,
): fc.Arbitrary<T[]> {
  return fc.uniqueArray(one, { minLength, maxLength: 3, selector: (attr) => attr.name.text });
}

const attr: fc.Arbitrary<Attr> = fc
  .record({ name: anyName, value: anyValue, optional: fc.boolean() })
  .map((found) => ({ ...found, optional: found.optional && found.value.form !== 'bare', span: NOWHERE }));

const xmlTexts = [
  '<host ip="10.0.0.9"/>',
  "<a b='>' c=\"'\"><!-- </a> --><![CDATA[</a>]]><?pi </a>?>x &lt; y</a>",
  '<dnsmasq:option value="x"/>',
  '<a>\n  <b/>\n    text # no comment\n</a>',
  '<a\n  b="1"/>',
  '<a>add host x=y\n}</a >',
];

export const xmlLiteral: fc.Arbitrary<XmlNodeLiteral> = fc.constantFrom(...xmlTexts).map((text) => {
  const source: Source = { name: '<generated>', text };
  return { type: 'xml', span: span(source, 0, text.length) };
});

export const anyNode: fc.Arbitrary<Node> = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(
      xmlLiteral,
      fc
        .record({ name: anyName, text: anyValue })
        .map((found): Node => ({ type: 'node', ...found, attrs: [], body: [], span: NOWHERE })),
      fc
        .record({ name: anyName, attrs: unique(attr, 0) })
        .map((found): Node => ({ type: 'node', ...found, text: null, body: [], span: NOWHERE })),
    ),
    fc
      .record({ name: anyName, attrs: unique(attr, 0), body: fc.array(tie('node'), { maxLength: 3 }) })
      .map((found): Node => ({ type: 'node', ...found, text: null, span: NOWHERE })),
  ),
})).node;

const selector: fc.Arbitrary<Selector> = fc.oneof(
  keyValue.map((value): Selector => ({ type: 'key', value, span: NOWHERE })),
  unique(fc.record({ name: anyName, value: anyValue }), 1).map(
    (attrs): Selector => ({ type: 'attrs', attrs, span: NOWHERE }),
  ),
  fc.integer({ min: 1, max: 99 }).map((n): Selector => ({ type: 'nth', n, span: NOWHERE })),
  fc.constant<Selector>({ type: 'all', span: NOWHERE }),
);

const step: fc.Arbitrary<PathStep> = fc
  .record({ name: anyName, selector: fc.option(selector) })
  .map((found) => ({ ...found, span: NOWHERE }));

export const anyPath: fc.Arbitrary<Path> = fc
  .array(step, { maxLength: 3 })
  .map((steps) => ({ steps, span: NOWHERE }));

const position: fc.Arbitrary<Position> = fc.oneof(
  fc.constantFrom('first' as const, 'last' as const).map((type): Position => ({ type, span: NOWHERE })),
  fc
    .record({ type: fc.constantFrom('before' as const, 'after' as const), step })
    .map((found): Position => ({ ...found, span: NOWHERE })),
);

const mods: fc.Arbitrary<Mods> = fc.record({
  ifExists: fc.boolean(),
  count: fc.oneof(
    fc.constant<Mods['count']>({ type: 'one' }),
    fc.constant<Mods['count']>({ type: 'each' }),
    fc.integer({ min: 1, max: 1_000_000_000 }).map((n): Mods['count'] => ({ type: 'exactly', n })),
  ),
  because: fc.option(stringValue),
});

const orders = ['==', '!=', '<', '<=', '>', '>='] as const;

export const anyCondition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(
      fc
        .record({ type: fc.constantFrom('exists' as const, 'absent' as const), path: anyPath })
        .map((found): Condition => ({ ...found, span: NOWHERE })),
      fc
        .record({
          path: anyPath,
          attr: anyName,
          op: fc.constantFrom<CompareOp>(...orders, 'in', 'like'),
          value: anyValue,
        })
        .map((found): Condition => ({ type: 'compare', ...found, span: NOWHERE })),
      fc
        .record({
          path: anyPath,
          op: fc.constantFrom(...orders),
          value: fc.oneof(
            fc.nat({ max: 999_999_999 }).map((n) => bareValue(`${n}`)),
            variableValue,
          ),
        })
        .map((found): Condition => ({ type: 'count', ...found, span: NOWHERE })),
    ),
    tie('condition').map((condition): Condition => ({ type: 'not', condition, span: NOWHERE })),
    fc
      .record({
        type: fc.constantFrom('and' as const, 'or' as const),
        conditions: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
      })
      .map((found): Condition => ({ ...found, span: NOWHERE })),
  ),
})).condition;

const act: fc.Arbitrary<PatchAct> = fc.oneof(
  fc
    .record({ node: xmlLiteral, position: fc.option(position) })
    .map((found): PatchAct => ({ type: 'add', ...found })),
  xmlLiteral.map((node): PatchAct => ({ type: 'replace', node })),
  fc.constant<PatchAct>({ type: 'remove' }),
  unique(attr, 1).map((attrs): PatchAct => ({ type: 'set', attrs })),
);

/** A name alone behind `remove` is a path. */
function isNameAlone(node: Node): boolean {
  return node.type === 'node' && node.text === null && node.attrs.length === 0 && node.body.length === 0;
}

const at = { span: fc.constant(NOWHERE) };

export const anyStatement: fc.Arbitrary<Statement> = fc.oneof(
  fc.record({
    type: fc.constant('add' as const),
    node: anyNode,
    to: fc.option(anyPath),
    position: fc.option(position),
    mods,
    ...at,
  }),
  fc.record({
    type: fc.constant('ensure' as const),
    node: anyNode,
    in: fc.option(anyPath),
    position: fc.option(position),
    mods,
    ...at,
  }),
  fc.record({ type: fc.constant('set' as const), path: anyPath, attrs: unique(attr, 1), mods, ...at }),
  fc.record({ type: fc.constant('set-text' as const), path: anyPath, value: anyValue, mods, ...at }),
  fc.record({
    type: fc.constant('unset' as const),
    path: anyPath,
    attrs: fc.uniqueArray(anyName, { minLength: 1, maxLength: 3, selector: ({ text }) => text }),
    mods,
    ...at,
  }),
  fc.record({ type: fc.constant('replace' as const), path: anyPath, node: anyNode, mods, ...at }),
  fc.record({ type: fc.constant('remove' as const), path: anyPath, mods, ...at }),
  fc
    .record({
      type: fc.constant('remove-node' as const),
      node: anyNode,
      from: fc.option(anyPath),
      mods,
      ...at,
    })
    .filter(({ node, from }) => from !== null || !isNameAlone(node)),
  fc.record({ type: fc.constant('move' as const), path: anyPath, position, mods, ...at }),
  fc.record({ type: fc.constant('patch' as const), xpath: xpathValue, act, mods, ...at }),
  fc.record({
    type: fc.constantFrom('assert' as const, 'expect' as const),
    condition: anyCondition,
    message: fc.option(stringValue),
    ...at,
  }),
);

const scopeWord = fc.constantFrom('live' as const, 'config' as const, 'live+config' as const);

const let_: fc.Arbitrary<Item> = fc.record({
  type: fc.constant('let' as const),
  name: variableName,
  value: anyValue,
  ...at,
});
const namespace: fc.Arbitrary<Item> = fc.record({
  type: fc.constant('namespace' as const),
  prefix: variableName,
  uri: stringValue,
  ...at,
});
const include: fc.Arbitrary<Item> = fc.record({
  type: fc.constant('include' as const),
  file: stringValue,
  ...at,
});
const param: fc.Arbitrary<Item> = fc
  .record({ name: variableName, value: fc.option(anyValue) })
  .map((found): Item => ({ type: 'param', ...found, span: NOWHERE }));
const scope: fc.Arbitrary<Item> = fc.record({ type: fc.constant('scope' as const), scope: scopeWord, ...at });
const because: fc.Arbitrary<Item> = fc.record({
  type: fc.constant('because' as const),
  text: stringValue,
  ...at,
});

/** What may stand in a block: everything but the declarations of the whole script. */
export const anyBlockItem: fc.Arbitrary<Item> = fc.letrec<{ item: Item }>((tie) => {
  const body = fc.array(tie('item'), { maxLength: 3 });
  return {
    item: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(
        { weight: 6, arbitrary: anyStatement },
        { weight: 1, arbitrary: let_ },
        { weight: 1, arbitrary: namespace },
      ),
      fc.record({
        type: fc.constant('on' as const),
        networks: fc.array(anyValue, { minLength: 1, maxLength: 3 }),
        body,
        ...at,
      }),
      fc.record({ type: fc.constant('in' as const), scope: scopeWord, body, ...at }),
      fc.record({
        type: fc.constant('for' as const),
        name: variableName,
        format: fc.constantFrom('csv' as const, 'json' as const),
        file: stringValue,
        body,
        ...at,
      }),
      fc.record({ type: fc.constant('when' as const), condition: anyCondition, body, ...at }),
    ),
  };
}).item;

const declarations: fc.Arbitrary<readonly Item[]> = fc
  .tuple(
    fc.array(fc.oneof(include, param, let_), { maxLength: 2 }),
    fc.option(scope),
    fc.option(because),
    fc.array(namespace, { maxLength: 1 }),
  )
  .map(([some, one, other, rest]) => [...some, one, other, ...rest].filter((item) => item !== null));

/** A tree that some script has; its spans are all nowhere. Failures show it as text. */
export const anyScript: fc.Arbitrary<Script> = fc
  .tuple(
    declarations,
    fc.array(
      fc.oneof({ weight: 8, arbitrary: anyBlockItem }, { weight: 1, arbitrary: fc.oneof(include, param) }),
      { maxLength: 4 },
    ),
  )
  .map(([head, rest]) => shownAs(printScript, { source: NOWHERE.source, items: [...head, ...rest] }));

function shownAs<T extends object>(show: (value: T) => string, value: T): T {
  // not enumerable, so that comparisons do not see it
  return Object.defineProperty(value, fc.toStringMethod, { value: () => show(value) });
}

export type Careless = { readonly script: Script; readonly text: string };

/**
 * The script as a careless author writes it: any white space, comments, `;`, CRLF, continued lines. It means the same
 * as `printScript(script)`.
 */
export function carelessText(script: Script): fc.Arbitrary<Careless> {
  const text = printScript(script);
  const tokens = lexScript(text);
  return fc.infiniteStream(fc.nat({ max: 19 })).map((stream) => {
    const dice = (): number => stream.next().value;
    let out = dice() === 0 ? '\ufeff' : '';
    let end = 0;
    let parens = 0;
    let brackets = 0;
    for (const [index, token] of tokens.entries()) {
      const image = token.image;
      const apart = token.startOffset > end;
      end = token.startOffset + image.length;
      if (token.tokenType.name === 'Newline') {
        out += lineEnd(dice(), tokens[index - 1]?.image !== '{' && tokens[index + 1] !== undefined);
        continue;
      }
      if (index > 0 && image !== '#') out += gap(apart, parens > 0 && brackets === 0, dice());
      if (image === '(') parens++;
      if (image === ')') parens--;
      if (image === '[') brackets++;
      if (image === ']') brackets--;
      out += image;
    }
    return shownAs(() => out, { script, text: out });
  });
}

function lineEnd(roll: number, semicolon: boolean): string {
  switch (roll) {
    case 0:
      return '\r\n';
    case 1:
      return ' # "comment" { ( [ <\n';
    case 2:
      return '\n\n\n  # own line\n\t\n';
    case 3:
    case 4:
      return semicolon ? ' ;' : '\n';
    case 5:
      return semicolon ? ';;\n' : '\n\n';
    case 6:
      return semicolon ? '; # behind it\r\n' : ' # behind it\r\n';
    default:
      return '\n';
  }
}

function gap(apart: boolean, inParens: boolean, roll: number): string {
  switch (roll) {
    case 0:
      return ' \\\n';
    case 1:
      return '\t  ';
    case 2:
      return ' \\\r\n   ';
    case 3:
      return inParens ? '\n\n ' : ' ';
    case 4:
      return inParens ? ' # inside\n' : ' ';
    default:
      return apart ? ' ' : '';
  }
}

/** The tree without its spans, and XML literals as their text: what two parses must agree on. */
export function shapeOf(script: Script): unknown {
  return bare(script.items);
}

function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  if (isXml(value)) {
    const { source, start, end } = value.span;
    return { type: 'xml', text: source.text.slice(start, end).replaceAll('\r\n', '\n') };
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'span')
      .map(([key, inner]) => [key, bare(inner)]),
  );
}

function isXml(value: object): value is XmlNodeLiteral {
  return 'type' in value && value.type === 'xml';
}
