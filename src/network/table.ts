// The element table: every element and attribute that libvirt knows in a `<network>`, as data.
//
// Source: libvirt 9.0.0 (conf/network_conf.c and what a real daemon printed), plus `title` and `description` of 9.7.
// Children and attributes stand in the order in which libvirt prints them. Rules that need more than one value
// (an end after its start, a gateway inside a network) are not data: rules.ts has them.

import {
  type AttrSpec,
  DNSMASQ_NS,
  type ElementSpec,
  type KeyPart,
  type KeySpec,
  type ValueType,
} from './spec.ts';

// Types that several attributes share.

const TEXT: ValueType = { kind: 'text' };
const HOSTNAME: ValueType = { kind: 'hostname' };
const NAME: ValueType = { kind: 'name' };
/** A network interface of the host. */
const INTERFACE: ValueType = { kind: 'name', of: 'interface' };
const UUID: ValueType = { kind: 'uuid' };
const MAC: ValueType = { kind: 'mac' };
const IP: ValueType = { kind: 'ip', family: 'any' };
const IPV4: ValueType = { kind: 'ip', family: 'ipv4' };
const YES_NO = { kind: 'enum', values: ['yes', 'no'] } as const satisfies ValueType;
/** Read with strcasecmp; what is not yes is no (a portgroup's `default='true'` is none). */
const YES_OR_ELSE_NO: ValueType = { ...YES_NO, ignoreCase: true, otherwise: 'no' };
const FAMILY: ValueType = { kind: 'enum', values: ['ipv4', 'ipv6'] };
const PREFIX = uint(0, 128);
const PORT = uint(0, 65535);
/** libvirt's `unsigned long long`; 2^64 - 1 has no exact form as a number, values.ts knows. */
const ULL_MAX = 2 ** 64;
/** libvirt reads a delay as `unsigned long` and prints it with `%ld`: one of 2^63 or more comes back as another. 68 years will do. */
const DELAY_MAX = 2 ** 31 - 1;
const UINT_MAX = 2 ** 32 - 1;

function uint(min: number, max: number, unit: string | null = null): ValueType {
  return { kind: 'uint', min, max, base0: false, unit };
}

function oneOf(...values: readonly string[]): ValueType {
  return { kind: 'enum', values };
}

// Attributes: ordinary, needed, with a default, restating another.

function attr(name: string, type: ValueType, doc: string): AttrSpec {
  return { name, type, required: false, default: null, restates: null, doc };
}

function needed(name: string, type: ValueType, doc: string): AttrSpec {
  return { ...attr(name, type, doc), required: true };
}

function withDefault(name: string, type: ValueType, value: string, doc: string): AttrSpec {
  return { ...attr(name, type, doc), default: value };
}

function restating(name: string, type: ValueType, instead: string, doc: string): AttrSpec {
  return { ...attr(name, type, doc), restates: instead };
}

/** Present in the XML of a running network only; libvirt's parser ignores it. */
const CONNECTIONS = restating(
  'connections',
  uint(0, UINT_MAX),
  'leave it out: libvirt counts it itself',
  'how many guest interfaces use it now (printed for a running network only)',
);
const NETMASK = restating(
  'netmask',
  { kind: 'netmask' },
  'use `prefix`',
  'IPv4 netmask, another way to write the prefix',
);

// Elements.

type Shape = {
  readonly attrs?: readonly AttrSpec[];
  readonly children?: readonly ElementSpec[];
  readonly text?: ValueType;
  readonly content?: 'opaque';
  readonly ns?: string;
  readonly mustBeNamed?: true;
};

function element(
  name: string,
  doc: string,
  cardinality: ElementSpec['cardinality'],
  key: KeySpec | null,
  absentWhenEmpty: boolean,
  shape: Shape,
): ElementSpec {
  return {
    name,
    local: name.slice(name.indexOf(':') + 1),
    ns: shape.ns ?? '',
    cardinality,
    attrs: shape.attrs ?? [],
    children: shape.children ?? [],
    text: shape.text ?? null,
    key,
    content: shape.content ?? 'known',
    mustBeNamed: shape.mustBeNamed ?? false,
    absentWhenEmpty,
    doc,
  };
}

