// Rules about the way of forwarding: the devices of a forward, and what each mode allows and needs in the rest of the network.

import type { XmlAttr, XmlElement } from '../xml/document.ts';
import { type Address, readAddress, readUint, UINT32 } from './c-forms.ts';
import { libvirtAttr, xpathAttr, xpathChildren } from './libvirt-reading.ts';
import { type Facts, ownsBridge } from './rule-facts.ts';
import { type At, type Findings, labelOn, quoted, report } from './rule-report.ts';
import { checkSpan } from './rules-dhcp.ts';

/** What a forward's pool is made of: libvirt keeps interfaces, or else PCI addresses, or else the physical function. */
type Pool = {
  readonly dev: XmlAttr | undefined;
  readonly interfaces: readonly XmlElement[];
  readonly addresses: readonly XmlElement[];
  readonly pfs: readonly XmlElement[];
  readonly kind: 'interface' | 'address' | 'pf' | null;
  /** `nifs` in libvirt: how many interfaces or PCI addresses. */
  readonly devices: number;
};

function poolOf(forward: XmlElement): Pool {
  const dev = xpathAttr(forward, 'dev');
  const interfaces = xpathChildren(forward, 'interface');
  const addresses = xpathChildren(forward, 'address');
  const pfs = xpathChildren(forward, 'pf');
  const kind =
    dev !== undefined || interfaces.length > 0
      ? 'interface'
      : addresses.length > 0
        ? 'address'
        : pfs.length > 0
          ? 'pf'
          : null;
  const devices =
    kind === 'interface' ? Math.max(1, interfaces.length) : kind === 'address' ? addresses.length : 0;
  return { dev, interfaces, addresses, pfs, kind, devices };
}

/** Children of a forward that libvirt does not look at, because another kind of pool is there. */
export function ignoredDevices(forward: XmlElement): ReadonlySet<XmlElement> {
  const { kind, addresses, pfs } = poolOf(forward);
  if (kind === 'interface') return new Set([...addresses, ...pfs]);
  return new Set(kind === 'address' ? pfs : []);
}

export function checkForward(findings: Findings, at: At, facts: Facts): void {
  const pool = poolOf(at.element);
  checkPool(findings, at, pool);
  if (facts.mode !== null) checkPoolOfMode(findings, at, facts.mode, pool);
  const [nat] = xpathChildren(at.element, 'nat');
  if (nat !== undefined && facts.mode !== null && facts.mode !== 'nat') {
    report(findings, {
      code: 'SL230',
      level: 'parse',
      at: childOf(at, 'nat', nat),
      message: `\`nat\` in a forward of mode \`${facts.mode}\``,
      help: 'use `nat` with mode `nat` only',
    });
  }
  const holds = at.element.children.some((child) => child.type === 'element' && child !== nat);
  if (facts.mode === 'none' && (holds || pool.dev !== undefined)) {
    lost(findings, at, 'the devices of a forward of mode `none`', 'choose another mode, or leave them out');
  } else if (facts.mode !== null && facts.mode !== 'hostdev') {
    const managed = xpathAttr(at.element, 'managed');
    if (managed?.value.toLowerCase() === 'yes') {
      lost(
        findings,
        at,
        `\`managed\` in a forward of mode \`${facts.mode}\``,
        'it is for mode `hostdev`: leave it out',
        managed,
      );
    }
  }
}

function lost(findings: Findings, at: At, what: string, help: string, attr?: XmlAttr): void {
  report(findings, {
    code: 'SL260',
    level: 'own',
    at,
    attr,
    message: `libvirt would not keep ${what}`,
    help,
  });
}

function childOf(at: At, name: string, element: XmlElement): At {
  const spec = at.spec?.children.find((child) => child.name === name) ?? null;
  return { spec, path: at.path === '' ? name : `${at.path}.${name}`, element, parent: at };
}

