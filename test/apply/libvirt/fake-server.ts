// A daemon that speaks libvirt's real bytes over a real UNIX socket, and does what no healthy one would: it answers in the
// old order of arguments, with errors, too late, in pieces, with nonsense, or not at all. Its networks are texts in memory.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  encodeFrame,
  FRAME_STATUS,
  FRAME_TYPE,
  type Frame,
  frameReader,
  KEEPALIVE_PROGRAM,
  PROGRAM_VERSION,
  REMOTE_PROGRAM,
} from '../../../src/apply/libvirt/rpc/frame.ts';
import { PROCEDURES, readNetwork } from '../../../src/apply/libvirt/rpc/procedures.ts';
import { readXdr, writeXdr, type XdrReader, type XdrWriter } from '../../../src/apply/libvirt/rpc/xdr.ts';

export type FakeNetwork = {
  readonly name: string;
  readonly uuid: string;
  /** Null: not active. */
  live: string | null;
  /** Null: transient. */
  config: string | null;
  autostart: boolean;
};

/** A NetworkUpdate as the daemon understood it, by the order of arguments that it takes. */
export type FakeUpdate = {
  readonly network: FakeNetwork;
  readonly command: number;
  readonly section: number;
  readonly parentIndex: number;
  readonly xml: string;
  readonly flags: number;
};

export type FakeCall = {
  /** libvirt's name, as in PROCEDURES. */
  readonly name: string;
  /** How often this procedure was called before, over all connections. */
  readonly before: number;
  readonly payload: Buffer;
};

/** What happens to a call. All but `error` and `silence` do first what was asked. */
export type Reaction =
  | { readonly type: 'usual' }
  | { readonly type: 'error'; readonly code: number; readonly domain: number; readonly message: string }
  /** Not even done. */
  | { readonly type: 'silence' }
  | { readonly type: 'late'; readonly milliseconds: number }
  /** This many bytes of the answer, and the connection closes. */
  | { readonly type: 'cut'; readonly bytes: number }
  /** Bytes of one's own choice. */
  | { readonly type: 'instead'; readonly bytes: (answer: Buffer) => Buffer };

export type FakeDaemon = {
  readonly networks: readonly Pick<FakeNetwork, 'name' | 'live' | 'config'>[];
  /** What AuthList says. */
  readonly auths: readonly number[];
  /** Those of VIR_DRV_FEATURE that are answered with yes. */
  readonly features: readonly number[];
  readonly react: (call: FakeCall) => Reaction;
  /** Called for each update that is carried out, with networks that it may change. */
  readonly onUpdate: (update: FakeUpdate) => void;
};

/** A daemon like libvirt 9.0.0, with no network. */
export const HEALTHY: FakeDaemon = {
  networks: [],
  auths: [0],
  features: [10, 16],
  react: () => ({ type: 'usual' }),
  onUpdate: () => {},
};

export type FakeServer = {
  readonly socket: string;
  readonly uri: string;
  /** All calls so far, by libvirt's names. */
  readonly calls: readonly string[];
  readonly networks: Map<string, FakeNetwork>;
  /** Sends these bytes to every client. */
  readonly say: (bytes: Buffer) => void;
  /** Procedures of the keepalive program that came in: 1 ping, 2 pong. */
  readonly pulses: readonly number[];
  /** Closes every connection, and takes new ones. */
  readonly hangUp: () => void;
  readonly stop: () => Promise<void>;
};

