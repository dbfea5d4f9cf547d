// `--target` as a target: today a folder of network files.

import { openFilesTarget } from '../apply/files/files-target.ts';
import type { Target } from '../apply/target.ts';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { err, ok, type Result } from '../std/result.ts';

/** The folder that `dir:FOLDER` names; null for any other word. */
export function folderOf(word: string): string | null {
  return word.startsWith('dir:') && word.length > 4 ? word.slice(4) : null;
}

/** Reads nothing yet: what is wrong with the folder is an answer of the target. */
export function openTarget(word: string): Result<Target, Diagnostic> {
  const folder = folderOf(word);
  if (folder !== null) return ok(openFilesTarget(folder));
  const help = /^[a-z+]+:/.test(word)
    ? 'a target is a folder of network files, `dir:FOLDER`'
    : `did you mean \`dir:${word}\`?`;
  return err(error('SL905', null, `\`${word}\` is no target`, { help }));
}
