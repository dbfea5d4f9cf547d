// What holds for every script: printing and parsing are inverse, formatting keeps the meaning and is done in one go.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/source/source.ts';
import type { Script } from '../../src/syntax/ast.ts';
import { formatScript } from '../../src/syntax/format.ts';
import { parseScript } from '../../src/syntax/parse.ts';
import { printScript } from '../../src/syntax/print.ts';
import { anyScript, carelessText, shapeOf } from './generators.ts';

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
});