function checkPool(findings: Findings, at: At, pool: Pool): void {
  const { dev, interfaces, addresses, pfs } = pool;
  const [first] = interfaces;
  const [other] = [...addresses, ...pfs];
  if (dev !== undefined && other !== undefined) {
    report(findings, {
      code: 'SL232',
      level: 'parse',
      at,
      attr: dev,
      message: `\`dev\` beside \`${other.local}\``,
      help: 'name interfaces, or PCI devices, or one physical function',
      labels: labelOn(other, undefined, 'the other kind of device'),
    });
  } else if (first !== undefined && other !== undefined) {
    mixed(findings, at, other, first);
  } else if (addresses[0] !== undefined && pfs[0] !== undefined) {
    mixed(findings, at, pfs[0], addresses[0]);
  }
  if (pool.kind === 'pf' && pfs[1] !== undefined) {
    report(findings, {
      code: 'SL232',
      level: 'parse',
      at: childOf(at, 'pf', pfs[1]),
      message: 'a second `pf`',
      help: 'one physical function gives the whole pool: keep one',
      labels: labelOn(at.element, undefined, 'in this forward'),
    });
  }
  checkInterfaces(findings, at, pool);
  if (pool.kind === 'address') checkPciDevices(findings, at, addresses);
}

function mixed(findings: Findings, at: At, dropped: XmlElement, kept: XmlElement): void {
  report(findings, {
    code: 'SL232',
    level: 'own',
    at: childOf(at, dropped.local, dropped),
    message: `\`${dropped.local}\` beside \`${kept.local}\``,
    help: `libvirt would keep \`${kept.local}\` and drop this: keep one kind`,
    labels: labelOn(kept, undefined, 'the other kind of device'),
  });
}

function checkInterfaces(findings: Findings, at: At, { dev, interfaces }: Pool): void {
  const seen = new Map<string, XmlElement>();
  interfaces.forEach((element, i) => {
    const name = libvirtAttr('forward.interface', element, 'dev');
    if (name === undefined) return;
    if (i === 0 && dev !== undefined && name.value !== dev.value) {
      report(findings, {
        code: 'SL232',
        level: 'parse',
        at,
        attr: dev,
        detail: name.value,
        message: `\`dev\` is ${quoted(dev.value)}, but the first \`interface\` is ${quoted(name.value)}`,
        help: 'leave `dev` out: libvirt takes it from the first `interface`',
        labels: labelOn(element, name, 'the first interface'),
      });
    }
    const other = seen.get(name.value);
    if (other === undefined) seen.set(name.value, element);
    else
      twice(findings, childOf(at, 'interface', element), name, other, `the interface ${quoted(name.value)}`);
  });
}

function twice(findings: Findings, at: At, attr: XmlAttr | undefined, other: XmlElement, what: string): void {
  report(findings, {
    code: 'SL232',
    level: 'parse',
    at,
    attr,
    message: `${what} is listed twice`,
    help: 'list each device once',
    labels: labelOn(other, undefined, 'listed here already'),
  });
}

const PCI_PARTS = [
  ['domain', 0xffffn],
  ['bus', 0xffn],
  ['slot', 0x1fn],
  ['function', 7n],
] as const;

function checkPciDevices(findings: Findings, at: At, addresses: readonly XmlElement[]): void {
  const seen = new Map<string, XmlElement>();
  for (const element of addresses) {
    const child = childOf(at, 'address', element);
    const parts = PCI_PARTS.map(([name]) =>
      readUint(libvirtAttr(child.path, element, name)?.value ?? '0', UINT32, 0),
    );
    if (parts.some((part) => part === null)) continue;
    // virPCIDeviceAddressIsEmpty: an address of zeros is not looked at any closer
    const empty = parts.slice(0, 3).every((part) => part === 0n);
    PCI_PARTS.forEach(([name, max], i) => {
      const attr = libvirtAttr(child.path, element, name);
      if (attr === undefined || (parts[i] ?? 0n) <= max) return;
      report(findings, {
        code: 'SL203',
        level: empty ? 'own' : 'parse',
        at: child,
        attr,
        detail: attr.value,
        message: `\`${name}\` of \`address\` is ${quoted(attr.value)}`,
        help: `write a number from 0 to ${max}`,
      });
    });
    const key = parts.join('/');
    const other = seen.get(key);
    if (other === undefined) seen.set(key, element);
    else twice(findings, child, undefined, other, 'the PCI device');
  }
}

