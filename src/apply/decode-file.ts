// A file's bytes as a source, or the place where they stop being UTF-8.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { decodeUtf8 } from '../source/decode.ts';
import { positionAt, type Source, span } from '../source/source.ts';
import { err, ok, type Result } from '../std/result.ts';

/** The text of a file; `shown` is the name that messages use for it. */
export function decodeFile(shown: string, bytes: Uint8Array): Result<Source, Diagnostic> {
  const text = decodeUtf8(bytes);
  if (text.ok) return ok({ name: shown, text: text.value });
  const { offset } = text.error;
  // shown with replacement characters, so that the line can be printed; what stands before the fault is exact
  const lossy: Source = { name: shown, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) };
  const start = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, offset)).length;
  const { line } = positionAt(lossy, start);
  const byte = (bytes[offset] ?? 0).toString(16).padStart(2, '0');
  return err(
    error(
      'SL806',
      span(lossy, start, start + 1),
      `\`${shown}\` is not UTF-8: byte 0x${byte} at offset ${offset}, line ${line}`,
      {
        help: isUtf16(bytes)
          ? `it looks like UTF-16: \`iconv -f UTF-16 -t UTF-8\` converts it`
          : `save it as UTF-8; from Latin-1, \`iconv -f ISO-8859-1 -t UTF-8\` converts it`,
      },
    ),
  );
}

function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}
