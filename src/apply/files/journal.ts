// The journal, `.sluice/journal.jsonl`: one line per revision or denied attempt, each bound to the one before it by hash,
// only ever appended to.
//
// A line is a JSON object whose last member is `hash`, the sha256 of all that stands before it, and whose last but one is
// `previous`, the hash of the line above. Only the first line of a file has `begins`. Types and formats that this Sluice does
// not know are kept and passed over, so that an older one reads a newer one's journal.

import path from 'node:path';
import { NOTHING_SPENT, type Spent, spend } from './denied-budget.ts';
import type { DeniedBody } from './denied-entry.ts';
import type { Disk } from './disk.ts';
import { isDiskError, unless } from './disk-error.ts';
import {
  hashOf,
  isThere,
  readWhole,
  setRights,
  syncDirectory,
  withFile,
  writeAll,
  writeWhole,
} from './durable.ts';
import type { ApplyBody } from './journal-entry.ts';
import type { Layout, Rights } from './layout.ts';

type Sealed = { readonly previous: string | null; readonly hash: string; readonly begins?: true };
export type ApplyEntry = ApplyBody & Sealed;
export type DeniedEntry = DeniedBody & Sealed;
/** A line of a type that this Sluice does not know. */
export type OtherEntry = Sealed & { readonly type: 'other'; readonly named: string };
export type JournalEntry = ApplyEntry | DeniedEntry | OtherEntry;

/** A line to be appended, line end included, and its hash. */
export type SealedLine = { readonly bytes: Buffer; readonly hash: string };

const HASH_MEMBER = /^,"hash":"([0-9a-f]{64})"\}$/;
const HASH_MEMBER_LENGTH = ',"hash":""}'.length + 64;

export function sealLine(body: ApplyBody | DeniedBody, previous: string | null, begins: boolean): SealedLine {
  const open = JSON.stringify({ ...body, ...(begins ? { begins: true } : {}), previous }).slice(0, -1);
  const hash = hashOf(open);
  return { bytes: Buffer.from(`${open},"hash":"${hash}"}\n`), hash };
}

export type Fault =
  /** The file does not end with a line end: the last write did not come to its end. `offset` in bytes. */
  | { readonly type: 'torn'; readonly offset: number; readonly line: number }
  | { readonly type: 'broken'; readonly line: number; readonly why: string };

/** Reads from the first line to the last, or to the first fault, which it returns. Throws what the disk throws. */
export function* scanJournal(
  disk: Disk,
  layout: Layout,
): Generator<{ readonly entry: JournalEntry; readonly end: number }, Fault | null> {
  if (!isThere(disk, layout.journal)) return null;
  const opened = disk.openToRead(layout.journal);
  try {
    let previous: string | null = null;
    let number = 0;
    for (const line of linesOf(disk, opened)) {
      number++;
      if (!line.whole) return { type: 'torn', offset: line.start, line: number };
      const read = readLine(line.bytes);
      if (typeof read === 'string') return { type: 'broken', line: number, why: read };
      if (number === 1 && read.begins !== true) {
        return {
          type: 'broken',
          line: 1,
          why: 'it is not the beginning of a journal: lines before it are missing',
        };
      }
      if (number > 1 && read.begins === true) {
        return { type: 'broken', line: number, why: 'it is the beginning of another journal' };
      }
      if (number > 1 && read.previous !== previous) {
        return { type: 'broken', line: number, why: 'it does not follow from the line above' };
      }
      previous = read.hash;
      yield { entry: read, end: line.start + line.bytes.length + 1 };
    }
    return null;
  } finally {
    disk.close(opened);
  }
}

