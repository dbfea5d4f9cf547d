// What a libvirt daemon can be asked about its networks, and in which ways an answer can fail to come. `connectLibvirt` of
// connect.ts gives a Client; everything else in this folder serves to speak it.

import type { Scope } from '../../../network/scope.ts';
import type { Result } from '../../../std/result.ts';

/** A network as libvirt's calls take it. The daemon finds it by its uuid; the name is only for its messages. */
export type NetworkRef = {
  readonly name: string;
  /** Lower case, with hyphens. */
  readonly uuid: string;
};

/** The sections of virNetworkUpdate, named as virsh names them. */
export type UpdateSection =
  | 'bridge'
  | 'domain'
  | 'ip'
  | 'ip-dhcp-host'
  | 'ip-dhcp-range'
  | 'forward'
  | 'forward-interface'
  | 'forward-pf'
  | 'portgroup'
  | 'dns-host'
  | 'dns-txt'
  | 'dns-srv';

export type UpdateCommand = 'modify' | 'delete' | 'add-last' | 'add-first';

/** One virNetworkUpdate. Flags 0 (`current`: the daemon decides which document) cannot be said here. */
export type NetworkUpdate = {
  readonly command: UpdateCommand;
  readonly section: UpdateSection;
  /** Index over all `<ip>` of both families in document order, for `ip-dhcp-*` only; -1: libvirt chooses. */
  readonly parentIndex: number;
  /** A complete element. */
  readonly xml: string;
  readonly scope: Scope | 'live+config';
};

/** A lease of dnsmasq. Not every lease has every field. */
export type Lease = {
  readonly bridge: string;
  /** Seconds since 1970; 0: never ends. */
  readonly expiry: number;
  readonly family: 'ipv4' | 'ipv6';
  readonly mac: string | null;
  readonly iaid: string | null;
  readonly ip: string;
  readonly prefix: number;
  readonly hostname: string | null;
  /** The client id of DHCPv4, the DUID of DHCPv6. */
  readonly clientId: string | null;
};

/** What the daemon tells by itself. It tells nothing about virNetworkUpdate and autostart, its own or anybody's. */
export type LifecycleEvent = {
  readonly network: NetworkRef;
  /** `other`: an event that libvirt 9 did not have. */
  readonly event: 'defined' | 'undefined' | 'started' | 'stopped' | 'other';
};

/** libvirt's own error, whole. `message` is in the daemon's language: decide by `code` and by reading back, not by it. */
export type LibvirtError = {
  readonly code: number;
  /** The part of libvirt that it came from: 19 network, 5 XML, 7 RPC. */
  readonly domain: number;
  readonly level: number;
  readonly message: string;
  readonly strings: readonly [string | null, string | null, string | null];
  readonly numbers: readonly [number, number];
  readonly network: NetworkRef | null;
};

/** Bytes that are not what libvirt's protocol says. */
export type ProtocolFault =
  | 'frame-too-short'
  | 'frame-too-long'
  | 'frame-cut-short'
  | 'unknown-program'
  | 'unknown-version'
  | 'unexpected-type'
  | 'unexpected-status'
  | 'unexpected-serial'
  | 'unexpected-procedure'
  | 'payload-cut-short'
  | 'payload-too-long'
  | 'payload-invalid';

/**
 * Why a call has no result, and what it may have done:
 * `nothing`: it did nothing, for it only reads or was never sent.
 * `refused`: the daemon answered with an error. Mostly nothing was done; but an update whose dnsmasq cannot start is
 *   refused *and* stays in both documents (libvirt 9.0.0), so read back whatever the error.
 * `unknown`: a call that changes something was sent, and no answer came. It may be done, may be under way, may never be.
 */
export type CallFailure = {
  /** libvirt's name: `NetworkUpdate`. */
  readonly call: string;
  readonly outcome: 'nothing' | 'refused' | 'unknown';
  readonly reason:
    | { readonly type: 'libvirt'; readonly error: LibvirtError }
    | { readonly type: 'timeout'; readonly milliseconds: number }
    /** `message`: how the connection ended, for a person. */
    | { readonly type: 'lost'; readonly message: string }
    | { readonly type: 'protocol'; readonly fault: ProtocolFault; readonly message: string }
    /** The arguments do not fit the protocol (4 MiB a text, no NUL): nothing was sent. */
    | { readonly type: 'unsendable'; readonly message: string };
};

export type Answer<T> = Promise<Result<T, CallFailure>>;

/**
 * A connection to one daemon. Calls may be made at any time and in any number; those that change something wait for each
 * other, because the daemon carries out calls of one connection side by side and out of order. After a failure with
 * `reason.type` `lost` or `protocol` the connection is over: connect again and read what holds.
 */
