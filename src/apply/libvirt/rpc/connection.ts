// Calls and answers over one wire: which answer belongs to which call, how long one waits, what a break leaves open. Knows
// the frames, and of the calls only their number and whether they change something.

import { err, ok, type Result } from '../../../std/result.ts';
import type { Answer, CallFailure } from './client.ts';
import {
  encodeFrame,
  FRAME_STATUS,
  FRAME_TYPE,
  type Frame,
  type FrameFault,
  frameReader,
  KEEPALIVE_PROGRAM,
  PROGRAM_VERSION,
  REMOTE_PROGRAM,
} from './frame.ts';
import { type Procedure, readError } from './procedures.ts';
import type { Wire } from './wire.ts';
import { readXdr, writeXdr, type XdrReader, type XdrWriter } from './xdr.ts';

export type Connection = {
  readonly place: string;
  /**
   * Makes a call and reads its answer within `milliseconds`, waiting included. Calls that change something are sent one at
   * a time: libvirt runs the calls of one connection in several threads, and a pipelined `add` and `delete` swap places
   * (seen in 3 of 100 pairs on 9.0.0). After the time is up the next one still waits until the late answer is in.
   */
  readonly call: <T>(
    procedure: Procedure,
    encode: (writer: XdrWriter) => void,
    decode: (reader: XdrReader) => T,
    milliseconds: number,
  ) => Answer<T>;
  /** Calls `listener` with the payload of each event of this number, until the function that it returns is called. */
  readonly onEvent: (procedure: number, listener: (payload: Buffer) => void) => () => void;
  /** Ends the connection for bytes that a listener could not read. */
  readonly refuse: (fault: FrameFault) => void;
  /** Asks the daemon for a sign of life each `milliseconds` of silence; after `misses` without any the connection is over. */
  readonly keepAlive: (milliseconds: number, misses: number) => void;
  /** Null when it was ended from this side, else how it ended. */
  readonly ended: Promise<string | null>;
  /** Ends it from this side. */
  readonly end: () => void;
};

type Reason = CallFailure['reason'];

type Pending = {
  readonly procedure: Procedure;
  readonly payload: Buffer;
  readonly timer: NodeJS.Timeout;
  /** Null once the time was up: the answer is awaited, but nobody wants it. */
  settle: ((result: Result<Buffer, CallFailure>) => void) | null;
};

const KEEPALIVE = { ping: 1, pong: 2 } as const;
const NOTHING = Buffer.alloc(0);