/** At most one; with nothing but defaults in it, libvirt takes it as absent. */
function single(name: string, doc: string, shape: Shape): ElementSpec {
  return element(name, doc, 'optional', null, true, shape);
}

/** At most one; empty it is not absent: it means something (`<forward/>` is NAT) or libvirt refuses it (`<inbound/>`). */
function singleEvenEmpty(name: string, doc: string, shape: Shape): ElementSpec {
  return element(name, doc, 'optional', null, false, shape);
}

function list(name: string, doc: string, key: KeySpec, shape: Shape): ElementSpec {
  return element(name, doc, 'many', key, false, shape);
}

function byAttr(name: string): KeySpec {
  return { alternatives: [{ kind: name, parts: [{ attr: name }] }], separator: '/' };
}

function byAttrs(kind: string, separator: KeySpec['separator'], ...names: readonly string[]): KeySpec {
  const parts: readonly KeyPart[] = names.map((name) => ({ attr: name }));
  return { alternatives: [{ kind, parts }], separator };
}

const BY_TEXT: KeySpec = { alternatives: [{ kind: 'text', parts: [{ text: true }] }], separator: '/' };

// Pieces that stand in the network and in its portgroups.

const vlan = single('vlan', 'VLAN tags for guest interfaces', {
  attrs: [
    withDefault(
      'trunk',
      { ...YES_NO, ignoreCase: true },
      'no',
      'pass tagged traffic; always yes with more than one tag',
    ),
  ],
  children: [
    list('tag', 'one VLAN id', byAttr('id'), {
      attrs: [
        needed('id', uint(0, 4095), 'VLAN id'),
        attr('nativeMode', oneOf('tagged', 'untagged'), 'makes this the native VLAN of a trunk'),
      ],
    }),
  ],
});

/** `classID` is not here: libvirt refuses it in a network, so it counts as unknown. */
const bandwidth = single('bandwidth', 'traffic limits', {
  children: [
    rate('inbound', 'limits of traffic into the guests'),
    rate('outbound', 'limits of traffic out of the guests'),
  ],
});

function rate(name: string, doc: string): ElementSpec {
  return singleEvenEmpty(name, doc, {
    attrs: [
      needed('average', uint(0, ULL_MAX, 'KiB/s'), 'average rate'),
      attr('peak', uint(0, ULL_MAX, 'KiB/s'), 'highest rate (libvirt ignores it in outbound)'),
      attr('floor', uint(0, ULL_MAX, 'KiB/s'), 'guaranteed rate (libvirt refuses it in a network)'),
      attr('burst', uint(0, ULL_MAX, 'KiB'), 'how much may go at peak rate'),
    ],
  });
}

const virtualportParameters = single('parameters', 'parameters of the virtual port', {
  attrs: [
    attr('managerid', { kind: 'uint', min: 0, max: 0xff, base0: true, unit: null }, 'VSI manager (802.1Qbg)'),
    attr('typeid', { kind: 'uint', min: 0, max: 0xffffff, base0: true, unit: null }, 'VSI type (802.1Qbg)'),
    attr(
      'typeidversion',
      { kind: 'uint', min: 0, max: 0xff, base0: true, unit: null },
      'version of the VSI type (802.1Qbg)',
    ),
    attr('instanceid', UUID, 'VSI instance (802.1Qbg)'),
    attr('interfaceid', UUID, 'interface (openvswitch, midonet)'),
    attr('profileid', NAME, 'port profile (802.1Qbh, openvswitch), at most 39 characters'),
  ],
});
const VIRTUALPORT_TYPE = oneOf('802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet');

const networkVirtualport = singleEvenEmpty('virtualport', 'how guest interfaces join a switch', {
  attrs: [needed('type', VIRTUALPORT_TYPE, 'kind of switch')],
  children: [virtualportParameters],
});

/** In a portgroup the type may be left to the network or to the guest's interface. */
const portgroupVirtualport = single('virtualport', 'how guest interfaces of this group join a switch', {
  attrs: [attr('type', VIRTUALPORT_TYPE, 'kind of switch')],
  children: [virtualportParameters],
});

