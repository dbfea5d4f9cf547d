// Rules about the network's own addresses: family, prefix and netmask, where dhcp may be, and routes.

import type { XmlElement } from '../xml/document.ts';
import {
  type Address,
  addressText,
  maskAddress,
  readAddress,
  readUint,
  sameAddress,
  UINT32,
} from './c-forms.ts';
import { hasChildNamed, libvirtAttr, propertyAttr } from './libvirt-reading.ts';
import { type Facts, type IpFacts, inNetwork } from './rule-facts.ts';
import { type At, type Findings, labelOn, quoted, report } from './rule-report.ts';

/** virNetworkIPDefParseXML; a route has the same rules in virNetDevIPRouteCreate, but for a given prefix of 0. */
export function checkFamily(findings: Findings, at: At): void {
  const { element, path } = at;
  const family = libvirtAttr(path, element, 'family');
  const address = libvirtAttr(path, element, 'address');
  const netmask = libvirtAttr(path, element, 'netmask');
  const prefix = libvirtAttr(path, element, 'prefix');
  const read = readAddress(address?.value ?? '');
  if (family !== undefined && family.value !== 'ipv4' && family.value !== 'ipv6') return;
  const wanted = family?.value === 'ipv6' ? 'ipv6' : 'ipv4';
  if (address !== undefined && read !== null && read.family !== wanted) {
    report(findings, {
      code: 'SL210',
      level: 'parse',
      at,
      attr: address,
      detail: address.value,
      message: `${quoted(address.value)} is not ${wanted === 'ipv4' ? 'IPv4' : 'IPv6'}`,
      help:
        wanted === 'ipv4'
          ? 'write `family="ipv6"` beside an IPv6 address'
          : 'leave `family` out for an IPv4 address',
    });
    return;
  }
  const length = readUint(prefix?.value ?? '', UINT32, 10);
  if (netmask !== undefined && wanted === 'ipv6') {
    report(findings, {
      code: 'SL210',
      level: 'parse',
      at,
      attr: netmask,
      message: '`netmask` with an IPv6 address',
      help: 'write `prefix`',
    });
    return;
  }
  if (netmask !== undefined) {
    const mask = readAddress(netmask.value);
    if (mask?.family === 'ipv6') {
      report(findings, {
        code: 'SL210',
        level: 'parse',
        at,
        attr: netmask,
        detail: netmask.value,
        message: `\`netmask\` is ${quoted(netmask.value)}, which is not IPv4`,
        help: 'write an IPv4 netmask, or `prefix`',
      });
      return;
    }
    if (length !== null && (length > 0n || path === 'route')) {
      report(findings, {
        code: 'SL210',
        level: 'parse',
        at,
        attr: prefix,
        message: 'both `prefix` and `netmask`',
        help: 'keep `prefix`',
        labels: labelOn(element, netmask, 'the netmask'),
      });
      return;
    }
  }
  // more than 128 is wrong in itself, and said with the values
  if (prefix !== undefined && length !== null && wanted === 'ipv4' && length > 32n && length <= 128n) {
    report(findings, {
      code: 'SL210',
      level: 'parse',
      at,
      attr: prefix,
      detail: prefix.value,
      message: `\`prefix\` is ${length}, but an IPv4 address has 32 bits`,
      help: 'write a number from 0 to 32',
    });
  }
  if (path === 'ip' && prefix !== undefined && length === 0n) {
    report(findings, {
      code: 'SL260',
      level: 'own',
      at,
      attr: prefix,
      message: 'libvirt would not keep a `prefix` of 0, and guess one from the address',
      help: 'write the prefix of the network',
    });
  }
}

export function checkIp(findings: Findings, at: At, ip: IpFacts | undefined): void {
  if (ip?.address?.family !== 'ipv6') return;
  for (const tftp of at.element.children) {
    if (tftp.type !== 'element' || tftp.local !== 'tftp' || tftp.ns !== '') continue;
    report(findings, {
      code: 'SL210',
      level: 'parse',
      at: { spec: null, path: at.path, element: tftp, parent: at },
      message: '`tftp` with an IPv6 address',
      help: 'put it with the IPv4 address of the network',
    });
    return;
  }
}

