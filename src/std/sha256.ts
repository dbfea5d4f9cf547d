// Hashes that bind a permit, a journal line, a saved plan. Pure, so that the pipeline runs in a browser too.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** SHA-256 in JavaScript, as 64 lower-case hexadecimal digits; of a text that of its UTF-8 bytes. */
export function pureSha256Hex(bytes: Uint8Array | string): string {
  return bytesToHex(sha256(typeof bytes === 'string' ? utf8ToBytes(bytes) : bytes));
}

let hash: (text: string) => string = pureSha256Hex;

/** SHA-256 of the UTF-8 bytes of `text`, as 64 lower-case hexadecimal digits; made in the quickest way that is known. */
export function sha256Hex(text: string): string {
  return hash(text);
}

/**
 * Has another function make the hashes from now on: a runtime's own takes a tenth of the time. Throws when it does not give
 * what this one gives for a text that is not ASCII.
 */
export function makeHashesWith(quicker: (text: string) => string): void {
  const sample = 'Bäche über 10.0.0.0/8 \u{1f41f}';
  if (quicker(sample) !== hash(sample)) throw new Error('this is no SHA-256 of UTF-8');
  hash = quicker;
}
