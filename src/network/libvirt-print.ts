// A network as libvirt 9.0.0 prints it after a define (`virsh net-dumpxml --inactive`), byte for byte, without making up
// what libvirt would make up: a uuid, a MAC, a name for the bridge.
//
// The order of elements and attributes and the forms of values come from the element table; where libvirt prints
// something else than the table can say, ODDITIES has it. Unknown elements and attributes, comments and layout are gone,
// as libvirt loses them. Source: virNetworkDefFormatBuf and what it calls, tried on a real daemon.

import type { XmlDocument, XmlElement } from '../xml/document.ts';
import {
  addressText,
  macText,
  plainIPv4,
  readAddress,
  readMac,
  readUint,
  readUuid,
  UINT64,
} from './c-forms.ts';
import { metadataAsLibvirt } from './libvirt-metadata.ts';
import { keptCopy, libvirtAttr, libvirtChildren, libvirtNumber, stringValue } from './libvirt-reading.ts';
import { type AttrSpec, DNSMASQ_NS, type ElementSpec, type ValueType } from './spec.ts';
import { attrSpecOf, childSpecByName, networkSpec, specAt } from './table.ts';

/**
 * The document's network in libvirt's own layout, with a line feed at its end. Means what libvirt takes it for only when
 * `checkParse` has no error for the document; of a network that libvirt refuses it prints what it can.
 */
export function printAsLibvirt(doc: XmlDocument): string {
  const out: string[] = [];
  printElement(out, { spec: networkSpec, path: '', element: doc.root, parent: null }, '');
  return out.join('');
}

/** One element on its way out, with those around it. */
type Place = {
  readonly spec: ElementSpec;
  /** In the table: `ip.dhcp.host`, empty for the network. */
  readonly path: string;
  readonly element: XmlElement;
  readonly parent: Place | null;
};

type Oddity = {
  /** True for what libvirt does not print. */
  readonly dropped?: (at: Place) => boolean;
  /** Not printed when neither an attribute nor a child of it is. */
  readonly vanishes?: true;
  /** An attribute in another form than the table gives it, `given` being what is there; null to leave it out. */
  readonly attr?: (name: string, given: string | null, at: Place) => string | null;
  /** Not only what the document has. */
  readonly children?: (found: readonly XmlElement[], child: ElementSpec, at: Place) => readonly XmlElement[];
  /** `<ip …>` and `</ip>` even with nothing between them. */
  readonly open?: true;
  /** Attributes that libvirt keeps as they are written. */
  readonly verbatim?: readonly string[];
  /** Attributes that libvirt prints without escaping them (virBufferAsprintf instead of virBufferEscapeString). */
  readonly raw?: readonly string[];
};

function printElement(out: string[], at: Place, indent: string): void {
  const { spec, path, element } = at;
  const odd = ODDITIES.get(path);
  if (odd?.dropped?.(at)) return;
  if (spec.content === 'opaque') {
    out.push(metadataAsLibvirt(element));
    return;
  }
  const name = `${indent}<${spec.name}`;
  let tag = name;
  if (path === '' && hasOptions(at)) tag += ` xmlns:dnsmasq='${DNSMASQ_NS}'`;
  for (const attr of spec.attrs) {
    const written = libvirtAttr(path, element, attr.name)?.value;
    const given =
      written === undefined
        ? null
        : odd?.verbatim?.includes(attr.name)
          ? written
          : printedAttr(attr, written);
    const value = odd?.attr === undefined ? given : odd.attr(attr.name, given, at);
    if (value !== null) tag += ` ${attr.name}='${odd?.raw?.includes(attr.name) ? value : escaped(value)}'`;
  }
  if (spec.text !== null) {
    const text = stringValue(element);
    if (text !== '') out.push(`${tag}>${escaped(printed(spec.text, text))}</${spec.name}>\n`);
    return;
  }
  const opened = out.length;
  out.push('');
  const mayHold = element.children.length > 0 || odd?.children !== undefined;
  for (const child of mayHold ? spec.children : []) {
    const childPath = path === '' ? child.name : `${path}.${child.name}`;
    for (const one of keptChildren(at, child, childPath)) {
      printElement(out, { spec: child, path: childPath, element: one, parent: at }, `${indent}  `);
    }
  }
  const empty = out.length === opened + 1 && odd?.open !== true;
  if (empty && tag === name && odd?.vanishes) {
    out.pop();
    return;
  }
  out[opened] = empty ? `${tag}/>\n` : `${tag}>\n`;
  if (!empty) out.push(`${indent}</${spec.name}>\n`);
}