const lease = single('lease', 'how long an address is lent', {
  attrs: [
    needed(
      'expiry',
      { kind: 'uint', min: 0, max: ULL_MAX, base0: true, unit: 'seconds', zero: 'infinite' },
      'lease time; 0 is for ever; as a value always in seconds, whatever `unit` says',
    ),
    restating(
      'unit',
      oneOf('seconds', 'minutes', 'hours'),
      'use `expiry`, which counts in seconds',
      'unit of expiry; minutes when absent',
    ),
  ],
});

// The network's children, in order.

const metadata = single('metadata', "other programs' notes: foreign elements, kept as they are", {
  content: 'opaque',
});

const forward = singleEvenEmpty(
  'forward',
  'how the network reaches the world; without it the network is isolated',
  {
    attrs: [
      restating('dev', INTERFACE, 'use `forward.interface`', 'the first interface, said again'),
      withDefault(
        'mode',
        oneOf('none', 'nat', 'route', 'open', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev'),
        'nat',
        'way of forwarding; none is an isolated network',
      ),
      withDefault('managed', YES_OR_ELSE_NO, 'no', 'detach host devices automatically (hostdev)'),
    ],
    children: [
      single('driver', 'driver of host devices (hostdev)', {
        attrs: [needed('name', oneOf('kvm', 'vfio'), 'driver')],
      }),
      single('nat', 'source addresses and ports of NAT', {
        attrs: [withDefault('ipv6', YES_NO, 'no', 'NAT for IPv6 too')],
        children: [
          singleEvenEmpty('address', 'range of source addresses', {
            attrs: [needed('start', IPV4, 'first address'), needed('end', IPV4, 'last address')],
          }),
          singleEvenEmpty('port', 'range of source ports', {
            attrs: [needed('start', PORT, 'first port'), needed('end', PORT, 'last port')],
          }),
        ],
      }),
      singleEvenEmpty('pf', 'physical function whose virtual functions form the pool', {
        attrs: [needed('dev', INTERFACE, 'name of the device')],
      }),
      list('interface', 'host interface to forward through, or member of the pool', byAttr('dev'), {
        attrs: [needed('dev', INTERFACE, 'name of the device'), CONNECTIONS],
      }),
      list(
        'address',
        'PCI device in the pool (hostdev)',
        byAttrs('pci', '/', 'domain', 'bus', 'slot', 'function'),
        {
          attrs: [
            needed('type', oneOf('pci'), 'kind of address'),
            withDefault('domain', { kind: 'pci', digits: 4, max: 0xffff }, '0x0000', 'PCI domain'),
            withDefault('bus', { kind: 'pci', digits: 2, max: 0xff }, '0x00', 'PCI bus'),
            withDefault('slot', { kind: 'pci', digits: 2, max: 0x1f }, '0x00', 'PCI slot'),
            withDefault('function', { kind: 'pci', digits: 1, max: 7 }, '0x0', 'PCI function'),
            CONNECTIONS,
          ],
        },
      ),
    ],
  },
);

const bridge = single('bridge', 'bridge device that the guests are plugged into', {
  attrs: [
    attr('name', NAME, 'name of the device; libvirt picks one when absent'),
    attr('zone', NAME, 'firewalld zone'),
    withDefault('stp', { kind: 'stp' }, 'on', 'spanning tree; any value but off is on'),
    withDefault('delay', uint(0, DELAY_MAX, 'seconds'), '0', 'forward delay'),
    attr('macTableManager', oneOf('kernel', 'libvirt'), 'who fills the table of MAC addresses'),
  ],
});

const dns = single('dns', 'DNS service of the network', {
  attrs: [
    withDefault('enable', YES_NO, 'yes', 'serve DNS at all'),
    withDefault('forwardPlainNames', YES_NO, 'yes', 'forward names without dots'),
  ],
  children: [
    list('forwarder', 'other DNS server to ask', byAttrs('forwarder', '/', 'addr', 'domain'), {
      attrs: [
        attr('domain', HOSTNAME, 'only for names in this domain'),
        attr('addr', IP, 'address of the server; absent: answer the domain locally'),
      ],
    }),
    list('txt', 'TXT record', byAttr('name'), {
      attrs: [needed('name', HOSTNAME, 'name of the record'), needed('value', TEXT, 'text of the record')],
    }),
    list('srv', 'SRV record', byAttrs('srv', '/', 'service', 'protocol', 'domain', 'target'), {
      attrs: [
        needed('service', NAME, 'service, without underscore'),
        needed('protocol', NAME, 'protocol, without underscore: tcp or udp'),
        attr('domain', HOSTNAME, 'domain of the record'),
        attr('target', HOSTNAME, 'host that serves'),
        withDefault('port', PORT, '0', 'port on the target'),
        withDefault('priority', uint(0, 65535), '0', 'lower is asked first'),
        withDefault('weight', uint(0, 65535), '0', 'share among equal priorities'),
      ],
    }),
    list('host', 'address with its names', byAttr('ip'), {
      attrs: [needed('ip', IP, 'address')],
      children: [
        list('hostname', 'a name of this address; the first is the answer to reverse lookups', BY_TEXT, {
          text: HOSTNAME,
        }),
      ],
    }),
  ],
});

const dhcp = single('dhcp', 'DHCP service on this address', {
  children: [
    list('range', 'addresses to lend', byAttrs('range', '-', 'start', 'end'), {
      attrs: [needed('start', IP, 'first address'), needed('end', IP, 'last address')],
      children: [lease],
    }),
    list(
      'host',
      'fixed address or name of one machine',
      {
        alternatives: [
          { kind: 'mac', parts: [{ attr: 'mac' }] },
          { kind: 'id', parts: [{ attr: 'id' }] },
          { kind: 'name', parts: [{ attr: 'name' }] },
        ],
        separator: '/',
      },
      {
        attrs: [
          attr('mac', MAC, 'MAC address (IPv4)'),
          attr('id', { kind: 'duid' }, 'client id, a DUID (IPv6)'),
          attr('name', HOSTNAME, 'host name to hand out'),
          needed('ip', IP, 'address to hand out'),
        ],
        children: [lease],
      },
    ),
    single('bootp', 'network boot (IPv4)', {
      attrs: [needed('file', TEXT, 'file to boot'), attr('server', IP, 'TFTP server; this host when absent')],
    }),
  ],
});

const ip = list('ip', 'address of the host on this network, with its DHCP', byAttr('address'), {
  attrs: [
    restating(
      'family',
      FAMILY,
      'use `address`, whose family is evident',
      'family of the address; ipv4 when absent',
    ),
    needed('address', IP, 'address of the host'),
    NETMASK,
    attr(
      'prefix',
      PREFIX,
      'length of the network prefix; by address class (8, 16, 24; 64 for IPv6) when neither it nor netmask is given',
    ),
    withDefault('localPtr', YES_NO, 'no', 'answer reverse lookups of this network here only'),
  ],
  children: [
    single('tftp', 'TFTP service (IPv4)', {
      attrs: [needed('root', TEXT, 'directory on the host to publish')],
      mustBeNamed: true,
    }),
    dhcp,
  ],
});

const route = list(
  'route',
  'static route on the host into this network',
  byAttrs('route', '/', 'address', 'prefix'),
  {
    attrs: [
      restating(
        'family',
        FAMILY,
        'use `address`, whose family is evident',
        'family of the address; ipv4 when absent',
      ),
      needed('address', IP, 'network to reach'),
      NETMASK,
      attr(
        'prefix',
        PREFIX,
        'length of the network prefix; by address class when neither it nor netmask is given',
      ),
      needed('gateway', IP, 'next hop, inside this network'),
      attr('metric', uint(1, UINT_MAX), 'lower is preferred'),
    ],
  },
);

const portgroup = list('portgroup', 'named class of guest interfaces', byAttr('name'), {
  attrs: [
    needed('name', NAME, 'name that guests refer to'),
    withDefault('default', YES_OR_ELSE_NO, 'no', 'for guests that name no portgroup'),
    attr('trustGuestRxFilters', YES_NO, 'follow the MAC filters that guests set'),
  ],
  children: [vlan, portgroupVirtualport, bandwidth],
});

const dnsmasqOptions = single('dnsmasq:options', 'raw lines for dnsmasq', {
  ns: DNSMASQ_NS,
  mustBeNamed: true,
  children: [
    list(
      'dnsmasq:option',
      'one raw line of dnsmasq configuration: can run programs as root',
      byAttr('value'),
      {
        ns: DNSMASQ_NS,
        mustBeNamed: true,
        attrs: [needed('value', TEXT, 'the line')],
      },
    ),
  ],
});

/** The root, with everything below it. */
export const networkSpec: ElementSpec = element('network', 'a virtual network', 'one', null, false, {
  attrs: [
    CONNECTIONS,
    withDefault('ipv6', YES_NO, 'no', 'IPv6 between guests without an IPv6 address of the host'),
    attr('trustGuestRxFilters', YES_NO, 'follow the MAC filters that guests set'),
  ],
  children: [
    element('name', 'name of the network; never changes', 'one', null, false, {
      text: { kind: 'name', escaped: true },
    }),
    single('uuid', 'identity of the network; libvirt makes one when absent', { text: UUID }),
    single('title', 'short description (libvirt 9.7)', { text: TEXT }),
    single('description', 'long description (libvirt 9.7)', { text: { kind: 'text', lines: 'many' } }),
    metadata,
    forward,
    bridge,
    single('mtu', 'size of packets', { attrs: [needed('size', uint(0, 65535, 'bytes'), 'largest packet')] }),
    single('mac', 'MAC address of the bridge', {
      attrs: [needed('address', MAC, 'unicast address; libvirt makes one when absent')],
    }),
    single('domain', 'DNS domain of the network', {
      attrs: [
        needed('name', HOSTNAME, 'name of the domain'),
        withDefault('localOnly', YES_NO, 'no', 'never forward names of this domain'),
      ],
    }),
    dns,
    vlan,
    bandwidth,
    single('port', 'ports of guest interfaces', {
      attrs: [withDefault('isolated', YES_NO, 'no', 'guests reach the host but not each other')],
    }),
    ip,
    route,
    networkVirtualport,
    portgroup,
    dnsmasqOptions,
  ],
});

// Lookup. An element has a dozen attributes or children at most: looking through them beats every map.

/** What the table says about a child by its XML name; null for what it does not know. Namespaces count by URI. */
export function childSpec(parent: ElementSpec, local: string, ns: string): ElementSpec | null {
  const { children } = parent;
  for (let i = 0; i < children.length; i++) {
    const child = children[i]!; // i is within
    if (child.local === local && child.ns === ns) return child;
  }
  return null;
}

/** The same by its name in paths: `host`, `dnsmasq:options`. */
export function childSpecByName(parent: ElementSpec, name: string): ElementSpec | null {
  const { children } = parent;
  for (let i = 0; i < children.length; i++) {
    const child = children[i]!; // i is within
    if (child.name === name) return child;
  }
  return null;
}

/** What the table says about an attribute (without namespace) of an element; null for what it does not know. */
export function attrSpecOf(spec: ElementSpec, name: string): AttrSpec | null {
  const { attrs } = spec;
  for (let i = 0; i < attrs.length; i++) {
    const attr = attrs[i]!; // i is within
    if (attr.name === name) return attr;
  }
  return null;
}

/** The element at the end of a path of names below the root, `['ip', 'dhcp', 'host']`; the root for `[]`; null when unknown. */
export function specAt(names: readonly string[]): ElementSpec | null {
  let spec: ElementSpec | null = networkSpec;
  for (const name of names) {
    if (spec === null) return null;
    spec = childSpecByName(spec, name);
  }
  return spec;
}

/** A place in the table: shared pieces (`vlan`) have several. `path` is dotted, empty for the root. */
export type SpecPlace = {
  readonly path: string;
  readonly chain: readonly ElementSpec[];
  readonly spec: ElementSpec;
};

let places: readonly SpecPlace[] | null = null;

/** Every place in the table, the root first, then in printing order, parents before children. `chain` runs from the root to the spec. */
export function allSpecs(): readonly SpecPlace[] {
  if (places === null) {
    const found: SpecPlace[] = [];
    const walk = (spec: ElementSpec, above: readonly ElementSpec[]): void => {
      const chain = [...above, spec];
      found.push({
        path: chain
          .slice(1)
          .map((step) => step.name)
          .join('.'),
        chain,
        spec,
      });
      for (const child of spec.children) walk(child, chain);
    };
    walk(networkSpec, []);
    places = found;
  }
  return places;
}
