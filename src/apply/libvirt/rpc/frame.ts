// libvirt's packets: a length that counts itself, six words of header, and a payload that is none of this file's business.

import type { ProtocolFault } from './client.ts';

/** The programs that speak over one connection, each in version 1. */
export const REMOTE_PROGRAM = 0x20008086;
export const KEEPALIVE_PROGRAM = 0x6b656570;
export const PROGRAM_VERSION = 1;

export const FRAME_TYPE = { call: 0, reply: 1, message: 2 } as const;
export const FRAME_STATUS = { ok: 0, error: 1 } as const;

const LENGTH_BYTES = 4;
/** The length and an empty payload. */
const SHORTEST = 28;
/** VIR_NET_MESSAGE_MAX and the length itself. */
const LONGEST = 33_554_432 + LENGTH_BYTES;

export type Frame = {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  /** Answers bear the number of their call; events and keepalives 0. */
  readonly serial: number;
  readonly status: number;
  readonly payload: Buffer;
};

export type FrameFault = { readonly fault: ProtocolFault; readonly message: string };

export function encodeFrame(frame: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(SHORTEST + frame.payload.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(frame.program, 4);
  bytes.writeUInt32BE(frame.version, 8);
  bytes.writeInt32BE(frame.procedure, 12);
  bytes.writeInt32BE(frame.type, 16);
  bytes.writeUInt32BE(frame.serial, 20);
  bytes.writeInt32BE(frame.status, 24);
  frame.payload.copy(bytes, SHORTEST);
  return bytes;
}

export type FrameReader = {
  /** The frames that are complete now. A length that cannot be is a fault: nothing after it has a meaning. */
  readonly push: (chunk: Buffer) => { readonly frames: readonly Frame[]; readonly fault: FrameFault | null };
  /** What is wrong when the bytes end here: null between two frames. */
  readonly end: () => FrameFault | null;
};

/** Puts frames together from bytes that come in any pieces. Costs as much as there are bytes. */
export function frameReader(): FrameReader {
  let chunks: Buffer[] = [];
  let held = 0;
  /** Of the frame that is coming in, once its first four bytes are here. */
  let wanted: number | null = null;

  /** The first `count` bytes held, taken off. */
  const take = (count: number): Buffer => {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks); // called with count <= held, so there is one
    chunks = all.length === count ? [] : [all.subarray(count)];
    held -= count;
    return all.subarray(0, count);
  };

  return {
    push: (chunk) => {
      if (chunk.length > 0) chunks.push(chunk);
      held += chunk.length;
      const frames: Frame[] = [];
      for (;;) {
        if (wanted === null) {
          if (held < LENGTH_BYTES) return { frames, fault: null };
          const length = take(LENGTH_BYTES).readUInt32BE(0);
          if (length < SHORTEST) return { frames, fault: tooShort(length) };
          if (length > LONGEST) return { frames, fault: tooLong(length) };
          wanted = length - LENGTH_BYTES;
        }
        if (held < wanted) return { frames, fault: null };
        frames.push(decode(take(wanted)));
        wanted = null;
      }
    },
    end: () => {
      if (wanted === null && held === 0) return null;
      const of = wanted === null ? '' : ` of ${wanted + LENGTH_BYTES}`;
      const have = wanted === null ? held : held + LENGTH_BYTES;
      return {
        fault: 'frame-cut-short',
        message: `the connection ended after ${have}${of} bytes of a packet`,
      };
    },
  };
}

function tooShort(length: number): FrameFault {
  return {
    fault: 'frame-too-short',
    message: `a packet claims ${length} bytes, and a header has ${SHORTEST}`,
  };
}

function tooLong(length: number): FrameFault {
  return { fault: 'frame-too-long', message: `a packet claims ${length} bytes, and may have ${LONGEST}` };
}

/** `bytes` without the length, at least a header. */
function decode(bytes: Buffer): Frame {
  return {
    program: bytes.readUInt32BE(0),
    version: bytes.readUInt32BE(4),
    procedure: bytes.readInt32BE(8),
    type: bytes.readInt32BE(12),
    serial: bytes.readUInt32BE(16),
    status: bytes.readInt32BE(20),
    payload: bytes.subarray(24),
  };
}
