// Whole files: read at once, or written so that they survive a power cut. Every function throws what the disk throws.

import { createHash } from 'node:crypto';
import { pureSha256Hex } from '../../std/sha256.ts';
import type { Disk } from './disk.ts';
import { unless } from './disk-error.ts';
import type { Layout, Rights } from './layout.ts';

/** SHA-256 as sha256Hex gives it, and faster for much; for text the bytes are its UTF-8. */
export function hashOf(bytes: Uint8Array | string): string {
  // Node's own is a large part of Node, which a run on a small network need not load
  return bytes.length < 16_384 ? pureSha256Hex(bytes) : createHash('sha256').update(bytes).digest('hex');
}

/** Opens, hands over, closes whatever happens. */
export function withFile<T>(disk: Disk, file: number, use: (file: number) => T): T {
  let done = false;
  try {
    const value = use(file);
    done = true;
    disk.close(file);
    return value;
  } finally {
    // the first error is the one to tell; a descriptor that cannot be closed is gone all the same
    if (!done) unless(['EIO', 'EINTR', 'ENOSPC', 'EDQUOT'], () => disk.close(file));
  }
}

/** All bytes of an ordinary file. */
export function readWhole(disk: Disk, file: string): Buffer {
  return withFile(disk, disk.openToRead(file), (opened) => readOpened(disk, opened));
}

/** All bytes from the descriptor's place on. */
export function readOpened(disk: Disk, opened: number): Buffer {
  const expected = disk.stat(opened).size;
  const chunks: Buffer[] = [];
  for (let size = expected + 1; ; size = 65_536) {
    const chunk = Buffer.allocUnsafe(size);
    const count = disk.read(opened, chunk, null);
    if (count === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
  }
}

/** The file's bytes, or null when there is none. */
export function readIfThere(disk: Disk, file: string): Buffer | null {
  return unless(['ENOENT'], () => readWhole(disk, file));
}

export function writeAll(disk: Disk, opened: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += disk.write(opened, bytes.subarray(at));
}

/** Writes all bytes of a new file, so that they survive a power cut, and closes it. */
export function fillFile(disk: Disk, file: number, bytes: Uint8Array): void {
  withFile(disk, file, (opened) => {
    writeAll(disk, opened, bytes);
    disk.fsync(opened);
  });
}

/**
 * Makes or replaces `file`, in the own folder, with `bytes`: old or new, never a part. Needs the lock. Its name
 * survives a power cut only after the caller's syncDirectory.
 */
export function writeWhole(
  disk: Disk,
  layout: Layout,
  file: string,
  bytes: Uint8Array,
  mode: number,
  gid: number,
): void {
  unless(['ENOENT'], () => disk.remove(layout.unfinished));
  withFile(disk, disk.create(layout.unfinished, mode), (opened) => {
    setRights(disk, opened, mode, gid);
    writeAll(disk, opened, bytes);
    disk.fsync(opened);
  });
  disk.rename(layout.unfinished, file);
}

/** Mode despite the umask; the group where the system lets us. */
export function setRights(disk: Disk, opened: number, mode: number, gid: number): void {
  const now = disk.stat(opened);
  if (now.gid !== gid) unless(['EPERM', 'EINVAL'], () => disk.chown(opened, now.uid, gid));
  if (now.mode !== mode) unless(['EPERM'], () => disk.chmod(opened, mode));
}

/** After this, the names in `directory` survive a power cut. */
export function syncDirectory(disk: Disk, directory: string): void {
  // some network file systems have no fsync for directories, and say EINVAL
  withFile(disk, disk.openToRead(directory), (opened) =>
    unless(['EINVAL', 'ENOTSUP'], () => disk.fsync(opened)),
  );
}

export function isThere(disk: Disk, file: string): boolean {
  return unless(['ENOENT', 'ENOTDIR'], () => disk.lstat(file)) !== null;
}

/** Makes the directory when it is not there, with the rights of its kind. True when it was made. */
export function ensureDirectory(disk: Disk, directory: string, rights: Rights): boolean {
  if (isThere(disk, directory)) return false;
  if (unless(['EEXIST'], () => disk.makeDirectory(directory, rights.directory)) === null) return false;
  withFile(disk, disk.openToRead(directory), (opened) =>
    setRights(disk, opened, rights.directory, rights.gid),
  );
  return true;
}
