// A file with another text in it: the old one or the new one at every instant, never a part. What others read while it is
// written, such as a policy, must not be cut short.

import { randomBytes } from 'node:crypto';
import { chmodSync, openSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { realDisk } from '../apply/files/disk.ts';
import { fillFile } from '../apply/files/durable.ts';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';

/** Writes beside the file (beside what a link points to) and renames; keeps its permission bits. Says what went wrong. */
export function replaceFile(file: string, text: string): readonly Diagnostic[] {
  let unfinished: string | null = null;
  try {
    const real = realpathSync(file);
    const { mode } = statSync(real);
    unfinished = path.join(path.dirname(real), `.${path.basename(real)}.${randomBytes(6).toString('hex')}`);
    fillFile(realDisk, openSync(unfinished, 'wx', mode & 0o777), Buffer.from(text));
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