/** The entry, or what is wrong with the line in itself. */
function readLine(line: Buffer): JournalEntry | string {
  const cut = line.length - HASH_MEMBER_LENGTH;
  const hash = cut < 0 ? undefined : HASH_MEMBER.exec(line.toString('latin1', cut))?.[1];
  if (hash === undefined) return 'it does not end with its hash';
  if (hashOf(line.subarray(0, cut)) !== hash) return 'its hash is that of another text';
  let read: unknown;
  try {
    read = JSON.parse(line.toString('utf8'));
  } catch {
    return 'it is not JSON';
  }
  if (typeof read !== 'object' || read === null || !('type' in read) || typeof read.type !== 'string') {
    return 'it has no type';
  }
  const previous = 'previous' in read && typeof read.previous === 'string' ? read.previous : null;
  const begins = 'begins' in read ? { begins: true as const } : {};
  if (read.type === 'apply') return isApplyEntry(read) ? read : 'it is not a line that Sluice writes';
  if (read.type === 'denied' && isDeniedEntry(read)) return read;
  return { type: 'other', named: read.type, previous, hash, ...begins };
}

/** Of another format, or by another program, it is a line to be passed over: nothing is built upon it. */
function isDeniedEntry(read: object): read is DeniedEntry {
  return (
    'format' in read &&
    read.format === 1 &&
    'time' in read &&
    typeof read.time === 'string' &&
    'realSubject' in read &&
    typeof read.realSubject === 'string' &&
    'networks' in read &&
    isNetworkList(read.networks)
  );
}

function isNetworkList(read: unknown): boolean {
  return (
    Array.isArray(read) &&
    read.every(
      (network: unknown) =>
        typeof network === 'object' &&
        network !== null &&
        'network' in network &&
        typeof network.network === 'string' &&
        'verdicts' in network &&
        Array.isArray(network.verdicts),
    )
  );
}

/** The hash has shown that the line is as it was written; this guards against another program that writes hashes. */
export function isApplyEntry(read: object): read is ApplyEntry {
  return (
    'revision' in read &&
    Number.isSafeInteger(read.revision) &&
    'networks' in read &&
    Array.isArray(read.networks) &&
    read.networks.every(
      (network: unknown) =>
        typeof network === 'object' &&
        network !== null &&
        'network' in network &&
        typeof network.network === 'string' &&
        'after' in network &&
        (network.after === null || typeof network.after === 'string'),
    )
  );
}

/** Lines without their ends; the last is not `whole` when no line end follows it. `start` is an offset in bytes. */
function* linesOf(
  disk: Disk,
  opened: number,
): Generator<{ readonly bytes: Buffer; readonly start: number; readonly whole: boolean }> {
  let start = 0;
  let pieces: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(1 << 20);
    const count = disk.read(opened, chunk, null);
    if (count === 0) break;
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1 && at < count; at = chunk.indexOf(10, from)) {
      pieces.push(chunk.subarray(from, at));
      const bytes = Buffer.concat(pieces);
      yield { bytes, start, whole: true };
      start += bytes.length + 1;
      pieces = [];
      from = at + 1;
    }
    if (from < count) pieces.push(chunk.subarray(from, count));
  }
  if (pieces.length > 0) yield { bytes: Buffer.concat(pieces), start, whole: false };
}

/** What the journal says last. */
export type Heads = {
  /** Of the journal, in bytes; 0 when the next line begins a new file. */
  readonly size: number;
  /** Hash of the last line; null before the first. */
  readonly hash: string | null;
  readonly revision: number;
  /** What Sluice left each network as: the hash of its text, null when it deleted it. */
  readonly networks: ReadonlyMap<string, { readonly revision: number; readonly hash: string | null }>;
  /** What lines about denials take of the last day on which there were any. */
  readonly denied: Spent;
};

/** What `networks` of Heads calls a document: what is stored by the network's name, what runs by one that no network has. */
export function headKey(network: string, scope: 'live' | 'config'): string {
  return scope === 'live' ? `${network}/live` : network;
}

export type JournalState = {
  readonly heads: Heads;
  readonly fault: Fault | null;
  /** True when the file is not there any more although Sluice had written it. */
  readonly gone: boolean;
};

/**
 * What the journal says last. Reads it whole only when something else than Sluice touched it since Sluice last wrote:
 * `heads.json` holds inode, size and change time of the journal as it was left. Throws what the disk throws.
 */
