// Bytes to text, strictly: a file that is not UTF-8 is an error with a place, never silently repaired.

import { err, ok, type Result } from '../std/result.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of UTF-8 bytes; a byte order mark stays as its first character, so that writing back loses nothing.
 * Error: the offset in bytes of the first byte that is not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): Result<string, { readonly offset: number }> {
  try {
    return ok(strict.decode(bytes));
  } catch {
    return err({ offset: firstInvalid(bytes) });
  }
}

function firstInvalid(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!;
    const length =
      lead < 0x80
        ? 1
        : lead >= 0xc2 && lead < 0xe0
          ? 2
          : lead >= 0xe0 && lead < 0xf0
            ? 3
            : lead >= 0xf0 && lead < 0xf5
              ? 4
              : 0;
    if (length === 0) return i;
    if (length > 1) {
      try {
        strict.decode(bytes.subarray(i, i + length));
      } catch {
        return i;
      }
    }
    i += length;
  }
  return bytes.length;
}
