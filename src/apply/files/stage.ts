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
export function stage(
  disk: Disk,
  layout: Layout,
  name: string,
  bytes: Uint8Array,
  like: Owned | null,
): Staged {
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

/** True when the file now has the owner and the group of `like`. */
function own(disk: Disk, opened: number, like: Owned): boolean {
  const give = (uid: number): unknown => unless(['EPERM', 'EINVAL'], () => disk.chown(opened, uid, like.gid));
  let now = disk.stat(opened);
  if (now.uid !== like.uid || now.gid !== like.gid) {
    give(like.uid);
    now = disk.stat(opened);
    // who may not give files away may still choose among their own groups
    if (now.gid !== like.gid) give(now.uid);
    now = disk.stat(opened);
  }
  const kept = now.uid === like.uid && now.gid === like.gid;
  // rights meant for another group, and bits that run a program as another user, must not become ours
  disk.chmod(opened, kept ? like.mode : like.mode & (now.gid === like.gid ? 0o777 : 0o707));
  return kept;
}