/** Source of the levels: virNetworkDefParseXML and networkValidate. */
function checkPoolOfMode(findings: Findings, at: At, mode: string, pool: Pool): void {
  const { interfaces, addresses, dev } = pool;
  if (mode === 'nat' || mode === 'route' || mode === 'open') {
    const second = pool.kind === 'address' ? addresses[1] : interfaces[1];
    if (pool.devices > 1 && second !== undefined) {
      report(findings, {
        code: 'SL230',
        level: 'parse',
        at: childOf(at, second.local, second),
        message: `a forward of mode \`${mode}\` goes through one interface, this names ${pool.devices}`,
        help: 'keep one, or none to let the host choose',
      });
    }
    const first = pool.kind === 'address' ? addresses[0] : interfaces[0];
    if (mode === 'open' && pool.devices > 0) {
      report(findings, {
        code: 'SL230',
        level: 'parse',
        at: first === undefined ? at : childOf(at, first.local, first),
        attr: first === undefined ? dev : undefined,
        message: 'a forward of mode `open` names a device',
        help: 'leave the device out: an open network goes wherever the host sends it',
      });
    }
  }
  if (pool.kind === 'interface' && mode === 'hostdev') {
    const first = interfaces[0];
    report(findings, {
      code: 'SL230',
      level: 'define',
      at: first === undefined ? at : childOf(at, 'interface', first),
      attr: first === undefined ? dev : undefined,
      message: 'a forward of mode `hostdev` names an interface',
      help: 'list its devices by PCI address: `<address type="pci" …/>`, or give one `pf`',
    });
  }
  if (pool.kind === 'address' && mode !== 'hostdev' && addresses[0] !== undefined) {
    report(findings, {
      code: 'SL230',
      level: 'define',
      at: childOf(at, 'address', addresses[0]),
      message: `a forward of mode \`${mode}\` lists PCI devices`,
      help: 'list interfaces, or use mode `hostdev`',
    });
  }
}

export function checkNat(findings: Findings, at: At, facts: Facts): void {
  if (facts.mode !== 'nat') return;
  const [addresses] = xpathChildren(at.element, 'address');
  if (addresses !== undefined) checkNatAddresses(findings, childOf(at, 'address', addresses));
  const [ports] = xpathChildren(at.element, 'port');
  if (ports !== undefined) checkNatPorts(findings, childOf(at, 'port', ports));
}

function checkNatAddresses(findings: Findings, at: At): void {
  const start = libvirtAttr(at.path, at.element, 'start');
  const end = libvirtAttr(at.path, at.element, 'end');
  const first = readAddress(start?.value ?? '');
  const last = readAddress(end?.value ?? '');
  for (const [attr, address] of [
    [start, first],
    [end, last],
  ] as const) {
    if (attr === undefined || address === null || address.family === 'ipv4') continue;
    report(findings, {
      code: 'SL210',
      level: unmapped(address) === null ? 'parse' : 'own',
      at,
      attr,
      detail: attr.value,
      message: `\`${attr.name}\` of the NAT addresses is ${quoted(attr.value)}, which is not IPv4`,
      help: 'write an IPv4 address',
    });
  }
  const from = first === null ? null : unmapped(first);
  const to = last === null ? null : unmapped(last);
  if (from !== null && to !== null) checkSpan(findings, at, from, to);
}

/** What getaddrinfo makes of an address when it is asked for IPv4: `::ffff:10.0.0.1` is 10.0.0.1. */
function unmapped(address: Address): Address | null {
  if (address.family === 'ipv4') return address;
  const mapped = address.words.slice(0, 5).every((word) => word === 0) && address.words[5] === 0xffff;
  return mapped ? { family: 'ipv4', bits: address.words[6]! * 0x10000 + address.words[7]! } : null; // eight words
}

function checkNatPorts(findings: Findings, at: At): void {
  const start = libvirtAttr(at.path, at.element, 'start');
  const end = libvirtAttr(at.path, at.element, 'end');
  const first = readUint(start?.value ?? '', UINT32, 10);
  const last = readUint(end?.value ?? '', UINT32, 10);
  if (first === null || last === null || first > 65535n || last > 65535n) return;
  if (last < first) {
    report(findings, {
      code: 'SL203',
      level: 'parse',
      at,
      attr: end,
      detail: `${first}-${last}`,
      message: `the NAT ports end at ${last}, before they start at ${first}`,
      help: 'swap `start` and `end`',
    });
  } else if (last === 0n) {
    lost(findings, at, 'NAT ports from 0 to 0', 'leave `port` out to use all ports');
  }
}

