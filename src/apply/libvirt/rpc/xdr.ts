// XDR (RFC 4506), as much of it as libvirt's calls for networks use: numbers, texts, optional texts, uuids, lists.
// Neither side trusts the other: every length is checked against the protocol's limit and against the bytes that are there.

import { err, ok, type Result } from '../../../std/result.ts';

/** REMOTE_STRING_MAX: the bytes of one text, in either direction. */
export const LONGEST_TEXT = 4_194_304;

export type XdrFault = {
  readonly fault: 'payload-cut-short' | 'payload-too-long' | 'payload-invalid';
  readonly message: string;
};

/** Reads one value after the other. After the first fault everything reads as zero, and readXdr gives the fault. */
export type XdrReader = {
  readonly u32: () => number;
  readonly i32: () => number;
  /** 64 bits; a value that a number cannot hold exactly is a fault. */
  readonly i64: () => number;
  readonly u64: () => bigint;
  /** Strict UTF-8: for documents and names. */
  readonly text: () => string;
  /** Whatever it can of it: for messages, which may quote a program that speaks another encoding. */
  readonly looseText: () => string;
  /** With dashes, lower case. */
  readonly uuid: () => string;
  readonly optional: <T>(item: () => T) => T | null;
  /** At most `most` items. */
  readonly list: <T>(most: number, item: () => T) => readonly T[];
};

/** Reads all of `bytes` with `decode`; bytes that are left over are a fault. */
export function readXdr<T>(bytes: Buffer, decode: (reader: XdrReader) => T): Result<T, XdrFault> {
  let at = 0;
  let fault: XdrFault | null = null;

  const fail = (kind: XdrFault['fault'], message: string): void => {
    fault ??= { fault: kind, message };
  };
  /** Where the next `count` bytes start, or -1. */
  const take = (count: number, what: string): number => {
    if (fault !== null) return -1;
    if (count > bytes.length - at) {
      fail('payload-cut-short', `${what} at byte ${at} of ${bytes.length} needs ${count} bytes`);
      return -1;
    }
    const start = at;
    at += count;
    return start;
  };
  const u32 = (): number => {
    const start = take(4, 'a number');
    return start < 0 ? 0 : bytes.readUInt32BE(start);
  };
  const i32 = (): number => u32() | 0;
  const u64 = (): bigint => {
    const start = take(8, 'a number');
    return start < 0 ? 0n : bytes.readBigUInt64BE(start);
  };
  const i64 = (): number => {
    const value = BigInt.asIntN(64, u64());
    const number = Number(value);
    if (!Number.isSafeInteger(number)) fail('payload-invalid', `the number ${value} is out of range`);
    return number;
  };
  const textBytes = (): Buffer => {
    const length = u32();
    if (length > LONGEST_TEXT) fail('payload-invalid', `a text claims ${length} bytes`);
    const start = take(length, 'a text');
    const padding = take((4 - (length % 4)) % 4, 'the padding of a text');
    return start < 0 || padding < 0 ? Buffer.alloc(0) : bytes.subarray(start, start + length);
  };
  const text = (): string => {
    const raw = textBytes();
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
    } catch {
      fail('payload-invalid', 'a text is not UTF-8');
      return '';
    }
  };
  const uuid = (): string => {
    const start = take(16, 'a uuid');
    return start < 0 ? '' : uuidText(bytes.subarray(start, start + 16));
  };
  const optional = <T>(item: () => T): T | null => {
    const present = u32();
    if (present > 1) fail('payload-invalid', `${present} stands where 0 or 1 says whether a value follows`);
    return present === 1 && fault === null ? item() : null;
  };
  const list = <T>(most: number, item: () => T): readonly T[] => {
    const length = u32();
    if (length > most) fail('payload-invalid', `a list claims ${length} items, and may have ${most}`);
    const items: T[] = [];
    for (let i = 0; i < length && fault === null; i++) items.push(item());
    return items;
  };

  const value = decode({
    u32,
    i32,
    i64,
    u64,
    text,
    looseText: () => textBytes().toString('utf8'),
    uuid,
    optional,
    list,
  });
  if (fault === null && at < bytes.length)
    fail('payload-too-long', `${bytes.length - at} bytes are left after ${at}`);
  return fault === null ? ok(value) : err(fault);
}

export type XdrWriter = {
  readonly u32: (value: number) => void;
  readonly i32: (value: number) => void;
  readonly u64: (value: bigint) => void;
  readonly text: (value: string) => void;
  /** Dashes or none. */
  readonly uuid: (value: string) => void;
  readonly optional: <T>(value: T | null, item: (value: T) => void) => void;
};

/** What `encode` writes, or why libvirt could not take it. */
export function writeXdr(encode: (writer: XdrWriter) => void): Result<Buffer, string> {
  const parts: Buffer[] = [];
  let fault: string | null = null;

  const u32 = (value: number): void => {
    const part = Buffer.allocUnsafe(4);
    part.writeUInt32BE(value >>> 0);
    parts.push(part);
  };
  const text = (value: string): void => {
    // libvirt is C: it would take the text up to the NUL, and that is not what was planned
    if (value.includes('\0')) fault ??= 'a text with a NUL character';
    if (/\p{Surrogate}/u.test(value)) fault ??= 'a text with half a character (a lone surrogate)';
    const length = Buffer.byteLength(value);
    if (length > LONGEST_TEXT) fault ??= `a text of ${length} bytes, and libvirt takes ${LONGEST_TEXT}`;
    if (fault !== null) return;
    u32(length);
    const padded = Buffer.alloc(length + ((4 - (length % 4)) % 4));
    padded.write(value);
    parts.push(padded);
  };

  encode({
    u32,
    i32: u32,
    u64: (value) => {
      const part = Buffer.allocUnsafe(8);
      part.writeBigUInt64BE(value);
      parts.push(part);
    },
    text,
    uuid: (value) => {
      const raw = Buffer.from(value.replaceAll('-', ''), 'hex');
      if (raw.length === 16) parts.push(raw);
      else fault ??= `\`${value}\`, which is no uuid`;
    },
    optional: (value, item) => {
      u32(value === null ? 0 : 1);
      if (value !== null) item(value);
    },
  });
  return fault === null ? ok(Buffer.concat(parts)) : err(fault);
}

function uuidText(raw: Buffer): string {
  const hex = raw.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
