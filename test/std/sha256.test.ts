// The digest of the pure rooms, and that nothing else can take its place.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf } from '../../src/apply/files/durable.ts';
import { makeHashesWith, sha256Hex } from '../../src/std/sha256.ts';

function reference(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

test('is SHA-256 of the UTF-8 bytes, whoever makes it', () => {
  const same = () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
        expect(sha256Hex(text)).toBe(reference(text));
      }),
    );
  same();
  makeHashesWith(hashOf);
  same();
});

test.each([
  ['another digest', (text: string) => createHash('sha1').update(text).digest('hex')],
  ['another encoding', (text: string) => createHash('sha256').update(text, 'latin1').digest('hex')],
  ['always the same', () => sha256Hex('')],
])('refuses %s', (_, other) => {
  expect(() => makeHashesWith(other)).toThrow('no SHA-256');
  expect(sha256Hex('ü')).toBe(reference('ü'));
});
