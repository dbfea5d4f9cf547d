// Ends an apply that is written down in an intent: forward when its journal line is there, else back. The apply itself ends
// its work here, too, so what happens after a crash is what happens every time.
//
// Whatever step a crash fell on, the same call made again comes to the same end: each step looks at the file's hash first.

import path from 'node:path';
import type { Disk } from './disk.ts';
import { unless } from './disk-error.ts';
import { hashOf, isThere, readWhole, syncDirectory } from './durable.ts';
import { type IntendedFile, type Intent, type Pending, turnBack } from './intent.ts';
import { endsWithLine, retractLine } from './journal.ts';
import { isStagedName, type Layout } from './layout.ts';
import { readObject } from './objects.ts';
import { stage } from './stage.ts';

/** Every network holds its new text. */
type WentForward = { readonly type: 'forward'; readonly intent: Intent };
/** Every network holds its old text, but those of `foreign`, which somebody else has written since. */
type WentBack = { readonly type: 'back'; readonly intent: Intent; readonly foreign: readonly string[] };
/** The old text of these networks is not kept any more: nothing was done. */
export type Stuck = { readonly type: 'stuck'; readonly intent: Intent; readonly networks: readonly string[] };

/** What a file holds: the old text, the new one, or one that this apply knows nothing of. */
export type Holds = 'before' | 'after' | 'foreign';

/** Ends what is pending. Needs the lock. Throws what the disk throws; then it is still pending. */
export function settle(
  disk: Disk,
  layout: Layout,
  pending: Pending & { readonly type: 'pending' },
): WentForward | WentBack | Stuck {
  const { intent, direction } = pending;
  const { offset, length, hash } = intent.line;
  const forward = direction === 'decide' && endsWithLine(disk, layout, offset, length, hash);
  if (forward && goForward(disk, layout, intent)) return { type: 'forward', intent };
  return goBack(disk, layout, intent, direction === 'back');
}

/** What each file of the intent holds now. Throws what the disk throws. */
export function whatHolds(disk: Disk, layout: Layout, intent: Intent): readonly Holds[] {
  return intent.files.map((file) => look(disk, layout, file).holds);
}

/**
 * Renames all staged texts into place. False, with nothing or not everything renamed, when a file holds neither text, or
 * a staged text is lost: then it must go back.
 */
export function goForward(disk: Disk, layout: Layout, intent: Intent): boolean {
  const looks = intent.files.map((file) => look(disk, layout, file));
  if (looks.some(({ holds }) => holds === 'foreign')) return false;
  for (const [index, file] of intent.files.entries()) {
    if (looks[index]!.holds === 'before' && !hasStaged(disk, layout, file)) return false;
  }
  for (const [index, file] of intent.files.entries()) {
    const seen = looks[index]!; // one look per file
    if (seen.holds === 'after') continue;
    const path = realFile(layout, file);
    // the last look: somebody else may have written while we read the others
    if (stampOf(disk, path) !== seen.stamp) return false;
    if (file.after === null) disk.remove(path);
    else disk.rename(stagedFile(layout, file), path);
  }
  tidy(disk, layout, intent, layout.intent);
  return true;
}

/** Puts the old texts back where the new ones are, and takes the journal line back. */
export function goBack(disk: Disk, layout: Layout, intent: Intent, turned: boolean): WentBack | Stuck {
  const looks = intent.files.map((file) => look(disk, layout, file));
  const restored = intent.files.filter((_, index) => looks[index]!.holds === 'after');
  const texts = restored.map((file) => (file.before === null ? null : readObject(disk, layout, file.before)));
  const lost = restored.filter((file, index) => file.before !== null && texts[index] === null);
  if (lost.length > 0) return { type: 'stuck', intent, networks: lost.map(({ network }) => network) };
  if (!turned) turnBack(disk, layout);
  for (const [index, file] of restored.entries()) {
    const text = texts[index];
    if (text === null || text === undefined) unless(['ENOENT'], () => disk.remove(realFile(layout, file)));
    else {
      stage(disk, layout, file.staged, text, file.rights);
      disk.rename(stagedFile(layout, file), realFile(layout, file));
    }
  }
  const { offset, length, hash } = intent.line;
  retractLine(disk, layout, offset, length, hash);
  tidy(disk, layout, intent, layout.undo);
  const foreign = intent.files.filter((_, index) => looks[index]!.holds === 'foreign');
  return { type: 'back', intent, foreign: foreign.map(({ network }) => network) };
}

/** Removes what was being written when a process died. Only without an intent. Needs the lock. */
export function sweepUnfinished(disk: Disk, layout: Layout): void {
  unless(['ENOENT'], () => disk.remove(layout.unfinished));
  for (const name of disk.list(layout.root)) {
    if (isStagedName(name)) unless(['ENOENT'], () => disk.remove(path.join(layout.root, name)));
  }
}

/** The record goes last, and only when all before it will survive a power cut. */
function tidy(disk: Disk, layout: Layout, intent: Intent, record: string): void {
  for (const directory of new Set(intent.files.map((file) => path.dirname(realFile(layout, file))))) {
    syncDirectory(disk, directory);
  }
  disk.remove(record);
  syncDirectory(disk, layout.own);
  for (const file of intent.files) unless(['ENOENT'], () => disk.remove(stagedFile(layout, file)));
}

function look(
  disk: Disk,
  layout: Layout,
  file: IntendedFile,
): { readonly holds: Holds; readonly stamp: string | null } {
  const real = realFile(layout, file);
  const directory = path.dirname(real);
  // a folder that became a link since would lead out of the target
  if (
    directory !== layout.root &&
    unless(['ENOENT', 'ENOTDIR'], () => disk.realpath(directory)) !== directory
  ) {
    return { holds: 'foreign', stamp: null };
  }
  const stamp = stampOf(disk, real);
  if (stamp === null)
    return { holds: file.before === null ? 'before' : file.after === null ? 'after' : 'foreign', stamp };
  // not an ordinary file any more: a link, a directory
  const bytes = unless(['ELOOP', 'EISDIR', 'ENXIO', 'ENOENT'], () => readWhole(disk, real));
  const hash = bytes === null ? '' : hashOf(bytes);
  return { holds: hash === file.before ? 'before' : hash === file.after ? 'after' : 'foreign', stamp };
}

/** True when the new text is there to be renamed; it is made again from what is kept when it is not. */
function hasStaged(disk: Disk, layout: Layout, file: IntendedFile): boolean {
  if (file.after === null) return true;
  const staged = stagedFile(layout, file);
  if (isThere(disk, staged) && hashOf(readWhole(disk, staged)) === file.after) return true;
  const text = readObject(disk, layout, file.after);
  if (text === null) return false;
  stage(disk, layout, file.staged, text, file.rights);
  return true;
}

function stampOf(disk: Disk, file: string): string | null {
  return unless(['ENOENT', 'ENOTDIR'], () => disk.lstat(file).stamp);
}

function realFile(layout: Layout, file: IntendedFile): string {
  return path.join(layout.root, file.file);
}

function stagedFile(layout: Layout, file: IntendedFile): string {
  return path.join(layout.root, file.staged);
}
