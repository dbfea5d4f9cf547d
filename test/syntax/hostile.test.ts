// Any text at all: the parser and the formatter answer, quickly, and never throw.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/source/source.ts';
import { formatScript } from '../../src/syntax/format.ts';
import { keywords } from '../../src/syntax/keywords.ts';
import { parseScript } from '../../src/syntax/parse.ts';
import { printScript } from '../../src/syntax/print.ts';
import { anyScript, carelessText } from './generators.ts';

function survive(text: string): void {
  const source: Source = { name: 'test.sluice', text };
  const { value, diagnostics } = parseScript(source);
  for (const { span, labels } of diagnostics) {
    for (const at of [span, ...labels.map((label) => label.span)]) {
      expect(
        at !== null && at.source === source && at.start >= 0 && at.start <= at.end && at.end <= text.length,
      ).toBe(true);
    }
  }
  printScript(value);
  const formatted = formatScript(source);
  expect(formatted.value === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  if (formatted.value !== null)
    expect(formatScript({ ...source, text: formatted.value }).value).toBe(formatted.value);
}

const pieces = [
  ...keywords,
  ...'{}[]()<>=.,;@#?*$"\'\\\n\r\t \0/-:|~'.split(''),
  '==',
  '!=',
  '<a>',
  '</a>',
  '<a b="',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '${',
  '$x',
  '["',
  '\\\n',
  '\\\r\n',
  ' # ',
  'x',
  '5',
  '\ufeff',
  '\ud800',
  '\u202e',
  '\u00a0',
  '“',
  '52:54:00:00:00:01',
];

describe('hostile text', () => {
  test('any string', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), survive));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
        survive,
      ),
    );
  });

  test('pieces of the language in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) =>
        survive(parts.join('')),
      ),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) =>
        survive(parts.join(' ')),
      ),
    );
  });

  test('good scripts with a piece cut out or put in', () => {
    const careless = anyScript.chain(carelessText);
    fc.assert(
      fc.property(
        careless,
        fc.nat(),
        fc.nat({ max: 20 }),
        fc.constantFrom('', ...pieces),
        ({ text }, at, length, piece) => {
          const start = at % (text.length + 1);
          survive(text.slice(0, start) + piece + text.slice(start + length));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a megabyte of the same', () => {
  const SIZE = 1_000_000;
  const many = (text: string): string => text.repeat(Math.ceil(SIZE / text.length));
  // each is linear; what was quadratic once took minutes
  test.each([
    ['one name', `add ${many('a')}`],
    ['one value', `set a b=${many('a')}`],
    ['one string', `set a b="${many('a')}"`],
    ['an unclosed string', `set a b="${many('a')}`],
    ['broken escapes', `set a b="${many('\\u{')}"`],
    ['broken references', `set a b="${many('${a["')}"`],
    ['columns without end', many('$a["\\"')],
    ['unclosed strings', many('"\n')],
    ['parentheses', `when ${many('(')}`],
    ['braces', many('{')],
    ['brackets', many('[')],
    ['closers', many(')]}')],
    ['bodies', many('add { ')],
    ['blocks', many('when a exists {\n')],
    ['not', `assert ${many('not ')}`],
    ['and', `assert a exists${many(' and a exists')}`],
    ['open elements', `add ${many('<a>')}`],
    ['unclosed literals', many('add <a>\n')],
    ['unclosed comments in literals', many('add <a><!--\n')],
    ['unclosed quotes in literals', many('add <a b="\n')],
    ['a literal of attributes', `add <a ${many('b="c" ')}`],
    ['unknown verbs', many('x\n')],
    ['words', many('x ')],
    ['steps', `remove a${many('.a')}`],
    ['children', `add a {${many('b;')}}`],
    ['line ends', many('\n')],
    ['CRLF', many(' \r\n')],
    ['carriage returns', many('\r')],
    ['continued lines', `set a${many('\\\n')}`],
    ['comments in parentheses', `when (a${many('\n#c')}`],
    ['semicolons', many(';')],
    ['NUL', many('\0')],
    ['half surrogates', many('\ud800')],
    ['keys', many('remove a[b')],
    ['stars', many('a[* ')],
    ['less than', many('<')],
    ['attributes', `add a ${many('b=c ')}`],
  ])(
    '%s',
    (_, text) => {
      const { diagnostics } = parseScript({ name: 'test.sluice', text });
      expect(diagnostics.length).toBeLessThan(1100);
    },
    20_000,
  );

  test('ten megabytes on one line', () => {
    const text = `add host ${'mac=52:54:00:00:00:01 name=x.example.org '.repeat(5)} ${'#'.repeat(10_000_000)}`;
    expect(parseScript({ name: 'test.sluice', text }).diagnostics[0]?.code).toBe('SL320');
    const long = `add host name="${'a'.repeat(10_000_000)}" to ip.dhcp`;
    expect(parseScript({ name: 'test.sluice', text: long })).toMatchObject({ diagnostics: [] });
  }, 20_000);
});
