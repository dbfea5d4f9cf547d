// Packets come out as they went in, in whatever pieces their bytes arrive; lengths that cannot be are faults at once.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, type Frame, frameReader } from '../../../src/apply/libvirt/rpc/frame.ts';

const CALL: Frame = {
  program: 0x20008086,
  version: 1,
  procedure: 66,
  type: 0,
  serial: 1,
  status: 0,
  payload: Buffer.alloc(0),
};

test('the first packet that a client sends', () => {
  expect(encodeFrame(CALL).toString('hex')).toBe(
    '0000001c20008086000000010000004200000000' + '0000000100000000',
  );
});

const frames = fc.array(
  fc.record({
    program: fc.nat(2 ** 32 - 1),
    version: fc.nat(2 ** 32 - 1),
    procedure: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    type: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    serial: fc.nat(2 ** 32 - 1),
    status: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    payload: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 6 },
);

test('packets survive any cutting', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(50), { minLength: 1, maxLength: 20 }), (sent, sizes) => {
      const bytes = Buffer.concat(sent.map(encodeFrame));
      const reader = frameReader();
      const got: Frame[] = [];
      let at = 0;
      for (let i = 0; at < bytes.length; i++) {
        // a piece may be empty, but not all of them
        const size = (sizes[i % sizes.length] ?? 0) + (i % sizes.length === 0 ? 1 : 0);
        const read = reader.push(bytes.subarray(at, at + size));
        expect(read.fault).toBeNull();
        got.push(...read.frames);
        at += size;
      }
      expect(got).toEqual(sent);
      expect(reader.end()).toBeNull();
    }),
    { numRuns: 200 },
  );
});

test('a cut anywhere is seen at the end', () => {
  const bytes = encodeFrame({ ...CALL, payload: Buffer.from('payload.') });
  for (let length = 1; length < bytes.length; length++) {
    const reader = frameReader();
    expect(reader.push(bytes.subarray(0, length))).toEqual({ frames: [], fault: null });
    expect(reader.end()).toMatchObject({
      fault: 'frame-cut-short',
      message: expect.stringContaining(`after ${length} `),
    });
  }
});

describe('a length', () => {
  const start = (length: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(length);
    return bytes;
  };

  test.each([
    [0, 'frame-too-short'],
    [27, 'frame-too-short'],
    [28, undefined],
    [33_554_436, undefined],
    [33_554_437, 'frame-too-long'],
    [4_294_967_295, 'frame-too-long'],
  ])('of %i', (length, fault) => {
    expect(frameReader().push(start(length)).fault?.fault).toBe(fault);
  });

  test('that cannot be does not take along what came before it', () => {
    const read = frameReader().push(Buffer.concat([encodeFrame(CALL), start(3)]));
    expect(read).toMatchObject({ frames: [CALL], fault: { fault: 'frame-too-short' } });
  });
});

test('a megabyte byte by byte cost no more than their bytes', () => {
  const bytes = encodeFrame({ ...CALL, payload: Buffer.alloc(1_000_000, 'x') });
  const reader = frameReader();
  let got = 0;
  const started = performance.now();
  for (let at = 0; at < bytes.length; at += 1) got += reader.push(bytes.subarray(at, at + 1)).frames.length;
  expect(got).toBe(1);
  // linear is less than a second; copying what is there for each piece would move 500 GB
  expect(performance.now() - started).toBeLessThan(20_000);
});