export function openConnection(wire: Wire): Connection {
  const frames = frameReader();
  const pending = new Map<number, Pending>();
  const queue: Pending[] = [];
  const listeners = new Map<number, Set<(payload: Buffer) => void>>();
  let serial = 0;
  /** The call that changes something and has no answer yet. */
  let changing: Pending | null = null;
  let over: Reason | null = null;
  let heard = true;
  let pulse: NodeJS.Timeout | null = null;
  let resolveEnded: (how: string | null) => void = () => {};
  const ended = new Promise<string | null>((resolve) => {
    resolveEnded = resolve;
  });

  const post = (frame: Pick<Frame, 'program' | 'procedure' | 'type' | 'serial' | 'payload'>): void =>
    wire.send(encodeFrame({ ...frame, version: PROGRAM_VERSION, status: FRAME_STATUS.ok }));

  const send = (call: Pending): void => {
    serial = (serial + 1) >>> 0 || 1;
    pending.set(serial, call);
    if (call.procedure.changes) changing = call;
    post({
      program: REMOTE_PROGRAM,
      procedure: call.procedure.number,
      type: FRAME_TYPE.call,
      serial,
      payload: call.payload,
    });
  };

  const settle = (call: Pending, result: Result<Buffer, CallFailure>): void => {
    clearTimeout(call.timer);
    call.settle?.(result);
    call.settle = null;
  };

  const finish = (reason: Reason, how: string | null): void => {
    if (over !== null) return;
    over = reason;
    if (pulse !== null) clearInterval(pulse);
    for (const call of pending.values())
      settle(call, err(failed(call.procedure, call.procedure.changes ? 'unknown' : 'nothing', reason)));
    for (const call of queue) settle(call, err(failed(call.procedure, 'nothing', reason)));
    pending.clear();
    queue.length = 0;
    wire.close();
    resolveEnded(how);
  };
  const refuse = (fault: FrameFault): void => finish({ type: 'protocol', ...fault }, fault.message);

  const answer = (frame: Frame): FrameFault | null => {
    const call = pending.get(frame.serial);
    if (call === undefined)
      return fault('unexpected-serial', `an answer to call ${frame.serial}, which is none`);
    if (frame.procedure !== call.procedure.number)
      return fault(
        'unexpected-procedure',
        `an answer for procedure ${frame.procedure} where ${call.procedure.number} was called`,
      );
    if (frame.status === FRAME_STATUS.ok) {
      settle(call, ok(frame.payload));
    } else if (frame.status === FRAME_STATUS.error) {
      const read = readXdr(frame.payload, readError);
      if (!read.ok) return read.error;
      const outcome = call.procedure.changes ? 'refused' : 'nothing';
      settle(call, err(failed(call.procedure, outcome, { type: 'libvirt', error: read.value })));
    } else return fault('unexpected-status', `an answer with status ${frame.status}`);
    pending.delete(frame.serial);
    if (changing === call) {
      changing = null;
      const next = queue.shift();
      if (next !== undefined) send(next);
    }
    return null;
  };

  const take = (frame: Frame): FrameFault | null => {
    if (frame.program !== REMOTE_PROGRAM && frame.program !== KEEPALIVE_PROGRAM)
      return fault('unknown-program', `a packet of program 0x${frame.program.toString(16)}`);
    if (frame.version !== PROGRAM_VERSION)
      return fault('unknown-version', `a packet of version ${frame.version} of libvirt's protocol`);
    if (frame.program === KEEPALIVE_PROGRAM) {
      if (frame.procedure === KEEPALIVE.ping) keepaliveMessage(KEEPALIVE.pong);
      return null;
    }
    if (frame.type === FRAME_TYPE.reply) return answer(frame);
    if (frame.type !== FRAME_TYPE.message)
      return fault('unexpected-type', `a packet of type ${frame.type} from the daemon`);
    // events that were not asked for are none of ours
    for (const listener of listeners.get(frame.procedure) ?? []) listener(frame.payload);
    return null;
  };

  const keepaliveMessage = (procedure: number): void =>
    post({ program: KEEPALIVE_PROGRAM, procedure, type: FRAME_TYPE.message, serial: 0, payload: NOTHING });

  const call = (procedure: Procedure, payload: Buffer, milliseconds: number): Answer<Buffer> =>
    new Promise((resolve) => {
      if (over !== null) {
        resolve(err(failed(procedure, 'nothing', over)));
        return;
      }
      const timeUp = (): void => {
        const queued = queue.indexOf(made);
        if (queued >= 0) queue.splice(queued, 1);
        const outcome = queued < 0 && procedure.changes ? 'unknown' : 'nothing';
        settle(made, err(failed(procedure, outcome, { type: 'timeout', milliseconds })));
      };
      const made: Pending = { procedure, payload, timer: setTimeout(timeUp, milliseconds), settle: resolve };
      if (procedure.changes && changing !== null) queue.push(made);
      else send(made);
    });

  wire.listen({
    data: (chunk) => {
      heard = true;
      const read = frames.push(chunk);
      for (const frame of read.frames) {
        if (over !== null) return;
        const wrong = take(frame);
        if (wrong !== null) refuse(wrong);
      }
      if (read.fault !== null) refuse(read.fault);
    },
    end: (how) => {
      const cut = frames.end();
      if (cut === null) finish({ type: 'lost', message: how }, how);
      else refuse({ ...cut, message: `${how}: ${cut.message}` });
    },
  });

  return {
    place: wire.place,
    call: async (procedure, encode, decode, milliseconds) => {
      const payload = writeXdr(encode);
      if (!payload.ok)
        return err(failed(procedure, 'nothing', { type: 'unsendable', message: payload.error }));
      const answered = await call(procedure, payload.value, milliseconds);
      if (!answered.ok) return answered;
      const read = readXdr(answered.value, decode);
      if (read.ok) return read;
      refuse(read.error);
      const outcome = procedure.changes ? 'unknown' : 'nothing';
      return err(failed(procedure, outcome, { type: 'protocol', ...read.error }));
    },
    onEvent: (procedure, listener) => {
      const all = listeners.get(procedure) ?? new Set();
      listeners.set(procedure, all.add(listener));
      return () => {
        all.delete(listener);
      };
    },
    refuse,
    keepAlive: (milliseconds, misses) => {
      let missed = 0;
      pulse = setInterval(() => {
        missed = heard ? 0 : missed + 1;
        heard = false;
        if (missed > misses) {
          const how = `the daemon gave no sign of life for ${Math.round((milliseconds * missed) / 1000)} seconds`;
          finish({ type: 'lost', message: how }, how);
        } else keepaliveMessage(KEEPALIVE.ping);
      }, milliseconds);
      pulse.unref(); // it must not keep a process alive that has nothing else to do
    },
    ended,
    end: () => finish({ type: 'lost', message: 'the connection was closed from this side' }, null),
  };
}

function failed(procedure: Procedure, outcome: CallFailure['outcome'], reason: Reason): CallFailure {
  return { call: procedure.name, outcome, reason };
}

function fault(kind: FrameFault['fault'], message: string): FrameFault {
  return { fault: kind, message };
}

/** For a call without arguments, or an answer without content. */
export function nothing(): null {
  return null;
}