export type Client = {
  /** The URI as the user wrote it. */
  readonly uri: string;
  /** Where the daemon listens, for messages: `/run/libvirt/libvirt-sock`, `ssh olga@host1`. */
  readonly place: string;
  /** The driver that the URI names: `qemu`, `network`, `test`. `test` keeps its state no longer than its connections. */
  readonly driver: string;
  /** `read-only`: asked for, or known by the name of the socket. A daemon can still refuse writes on another (SL874). */
  readonly access: 'read-write' | 'read-only';

  /** libvirt's release on the daemon's side, `9.0.0`: for people. Capabilities are found by asking for them. */
  readonly libraryVersion: () => Answer<string>;
  /** The daemon's own name for what was opened. */
  readonly canonicalUri: () => Answer<string>;
  /** Whether the daemon answers for this number of VIR_DRV_FEATURE with yes. */
  readonly supportsFeature: (feature: number) => Answer<boolean>;

  /** Active and inactive, sorted by name. */
  readonly listNetworks: () => Answer<readonly NetworkRef[]>;
  /** Names of the network interfaces of the daemon's host. Refused by a daemon without an interface driver. */
  readonly listInterfaces: () => Answer<readonly string[]>;
  /** Refused with code 43 when there is none (isNoNetwork). */
  readonly lookupByName: (name: string) => Answer<NetworkRef>;
  readonly lookupByUuid: (uuid: string) => Answer<NetworkRef>;
  /** `config` on the test driver is refused with code 8 (isUnsupportedFlag): it shows one document only. */
  readonly xml: (network: NetworkRef, scope: Scope) => Answer<string>;
  readonly isActive: (network: NetworkRef) => Answer<boolean>;
  readonly isPersistent: (network: NetworkRef) => Answer<boolean>;
  readonly autostart: (network: NetworkRef) => Answer<boolean>;
  readonly bridgeName: (network: NetworkRef) => Answer<string>;
  readonly leases: (network: NetworkRef) => Answer<readonly Lease[]>;

  /**
   * Defines, or replaces the CONFIG of, a network. `validated` is true when the daemon checked it against its schema: a
   * daemon before 7.7.0 cannot, and is asked without it. With neither uuid nor known name it makes a new network.
   */
  readonly define: (
    xml: string,
    validate: boolean,
  ) => Answer<{ readonly network: NetworkRef; readonly validated: boolean }>;
  /** Removes the CONFIG; an active network becomes transient. */
  readonly undefine: (network: NetworkRef) => Answer<null>;
  /** Starts a defined network (virsh net-start). */
  readonly start: (network: NetworkRef) => Answer<null>;
  /** Stops it (virsh net-destroy): guests lose their network, and stay off it when it starts again. */
  readonly destroy: (network: NetworkRef) => Answer<null>;
  readonly setAutostart: (network: NetworkRef, autostart: boolean) => Answer<null>;
  /** One item in the order of arguments that this daemon takes (feature 16 was asked when connecting). */
  readonly update: (network: NetworkRef, update: NetworkUpdate) => Answer<null>;

  /** Calls `listener` at each start, stop, define and undefine, of any network, by anybody, until `stop`. */
  readonly onLifecycle: (
    listener: (event: LifecycleEvent) => void,
  ) => Answer<{ readonly stop: () => Answer<null> }>;

  /** Resolves when the connection is over: null after `close`, else how it ended. Never rejects. */
  readonly ended: Promise<string | null>;
  /** Says goodbye and ends the connection; calls that still wait fail as lost. Never rejects; may be called twice. */
  readonly close: () => Promise<void>;
};

const NO_NETWORK = 43;
const INVALID_ARGUMENT = 8;
const OPERATION_DENIED = 29;
const RPC = 39;
const DOMAIN_RPC = 7;

/** Whether the daemon says that there is no such network. */
export function isNoNetwork(failure: CallFailure): boolean {
  return codeOf(failure) === NO_NETWORK;
}

/** Whether a flag, or a whole argument, is nothing that this driver knows. */
export function isUnsupportedFlag(failure: CallFailure): boolean {
  return codeOf(failure) === INVALID_ARGUMENT;
}

/** Whether the connection may only read. */
export function isReadOnly(failure: CallFailure): boolean {
  return codeOf(failure) === OPERATION_DENIED;
}

/** Whether the daemon is too old to know the call: nothing was done then, also when the call changes something. */
export function isUnknownCall(failure: CallFailure): boolean {
  return (
    failure.reason.type === 'libvirt' &&
    failure.reason.error.code === RPC &&
    failure.reason.error.domain === DOMAIN_RPC
  );
}

function codeOf(failure: CallFailure): number | null {
  return failure.reason.type === 'libvirt' ? failure.reason.error.code : null;
}
