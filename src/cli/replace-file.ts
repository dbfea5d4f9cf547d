// A file with another text in it: the old one or the new one at every instant, never a part. What others read while it is
// written, such as a policy, must not be cut short.

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';

/** Writes beside the file (beside what a link points to) and renames; keeps its permission bits. Says what went wrong. */
export function replaceFile(file: string, text: string): readonly Diagnostic[] {
  let unfinished: string | null = null;
  try {
    const real = realpathSync(file);
    const { mode } = statSync(real);
    unfinished = path.join(path.dirname(real), `.${path.basename(real)}.${randomBytes(6).toString('hex')}`);
    const opened = openSync(unfinished, 'wx', mode & 0o777);
    try {
      writeAll(opened, Buffer.from(text));
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
    // the umask may have taken bits away
    chmodSync(unfinished, mode & 0o777);
    renameSync(unfinished, real);
    return [];
  } catch (thrown) {
    if (unfinished !== null) rmSync(unfinished, { force: true });
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return [error('SL913', null, `\`${file}\` cannot be written: ${reason}`, { help: 'it was not changed' })];
  }
}

function writeAll(opened: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(opened, bytes, at);
}