function keptChildren(at: Place, child: ElementSpec, path: string): readonly XmlElement[] {
  let found = libvirtChildren(path, at.element, child.local, child.ns);
  if (child.cardinality !== 'many') {
    const kept = keptCopy(path, found);
    found = kept === undefined ? [] : [kept];
  }
  const odd = ODDITIES.get(at.path);
  return odd?.children === undefined ? found : odd.children(found, child, at);
}

function printedAttr(attr: AttrSpec, written: string): string {
  return attr.type.kind === 'uint'
    ? String(libvirtNumber(attr, written) ?? written)
    : printed(attr.type, written);
}

/** A value in libvirt's form; as it is written where libvirt could not read it. */
function printed(type: ValueType, written: string): string {
  switch (type.kind) {
    case 'uuid':
      return readUuid(written) ?? written;
    case 'mac': {
      const mac = readMac(written);
      return mac === null ? written : macText(mac);
    }
    case 'ip':
    case 'netmask': {
      if (plainIPv4(written) >= 0) return written;
      const address = readAddress(written);
      return address === null ? written : addressText(address);
    }
    case 'pci': {
      const part = readUint(written, UINT64, 0);
      if (part === null) return written;
      // the function is printed with `0x%d`, which shows in a number that libvirt lets pass only in an address of zeros
      return type.digits === 1
        ? `0x${BigInt.asIntN(32, part)}`
        : `0x${part.toString(16).padStart(type.digits, '0')}`;
    }
    case 'text':
    case 'hostname':
    case 'name':
    case 'duid':
    case 'enum':
    case 'stp':
    case 'uint':
      return written;
  }
}

