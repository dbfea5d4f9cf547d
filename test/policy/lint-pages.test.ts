// The pages of what `policy lint` finds do not lie: each example prints exactly the message that its page shows.

import { expect, test } from 'vitest';
import { lintPolicy } from '../../src/policy/lint.ts';
import { lintTarget } from '../../src/policy/lint-target.ts';
import { lintTests } from '../../src/policy/lint-tests.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import { codesLike, pageOf } from '../page.ts';
import { document } from './decide.ts';

const codes = codesLike(/^SL68\d$/);

test.each(codes)('%s shows what its example prints', (code) => {
  const page = pageOf(code);
  const rules = { name: 'policy.csv', text: `${page.block('csv')}\n` };
  const { value } = loadPolicy({
    model: { name: 'model.conf', text: MODEL_TEXT },
    rules,
    name: 'policies',
  });
  if (value === null) throw new Error('the example loads');
  const xml = page.block('xml');
  const diagnostics = [
    ...lintPolicy(value, rules).diagnostics,
    ...(xml === null
      ? []
      : lintTarget(value, rules, [{ name: 'default', document: document(xml) }], 'dir:networks')),
    ...(code === 'SL686' ? lintTests(value, rules, new Set()) : []),
  ];
  expect(new Set(diagnostics.map((one) => one.code))).toEqual(new Set([code]));
  page.shows(diagnostics, 110);
});

test('there are pages', () => {
  expect(codes).toHaveLength(10);
});
