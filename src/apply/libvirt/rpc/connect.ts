// From a URI to a Client: the way there, the first words, and libvirt's calls as functions.

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { ok, type Result } from '../../../std/result.ts';
import { type Answer, type Client, isUnknownCall, type NetworkRef } from './client.ts';
import { type Connection, nothing, openConnection } from './connection.ts';
import {
  DEFINE_VALIDATE,
  LIFECYCLE_EVENTS,
  MOST,
  NETWORK_LIFECYCLE_EVENT,
  PROCEDURES,
  type Procedure,
  readInterface,
  readLease,
  readLifecycle,
  readNetwork,
  writeNetwork,
  writeUpdate,
  XML_INACTIVE,
} from './procedures.ts';
import { type Opened, openSession, PATIENCE, type Patience } from './session.ts';
import { connectUnix, type SocketPlaces, usualPlaces } from './sockets.ts';
import { sshArguments, sshPlace } from './ssh.ts';
import { type LibvirtUri, parseLibvirtUri } from './uri.ts';
import { connectProgram } from './wire.ts';
import { readXdr, type XdrReader, type XdrWriter } from './xdr.ts';

export type ConnectOptions = {
  /** `read-only` asks for less, and takes the `-ro` socket, which lets in more users. */
  readonly access: Client['access'];
  readonly patience: Patience;
  readonly places: SocketPlaces;
};

export function usualOptions(access: Client['access']): ConnectOptions {
  return { access, patience: PATIENCE, places: usualPlaces() };
}

/** Connects and opens. Errors: SL870 to SL882. `close` the client when it is done, or the process stays. */
export async function connectLibvirt(
  text: string,
  options: ConnectOptions,
): Promise<Result<Client, Diagnostic>> {
  const parsed = parseLibvirtUri(text);
  if (!parsed.ok) return parsed;
  const uri = parsed.value;
  const { access, patience, places } = options;
  const wired =
    uri.ssh === null
      ? await connectUnix(uri, access, places, patience.open)
      : ok(connectProgram(sshPlace(uri.ssh), uri.ssh.program, sshArguments(uri, uri.ssh, access)));
  if (!wired.ok) return wired;
  const connection = openConnection(wired.value);
  const opened = await openSession(connection, uri, access, patience);
  if (!opened.ok) return opened;
  return ok(clientOf(uri, connection, opened.value, options));
}