/** virBufferEscapeString; the control characters that it leaves out cannot stand in XML. */
function escaped(text: string): string {
  return /["&'<>]/.test(text) ? text.replace(/["&'<>]/g, (c) => ENTITIES[c] ?? c) : text;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '"': '&quot;',
  '&': '&amp;',
  "'": '&apos;',
  '<': '&lt;',
  '>': '&gt;',
};

// What the table cannot say.

/** `nat` for `<forward/>`, `none` without one. */
function forwardMode(network: XmlElement): string {
  const forward = libvirtChildren('forward', network, 'forward', '')[0];
  return forward === undefined ? 'none' : (libvirtAttr('forward', forward, 'mode')?.value ?? 'nat');
}

/** The modes in which libvirt makes and runs the bridge itself. */
const OWN_BRIDGE: ReadonlySet<string> = new Set(['none', 'nat', 'route', 'open']);

function rootOf(at: Place): XmlElement {
  let place = at;
  while (place.parent !== null) place = place.parent;
  return place.element;
}

function hasChild(at: Place, ...names: readonly string[]): boolean {
  return at.spec.children.some(
    (child) => names.includes(child.name) && keptChildren(at, child, `${at.path}.${child.name}`).length > 0,
  );
}

function given(at: Place, name: string): string | null {
  return libvirtAttr(at.path, at.element, name)?.value ?? null;
}

const EMPTY_BRIDGE: XmlElement = emptyElement('bridge');

function emptyElement(name: string): XmlElement {
  return {
    type: 'element',
    name,
    local: name,
    ns: '',
    attrs: [],
    children: [],
    source: null,
    start: -1,
    openEnd: -1,
    closeStart: -1,
    end: -1,
    intact: false,
    origin: null,
  };
}

/** All options of all `dnsmasq:options`: libvirt asks for `./dnsmasq:options/dnsmasq:option`. */
function optionsOf(network: XmlElement): readonly XmlElement[] {
  return libvirtChildren('dnsmasq:options', network, 'options', DNSMASQ_NS).flatMap((options) =>
    libvirtChildren('dnsmasq:options.dnsmasq:option', options, 'option', DNSMASQ_NS),
  );
}

function hasOptions(at: Place): boolean {
  return optionsOf(at.element).length > 0;
}

/** The pool of a forward: libvirt keeps interfaces, or else PCI addresses, or else the physical function. */
function poolOf(forward: XmlElement): 'interface' | 'address' | 'pf' | null {
  if (libvirtAttr('forward', forward, 'dev') !== undefined) return 'interface';
  for (const name of ['interface', 'address', 'pf'] as const) {
    if (libvirtChildren(`forward.${name}`, forward, name, '').length > 0) return name;
  }
  return null;
}

function firstInterface(forward: XmlElement): string | null {
  const first = libvirtChildren('forward.interface', forward, 'interface', '')[0];
  const dev = first === undefined ? undefined : libvirtAttr('forward.interface', first, 'dev');
  return dev?.value ?? null;
}

function withoutZero(value: string | null): string | null {
  return value === '0' ? null : value;
}

const dropZeros = (_name: string, value: string | null): string | null => withoutZero(value);

const rate: Oddity = {
  // an average of 0 is no average, and without one libvirt prints no limit at all
  dropped: (at) => withoutZero(count(at, 'average')) === null,
  attr: dropZeros,
};

/** A number of the element in decimal; null when it has none. */
function count(at: Place, name: string): string | null {
  return countIn(at.spec, at.path, at.element, name);
}

function countIn(spec: ElementSpec, path: string, element: XmlElement, name: string): string | null {
  const attr = attrSpecOf(spec, name);
  const written = libvirtAttr(path, element, name)?.value;
  return attr === null || written === undefined ? null : printedAttr(attr, written);
}

const lease: Oddity = {
  attr: (name, value, at) => {
    if (name !== 'unit') return value;
    return count(at, 'expiry') === '0' ? null : (value ?? 'minutes');
  },
};

const vlan: Oddity = {
  attr: (_trunk, value, at) => {
    const tags = libvirtChildren(`${at.path}.tag`, at.element, 'tag', '').length;
    return tags > 1 || value?.toLowerCase() === 'yes' ? 'yes' : null;
  },
  open: true,
};

const tag: Oddity = {
  // libvirt stores one native mode and the id it was given for, so every tag with that id shows it
  attr: (name, value, at) => {
    if (name !== 'nativeMode' || at.parent === null) return value;
    const id = count(at, 'id');
    const native = libvirtChildren(at.path, at.parent.element, 'tag', '').find(
      (one) => libvirtAttr(at.path, one, 'nativeMode') !== undefined,
    );
    if (native === undefined || countIn(at.spec, at.path, native, 'id') !== id) return null;
    return libvirtAttr(at.path, native, 'nativeMode')?.value ?? null;
  },
};

const bandwidth: Oddity = { dropped: (at) => !hasChild(at, 'inbound', 'outbound'), open: true };

const parameters: Oddity = {
  dropped: (at) =>
    at.spec.attrs.every(({ name }) =>
      name === 'profileid' ? (given(at, name) ?? '') === '' : given(at, name) === null,
    ),
  attr: (name, value, at) => {
    if (name === 'profileid' && value === '') return null;
    // libvirt refuses what does not belong to the other types, but lets this pass and does not print it
    const type = at.parent === null ? null : given(at.parent, 'type');
    return type === 'midonet' && name !== 'interfaceid' ? null : value;
  },
  raw: ['profileid'],
};

const ODDITIES: ReadonlyMap<string, Oddity> = new Map(
  Object.entries({
    '': {
      attr: (name, value) => {
        if (name === 'connections') return null;
        return name === 'ipv6' && value !== 'yes' ? null : value;
      },
      children: (found, child, at) => {
        switch (child.name) {
          case 'bridge':
            return found.length === 0 && OWN_BRIDGE.has(forwardMode(at.element)) ? [EMPTY_BRIDGE] : found;
          case 'dnsmasq:options':
            return hasOptions(at) ? found.slice(0, 1) : [];
          default:
            return found;
        }
      },
    },
    // libvirt has these from 9.7 on
    title: { dropped: () => true },
    description: { dropped: () => true },
    forward: {
      dropped: (at) => given(at, 'mode') === 'none',
      attr: (name, value, at) => {
        switch (name) {
          case 'dev':
            return value ?? (poolOf(at.element) === 'interface' ? firstInterface(at.element) : null);
          case 'mode':
            return value ?? 'nat';
          case 'managed':
            return forwardMode(rootOf(at)) !== 'hostdev'
              ? null
              : value?.toLowerCase() === 'yes'
                ? 'yes'
                : 'no';
          default:
            return value;
        }
      },
      children: (found, child, at) => {
        switch (child.name) {
          case 'interface': {
            const dev = libvirtAttr('forward', at.element, 'dev');
            return found.length > 0 || dev === undefined
              ? found
              : [{ ...emptyElement('interface'), attrs: [{ ...dev, name: 'dev', local: 'dev', ns: '' }] }];
          }
          case 'address':
          case 'pf':
            return poolOf(at.element) === child.name ? found : [];
          case 'nat':
            return forwardMode(rootOf(at)) === 'nat' ? found : [];
          default:
            return found;
        }
      },
    },
    'forward.driver': { vanishes: true },
    'forward.nat': {
      vanishes: true,
      children: (found, child, at) => (child.name === 'port' && !portCounts(at) ? [] : found),
    },
    'forward.nat.port': { attr: (name, value) => (name === 'end' ? withoutZero(value) : value) },
    'forward.interface': { attr: (name, value) => (name === 'connections' ? null : value) },
    'forward.address': {
      attr: (name, value) => {
        if (name === 'connections') return null;
        const digits = PCI_DIGITS.get(name);
        return digits === undefined ? value : (value ?? `0x${'0'.repeat(digits)}`);
      },
    },
    bridge: {
      dropped: (at) =>
        !OWN_BRIDGE.has(forwardMode(rootOf(at))) &&
        given(at, 'name') === null &&
        given(at, 'macTableManager') === null,
      attr: (name, value, at) => {
        const own = OWN_BRIDGE.has(forwardMode(rootOf(at)));
        switch (name) {
          case 'stp':
            return !own ? null : value === 'off' ? 'off' : 'on';
          case 'delay':
            return own ? asSigned(value ?? '0') : null;
          default:
            return value;
        }
      },
    },
    mtu: { vanishes: true, attr: dropZeros },
    mac: { vanishes: true },
    domain: { dropped: (at) => given(at, 'name') === null, raw: ['name'] },
    dns: { vanishes: true },
    'dns.srv': { attr: (name, value) => (SRV_NUMBERS.has(name) ? withoutZero(value) : value) },
    vlan,
    'vlan.tag': tag,
    bandwidth,
    'bandwidth.inbound': rate,
    'bandwidth.outbound': rate,
    port: { vanishes: true },
    ip: { attr: (name, value) => (name === 'prefix' ? withoutZero(value) : value), open: true },
    'ip.tftp': { vanishes: true },
    'ip.dhcp': { dropped: (at) => !hasChild(at, 'range', 'host') },
    'ip.dhcp.range.lease': lease,
    'ip.dhcp.host': {
      verbatim: ['mac'],
      raw: ['mac', 'id', 'name'],
    },
    'ip.dhcp.host.lease': lease,
    'ip.dhcp.bootp': {
      dropped: (at) => {
        const ip = at.parent?.parent;
        const address = ip === null || ip === undefined ? null : given(ip, 'address');
        return address === null || readAddress(address)?.family !== 'ipv4';
      },
    },
    'virtualport.parameters': parameters,
    portgroup: {
      attr: (name, value) => (name !== 'default' ? value : value?.toLowerCase() === 'yes' ? 'yes' : null),
      open: true,
      raw: ['name'],
    },
    'portgroup.vlan': vlan,
    'portgroup.vlan.tag': tag,
    'portgroup.virtualport': { vanishes: true },
    'portgroup.virtualport.parameters': parameters,
    'portgroup.bandwidth': bandwidth,
    'portgroup.bandwidth.inbound': rate,
    'portgroup.bandwidth.outbound': rate,
    'dnsmasq:options': {
      children: (_found, _child, at) => optionsOf(rootOf(at)),
    },
  } satisfies Record<string, Oddity>),
);

const SRV_NUMBERS: ReadonlySet<string> = new Set(['port', 'priority', 'weight']);
const PCI_DIGITS: ReadonlyMap<string, number> = new Map(
  (specAt(['forward', 'address'])?.attrs ?? []).flatMap((a) =>
    a.type.kind === 'pci' ? [[a.name, a.type.digits] as const] : [],
  ),
);

/** A port range of 0 to 0 is none. */
function portCounts(nat: Place): boolean {
  const spec = childSpecByName(nat.spec, 'port');
  const path = `${nat.path}.port`;
  const port = libvirtChildren(path, nat.element, 'port', '')[0];
  if (spec === null || port === undefined) return false;
  return ['start', 'end'].some((name) => withoutZero(countIn(spec, path, port, name)) !== null);
}

/** Read as `unsigned long`, printed with `%ld`. */
function asSigned(delay: string): string {
  return /^[0-9]{1,20}$/.test(delay) ? String(BigInt.asIntN(64, BigInt(delay))) : delay;
}
