// A network's next text on disk, beside the file that it will replace, with that file's owner and mode.

import path from 'node:path';
import type { Disk } from './disk.ts';
import { unless } from './disk-error.ts';
import { withFile, writeAll } from './durable.ts';
import type { Layout } from './layout.ts';

/** The owner and the permission bits that a file has, and its successor gets. */
export type Owned = { readonly mode: number; readonly uid: number; readonly gid: number };

/** `kept`: false when the system did not let us give the file to its owner, or its group. */
export type Staged = { readonly kept: boolean };

/**
 * Writes `bytes` as `name` in the target directory, durable but for its name. `like` null is for a new network, which
 * gets the rights of any new file. Needs the lock. Throws what the disk throws.
 */
export function stage(disk: Disk, layout: Layout, name: string, bytes: Uint8Array, like: Owned | null): Staged {
  const file = path.join(layout.root, name);
  unless(['ENOENT'], () => disk.remove(file));
  // closed to others until owner and mode are set
  return withFile(disk, disk.create(file, like === null ? 0o666 : 0o600), (opened) => {
    const kept = like === null || own(disk, opened, like);
    writeAll(disk, opened, bytes);
    disk.fsync(opened);
    return { kept };
  });
}

function own(disk: Disk, opened: number, like: Owned): boolean {
  const now = disk.stat(opened);
  let kept = true;
  if (now.uid !== like.uid || now.gid !== like.gid) {
    const given = (uid: number): boolean =>
      unless(['EPERM', 'EINVAL'], () => (disk.chown(opened, uid, like.gid), true)) ?? false;
    // who may not give files away may still choose among their own groups
    const group = given(like.uid) || (now.gid !== like.gid && given(now.uid)) || now.gid === like.gid;
    const after = disk.stat(opened);
    kept = group && after.uid === like.uid;
    // rights that were meant for another group must not go to ours
    if (!group) return disk.chmod(opened, like.mode & 0o707 & ~0o7000), false;
  }
  disk.chmod(opened, like.mode & (kept ? 0o7777 : 0o777));
  return kept;
}
