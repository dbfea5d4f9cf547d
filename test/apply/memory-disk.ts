// A disk in memory that can lose its power: what was not fsynced is then there, not there, or there in part, by chance.
//
// Harsher than a real one: names of each directory become durable only by fsync of that directory, in any order and each
// by itself; bytes of a file only by fsync of that file. Whoever survives this survives ext4, xfs and btrfs.

import type { Disk, FileStat } from '../../src/apply/files/disk.ts';

type Node = FileNode | DirectoryNode;
type FileNode = {
  readonly type: 'file';
  readonly ino: number;
  bytes: Buffer;
  durable: Buffer;
  mode: number;
  changed: number;
};
type DirectoryNode = {
  readonly type: 'directory';
  readonly ino: number;
  names: Map<string, Node>;
  durable: Map<string, Node>;
  /** Since the last fsync; one step can be several names (a rename in place). */
  unsynced: (readonly { readonly name: string; readonly node: Node | null }[])[];
  mode: number;
};

export type MemoryDisk = Disk & {
  readonly writeFile: (path: string, text: string | Uint8Array) => void;
  readonly textOf: (path: string) => string | null;
  /** All paths, sorted. */
  readonly paths: () => readonly string[];
  /** Another disk with the same on it, all of it durable. */
  readonly copy: () => MemoryDisk;
  /** The disk after a power cut now. `random` gives numbers from 0 to 1. */
  readonly afterPowerCut: (random: () => number) => MemoryDisk;
};