/** What the mode allows and needs outside of `forward`. */
export function checkMode(findings: Findings, network: At, facts: Facts): void {
  const { mode } = facts;
  if (mode === null) return;
  const [forward] = xpathChildren(network.element, 'forward');
  if (
    forward !== undefined &&
    (mode === 'nat' || mode === 'route' || mode === 'open') &&
    facts.ips.size === 0
  ) {
    report(findings, {
      code: 'SL231',
      level: 'parse',
      at: childOf(network, 'forward', forward),
      message: `a forward of mode \`${mode}\`, but the network has no \`ip\``,
      help: 'add an `ip`, or take another mode',
    });
  }
  if (ownsBridge(mode)) return;
  checkBridge(findings, network, mode, forward);
  checkHostSide(findings, network, mode);
  const [mtu] = xpathChildren(network.element, 'mtu');
  if (mtu !== undefined && !/^[ \t\n\v\f\r]*[+-]?0*$/.test(xpathAttr(mtu, 'size')?.value ?? '')) {
    unsupported(findings, childOf(network, 'mtu', mtu), 'parse', mode, '`mtu`');
  }
}

function unsupported(
  findings: Findings,
  at: At,
  level: 'parse' | 'define',
  mode: string,
  what: string,
  attr?: XmlAttr,
): void {
  report(findings, {
    code: 'SL230',
    level,
    at,
    attr,
    message: `${what} in a network with forward mode \`${mode}\``,
    help: 'leave it out: in this mode libvirt does not run the bridge',
  });
}

function checkBridge(findings: Findings, network: At, mode: string, forward: XmlElement | undefined): void {
  const [bridge] = xpathChildren(network.element, 'bridge');
  if (bridge === undefined) return;
  const at = childOf(network, 'bridge', bridge);
  const name = xpathAttr(bridge, 'name');
  const refused = mode === 'bridge' ? ['zone', 'stp'] : ['name', 'zone', 'stp', 'macTableManager'];
  for (const attr of bridge.attrs) {
    if (attr.ns !== '' || attr.value === '') continue;
    const delays = attr.name === 'delay' && !/^[ \t\n\v\f\r]*\+?0*$/.test(attr.value);
    if (refused.includes(attr.name) || delays)
      unsupported(findings, at, 'parse', mode, `\`${attr.name}\` of \`bridge\``, attr);
  }
  const pool = forward === undefined ? null : poolOf(forward);
  if (mode === 'bridge' && name !== undefined && pool !== null && pool.kind !== null) {
    report(findings, {
      code: 'SL232',
      level: 'parse',
      at,
      attr: name,
      message: 'a `bridge` with a name, and a forward with devices',
      help: 'plug guests into a bridge of the host, or let them share devices: keep one of the two',
      labels: forward === undefined ? [] : labelOn(forward, pool.dev, 'the devices'),
    });
  }
}

/** networkValidate: only the modes with a bridge of libvirt's own have a host side. */
function checkHostSide(findings: Findings, network: At, mode: string): void {
  const define = (name: string, counts: (element: XmlElement) => boolean): void => {
    const found = xpathChildren(network.element, name).slice(
      0,
      name === 'ip' || name === 'portgroup' ? undefined : 1,
    );
    for (const element of found) {
      if (counts(element))
        unsupported(findings, childOf(network, name, element), 'define', mode, `\`${name}\``);
    }
  };
  define('mac', (mac) => xpathAttr(mac, 'address') !== undefined);
  define('ip', () => true);
  define('domain', (domain) => libvirtAttr('domain', domain, 'name') !== undefined);
  define('dns', (dns) => ['txt', 'srv', 'host'].some((name) => xpathChildren(dns, name).length > 0));
  const [bridge] = xpathChildren(network.element, 'bridge');
  if (mode === 'bridge' && bridge !== undefined && xpathAttr(bridge, 'name') !== undefined) return;
  define('bandwidth', limits);
  for (const portgroup of xpathChildren(network.element, 'portgroup')) {
    const [bandwidth] = xpathChildren(portgroup, 'bandwidth');
    if (bandwidth === undefined || !limits(bandwidth)) continue;
    const at = childOf(childOf(network, 'portgroup', portgroup), 'bandwidth', bandwidth);
    unsupported(findings, at, 'define', mode, '`bandwidth` of a `portgroup`');
  }
}

/** An empty bandwidth is none. */
function limits(bandwidth: XmlElement): boolean {
  return bandwidth.children.some(
    (child) => child.type === 'element' && (child.local === 'inbound' || child.local === 'outbound'),
  );
}
