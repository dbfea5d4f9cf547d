// The pages of SL6xx do not lie: each example, loaded, prints exactly the message that its page shows.

import { expect, test } from 'vitest';
import { hasErrors } from '../../src/diagnostics/diagnostic.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import { codesLike, pageOf, withUnseen } from '../page.ts';

// questions and policy tests have pages of another kind: ask-pages.test.ts
const codes = codesLike(/^SL6[0-4]\d$/);
const ALLOWS = 'p, allow, user:nina, *, **, *, *, ""';

test.each(codes)('%s shows what its example prints', (code) => {
  const page = pageOf(code);
  const { diagnostics, value } = loadPolicy({
    model: { name: 'model.conf', text: withUnseen(page.block('conf') ?? MODEL_TEXT) },
    rules: { name: 'policy.csv', text: `${withUnseen(page.block('csv') ?? ALLOWS)}\n` },
    name: 'policies',
  });
  page.shows(diagnostics, 110);
  expect(value === null).toBe(hasErrors(diagnostics));
});

test('there are pages', () => {
  expect(codes.length).toBeGreaterThan(30);
});