export function memoryDisk(root: DirectoryNode = directoryNode(1), first = 2): MemoryDisk {
  let serial = first;
  let time = 0;
  let nextFile = 10;
  const open = new Map<number, { readonly node: Node; at: number }>();

  function find(path: string): Node | undefined {
    let node: Node | undefined = root;
    for (const part of path.split('/').filter((one) => one !== '')) {
      if (node === undefined) return undefined;
      if (node.type !== 'directory') return undefined;
      node = node.names.get(part);
    }
    return node;
  }
  function need(path: string, syscall: string): Node {
    return find(path) ?? fail('ENOENT', syscall, path);
  }
  function parentOf(
    path: string,
    syscall: string,
  ): { readonly parent: DirectoryNode; readonly name: string } {
    const at = path.lastIndexOf('/');
    const parent = need(path.slice(0, at), syscall);
    if (parent.type !== 'directory') return fail('ENOTDIR', syscall, path);
    return { parent, name: path.slice(at + 1) };
  }
  function enter(
    parent: DirectoryNode,
    ...names: readonly { readonly name: string; readonly node: Node | null }[]
  ): void {
    for (const { name, node } of names) {
      if (node === null) parent.names.delete(name);
      else parent.names.set(name, node);
    }
    parent.unsynced.push(names);
  }
  function opened(file: number): { readonly node: Node; at: number } {
    return open.get(file) ?? fail('EBADF', 'fd', String(file));
  }
  function fileOf(file: number): FileNode {
    const { node } = opened(file);
    return node.type === 'file' ? node : fail('EISDIR', 'read', String(file));
  }
  function handle(node: Node): number {
    open.set(++nextFile, { node, at: 0 });
    return nextFile;
  }
  function statOf(node: Node): FileStat {
    const size = node.type === 'file' ? node.bytes.length : 0;
    const changed = node.type === 'file' ? node.changed : 0;
    return {
      kind: node.type,
      size,
      mode: node.mode,
      uid: 0,
      gid: 0,
      stamp: `${node.ino}:${size}:${changed}`,
    };
  }
  const disk: Disk = {
    openToRead: (path) => handle(need(path, 'open')),
    create: (path, mode) => {
      const { parent, name } = parentOf(path, 'open');
      if (parent.names.has(name)) return fail('EEXIST', 'open', path);
      const node: FileNode = {
        type: 'file',
        ino: serial++,
        bytes: Buffer.alloc(0),
        durable: Buffer.alloc(0),
        mode,
        changed: ++time,
      };
      enter(parent, { name, node });
      return handle(node);
    },
    openToAppend: (path) => handle(need(path, 'open')),
    close: (file) => void (open.delete(file) || fail('EBADF', 'close', String(file))),
    read: (file, into, position) => {
      const node = fileOf(file);
      const at = position ?? opened(file).at;
      const count = Math.max(0, Math.min(into.length, node.bytes.length - at));
      if (count > 0) node.bytes.copy(into, 0, at, at + count);
      if (position === null) opened(file).at += count;
      return count;
    },
    // a real write may take fewer bytes than it was given
    write: (file, bytes) => {
      const count = bytes.length > 40 ? bytes.length >> 1 : bytes.length;
      const node = fileOf(file);
      node.bytes = Buffer.concat([node.bytes, bytes.subarray(0, count)]);
      node.changed = ++time;
      return count;
    },
    fsync: (file) => {
      const { node } = opened(file);
      if (node.type === 'file') node.durable = node.bytes;
      else {
        node.durable = new Map(node.names);
        node.unsynced = [];
      }
    },
    truncate: (file, size) => {
      const node = fileOf(file);
      node.bytes = node.bytes.subarray(0, size);
      node.changed = ++time;
    },
    chmod: (file, mode) => {
      opened(file).node.mode = mode;
    },
    chown: () => {},
    stat: (file) => statOf(opened(file).node),
    lstat: (path) => statOf(need(path, 'lstat')),
    realpath: (path) => {
      need(path, 'realpath');
      return path;
    },
    list: (path) => {
      const node = need(path, 'scandir');
      return node.type === 'directory' ? [...node.names.keys()] : fail('ENOTDIR', 'scandir', path);
    },
    makeDirectory: (path, mode) => {
      const { parent, name } = parentOf(path, 'mkdir');
      if (parent.names.has(name)) return fail('EEXIST', 'mkdir', path);
      enter(parent, { name, node: { ...directoryNode(serial++), mode } });
    },
    removeDirectory: (path) => {
      const { parent, name } = parentOf(path, 'rmdir');
      const node = need(path, 'rmdir');
      if (node.type !== 'directory') return fail('ENOTDIR', 'rmdir', path);
      if (node.names.size > 0) return fail('ENOTEMPTY', 'rmdir', path);
      enter(parent, { name, node: null });
    },
    rename: (from, to) => {
      const node = need(from, 'rename');
      const [a, b] = [parentOf(from, 'rename'), parentOf(to, 'rename')];
      const there = b.parent.names.get(b.name);
      if (there?.type === 'directory' && (node.type !== 'directory' || there.names.size > 0)) {
        return fail('ENOTEMPTY', 'rename', to);
      }
      if (there?.type === 'file' && node.type === 'directory') return fail('ENOTDIR', 'rename', to);
      if (a.parent === b.parent) enter(a.parent, { name: a.name, node: null }, { name: b.name, node });
      else {
        enter(b.parent, { name: b.name, node });
        enter(a.parent, { name: a.name, node: null });
      }
    },
    remove: (path) => {
      const { parent, name } = parentOf(path, 'unlink');
      if (need(path, 'unlink').type === 'directory') return fail('EISDIR', 'unlink', path);
      enter(parent, { name, node: null });
    },
  };
  return {
    ...disk,
    writeFile: (path, text) => {
      const { parent, name } = parentOf(path, 'open');
      const bytes = Buffer.from(text);
      const node: FileNode = {
        type: 'file',
        ino: serial++,
        bytes,
        durable: bytes,
        mode: 0o644,
        changed: ++time,
      };
      parent.names.set(name, node);
      parent.durable.set(name, node);
    },
    textOf: (path) => {
      const node = find(path);
      return node?.type === 'file' ? node.bytes.toString('utf8') : null;
    },
    paths: () => pathsIn(root, ''),
    copy: () => memoryDisk(cut(root, null, new Map()) as DirectoryNode, serial), // a directory stays one
    afterPowerCut: (random) => memoryDisk(cut(root, random, new Map()) as DirectoryNode, serial), // a directory stays one
  };
}

