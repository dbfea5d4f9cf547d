// What an apply is about to do, on disk before it does it: so that whoever comes after a crash can end it, one way or the other.

import path from 'node:path';
import type { Disk } from './disk.ts';
import { readIfThere, syncDirectory, writeWhole } from './durable.ts';
import { isStagedName, type Layout, OWN_FOLDER, type Rights } from './layout.ts';

export type IntendedFile = {
  readonly network: string;
  /** Of the real file, from the target directory on. */
  readonly file: string;
  /** Name, in the target directory, of the file that holds the text `after` until it is renamed. */
  readonly staged: string;
  /** Hash of the text; null where there is, or will be, no file. */
  readonly before: string | null;
  readonly after: string | null;
  /** Of the file as it was; null where it was not there. */
  readonly rights: { readonly mode: number; readonly uid: number; readonly gid: number } | null;
};

export type Intent = {
  readonly format: 1;
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly subject: string;
  readonly files: readonly IntendedFile[];
  /** The journal line, whose presence decides: with it the apply ends forward, without it back. Offset and length in bytes. */
  readonly line: { readonly offset: number; readonly length: number; readonly hash: string };
};

export function writeIntent(disk: Disk, layout: Layout, rights: Rights, intent: Intent): void {
  writeWhole(
    disk,
    layout,
    layout.intent,
    Buffer.from(`${JSON.stringify(intent)}\n`),
    rights.open,
    rights.gid,
  );
  syncDirectory(disk, layout.own);
}

/** From now on, whatever the journal says, the apply ends back. */
export function turnBack(disk: Disk, layout: Layout): void {
  disk.rename(layout.intent, layout.undo);
  syncDirectory(disk, layout.own);
}

export type Pending =
  | { readonly type: 'none' }
  | { readonly type: 'pending'; readonly direction: 'decide' | 'back'; readonly intent: Intent }
  /** Not a record that Sluice wrote: `file` is its path. */
  | { readonly type: 'damaged'; readonly file: string };

/** The apply that is being written, or was interrupted. Throws what the disk throws. */
export function readPending(disk: Disk, layout: Layout): Pending {
  for (const [file, direction] of [
    [layout.undo, 'back'],
    [layout.intent, 'decide'],
  ] as const) {
    const bytes = readIfThere(disk, file);
    if (bytes === null) continue;
    const intent = parseIntent(bytes.toString('utf8'));
    return intent === null ? { type: 'damaged', file } : { type: 'pending', direction, intent };
  }
  return { type: 'none' };
}

/** Null for anything that Sluice would not have written: above all for a path that leads out of the directory. */
function parseIntent(text: string): Intent | null {
  let read: Partial<Intent>;
  try {
    read = JSON.parse(text) as Partial<Intent>; // every member is checked below
  } catch {
    return null;
  }
  const { format, revision, at, subject, files, line } = read ?? {};
  if (format !== 1 || !Number.isSafeInteger(revision) || !Number.isSafeInteger(at)) return null;
  if (typeof subject !== 'string' || !Array.isArray(files) || !files.every(isIntendedFile)) return null;
  if (typeof line !== 'object' || line === null || !isHash(line.hash)) return null;
  if (!Number.isSafeInteger(line.offset) || !Number.isSafeInteger(line.length)) return null;
  return read as Intent; // checked above
}

function isIntendedFile(file: Partial<IntendedFile> | null): boolean {
  if (typeof file !== 'object' || file === null) return false;
  const { network, file: name, staged, before, after, rights } = file;
  if (typeof network !== 'string' || typeof name !== 'string' || typeof staged !== 'string') return false;
  if (!isStagedName(staged) || !isInside(name)) return false;
  if (!(before === null || isHash(before)) || !(after === null || isHash(after))) return false;
  if (rights === null || rights === undefined) return rights === null;
  return [rights.mode, rights.uid, rights.gid].every(Number.isSafeInteger);
}

function isInside(name: string): boolean {
  const parts = name.split('/');
  return (
    path.posix.normalize(name) === name &&
    !path.posix.isAbsolute(name) &&
    !parts.includes('..') &&
    !parts.includes(OWN_FOLDER)
  );
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