function clientOf(uri: LibvirtUri, connection: Connection, opened: Opened, options: ConnectOptions): Client {
  const { patience } = options;

  const call = <T>(
    procedure: Procedure,
    encode: (writer: XdrWriter) => void,
    decode: (reader: XdrReader) => T,
  ): Answer<T> =>
    connection.call(procedure, encode, decode, procedure.changes ? patience.change : patience.read);
  /** For the many calls that take a network. */
  const of =
    <T>(procedure: Procedure, decode: (reader: XdrReader) => T) =>
    (network: NetworkRef): Answer<T> =>
      call(procedure, (writer) => writeNetwork(writer, network), decode);
  const yes = (reader: XdrReader): boolean => reader.i32() !== 0;
  const text = (reader: XdrReader): string => reader.text();

  const define = (xml: string): Answer<NetworkRef> =>
    call(PROCEDURES.networkDefineXml, (writer) => writer.text(xml), readNetwork);
  const defineValidated = (xml: string): Answer<NetworkRef> =>
    call(
      PROCEDURES.networkDefineXmlFlags,
      (writer) => {
        writer.text(xml);
        writer.u32(DEFINE_VALIDATE);
      },
      readNetwork,
    );

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await connection.call(PROCEDURES.connectClose, nothing, nothing, patience.goodbye);
    connection.end();
  };

  return {
    uri: uri.text,
    place: connection.place,
    driver: uri.driver,
    access:
      options.access === 'read-only' || connection.place.endsWith('-sock-ro') ? 'read-only' : 'read-write',

    libraryVersion: () =>
      call(PROCEDURES.connectGetLibVersion, nothing, (reader) => {
        const version = Number(reader.u64());
        return [Math.floor(version / 1e6), Math.floor(version / 1000) % 1000, version % 1000].join('.');
      }),
    canonicalUri: () => call(PROCEDURES.connectGetUri, nothing, text),
    supportsFeature: (feature) =>
      call(PROCEDURES.connectSupportsFeature, (writer) => writer.i32(feature), yes),

    listNetworks: () =>
      call(
        PROCEDURES.connectListAllNetworks,
        (writer) => {
          writer.i32(1);
          writer.u32(0);
        },
        (reader) => {
          const networks = reader.list(MOST.networks, () => readNetwork(reader));
          reader.u32();
          return [...networks].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
        },
      ),
    listInterfaces: () =>
      call(
        PROCEDURES.connectListAllInterfaces,
        (writer) => {
          writer.i32(1);
          writer.u32(0);
        },
        (reader) => {
          const interfaces = reader.list(MOST.interfaces, () => readInterface(reader));
          reader.u32();
          return [...interfaces].sort();
        },
      ),
    lookupByName: (name) => call(PROCEDURES.networkLookupByName, (writer) => writer.text(name), readNetwork),
    lookupByUuid: (uuid) => call(PROCEDURES.networkLookupByUuid, (writer) => writer.uuid(uuid), readNetwork),
    xml: (network, scope) =>
      call(
        PROCEDURES.networkGetXmlDesc,
        (writer) => {
          writeNetwork(writer, network);
          writer.u32(scope === 'config' ? XML_INACTIVE : 0);
        },
        text,
      ),
    isActive: of(PROCEDURES.networkIsActive, yes),
    isPersistent: of(PROCEDURES.networkIsPersistent, yes),
    autostart: of(PROCEDURES.networkGetAutostart, yes),
    bridgeName: of(PROCEDURES.networkGetBridgeName, text),
    leases: (network) =>
      call(
        PROCEDURES.networkGetDhcpLeases,
        (writer) => {
          writeNetwork(writer, network);
          writer.optional(null, writer.text);
          writer.i32(1);
          writer.u32(0);
        },
        (reader) => {
          const leases = reader.list(MOST.leases, () => readLease(reader));
          reader.u32();
          return leases;
        },
      ),

    define: async (xml, validate) => {
      if (validate) {
        const validated = await defineValidated(xml);
        if (validated.ok) return ok({ network: validated.value, validated: true });
        if (!isUnknownCall(validated.error)) return validated;
      }
      const defined = await define(xml);
      return defined.ok ? ok({ network: defined.value, validated: false }) : defined;
    },
    undefine: of(PROCEDURES.networkUndefine, nothing),
    start: of(PROCEDURES.networkCreate, nothing),
    destroy: of(PROCEDURES.networkDestroy, nothing),
    setAutostart: (network, autostart) =>
      call(
        PROCEDURES.networkSetAutostart,
        (writer) => {
          writeNetwork(writer, network);
          writer.i32(autostart ? 1 : 0);
        },
        nothing,
      ),
    update: (network, update) =>
      call(
        PROCEDURES.networkUpdate,
        (writer) => writeUpdate(writer, network, update, opened.commandFirst),
        nothing,
      ),

    onLifecycle: async (listener) => {
      let registration: number | null = null;
      // events can overtake the answer that says which number they will have
      const early: Buffer[] = [];
      const hear = (payload: Buffer): void => {
        const read = readXdr(payload, readLifecycle);
        if (!read.ok) connection.refuse(read.error);
        else if (read.value.callback === registration) listener(read.value.event);
      };
      const deaf = connection.onEvent(NETWORK_LIFECYCLE_EVENT, (payload) => {
        if (registration === null) early.push(payload);
        else hear(payload);
      });
      const registered = await call(
        PROCEDURES.networkEventRegister,
        (writer) => {
          writer.i32(LIFECYCLE_EVENTS);
          writer.optional<NetworkRef>(null, () => {});
        },
        (reader) => reader.i32(),
      );
      if (!registered.ok) {
        deaf();
        return registered;
      }
      registration = registered.value;
      const number = registration;
      early.forEach(hear);
      return ok({
        stop: () => {
          deaf();
          return call(PROCEDURES.networkEventDeregister, (writer) => writer.i32(number), nothing);
        },
      });
    },

    ended: connection.ended,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