function directoryNode(ino: number): DirectoryNode {
  return { type: 'directory', ino, names: new Map(), durable: new Map(), unsynced: [], mode: 0o755 };
}

function pathsIn(directory: DirectoryNode, path: string): readonly string[] {
  return [...directory.names]
    .flatMap(([name, node]) => [
      `${path}/${name}`,
      ...(node.type === 'directory' ? pathsIn(node, `${path}/${name}`) : []),
    ])
    .sort();
}

/** What the disk holds afterwards: what is durable, and any part of what is not; without chance, all. */
function cut(node: Node, random: (() => number) | null, done: Map<Node, Node>): Node {
  const known = done.get(node);
  if (known !== undefined) return known;
  if (node.type === 'file') {
    const bytes = random === null ? node.bytes : afterCut(node, random);
    const after: FileNode = { ...node, bytes, durable: bytes };
    done.set(node, after);
    return after;
  }
  const names = random === null ? node.names : namesAfterCut(node, random);
  const after: DirectoryNode = { ...node, names: new Map(), durable: new Map(), unsynced: [] };
  done.set(node, after);
  for (const [name, entry] of names) {
    after.names.set(name, cut(entry, random, done));
    after.durable.set(name, cut(entry, random, done));
  }
  return after;
}

function namesAfterCut(node: DirectoryNode, random: () => number): ReadonlyMap<string, Node> {
  const names = new Map(node.durable);
  const inOrder = random() < 0.5;
  const upTo = Math.floor(random() * (node.unsynced.length + 1));
  for (const [index, step] of node.unsynced.entries()) {
    if (inOrder ? index >= upTo : random() < 0.5) continue;
    for (const { name, node: entry } of step) {
      if (entry === null) names.delete(name);
      else names.set(name, entry);
    }
  }
  return names;
}

function afterCut({ bytes, durable }: FileNode, random: () => number): Buffer {
  if (bytes === durable) return bytes;
  // files are only appended to, or cut; what was durable and is still there stays
  const kept = Math.min(bytes.length, durable.length);
  switch (Math.floor(random() * 4)) {
    case 0:
      return durable;
    case 1:
      return bytes;
    case 2: // its length got there, its content did not
      return Buffer.concat([bytes.subarray(0, kept), Buffer.alloc(bytes.length - kept)]);
    default:
      return bytes.subarray(0, kept + Math.floor(random() * (bytes.length - kept + 1)));
  }
}

export function fail(code: string, syscall: string, path: string): never {
  throw diskError(code, syscall, path);
}

export function diskError(code: string, syscall: string, path: string): Error {
  // thousands of them, and nobody reads their stacks
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path });
  Error.stackTraceLimit = depth;
  return error;
}

/** The machine stops: thrown by a disk that is not there any more. Not an error of a system call, so nobody handles it. */
export class PowerCut extends Error {}

/** The same disk, asking `fault` before every call: null lets it happen, anything else is thrown. Calls count from 1. */
export function faulty<D extends Disk>(disk: D, fault: (call: number, name: keyof Disk) => unknown): D {
  let calls = 0;
  const wrapped = Object.entries(disk).map(([name, act]) => [
    name,
    (...args: readonly unknown[]): unknown => {
      if (name in realCalls) {
        calls++;
        const thrown = fault(calls, name as keyof Disk);
        if (thrown !== null) throw thrown;
      }
      return (act as (...given: readonly unknown[]) => unknown)(...args);
    },
  ]);
  return Object.fromEntries(wrapped) as D; // the same names with the same types
}

const realCalls: Readonly<Record<keyof Disk, true>> = {
  openToRead: true,
  create: true,
  openToAppend: true,
  close: true,
  read: true,
  write: true,
  fsync: true,
  truncate: true,
  chmod: true,
  chown: true,
  stat: true,
  lstat: true,
  realpath: true,
  list: true,
  makeDirectory: true,
  removeDirectory: true,
  rename: true,
  remove: true,
};
