// What holds for every script: printing and parsing are inverse, formatting keeps the meaning and is done in one go.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Source, span } from '../../src/source/source.ts';
import type { Item, Mods, Name, Node, PathStep, Script, Value } from '../../src/syntax/ast.ts';
import { formatScript } from '../../src/syntax/format.ts';
import { parseScript } from '../../src/syntax/parse.ts';
import { printScript } from '../../src/syntax/print.ts';
import { anyScript, anyText, carelessText, shapeOf } from './generators.ts';

const NOWHERE = span({ name: '<made>', text: '' }, 0, 0);

function source(text: string): Source {
  return { name: 'test.sluice', text };
}

/** The tree of a text that must parse. */
function parsed(text: string): Script {
  const { value, diagnostics } = parseScript(source(text));
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return value;
}

function formatted(text: string): string {
  const { value } = formatScript(source(text));
  if (value === null) throw new Error(`does not parse: ${text}`);
  return value;
}

const careless = anyScript.chain(carelessText);

describe('properties of the language', () => {
  test('parsing what was printed gives the same tree', () => {
    fc.assert(
      fc.property(anyScript, (script) => {
        expect(shapeOf(parsed(printScript(script)))).toEqual(shapeOf(script));
      }),
    );
  });

  test('layout means nothing', () => {
    fc.assert(
      fc.property(careless, ({ script, text }) => {
        expect(shapeOf(parsed(text))).toEqual(shapeOf(script));
      }),
    );
  });

  test('formatting keeps the tree', () => {
    fc.assert(
      fc.property(careless, ({ script, text }) => {
        expect(shapeOf(parsed(formatted(text)))).toEqual(shapeOf(script));
      }),
    );
  });

  test('formatting twice is formatting once', () => {
    fc.assert(
      fc.property(careless, ({ text }) => {
        const once = formatted(text);
        expect(formatted(once)).toBe(once);
      }),
    );
  });

  test('what was printed is formatted already', () => {
    fc.assert(
      fc.property(anyScript, (script) => {
        const text = printScript(script);
        expect(formatted(text)).toBe(text);
      }),
    );
  });

  test('a value that a program made is printed so that it is read as the same text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const made: Value = { parts: [{ type: 'literal', text }], form: 'bare', span: NOWHERE };
        const name: Name = { text: 'a', span: NOWHERE };
        const step: PathStep = {
          name,
          selector: { type: 'key', value: made, span: NOWHERE },
          span: NOWHERE,
        };
        const chosen: PathStep = {
          name,
          selector: { type: 'attrs', attrs: [{ name, value: made }], span: NOWHERE },
          span: NOWHERE,
        };
        const items: Item[] = [
          { type: 'include', file: made, span: NOWHERE },
          { type: 'let', name, value: made, span: NOWHERE },
          {
            type: 'set',
            path: { steps: [step, chosen], span: NOWHERE },
            attrs: [{ name, value: made, optional: true, span: NOWHERE }],
            mods: { ifExists: false, count: { type: 'one' }, because: made },
            span: NOWHERE,
          },
        ];
        const printed = printScript({ source: source(''), items });
        const texts: string[] = [];
        JSON.stringify(shapeOf(parsed(printed)), (key, value: unknown) => {
          if (key === 'parts')
            texts.push(Array.isArray(value) ? value.map((part) => part.text).join('') : 'no parts');
          return value;
        });
        expect(texts).toEqual(Array(6).fill(text));
      }),
    );
  });

  test('a name alone is removed as an element, not as a path', () => {
    const node: Node = {
      type: 'node',
      name: { text: 'dns', span: NOWHERE },
      text: null,
      attrs: [],
      body: [],
      span: NOWHERE,
    };
    const mods: Mods = { ifExists: false, count: { type: 'one' }, because: null };
    const items: Item[] = [{ type: 'remove-node', node, from: null, mods, span: NOWHERE }];
    expect(printScript({ source: source(''), items })).toBe('remove dns from network\n');
  });
});
