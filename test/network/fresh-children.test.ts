// compareLists against the plain definition, on lists in which things are added, removed, replaced and moved.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareLists } from '../../src/network/fresh-children.ts';

test('finds exactly what is new and what is gone', () => {
  const lists = fc.record({
    length: fc.integer({ min: 0, max: 80 }),
    edits: fc.array(fc.tuple(fc.constantFrom('add', 'remove', 'replace', 'move'), fc.nat(100), fc.nat(100)), {
      maxLength: 60,
    }),
  });
  fc.assert(
    fc.property(lists, ({ length, edits }) => {
      const before = Array.from({ length }, (_, n) => ({ n }));
      const after = [...before];
      for (const [edit, a, b] of edits) {
        const at = after.length === 0 ? 0 : a % after.length;
        if (edit === 'add') after.splice(at, 0, { n: -1 });
        else if (edit === 'remove') after.splice(at, 1);
        else if (edit === 'replace') after.splice(at, 1, { n: -2 });
        else after.splice(after.length === 0 ? 0 : b % after.length, 0, ...after.splice(at, 1));
      }
      const { fresh, gone } = compareLists(before, after);
      expect(fresh).toEqual(after.filter((one) => !before.includes(one)));
      expect(gone).toEqual(before.filter((one) => !after.includes(one)));
    }),
    { numRuns: 300 },
  );
});

test('takes time that follows the length, even when everything moved', () => {
  const before = Array.from({ length: 100_000 }, (_, n) => ({ n }));
  const start = performance.now();
  expect(compareLists(before, before.toReversed())).toEqual({ fresh: [], gone: [] });
  expect(compareLists(before, [])).toEqual({ fresh: [], gone: before });
  expect(performance.now() - start).toBeLessThan(5_000);
});