/** networkValidate: dhcp on one address of each family. */
export function checkSingleDhcp(findings: Findings, network: At, facts: Facts): void {
  const first = new Map<string, XmlElement>();
  for (const [element, { address }] of facts.ips) {
    const dhcp = element.children.find(
      (child): child is XmlElement => child.type === 'element' && child.local === 'dhcp' && child.ns === '',
    );
    if (address === null || dhcp === undefined) continue;
    if (!hasChildNamed(dhcp, 'range', 'host')) continue;
    const other = first.get(address.family);
    if (other === undefined) {
      first.set(address.family, dhcp);
      continue;
    }
    const ipSpec = network.spec?.children.find((child) => child.name === 'ip') ?? null;
    const dhcpSpec = ipSpec?.children.find((child) => child.name === 'dhcp') ?? null;
    const family = address.family === 'ipv4' ? 'IPv4' : 'IPv6';
    report(findings, {
      code: 'SL218',
      level: 'define',
      at: {
        spec: dhcpSpec,
        path: 'ip.dhcp',
        element: dhcp,
        parent: { spec: ipSpec, path: 'ip', element, parent: network },
      },
      message: `a second ${family} address with dhcp`,
      help: `libvirt serves dhcp on one ${family} address of a network: move it there`,
      labels: labelOn(other, undefined, 'the first'),
    });
  }
}

/** virNetDevIPRouteCreate, and that the gateway can be reached from the network. */
export function checkRoute(findings: Findings, at: At, facts: Facts): void {
  const { element } = at;
  const address = propertyAttr(element, 'address');
  const gateway = propertyAttr(element, 'gateway');
  const family = propertyAttr(element, 'family')?.value ?? 'ipv4';
  const network = readAddress(address?.value ?? '');
  const hop = readAddress(gateway?.value ?? '');
  if (family !== 'ipv4' && family !== 'ipv6') return;
  if (gateway !== undefined && hop !== null && hop.family !== family) {
    report(findings, {
      code: 'SL210',
      level: 'parse',
      at,
      attr: gateway,
      detail: gateway.value,
      message: `the gateway ${quoted(gateway.value)} is not ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`,
      help: 'write a gateway of the family of the address',
    });
  } else if (
    gateway !== undefined &&
    hop !== null &&
    ![...facts.ips.values()].some((ip) => inNetwork(hop, ip) === true)
  ) {
    report(findings, {
      code: 'SL217',
      level: 'parse',
      at,
      attr: gateway,
      detail: gateway.value,
      message: `the gateway ${quoted(gateway.value)} lies in no \`ip\` of this network`,
      help: 'choose an address of this network, or add an `ip` that holds it',
    });
  }
  if (address === undefined || network === null || network.family !== family) return;
  const length = routePrefix(element, network);
  if (length === null) return;
  const wanted = maskAddress(network, length);
  if (sameAddress(network, wanted)) return;
  const unsaid =
    propertyAttr(element, 'prefix') === undefined && propertyAttr(element, 'netmask') === undefined;
  report(findings, {
    code: 'SL217',
    level: 'parse',
    at,
    attr: address,
    detail: address.value,
    message: `${quoted(address.value)} is not the address of a network with prefix ${length}`,
    help: unsaid ? 'say how long its `prefix` is' : `write \`${addressText(wanted)}\`, or another prefix`,
  });
}

/** Null when netmask or prefix are wrong in themselves, or the address fits a netmask (which may have gaps here). */
function routePrefix(element: XmlElement, network: Address): number | null {
  const netmask = propertyAttr(element, 'netmask');
  const prefix = propertyAttr(element, 'prefix');
  if (netmask !== undefined) {
    const mask = readAddress(netmask.value);
    if (mask?.family !== 'ipv4' || network.family !== 'ipv4' || prefix !== undefined) return null;
    const masked = (network.bits & mask.bits) >>> 0;
    return masked === network.bits ? null : Math.clz32(~mask.bits);
  }
  if (prefix === undefined) return 0;
  const length = readUint(prefix.value, UINT32, 10);
  return length === null || length > (network.family === 'ipv4' ? 32n : 128n) ? null : Number(length);
}
