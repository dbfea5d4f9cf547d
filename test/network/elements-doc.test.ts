// docs/elements.md is what the table says.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ELEMENTS_DOC, elementsDoc } from '../../scripts/elements-doc.ts';

test('docs/elements.md is fresh (npx tsx scripts/elements-doc.ts writes it)', () => {
  expect(readFileSync(ELEMENTS_DOC, 'utf8')).toBe(elementsDoc());
});
