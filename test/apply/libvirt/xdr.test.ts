// XDR: the bytes that RFC 4506 prescribes, and no read past an end or a limit.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readError, readLease, readLifecycle } from '../../../src/apply/libvirt/rpc/procedures.ts';
import {
  LONGEST_TEXT,
  readXdr,
  writeXdr,
  type XdrReader,
  type XdrWriter,
} from '../../../src/apply/libvirt/rpc/xdr.ts';
import { bytesOf } from './fake-server.ts';

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

function read<T>(bytes: string | Buffer, decode: (reader: XdrReader) => T): T | string {
  const result = readXdr(typeof bytes === 'string' ? hex(bytes) : bytes, decode);
  return result.ok ? result.value : `${result.error.fault}: ${result.error.message}`;
}

const UUID = 'a1b2c3d4-e5f6-4a0b-8c1d-0123456789ab';

describe('what is written', () => {
  test.each<[string, (writer: XdrWriter) => void, string]>([
    ['a number', (w) => w.u32(0x20008086), '20008086'],
    ['a number below zero', (w) => w.i32(-1), 'ffffffff'],
    ['a long number', (w) => w.u64(9_000_000n), '0000000000895440'],
    ['an empty text', (w) => w.text(''), '00000000'],
    ['a text that fills its words', (w) => w.text('labs'), '00000004 6c616273'],
    ['a text with padding', (w) => w.text('lab'), '00000003 6c616200'],
    ['a text beyond ASCII', (w) => w.text('é𝄞'), '00000006 c3a9 f09d849e 0000'],
    ['nothing, where something may be', (w) => w.optional(null, w.text), '00000000'],
    ['something', (w) => w.optional('a', w.text), '00000001 00000001 61000000'],
    ['a uuid', (w) => w.uuid(UUID), UUID.replaceAll('-', '')],
  ])('%s', (_, encode, bytes) => {
    expect(bytesOf(encode).toString('hex')).toBe(bytes.replaceAll(' ', ''));
  });

  test.each<[string, (writer: XdrWriter) => void, RegExp]>([
    ['NUL, where C would stop reading', (w) => w.text("<txt value='a\0b'/>"), /NUL/],
    ['half a character', (w) => w.text('\ud800'), /surrogate/],
    ['a text that is too long', (w) => w.text('é'.repeat(LONGEST_TEXT / 2 + 1)), /4194306 bytes/],
    ['a uuid that is none', (w) => w.uuid('lab'), /no uuid/],
  ])('refuses %s', (_, encode, message) => {
    const written = writeXdr(encode);
    expect(written.ok ? 'written' : written.error).toMatch(message);
  });

  test('takes the longest text that libvirt takes', () => {
    expect(bytesOf((w) => w.text('x'.repeat(LONGEST_TEXT)))).toHaveLength(LONGEST_TEXT + 4);
  });
});

describe('what is read', () => {
  test.each<[string, string, (reader: XdrReader) => unknown, unknown]>([
    ['a number below zero', 'fffffffe', (r) => r.i32(), -2],
    ['a large number', 'fffffffe', (r) => r.u32(), 4294967294],
    ['a long number', '00000000 6553f100', (r) => r.i64(), 1700000000],
    ['a text', '00000003 6c616200', (r) => r.text(), 'lab'],
    ['a text that starts with a mark', '00000004 efbbbf61 ', (r) => r.text(), '\ufeffa'],
    ['a uuid', UUID.replaceAll('-', ''), (r) => r.uuid(), UUID],
    ['a list', '00000002 00000000 00000002', (r) => r.list(20, r.i32), [0, 2]],
    ['no text', '00000000', (r) => r.optional(r.text), null],
    ['a message in Latin-1', '00000001 e9000000', (r) => r.looseText(), '\ufffd'],
  ])('%s', (_, bytes, decode, value) => {
    expect(read(bytes, decode)).toEqual(value);
  });

  test.each<[string, string, (reader: XdrReader) => unknown, RegExp]>([
    ['a number of three bytes', '000000', (r) => r.u32(), /^payload-cut-short/],
    ['a text without its end', '00000005 6c616200', (r) => r.text(), /^payload-cut-short/],
    ['a text without its padding', '00000003 6c6162', (r) => r.text(), /^payload-cut-short/],
    ['a text that claims 4 GiB', 'ffffffff 6c616200', (r) => r.text(), /^payload-invalid.*4294967295 bytes/],
    ['a text in Latin-1', '00000001 e9000000', (r) => r.text(), /^payload-invalid.*UTF-8/],
    ['a list that claims a million', '000f4240', (r) => r.list(20, r.i32), /^payload-invalid.*1000000 items/],
    ['a list without its items', '00000014', (r) => r.list(20, r.i32), /^payload-cut-short/],
    ['a two where a zero or one is due', '00000002 00000000', (r) => r.optional(r.u32), /^payload-invalid/],
    ['a number beyond all numbers', '7fffffffffffffff', (r) => r.i64(), /^payload-invalid.*out of range/],
    ['what is left over', '00000000 00000000', (r) => r.u32(), /^payload-too-long: 4 bytes/],
  ])('faults %s', (_, bytes, decode, fault) => {
    expect(read(bytes, decode)).toMatch(fault);
  });
});

