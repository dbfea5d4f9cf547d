// Completion as texts: each file of cases/ holds lines with the cursor at their end, and what Tab offers. UPDATE=1 rewrites.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { complete, expected } from '../../../src/repl/complete/complete.ts';
import { hint } from '../../../src/repl/complete/hint.ts';
import type { Typed } from '../../../src/repl/complete/world.ts';
import { world } from './world.ts';

const cases = new URL('cases/', import.meta.url);

/** `|` is the cursor; what stands in lines above it is an unfinished block. */
function typedIn(text: string): Typed {
  const before = text.slice(0, text.lastIndexOf('|'));
  const at = before.lastIndexOf('\n') + 1;
  return { block: before.slice(0, at), line: before.slice(at) };
}

function outcome(text: string): string {
  const typed = typedIn(text);
  const { from, candidates, more } = complete(typed, world);
  const lines = candidates.map(
    ({ text, help, closed }) =>
      `${typed.line.slice(0, from)}[${text}]${closed ? '' : '…'}${help === '' ? '' : `  ${help}`}`,
  );
  const rest = hint(typed, world);
  return [
    ...(lines.length === 0 ? ['nothing'] : lines),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(rest === '' ? [] : [`grey: ${rest}`]),
  ]
    .map((line) => `  ${line}\n`)
    .join('');
}

describe.each(readdirSync(cases))('%s', (file) => {
  const url = new URL(file, cases);
  const blocks = readFileSync(url, 'utf8').split(/^== /m).slice(1);
  const read = blocks.map((block) => {
    const [head = ''] = block.split('\n', 1);
    const [given = '', wanted = ''] = block.slice(head.length + 1).split(/^--\n/m);
    return { head, given, wanted, actual: outcome(given) };
  });
  if (process.env['UPDATE'] === '1')
    writeFileSync(url, read.map(({ head, given, actual }) => `== ${head}\n${given}--\n${actual}`).join(''));
  test.each(read)('$head', ({ wanted, actual }) => {
    if (process.env['UPDATE'] !== '1') expect(actual).toBe(wanted);
  });
});

describe('expected', () => {
  const words = (line: string): readonly string[] =>
    expected({ block: '', line }, world).next.map(({ text }) => text);

  test('names what nobody can list', () => {
    expect(words('add host mac=')).toContain('MAC');
    expect(words('assert bridge exists ')).toContain('"TEXT"');
    expect(words('patch ')).toEqual(['"XPATH"']);
  });

  test('says whether the text can end', () => {
    expect(words('set bridge stp=on ')).toContain('<Enter>');
    expect(words('set bridge ')).not.toContain('<Enter>');
    expect(words('show ')).toContain('<Enter>');
    expect(words('drop ')).not.toContain('<Enter>');
  });
});
