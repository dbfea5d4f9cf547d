// What rules about one element need to know of the whole network: its forward mode, and its addresses with their prefixes,
// as libvirt reads them.

import type { XmlElement } from '../xml/document.ts';
import {
  type Address,
  maskAddress,
  netmaskLength,
  readAddress,
  readUint,
  sameAddress,
  UINT32,
} from './c-forms.ts';
import { propertyAttr, xpathAttr, xpathChildren } from './libvirt-reading.ts';

export type Facts = {
  /** `nat` for `<forward/>`, `none` without one; null for a mode that libvirt does not know. */
  readonly mode: string | null;
  /** In document order. */
  readonly ips: ReadonlyMap<XmlElement, IpFacts>;
};

export type IpFacts = {
  readonly address: Address | null;
  /** virSocketAddrGetIPPrefix: from prefix, netmask or class; -1 when none of them gives one. */
  readonly prefix: number;
  /** `10.0.0.0` of `10.0.0.1/8`; null when the address or the prefix is unknown. */
  readonly network: Address | null;
};

const MODES: readonly string[] = [
  'none',
  'nat',
  'route',
  'open',
  'bridge',
  'private',
  'vepa',
  'passthrough',
  'hostdev',
];

/** The modes in which libvirt makes and runs the bridge, and so its addresses, dns and dhcp. */
export function ownsBridge(mode: string): boolean {
  return mode === 'none' || mode === 'nat' || mode === 'route' || mode === 'open';
}

export function factsOf(network: XmlElement): Facts {
  const [forward] = xpathChildren(network, 'forward');
  const mode = forward === undefined ? 'none' : (xpathAttr(forward, 'mode')?.value ?? 'nat');
  return {
    mode: MODES.includes(mode) ? mode : null,
    ips: new Map(xpathChildren(network, 'ip').map((ip) => [ip, ipFacts(ip)])),
  };
}

function ipFacts(element: XmlElement): IpFacts {
  const written = xpathAttr(element, 'address');
  const address = written === undefined ? null : readAddress(written.value);
  const prefix = address === null ? -1 : ipPrefix(element, address);
  return { address, prefix, network: address === null || prefix < 0 ? null : maskAddress(address, prefix) };
}

function ipPrefix(element: XmlElement, address: Address): number {
  const prefix = readUint(propertyAttr(element, 'prefix')?.value ?? '', UINT32, 10);
  const width = address.family === 'ipv4' ? 32 : 128;
  if (prefix !== null && prefix > 0n) return prefix <= width ? Number(prefix) : -1;
  const netmask = readAddress(xpathAttr(element, 'netmask')?.value ?? '');
  if (netmask?.family === 'ipv4') return address.family === 'ipv4' ? netmaskLength(netmask.bits) : -1;
  return prefixByClass(address);
}

/** virSocketAddrGetIPPrefix without prefix and netmask: by the class of an IPv4 address, 64 for IPv6, 0 for all zeros. */
function prefixByClass(address: Address): number {
  if (sameAddress(address, maskAddress(address, 0))) return 0;
  if (address.family === 'ipv6') return 64;
  const first = address.bits >>> 24;
  return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : -1;
}

/** True when the address lies in the network that the ip describes; null when that cannot be said. */
export function inNetwork(address: Address, ip: IpFacts): boolean | null {
  if (ip.network === null) return null;
  return sameAddress(maskAddress(address, ip.prefix), ip.network);
}
