// The grammar's documents say what the parser does: EBNF, diagrams, highlighting, and the grammar that parses scripts whole.

import { readdirSync, readFileSync } from 'node:fs';
import type { IToken } from 'chevrotain';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { diagramsPage } from '../../scripts/grammar-diagrams.ts';
import type { Source } from '../../src/source/source.ts';
import { tokensOf } from '../../src/syntax/cut.ts';
import { UpdateParser } from '../../src/syntax/grammar.ts';
import { blockHeads, declarations, heads, keywords, verbs } from '../../src/syntax/keywords.ts';
import { lexScript, parseScript } from '../../src/syntax/parse.ts';
import { printScript } from '../../src/syntax/print.ts';
import { keywordTokens, makeLexer, Separator, tokenEnd } from '../../src/syntax/tokens.ts';
import { anyScript, carelessText, shapeOf } from './generators.ts';
import { type Grammar, patternsOf, type Rule, scopesOf } from './textmate.ts';

const root = new URL('../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

describe('the parser', () => {
  let parser: UpdateParser;
  beforeAll(() => {
    parser = new UpdateParser('check');
  });

  test('has a grammar and a lexer without ambiguities', () => {
    expect(parser.getSerializedGastProductions().length).toBeGreaterThan(40);
    expect(() => makeLexer('check')).not.toThrow();
  });

  test('cut into items, a script is what the whole grammar says', () => {
    fc.assert(
      fc.property(anyScript.chain(carelessText), ({ text }) => {
        const source: Source = { name: 'test.sluice', text };
        const tokens = lexScript(text);
        const whole = tokensOf(tokens, { first: 0, end: tokens.length, sound: true, body: null });
        while (isSeparator(whole[0])) whole.shift();
        while (isSeparator(whole.at(-1))) whole.pop();
        parser.begin(source, () => {});
        parser.input = whole;
        const items = parser.script();
        expect(parser.errors).toEqual([]);
        expect(shapeOf({ source, items })).toEqual(shapeOf(parseScript(source).value));
      }),
    );
  });
});

function isSeparator(token: IToken | undefined): boolean {
  return token?.tokenType.CATEGORIES?.includes(Separator) ?? false;
}

// EBNF, from either side, in one spelling

type Expression =
  | { readonly type: 'leaf'; readonly text: string }
  | { readonly type: 'sequence' | 'choice'; readonly of: readonly Expression[] }
  | { readonly type: '?' | '*' | '+'; readonly of: Expression };

function spelled(expression: Expression): string {
  switch (expression.type) {
    case 'leaf':
      return expression.text;
    case 'sequence':
      return expression.of.map(spelled).join(' ');
    case 'choice':
      return `( ${expression.of.map(spelled).join(' | ')} )`;
    default:
      return `( ${spelled(expression.of)} )${expression.type}`;
  }
}

function sequence(of: readonly Expression[]): Expression {
  const flat = of.flatMap((inner) => (inner.type === 'sequence' ? inner.of : [inner]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { type: 'sequence', of: flat };
}

/** What Chevrotain recorded of the parser, as it serializes it. */
type Recorded = {
  readonly type: string;
  readonly name?: string;
  readonly label?: string;
  readonly definition?: readonly Recorded[];
  readonly separator?: Recorded;
};

function recorded(production: Recorded): Expression {
  const inner = (): Expression => sequence((production.definition ?? []).map(recorded));
  const separated = (): Expression => {
    const one = inner();
    const separator = production.separator === undefined ? [] : [recorded(production.separator)];
    return sequence([one, { type: '*', of: sequence([...separator, one]) }]);
  };
  switch (production.type) {
    case 'Terminal':
      return { type: 'leaf', text: production.name === 'Separator' ? 'SEPARATOR' : (production.label ?? '') };
    case 'NonTerminal':
      return { type: 'leaf', text: production.name ?? '' };
    case 'Alternation':
      return { type: 'choice', of: (production.definition ?? []).map(recorded) };
    case 'Option':
      return { type: '?', of: inner() };
    case 'Repetition':
      return { type: '*', of: inner() };
    case 'RepetitionMandatory':
      return { type: '+', of: inner() };
    case 'RepetitionWithSeparator':
      return { type: '?', of: separated() };
    case 'RepetitionMandatoryWithSeparator':
      return separated();
    default:
      return inner();
  }
}

/** The rules of update.ebnf. */
function ebnfRules(text: string): Map<string, Expression> {
  const words = text.replaceAll(/\/\*[\s\S]*?\*\//g, ' ').match(/'[^']*'|::=|[()|?*+]|\w+/g) ?? [];
  const rules = new Map<string, Expression>();
  let at = 0;
  const choice = (): Expression => {
    const of: Expression[] = [];
    for (;;) {
      const parts: Expression[] = [];
      while (words[at] !== undefined && words[at] !== '|' && words[at] !== ')' && words[at + 1] !== '::=')
        parts.push(factor());
      of.push(sequence(parts));
      if (words[at] !== '|') break;
      at++;
    }
    const [only] = of;
    return of.length === 1 && only !== undefined ? only : { type: 'choice', of };
  };
  const factor = (): Expression => {
    let found: Expression;
    if (words[at] === '(') {
      at++;
      found = choice();
      expect(words[at]).toBe(')');
    } else found = { type: 'leaf', text: words[at] ?? '' };
    at++;
    const mark = words[at];
    if (mark !== '?' && mark !== '*' && mark !== '+') return found;
    at++;
    return { type: mark, of: found };
  };
  while (at < words.length) {
    const name = words[at] ?? '';
    expect(words[at + 1]).toBe('::=');
    at += 2;
    rules.set(name, choice());
  }
  return rules;
}

describe('update.ebnf', () => {
  const text = read('grammar/update.ebnf');

  test('has the rules of the parser', () => {
    const documented = new Map([...ebnfRules(text)].map(([name, rule]) => [name, spelled(rule)]));
    const parser = new UpdateParser('skip');
    // the serialized form is declared without the fields that each kind of production has
    const productions = parser.getSerializedGastProductions() as unknown as readonly Recorded[];
    const real = new Map(productions.map((rule) => [rule.name ?? '', spelled(recorded(rule))]));
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(real));
  });

  test('has the keywords of the lexer', () => {
    const quoted = text.replaceAll(/\/\*[\s\S]*?\*\//g, ' ').match(/(?<=')[a-z][a-z+]*(?=')/g) ?? [];
    expect([...new Set(quoted)].sort()).toEqual([...keywords].sort());
    expect(Object.keys(keywordTokens).sort()).toEqual([...keywords].sort());
    expect(heads).toHaveLength(verbs.length + blockHeads.length + declarations.length);
  });
});

test('the diagrams are those of the parser', () => {
  expect(read('grammar/diagrams.html') === diagramsPage(), 'run `npx tsx scripts/grammar-diagrams.ts`').toBe(
    true,
  );
});

describe('highlighting', () => {
  // the file is the project's own; its test is this one
  const grammar = JSON.parse(read('grammar/sluice.tmLanguage.json')) as Grammar & Rule;

  const headTypes = new Set(heads.map((word) => keywordTokens[word]));

  /** Each piece of the text that is one thing to the lexer, with its scopes at start and end. */
  function check(text: string): void {
    const scopes = scopesOf(grammar, text);
    const tokens = lexScript(text);
    let parens = 0;
    const told: string[] = [];
    for (const [index, token] of tokens.entries()) {
      const scope = scopes[token.startOffset] ?? '';
      const last = scopes[tokenEnd(token) - 1] ?? '';
      const say = (wanted: string): void => {
        if (!scope.includes(wanted) || !last.includes(wanted))
          told.push(`${token.image}: ${scope} … ${last}, not ${wanted}`);
      };
      if (token.image === '(') parens++;
      if (token.image === ')') parens--;
      const before = tokens[index - 1];
      switch (token.tokenType.name) {
        case 'StringLiteral':
          say('string.quoted.double.sluice');
          break;
        case 'XmlLiteral':
          say('meta.tag.xml.sluice');
          break;
        case 'Variable':
          say('variable.other.sluice');
          break;
        case 'Bare':
          say('string.unquoted.sluice');
          break;
        case 'EqEq':
          say('keyword.operator.comparison');
          break;
        default:
          // a child element that is called like a verb looks like one to an editor
          if (
            (before === undefined || isSeparator(before)) &&
            parens === 0 &&
            headTypes.has(token.tokenType) &&
            tokens[index + 1]?.image !== '='
          )
            say('keyword');
      }
    }
    expect(told).toEqual([]);
  }

  test('knows every keyword', () => {
    const patterns = patternsOf(grammar).join('\n').replaceAll('live\\+config', 'live+config');
    for (const word of keywords)
      expect(patterns).toMatch(new RegExp(`[(|]${word.replace('+', '\\+')}[)|]|\\(${word}\\)`));
  });

  test('sees in printed scripts what the lexer sees', () => {
    fc.assert(fc.property(anyScript, (script) => check(printScript(script))));
  });

  test('sees in the examples what the lexer sees', () => {
    const folders = readdirSync(new URL('examples/', root), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const scripts = folders.flatMap(({ name }) =>
      readdirSync(new URL(`examples/${name}/`, root))
        .filter((file) => file.endsWith('.sluice'))
        .map((file) => `examples/${name}/${file}`),
    );
    expect(scripts.length).toBeGreaterThan(0);
    for (const path of scripts) check(read(path));
  });

  test('comments, verbs and names', () => {
    const scopes = (line: string, at: string): string => scopesOf(grammar, line)[line.indexOf(at)] ?? '';
    expect(scopes('add a # b', '#')).toContain('comment');
    expect(scopes('set a b=c#d', '#')).toContain('string.unquoted');
    expect(scopes('  ensure host mac=x in ip', 'ensure')).toContain('keyword.other.verb');
    expect(scopes('ensure host mac=x in ip', 'in')).toContain('keyword');
    expect(scopes('when a exists { remove b }', 'remove')).toContain('keyword.other.verb');
    expect(scopes('when a exists { remove b }', 'when')).toContain('keyword.control');
    expect(scopes('set a add=b', 'add')).toContain('entity.other.attribute-name');
    expect(scopes('remove ip.add', 'add')).toContain('entity.name.tag');
  });
});