export function journalState(disk: Disk, layout: Layout): JournalState {
  const known = readHeads(disk, layout);
  const stat = unless(['ENOENT', 'ENOTDIR'], () => disk.lstat(layout.journal));
  if (stat === null || stat.size === 0) {
    const heads = known === null ? NO_HEADS : { ...known.heads, size: 0 };
    return { heads, fault: null, gone: heads.hash !== null };
  }
  if (known !== null && known.stamp === stat.stamp) return { heads: known.heads, fault: null, gone: false };
  let heads: Heads = NO_HEADS;
  const networks = new Map<string, { readonly revision: number; readonly hash: string | null }>();
  const scan = scanJournal(disk, layout);
  for (;;) {
    const step = scan.next();
    if (step.done === true) return { heads, fault: step.value, gone: false };
    const { entry, end } = step.value;
    let { revision, denied } = heads;
    if (entry.type === 'apply') {
      revision = entry.revision;
      for (const { network, scope, after } of entry.networks)
        networks.set(headKey(network, scope), { revision, hash: after });
    } else if (entry.type === 'denied') {
      denied = spend(denied, entry.time, entry.realSubject, end - heads.size);
    }
    heads = { size: end, hash: entry.hash, revision, networks, denied };
  }
}

const NO_HEADS: Heads = { size: 0, hash: null, revision: 0, networks: new Map(), denied: NOTHING_SPENT };

/** `heads` after a line was appended. */
export function headsAfter(heads: Heads, line: SealedLine, body: ApplyBody | DeniedBody): Heads {
  const next = { ...heads, size: heads.size + line.bytes.length, hash: line.hash };
  if (body.type === 'denied')
    return { ...next, denied: spend(heads.denied, body.time, body.realSubject, line.bytes.length) };
  const networks = new Map(heads.networks);
  for (const { network, scope, after } of body.networks)
    networks.set(headKey(network, scope), { revision: body.revision, hash: after });
  return { ...next, revision: body.revision, networks };
}

/**
 * Remembers what the journal says last. Needs the lock. A disk that does not let us is passed over: the journal has it
 * all, and the next run takes a longer look.
 */
export function rememberHeads(disk: Disk, layout: Layout, rights: Rights, heads: Heads): void {
  try {
    writeHeads(disk, layout, rights, heads);
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
  }
}

function writeHeads(disk: Disk, layout: Layout, rights: Rights, heads: Heads): void {
  const { stamp } = disk.lstat(layout.journal);
  const { size, hash, revision } = heads;
  const networks = Object.fromEntries(heads.networks);
  const denied = { day: heads.denied.day, bytes: Object.fromEntries(heads.denied.bytes) };
  const text = JSON.stringify({ format: 1, stamp, size, hash, revision, networks, denied });
  writeWhole(disk, layout, layout.heads, Buffer.from(`${text}\n`), rights.open, rights.gid);
}

/** Null when there is nothing to trust: the journal has it all. */
function readHeads(disk: Disk, layout: Layout): { readonly heads: Heads; readonly stamp: string } | null {
  const bytes = unless(['ENOENT', 'ENOTDIR', 'EACCES'], () => readWhole(disk, layout.heads));
  if (bytes === null) return null;
  let read: unknown;
  try {
    read = JSON.parse(bytes.toString('utf8'));
  } catch {
    return null; // torn by a power cut
  }
  if (typeof read !== 'object' || read === null) return null;
  if (!('format' in read) || read.format !== 1) return null;
  if (!('stamp' in read) || typeof read.stamp !== 'string') return null;
  if (!('size' in read) || typeof read.size !== 'number') return null;
  if (!('hash' in read) || typeof read.hash !== 'string') return null;
  if (!('revision' in read) || typeof read.revision !== 'number') return null;
  if (!('networks' in read) || typeof read.networks !== 'object' || read.networks === null) return null;
  const networks = new Map<string, { readonly revision: number; readonly hash: string | null }>();
  for (const [network, head] of Object.entries(read.networks) as [string, unknown][]) {
    if (typeof head !== 'object' || head === null) return null;
    if (!('revision' in head) || typeof head.revision !== 'number') return null;
    if (!('hash' in head) || !(head.hash === null || typeof head.hash === 'string')) return null;
    networks.set(network, { revision: head.revision, hash: head.hash });
  }
  const denied = 'denied' in read ? readSpent(read.denied) : null;
  if (denied === null) return null;
  return {
    heads: { size: read.size, hash: read.hash, revision: read.revision, networks, denied },
    stamp: read.stamp,
  };
}

