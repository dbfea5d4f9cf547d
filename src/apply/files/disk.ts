// The few system calls that this room writes with, as a record: a test can make any of them fail, or the last one ever.
// They are synchronous on purpose: between taking the lock and releasing it nothing else of this thread runs.

import fs from 'node:fs';

export type FileKind = 'file' | 'directory' | 'link' | 'other';

export type FileStat = {
  readonly kind: FileKind;
  /** In bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Changes with every write: inode, size, time of the last change in nanoseconds. */
  readonly stamp: string;
};

/** Each throws what Node throws: an Error with `code`. */
export type Disk = {
  /** Follows no symbolic link in the last part of the path, and never waits for a writer of a pipe. */
  readonly openToRead: (path: string) => number;
  /** The file must not be there. */
  readonly create: (path: string, mode: number) => number;
  /** To append, or to truncate; the file must be there. */
  readonly openToAppend: (path: string) => number;
  readonly close: (file: number) => void;
  /** Number of bytes read, 0 at the end; `position` null reads on from the last read. */
  readonly read: (file: number, into: Uint8Array, position: number | null) => number;
  /** Number of bytes written, which may be fewer. */
  readonly write: (file: number, bytes: Uint8Array) => number;
  readonly fsync: (file: number) => void;
  readonly truncate: (file: number, size: number) => void;
  readonly chmod: (file: number, mode: number) => void;
  readonly chown: (file: number, uid: number, gid: number) => void;
  readonly stat: (file: number) => FileStat;
  readonly lstat: (path: string) => FileStat;
  readonly realpath: (path: string) => string;
  readonly list: (directory: string) => readonly string[];
  readonly makeDirectory: (path: string, mode: number) => void;
  readonly removeDirectory: (path: string) => void;
  readonly rename: (from: string, to: string) => void;
  readonly remove: (path: string) => void;
};

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

export const realDisk: Disk = {
  openToRead: (path) => fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
  create: (path, mode) => fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL, mode),
  openToAppend: (path) => fs.openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW),
  close: (file) => fs.closeSync(file),
  read: (file, into, position) => fs.readSync(file, into, 0, into.length, position),
  write: (file, bytes) => fs.writeSync(file, bytes),
  fsync: (file) => fs.fsyncSync(file),
  truncate: (file, size) => fs.ftruncateSync(file, size),
  chmod: (file, mode) => fs.fchmodSync(file, mode),
  chown: (file, uid, gid) => fs.fchownSync(file, uid, gid),
  stat: (file) => toStat(fs.fstatSync(file, { bigint: true })),
  lstat: (path) => toStat(fs.lstatSync(path, { bigint: true })),
  realpath: (path) => fs.realpathSync.native(path),
  list: (directory) => fs.readdirSync(directory),
  makeDirectory: (path, mode) => fs.mkdirSync(path, mode),
  removeDirectory: (path) => fs.rmdirSync(path),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.unlinkSync(path),
};

function toStat(stats: fs.BigIntStats): FileStat {
  return {
    kind: stats.isFile()
      ? 'file'
      : stats.isDirectory()
        ? 'directory'
        : stats.isSymbolicLink()
          ? 'link'
          : 'other',
    size: Number(stats.size),
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    stamp: `${stats.ino}:${stats.size}:${stats.ctimeNs}`,
  };
}