export async function startFakeServer(daemon: FakeDaemon): Promise<FakeServer> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-fake-'));
  const socket = path.join(directory, 'libvirt-sock');
  const calls: string[] = [];
  const pulses: number[] = [];
  const networks = new Map<string, FakeNetwork>();
  for (const [at, network] of daemon.networks.entries()) {
    const uuid = `00000000-0000-4000-8000-${String(at + 1).padStart(12, '0')}`;
    networks.set(uuid, { ...network, uuid, autostart: false });
  }
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    client.on('error', () => {}); // a client that left early is part of the plan
    const frames = frameReader();
    client.on('data', (chunk) => {
      for (const frame of frames.push(chunk).frames) {
        if (frame.program === KEEPALIVE_PROGRAM) pulses.push(frame.procedure);
        else serve(client, frame);
      }
    });
  });

  const serve = (client: Socket, frame: Frame): void => {
    const name =
      Object.values(PROCEDURES).find(({ number }) => number === frame.procedure)?.name ??
      String(frame.procedure);
    const reaction = daemon.react({
      name,
      before: calls.filter((one) => one === name).length,
      payload: frame.payload,
    });
    calls.push(name);
    const send = (bytes: Buffer): void => {
      if (!client.destroyed) client.write(bytes);
    };
    switch (reaction.type) {
      case 'usual':
        send(answerTo(frame, daemon, networks));
        return;
      case 'error':
        send(errorFrame(frame, reaction.code, reaction.domain, reaction.message));
        return;
      case 'silence':
        return;
      case 'late': {
        const answer = answerTo(frame, daemon, networks);
        setTimeout(() => send(answer), reaction.milliseconds);
        return;
      }
      case 'cut': {
        const answer = answerTo(frame, daemon, networks).subarray(0, reaction.bytes);
        if (answer.length === 0) client.end();
        else client.end(answer);
        return;
      }
      case 'instead':
        send(reaction.bytes(answerTo(frame, daemon, networks)));
        return;
    }
  };

  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    uri: `network:///system?socket=${socket}`,
    calls,
    networks,
    pulses,
    say: (bytes) => {
      for (const client of clients) client.write(bytes);
    },
    hangUp: () => {
      for (const client of clients) client.destroy();
    },
    stop: async () => {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function eventFrame(procedure: number, encode: (writer: XdrWriter) => void): Buffer {
  return encodeFrame({
    program: REMOTE_PROGRAM,
    version: PROGRAM_VERSION,
    procedure,
    type: FRAME_TYPE.message,
    serial: 0,
    status: FRAME_STATUS.ok,
    payload: bytesOf(encode),
  });
}

export function keepaliveFrame(procedure: 1 | 2): Buffer {
  return encodeFrame({
    program: KEEPALIVE_PROGRAM,
    version: PROGRAM_VERSION,
    procedure,
    type: FRAME_TYPE.message,
    serial: 0,
    status: FRAME_STATUS.ok,
    payload: Buffer.alloc(0),
  });
}

export function bytesOf(encode: (writer: XdrWriter) => void): Buffer {
  const written = writeXdr(encode);
  if (!written.ok) throw new Error(written.error);
  return written.value;
}

function replyFrame(call: Frame, status: number, payload: Buffer): Buffer {
  return encodeFrame({ ...call, type: FRAME_TYPE.reply, status, payload });
}

function errorFrame(call: Frame, code: number, domain: number, message: string): Buffer {
  return replyFrame(
    call,
    FRAME_STATUS.error,
    bytesOf((writer) => {
      writer.i32(code);
      writer.i32(domain);
      writer.optional(message, writer.text);
      writer.i32(2);
      writer.u32(0);
      writer.optional('%s', writer.text);
      writer.optional(message, writer.text);
      writer.u32(0);
      writer.i32(-1);
      writer.i32(-1);
      writer.u32(0);
    }),
  );
}

/** What a daemon says to it, having done it. */
function answerTo(call: Frame, daemon: FakeDaemon, networks: Map<string, FakeNetwork>): Buffer {
  let refusal: Buffer | null = null;
  const refuse = (code: number, message: string): void => {
    refusal ??= errorFrame(call, code, 19, message);
  };
  const args = <T>(decode: (reader: XdrReader) => T): T => {
    const read = readXdr(call.payload, decode);
    if (!read.ok) throw new Error(`arguments of ${call.procedure}: ${read.error.message}`);
    return read.value;
  };
  const find = (reader: XdrReader): FakeNetwork => {
    const wanted = readNetwork(reader);
    const found = networks.get(wanted.uuid);
    if (found === undefined) refuse(43, `Network not found: no network with matching uuid '${wanted.uuid}'`);
    return found ?? { ...wanted, live: null, config: null, autostart: false };
  };
  const write = (writer: XdrWriter, network: { readonly name: string; readonly uuid: string }): void => {
    writer.text(network.name);
    writer.uuid(network.uuid);
  };
  const forget = (network: FakeNetwork): void => {
    if (network.live === null && network.config === null) networks.delete(network.uuid);
  };

  const encode = ((): ((writer: XdrWriter) => void) => {
    switch (call.procedure) {
      case PROCEDURES.authList.number:
        return (writer) => {
          writer.u32(daemon.auths.length);
          daemon.auths.forEach(writer.i32);
        };
      case PROCEDURES.authPolkit.number:
        return (writer) => writer.i32(1);
      case PROCEDURES.connectOpen.number:
      case PROCEDURES.connectClose.number:
      case PROCEDURES.networkEventDeregister.number:
        return () => {};
      case PROCEDURES.connectSupportsFeature.number: {
        const feature = args((reader) => reader.i32());
        return (writer) => writer.i32(daemon.features.includes(feature) ? 1 : 0);
      }
      case PROCEDURES.connectGetUri.number:
        return (writer) => writer.text('network:///system');
      case PROCEDURES.connectGetLibVersion.number:
        return (writer) => writer.u64(9_000_000n);
      case PROCEDURES.networkEventRegister.number:
        return (writer) => writer.i32(7);
      case PROCEDURES.connectListAllNetworks.number:
        return (writer) => {
          writer.u32(networks.size);
          for (const network of networks.values()) write(writer, network);
          writer.u32(networks.size);
        };
      case PROCEDURES.networkLookupByName.number:
      case PROCEDURES.networkLookupByUuid.number: {
        const wanted =
          call.procedure === PROCEDURES.networkLookupByName.number
            ? args((reader) => reader.text())
            : args((reader) => reader.uuid());
        const found = [...networks.values()].find(({ name, uuid }) => name === wanted || uuid === wanted);
        if (found === undefined) refuse(43, `Network not found: no network with matching name '${wanted}'`);
        return (writer) => found !== undefined && write(writer, found);
      }
      case PROCEDURES.networkGetXmlDesc.number: {
        const { network, flags } = args((reader) => ({ network: find(reader), flags: reader.u32() }));
        const text = flags === 1 ? (network.config ?? network.live) : (network.live ?? network.config);
        return (writer) => writer.text(text ?? '');
      }
      case PROCEDURES.networkIsActive.number: {
        const network = args(find);
        return (writer) => writer.i32(network.live === null ? 0 : 1);
      }
      case PROCEDURES.networkIsPersistent.number: {
        const network = args(find);
        return (writer) => writer.i32(network.config === null ? 0 : 1);
      }
      case PROCEDURES.networkGetAutostart.number: {
        const network = args(find);
        return (writer) => writer.i32(network.autostart ? 1 : 0);
      }
      case PROCEDURES.networkSetAutostart.number: {
        const { network, autostart } = args((reader) => ({ network: find(reader), autostart: reader.i32() }));
        network.autostart = autostart === 1;
        return () => {};
      }
      case PROCEDURES.networkGetBridgeName.number: {
        args(find);
        return (writer) => writer.text('virbr0');
      }
      case PROCEDURES.networkGetDhcpLeases.number: {
        args((reader) => [find(reader), reader.optional(reader.text), reader.i32(), reader.u32()]);
        return (writer) => {
          writer.u32(0);
          writer.u32(0);
        };
      }
      case PROCEDURES.networkDefineXml.number:
      case PROCEDURES.networkDefineXmlFlags.number: {
        const xml = args((reader) => {
          const text = reader.text();
          if (call.procedure === PROCEDURES.networkDefineXmlFlags.number) reader.u32();
          return text;
        });
        const name = /<name>(.*?)<\/name>/.exec(xml)?.[1] ?? '';
        const known = [...networks.values()].find((one) => one.name === name);
        const uuid =
          /<uuid>(.*?)<\/uuid>/.exec(xml)?.[1] ??
          `00000000-0000-4000-9000-${String(networks.size + 1).padStart(12, '0')}`;
        if (known !== undefined && known.uuid !== uuid)
          refuse(9, `operation failed: network '${name}' already exists with uuid ${known.uuid}`);
        else if (known !== undefined) known.config = xml;
        else networks.set(uuid, { name, uuid, live: null, config: xml, autostart: false });
        return (writer) => write(writer, { name, uuid });
      }
      case PROCEDURES.networkUndefine.number: {
        const network = args(find);
        network.config = null;
        forget(network);
        return () => {};
      }
      case PROCEDURES.networkCreate.number: {
        const network = args(find);
        if (network.live !== null) refuse(55, 'Requested operation is not valid: network is already active');
        network.live ??= network.config;
        return () => {};
      }
      case PROCEDURES.networkDestroy.number: {
        const network = args(find);
        network.live = null;
        forget(network);
        return () => {};
      }
      case PROCEDURES.networkUpdate.number: {
        const update = args((reader) => {
          const network = find(reader);
          const first = reader.u32();
          const second = reader.u32();
          const [command, section] = daemon.features.includes(16) ? [first, second] : [second, first];
          const [parentIndex, xml, flags] = [reader.i32(), reader.text(), reader.u32()];
          return { network, command, section, parentIndex, xml, flags };
        });
        if (refusal === null) daemon.onUpdate(update);
        return () => {};
      }
      default:
        refusal = errorFrame(call, 39, 7, `unknown procedure: ${call.procedure}`);
        return () => {};
    }
  })();
  return refusal ?? replyFrame(call, FRAME_STATUS.ok, bytesOf(encode));
}