function readSpent(read: unknown): Spent | null {
  if (typeof read !== 'object' || read === null || !('day' in read) || typeof read.day !== 'string')
    return null;
  if (!('bytes' in read) || typeof read.bytes !== 'object' || read.bytes === null) return null;
  const bytes = new Map<string, number>();
  for (const [who, count] of Object.entries(read.bytes) as [string, unknown][]) {
    if (typeof count !== 'number') return null;
    bytes.set(who, count);
  }
  return { day: read.day, bytes };
}

/** Appends a line behind the `size` bytes that the journal has, and makes it durable. Needs the lock. */
export function appendLine(disk: Disk, layout: Layout, rights: Rights, line: SealedLine): void {
  const made = !isThere(disk, layout.journal);
  const opened = made ? disk.create(layout.journal, rights.closed) : disk.openToAppend(layout.journal);
  withFile(disk, opened, (file) => {
    if (made) setRights(disk, file, rights.closed, rights.gid);
    writeAll(disk, file, line.bytes);
    disk.fsync(file);
  });
  if (made) syncDirectory(disk, layout.own);
}

/** True when exactly this line stands at `offset`, and nothing behind it. */
export function endsWithLine(
  disk: Disk,
  layout: Layout,
  offset: number,
  length: number,
  hash: string,
): boolean {
  const tail = readTail(disk, layout, offset, length);
  if (tail === null || tail.length !== length || tail[length - 1] !== 10) return false;
  const line = readLine(tail.subarray(0, -1));
  return typeof line !== 'string' && line.hash === hash;
}

/**
 * Takes back a line that was being appended at `offset`, whole or torn. What else stands there is left alone. Needs the
 * lock.
 */
export function retractLine(disk: Disk, layout: Layout, offset: number, length: number, hash: string): void {
  const tail = readTail(disk, layout, offset, length);
  if (tail === null || tail.length === 0) return;
  const torn = tail.length <= length && !tail.includes(10);
  if (!torn && !endsWithLine(disk, layout, offset, length, hash)) return;
  truncateJournal(disk, layout, offset);
}

/** The bytes from `offset` to the end, at most one more than `length`; null without a journal. */
function readTail(disk: Disk, layout: Layout, offset: number, length: number): Buffer | null {
  const opened = unless(['ENOENT'], () => disk.openToRead(layout.journal));
  if (opened === null) return null;
  return withFile(disk, opened, (file) => {
    const tail = Buffer.allocUnsafe(length + 1);
    let filled = 0;
    for (;;) {
      const count = disk.read(file, tail.subarray(filled), offset + filled);
      filled += count;
      if (count === 0 || filled === tail.length) return tail.subarray(0, filled);
    }
  });
}

function truncateJournal(disk: Disk, layout: Layout, size: number): void {
  withFile(disk, disk.openToAppend(layout.journal), (file) => {
    disk.truncate(file, size);
    disk.fsync(file);
  });
}

/** Moves a torn last line into a file of its own, whose path it returns, and ends the journal before it. Needs the lock. */
export function moveTornLineAside(disk: Disk, layout: Layout, rights: Rights, offset: number): string {
  const tail = readTail(disk, layout, offset, disk.lstat(layout.journal).size - offset);
  let aside = '';
  for (let number = 1; aside === '' || isThere(disk, aside); number++) {
    aside = path.join(layout.own, `journal.${number}.torn`);
  }
  writeWhole(disk, layout, aside, tail ?? Buffer.alloc(0), rights.closed, rights.gid);
  syncDirectory(disk, layout.own);
  truncateJournal(disk, layout, offset);
  return aside;
}