test('what is written is read again, and is cut short nowhere unseen', () => {
  const text = fc.string({ unit: 'binary', maxLength: 8 }).filter((one) => !one.includes('\0'));
  const value = fc.record({
    text,
    number: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    maybe: fc.option(text),
    list: fc.array(text, { maxLength: 5 }),
  });
  const decode = (reader: XdrReader): unknown => ({
    text: reader.text(),
    number: reader.i32(),
    maybe: reader.optional(reader.text),
    list: reader.list(5, reader.text),
  });
  fc.assert(
    fc.property(value, (one) => {
      const bytes = bytesOf((writer) => {
        writer.text(one.text);
        writer.i32(one.number);
        writer.optional(one.maybe, writer.text);
        writer.u32(one.list.length);
        one.list.forEach(writer.text);
      });
      expect(read(bytes, decode)).toEqual(one);
      for (let length = 0; length < bytes.length; length++)
        expect(read(bytes.subarray(0, length), decode)).toMatch(/^payload-cut-short/);
    }),
    { numRuns: 40 },
  );
});

test('no bytes make a reader throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const decoders: readonly ((reader: XdrReader) => unknown)[] = [readError, readLease, readLifecycle];
      for (const decode of decoders) readXdr(Buffer.from(bytes), decode);
    }),
    { numRuns: 300 },
  );
});

describe('the structures of libvirt', () => {
  test('an error, whole', () => {
    const bytes = `
      00000037 00000013 00000001 00000003 6f686f00 00000002 00000000
      00000001 00000002 25730000 00000001 00000003 6f686f00 00000000 ffffffff fffffffe
      00000001 00000003 6c616200 ${UUID.replaceAll('-', '')}`;
    expect(read(bytes, readError)).toEqual({
      code: 55,
      domain: 19,
      level: 2,
      message: 'oho',
      strings: ['%s', 'oho', null],
      numbers: [-1, -2],
      network: { name: 'lab', uuid: UUID },
    });
  });

  test('an error about a guest', () => {
    const bytes = `
      00000001 0000000a 00000000 00000002 00000001 00000002 766d0000 ${UUID.replaceAll('-', '')} 00000007
      00000000 00000000 00000000 00000000 00000000 00000000`;
    expect(read(bytes, readError)).toMatchObject({ code: 1, message: '', network: null });
  });

  test('a lease', () => {
    const bytes = `
      00000006 76697262 72300000 00000000 6553f100 00000000
      00000001 00000011 35323a35 343a3030 3a30303a 30303a30 31000000 00000000
      00000009 31302e39 2e302e31 31000000 00000018 00000001 00000002 76310000 00000000`;
    expect(read(bytes, readLease)).toEqual({
      bridge: 'virbr0',
      expiry: 1700000000,
      family: 'ipv4',
      mac: '52:54:00:00:00:01',
      iaid: null,
      ip: '10.9.0.11',
      prefix: 24,
      hostname: 'v1',
      clientId: null,
    });
  });

  test.each([
    [0, 'defined'],
    [1, 'undefined'],
    [2, 'started'],
    [3, 'stopped'],
    [4, 'other'],
  ])('lifecycle event %i', (number, event) => {
    const bytes = `00000007 00000003 6c616200 ${UUID.replaceAll('-', '')} 0000000${number} 00000000`;
    expect(read(bytes, readLifecycle)).toEqual({
      callback: 7,
      event: { network: { name: 'lab', uuid: UUID }, event },
    });
  });
});
