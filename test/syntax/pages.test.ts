// The pages of SL3xx do not lie: each example, parsed, prints exactly the message that its page shows.

import { test } from 'vitest';
import { syntaxCodes } from '../../src/diagnostics/codes/syntax.ts';
import { parseScript } from '../../src/syntax/parse.ts';
import { pageOf, withUnseen } from '../page.ts';

/** An example as it is meant: a page shows an invisible character as `\u{…}`, and leaves out what is much too much. */
function meant(code: string, example: string): string {
  switch (code) {
    case 'SL301':
      return withUnseen(example);
    case 'SL312':
      return example
        .replace('((( … 62 more …', '('.repeat(65))
        .replace('))) … 62 more …', ')'.repeat(65))
        .replaceAll(/(?<=\() | (?=\))/g, '');
    case 'SL318':
      return example.replace(/^(.*\n)…[^…]*…$/, (_, line: string) => line.repeat(1001));
    default:
      return example;
  }
}

test.each(Object.keys(syntaxCodes))('%s', (code) => {
  const page = pageOf(code);
  const example = page.block('sluice') ?? '';
  const { diagnostics } = parseScript({ name: 'change.sluice', text: `${meant(code, example)}\n` });
  // a thousand other errors come before SL318
  const shown = code === 'SL318' ? diagnostics.filter((problem) => problem.code === code) : diagnostics;
  page.shows(shown);
});
