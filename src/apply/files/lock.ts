// One writer per directory: a lock that survives nobody's death.
//
// The lock is the folder `lock` with one file, whose name says who holds it and is never used again. A folder made ready
// under another name is renamed to `lock`: the system does that only while `lock` is absent or empty, for one of all who
// try. A dead holder's file is removed by its own name, so who comes late to a takeover removes nothing: no step acts on
// what it saw a moment ago.

import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Disk } from './disk.ts';
import { isDiskError, unless } from './disk-error.ts';
import { ensureDirectory, readIfThere, setRights, syncDirectory, withFile, writeAll } from './durable.ts';
import { type Layout, type Rights, rightsLike } from './layout.ts';
import { fateOf, markName, ownMark, type ProcessMark, parseMarkName } from './process-mark.ts';

export type Locked<T> =
  | { readonly type: 'done'; readonly value: T }
  /** Held by another to the end of the wait; `holder` in words. */
  | { readonly type: 'busy'; readonly holder: string; readonly folder: string };

/**
 * Runs `work` while no other process does the same on this directory, waiting at most `wait` milliseconds for them.
 * Those who wait for us are told `purpose`: `apply by user:alice`. `work` is synchronous: nothing else of this thread runs while the lock is held. Throws what the disk throws, and what
 * `work` throws.
 */
export async function withLock<T>(
  disk: Disk,
  layout: Layout,
  wait: number,
  purpose: string,
  work: () => T,
): Promise<Locked<T>> {
  const end = performance.now() + wait;
  const rights = rightsLike(disk.lstat(layout.root));
  if (ensureDirectory(disk, layout.own, rights)) syncDirectory(disk, layout.root);
  const mine = markName(ownMark());
  let ready = false;
  try {
    for (let naps = 1; ; naps++) {
      const holder = takeFromTheDead(disk, layout);
      if (holder === null) {
        if (!ready) prepare(disk, layout, rights, mine, purpose);
        ready = true;
        if (take(disk, layout, mine)) {
          ready = false;
          try {
            sweep(disk, layout);
            return { type: 'done', value: work() };
          } finally {
            release(disk, layout, mine);
          }
        }
        // taken by another, or swept away by one who thought us dead
        ready = unless(['ENOENT'], () => disk.lstat(waitingFolder(layout, mine))) !== null;
      } else if (performance.now() >= end) {
        return { type: 'busy', holder, folder: lockFolder(layout) };
      } else {
        await pause(Math.min(naps * 2, 40) * (0.5 + Math.random()));
      }
    }
  } finally {
    if (ready) discard(disk, waitingFolder(layout, mine), mine);
  }
}

function lockFolder(layout: Layout): string {
  return path.join(layout.own, 'lock');
}

function waitingFolder(layout: Layout, mark: string): string {
  return path.join(layout.own, `lock.${mark}`);
}

/** Null when nobody holds the lock, or the holder is dead and so was put aside; else who holds it, in words. */
function takeFromTheDead(disk: Disk, layout: Layout): string | null {
  const folder = lockFolder(layout);
  for (const name of unless(['ENOENT'], () => disk.list(folder)) ?? []) {
    const mark = parseMarkName(name);
    if (mark === null) return `\`${path.join(folder, name)}\`, which Sluice did not make`;
    const me = ownMark();
    const fate = fateOf(mark, me);
    if (fate === 'gone') unless(['ENOENT'], () => disk.remove(path.join(folder, name)));
    else return holderText(disk, path.join(folder, name), mark, me, fate);
  }
  return null;
}

function holderText(
  disk: Disk,
  file: string,
  mark: ProcessMark,
  me: ProcessMark,
  fate: 'alive' | 'unknown',
): string {
  const where =
    fate === 'alive' ? '' : mark.boot === me.boot ? ' of another container' : ' of another machine';
  const purpose = readIfThere(disk, file)?.toString('utf8').trim() ?? '';
  return `process ${mark.pid}${where}${purpose === '' ? '' : ` (${purpose})`}`;
}

function prepare(disk: Disk, layout: Layout, rights: Rights, mine: string, purpose: string): void {
  const folder = waitingFolder(layout, mine);
  disk.makeDirectory(folder, rights.directory);
  // who may change the directory must be able to put a dead holder's lock aside
  withFile(disk, disk.openToRead(folder), (opened) => setRights(disk, opened, rights.directory, rights.gid));
  withFile(disk, disk.create(path.join(folder, mine), rights.open), (opened) =>
    writeAll(disk, opened, Buffer.from(`${purpose}, since ${new Date().toISOString()}\n`)),
  );
}

function take(disk: Disk, layout: Layout, mine: string): boolean {
  try {
    disk.rename(waitingFolder(layout, mine), lockFolder(layout));
    return true;
  } catch (thrown) {
    if (isDiskError(thrown) && ['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(thrown.code)) return false;
    throw thrown;
  }
}

function release(disk: Disk, layout: Layout, mine: string): void {
  discard(disk, lockFolder(layout), mine);
}

/** Best effort: what stays behind is known as dead by its name, and swept away by the next holder. */
function discard(disk: Disk, folder: string, mark: string): void {
  try {
    unless(['ENOENT'], () => disk.remove(path.join(folder, mark)));
    // not empty: another has it already
    unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], () => disk.removeDirectory(folder));
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
  }
}

/** Removes what processes left that died while they waited. */
function sweep(disk: Disk, layout: Layout): void {
  for (const name of disk.list(layout.own)) {
    if (!name.startsWith('lock.')) continue;
    const mark = parseMarkName(name.slice('lock.'.length));
    if (mark !== null && fateOf(mark, ownMark()) === 'gone') {
      discard(disk, path.join(layout.own, name), name.slice('lock.'.length));
    }
  }
}
