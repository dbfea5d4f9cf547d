// libvirt's calls by number, whether each changes something, and its structures as bytes. Numbers and layouts are those of
// libvirt's remote_protocol.x, which only ever grows.

import { unreachable } from '../../../std/unreachable.ts';
import type {
  Lease,
  LibvirtError,
  LifecycleEvent,
  NetworkRef,
  NetworkUpdate,
  UpdateCommand,
  UpdateSection,
} from './client.ts';
import type { XdrReader, XdrWriter } from './xdr.ts';

export type Procedure = {
  readonly name: string;
  readonly number: number;
  /** Whether it changes something on the daemon: then no answer means that nobody knows. */
  readonly changes: boolean;
};

function reading(name: string, number: number): Procedure {
  return { name, number, changes: false };
}

function changing(name: string, number: number): Procedure {
  return { name, number, changes: true };
}

export const PROCEDURES = {
  connectOpen: reading('ConnectOpen', 1),
  connectClose: reading('ConnectClose', 2),
  networkCreate: changing('NetworkCreate', 39),
  networkDefineXml: changing('NetworkDefineXML', 41),
  networkDestroy: changing('NetworkDestroy', 42),
  networkGetXmlDesc: reading('NetworkGetXMLDesc', 43),
  networkGetAutostart: reading('NetworkGetAutostart', 44),
  networkGetBridgeName: reading('NetworkGetBridgeName', 45),
  networkLookupByName: reading('NetworkLookupByName', 46),
  networkLookupByUuid: reading('NetworkLookupByUUID', 47),
  networkSetAutostart: changing('NetworkSetAutostart', 48),
  networkUndefine: changing('NetworkUndefine', 49),
  connectSupportsFeature: reading('ConnectSupportsFeature', 60),
  authList: reading('AuthList', 66),
  authPolkit: reading('AuthPolkit', 70),
  connectGetUri: reading('ConnectGetURI', 110),
  networkIsActive: reading('NetworkIsActive', 152),
  networkIsPersistent: reading('NetworkIsPersistent', 153),
  connectGetLibVersion: reading('ConnectGetLibVersion', 157),
  connectListAllNetworks: reading('ConnectListAllNetworks', 283),
  connectListAllInterfaces: reading('ConnectListAllInterfaces', 284),
  networkUpdate: changing('NetworkUpdate', 291),
  networkEventRegister: reading('ConnectNetworkEventRegisterAny', 313),
  networkEventDeregister: reading('ConnectNetworkEventDeregisterAny', 314),
  networkGetDhcpLeases: reading('NetworkGetDHCPLeases', 341),
  networkDefineXmlFlags: changing('NetworkDefineXMLFlags', 432),
} as const satisfies Readonly<Record<string, Procedure>>;

/** The event that the daemon sends once networkEventRegister was called for LIFECYCLE_EVENTS. */
export const NETWORK_LIFECYCLE_EVENT = 315;
export const LIFECYCLE_EVENTS = 0;

export const FEATURE = { keepalive: 10, networkUpdateOrder: 16 } as const;
export const AUTH = { none: 0, sasl: 1, polkit: 2 } as const;
export const OPEN_READ_ONLY = 1;
export const XML_INACTIVE = 1;
export const DEFINE_VALIDATE = 1;

/** The protocol's own limits for lists. */
export const MOST = { networks: 16_384, interfaces: 16_384, leases: 65_536, auths: 20 } as const;

export function writeNetwork(writer: XdrWriter, network: NetworkRef): void {
  writer.text(network.name);
  writer.uuid(network.uuid);
}

export function readNetwork(reader: XdrReader): NetworkRef {
  return { name: reader.text(), uuid: reader.uuid() };
}

/** The name of an interface; its MAC stands behind it. */
export function readInterface(reader: XdrReader): string {
  const name = reader.looseText();
  reader.looseText();
  return name;
}

const COMMANDS: Readonly<Record<UpdateCommand, number>> = {
  modify: 1,
  delete: 2,
  'add-last': 3,
  'add-first': 4,
};

const SECTIONS: Readonly<Record<UpdateSection, number>> = {
  bridge: 1,
  domain: 2,
  ip: 3,
  'ip-dhcp-host': 4,
  'ip-dhcp-range': 5,
  forward: 6,
  'forward-interface': 7,
  'forward-pf': 8,
  portgroup: 9,
  'dns-host': 10,
  'dns-txt': 11,
  'dns-srv': 12,
};

/**
 * The arguments of NetworkUpdate. Until about libvirt 7.2 daemon and client both had command and section the wrong way
 * round on the wire; a fixed daemon answers feature 16 with yes. Fixes were backported, so no version number tells.
 */
export function writeUpdate(
  writer: XdrWriter,
  network: NetworkRef,
  update: NetworkUpdate,
  commandFirst: boolean,
): void {
  const command = COMMANDS[update.command];
  const section = SECTIONS[update.section];
  writeNetwork(writer, network);
  writer.u32(commandFirst ? command : section);
  writer.u32(commandFirst ? section : command);
  writer.i32(update.parentIndex);
  writer.text(update.xml);
  writer.u32(scopeFlags(update.scope));
}

function scopeFlags(scope: NetworkUpdate['scope']): number {
  switch (scope) {
    case 'live':
      return 1;
    case 'config':
      return 2;
    case 'live+config':
      return 3;
    default:
      return unreachable(scope);
  }
}

const IPV6_LEASE = 1;

export function readLease(reader: XdrReader): Lease {
  return {
    bridge: reader.text(),
    expiry: reader.i64(),
    family: reader.i32() === IPV6_LEASE ? 'ipv6' : 'ipv4',
    mac: reader.optional(reader.looseText),
    iaid: reader.optional(reader.looseText),
    ip: reader.text(),
    prefix: reader.u32(),
    // a guest chose these two
    hostname: reader.optional(reader.looseText),
    clientId: reader.optional(reader.looseText),
  };
}

const EVENTS = ['defined', 'undefined', 'started', 'stopped'] as const;

/** The event, and the number of the registration that it answers. */
export function readLifecycle(reader: XdrReader): {
  readonly callback: number;
  readonly event: LifecycleEvent;
} {
  const callback = reader.i32();
  const network = readNetwork(reader);
  const event = EVENTS[reader.i32()] ?? 'other';
  reader.i32(); // a detail that no lifecycle event of networks uses
  return { callback, event: { network, event } };
}

export function readError(reader: XdrReader): LibvirtError {
  const code = reader.i32();
  const domain = reader.i32();
  const message = reader.optional(reader.looseText) ?? '';
  const level = reader.i32();
  // a guest that the error is about: no call of ours is about one
  reader.optional(() => ({ name: reader.looseText(), uuid: reader.uuid(), id: reader.i32() }));
  const strings = [
    reader.optional(reader.looseText),
    reader.optional(reader.looseText),
    reader.optional(reader.looseText),
  ] as const;
  const numbers = [reader.i32(), reader.i32()] as const;
  const network = reader.optional(() => ({ name: reader.looseText(), uuid: reader.uuid() }));
  return { code, domain, level, message, strings, numbers, network };
}
