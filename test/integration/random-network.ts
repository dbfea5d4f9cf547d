// Random networks over the whole element table, for comparing with a real libvirt: mostly sound, with every kind of fault
// sprinkled in, in shuffled order and careless layout.

export type Random = {
  /** A number from 0 up to, without, `below`. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
};

/** mulberry32: small, fast, and the same on every machine for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (from) => {
      const item = from[below(from.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}

type Attrs = Readonly<Record<string, string | null>>;

/**
 * The XML of a network called `name`. `faults` is the probability that a value is odd or wrong, `clutter` that something is
 * there which libvirt drops.
 */
export function randomNetwork(random: Random, name: string, faults: number, clutter: number): string {
  const { below, chance, pick } = random;
  const maybe = <T>(probability: number, make: () => T): T | null => (chance(probability) ? make() : null);
  const fault = (sound: () => string, odd: readonly string[]): string =>
    chance(faults) ? pick(odd) : sound();

  const shuffled = <T>(items: readonly T[]): T[] => {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = below(i + 1);
      const [a, b] = [copy[i] as T, copy[j] as T];
      copy[i] = b;
      copy[j] = a;
    }
    return copy;
  };
  const blank = (): string => (chance(0.7) ? '' : pick(['\n', '\n  ', ' ', '\t', '\r\n ']));
  const element = (
    tag: string,
    attrs: Attrs,
    children: readonly (string | null)[] = [],
    shuffle = true,
  ): string => {
    const extra: Attrs = chance(clutter)
      ? { [pick(['colour', 'x-id', 'unit', 'Name'])]: pick(['a', '', "it's", '1']) }
      : {};
    const list = Object.entries({ ...attrs, ...extra }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    );
    const written = shuffled(list)
      .map(([key, value]) => {
        const quote = pick(["'", '"']);
        return ` ${blank()}${key}=${quote}${value
          .replaceAll('&', '&amp;')
          .replaceAll('<', '&lt;')
          .replaceAll(quote, quote === '"' ? '&quot;' : '&apos;')
          .replaceAll('\n', '&#10;')
          .replaceAll('\t', '&#9;')}${quote}`;
      })
      .join('');
    const present = children.filter((child): child is string => child !== null);
    if (chance(clutter))
      present.push(
        pick([
          '<!-- note -->',
          '<flood limit="5"/>',
          '<?pi x?>',
          ' stray ',
          '<a:b xmlns:a="urn:a"><c/></a:b>',
        ]),
      );
    // order matters between siblings of one name only, but that is part of what is random
    const body = shuffle ? shuffled(present) : present;
    if (body.length === 0 && chance(0.8)) return `<${tag}${written}${blank()}/>`;
    return `<${tag}${written}>${blank()}${body.join(blank())}${blank()}</${tag}>`;
  };
  /** What there is one of; rarely twice. */
  const single = (probability: number, make: () => string): string | null =>
    maybe(probability, () => (chance(faults / 4) ? make() + make() : make()));
  const several = (most: number, make: () => string): string[] =>
    Array.from({ length: below(most + 1) }, make);

  const yesNo = (): string => fault(() => pick(['yes', 'no']), ['YES', 'maybe', '', 'true', 'on', 'default']);
  const number = (limit: number, unsigned = true): string =>
    fault(
      () => String(below(limit)),
      [
        '0',
        '-1',
        '+3',
        ' 7',
        '007',
        '0x10',
        '',
        'x',
        '5 ',
        '4294967295',
        '4294967296',
        '18446744073709551615',
        '18446744073709551616',
        unsigned ? '1' : '-0',
        '1.5',
        '65535',
        '65536',
      ],
    );
  const device = (): string =>
    fault(() => pick(['eth0', 'eth1', 'eth2', 'br0', 'enp3s0f1']), ['', 'a b', 'a&b', "a'b", 'é', '<x>']);
  const host = (): string =>
    fault(
      () => pick(['a', 'web', 'b.example.com', 'x9', 'n1', 'n2', 'n3']),
      ['', '-a', '.x', 'é', 'a b', '9x', 'a,b', '_srv', '*'],
    );
  const mac = (): string =>
    fault(
      () => `52:54:00:${below(2)}${below(10)}:aa:${chance(0.5) ? 'bb' : 'BB'}`,
      [
        '52:54:0:1:2:3',
        '01:00:00:00:00:01',
        '52-54-00-00-00-01',
        '',
        '52:54:00:00:00',
        '52:54:00:00:00:01 x',
        '52:54:00:00:00:01x',
        'FE:FF:FF:FF:FF:FF',
        '52:54:00:00:00:001',
        '52:54:00:00:00:0g',
      ],
    );
  const uuid = (): string =>
    fault(
      () =>
        pick([
          '81ff0d90-c91e-6742-64da-4a736edb9a9b',
          '81FF0D90-C91E-6742-64DA-4A736EDB9A9C',
          '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f',
        ]),
      [
        '81ff0d90c91e674264da4a736edb9a9b',
        ' 81ff0d90-c91e-6742-64da-4a736edb9a9b ',
        'x',
        '',
        '81ff0d90-c91e-6742-64da-4a736edb9a9',
        '00000000-0000-0000-0000-000000000000',
        '8-1ff0d90-c91e-6742-64da-4a736edb9a9b',
        '81ff 0d90-c91e--6742-64da-4a736edb9a9b',
      ],
    );
  const oddIp = [
    '10.1',
    '0x0a000001',
    '010.0.0.1',
    '256.1.1.1',
    '',
    'x',
    '10.0.0.1/24',
    ' 10.0.0.1',
    '10.0.0.1 ',
    '1.2.3.4.5',
    '::ffff:10.0.0.1',
    '::10.0.0.1',
    'fd00:0:0:1::',
    'fd00:0:0:0:0:0:0:1',
    'FD00::1',
    '::',
    '0.0.0.0',
    '255.255.255.255',
    '1:2:3:4:5:6:7::',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    ':1',
    '12345::',
    '1:2:3:4:5:6:1.2.3.4',
    '224.0.0.1',
    '::1',
    '10.0.0.09',
    '4294967295',
    '4294967296',
  ];
  const v4 = (net: string): string =>
    fault(
      () => `${net}.${below(40) * 7}`.replace(/\.2[6-9]\d$/, '.250'),
      [...oddIp, `${net}.0`, `${net}.255`, `${net}.1`],
    );
  const v6 = (net: string): string =>
    fault(() => `${net}::${below(30).toString(16)}`, [...oddIp, `${net}:0:0:0:0:1`, `${net}::ffff:1`]);

  const leaseOf = (): string | null =>
    single(0.2, () =>
      element('lease', {
        expiry: maybe(0.95, () => number(300)),
        unit: maybe(0.6, () => fault(() => pick(['seconds', 'minutes', 'hours']), ['days', '', 'Minutes'])),
      }),
    );
  const rangeOf = (ip: () => string, net: string, six: boolean): string => {
    const start = below(100) + 2;
    const end = start + below(100);
    const at = (n: number): string => (six ? `${net}::${n.toString(16)}` : `${net}.${n}`);
    return element(
      'range',
      {
        start: maybe(1 - faults / 8, () => fault(() => at(start), [ip(), at(end + 1)])),
        end: maybe(1 - faults / 8, () => fault(() => at(end), [ip(), at(255), at(0)])),
      },
      [leaseOf()],
    );
  };
  const dhcpOf = (ip: () => string, net: string, six: boolean): string =>
    element('dhcp', {}, [
      ...several(2, () => rangeOf(ip, net, six)),
      ...several(3, () =>
        element(
          'host',
          {
            mac: maybe(six ? faults / 4 : 0.8, mac),
            id: maybe(six ? 0.6 : 0.05, () =>
              fault(() => `0:3:0:1:0:16:3e:11:22:${below(99)}`, ['x', '', '0:4,', 'AB:cd']),
            ),
            name: maybe(0.6, host),
            ip: maybe(1 - faults / 6, ip),
          },
          [leaseOf()],
        ),
      ),
      single(0.15, () =>
        element('bootp', {
          file: maybe(0.95, () => pick(['pxe.img', 'a b', '', "q'q"])),
          server: maybe(0.5, () => v4('10.20.30')),
        }),
      ),
    ]);
  const ipOf = (): string => {
    const six = chance(0.35);
    const net = six
      ? pick(['fd00:a', 'fd00:b', '2001:db8:ac10:fd01'])
      : pick(['10.0.0', '192.168.122', '172.16.5', '10.24.10']);
    const address = (): string => (six ? v6(net) : v4(net));
    const style = below(3);
    return element(
      'ip',
      {
        family: six
          ? maybe(1 - faults / 4, () => fault(() => 'ipv6', ['ipv4', 'IPv6', '']))
          : maybe(0.4, () => fault(() => 'ipv4', ['ipv6', '', 'inet'])),
        address: maybe(1 - faults / 10, address),
        prefix:
          style === 0 || six
            ? fault(
                () => (six ? pick(['64', '48', '96']) : pick(['24', '16', '8', '25'])),
                ['0', '33', '129', '128', '32', '', 'x', '-1', ' 24', '31'],
              )
            : chance(faults / 8)
              ? '24'
              : null,
        netmask:
          style === 1 && !six
            ? fault(
                () => pick(['255.255.255.0', '255.255.0.0', '255.0.0.0']),
                ['255.0.255.0', '0.0.0.0', '255.255.255.255', 'x', '', '24', 'ffff::', '255.255.255.254'],
              )
            : chance(faults / 16)
              ? '255.0.0.0'
              : null,
        localPtr: maybe(0.1, yesNo),
      },
      [
        single(six ? faults / 8 : 0.1, () =>
          element('tftp', { root: maybe(0.95, () => pick(['/srv/tftp', '', '/a b&c'])) }),
        ),
        single(0.5, () => dhcpOf(address, net, six)),
      ],
    );
  };
  const rateOf = (tag: string): string =>
    element(tag, {
      average: maybe(1 - faults / 8, () => number(5000)),
      peak: maybe(0.4, () => number(9000)),
      burst: maybe(0.4, () => number(9000)),
      floor: maybe(faults / 16, () => number(9000)),
    });
  const bandwidthOf = (): string =>
    element('bandwidth', { classID: maybe(faults / 16, () => number(9)) }, [
      single(0.8, () => rateOf('inbound')),
      single(0.6, () => rateOf('outbound')),
    ]);
  const vlanOf = (): string =>
    element('vlan', { trunk: maybe(0.3, yesNo) }, [
      ...(chance(1 - faults / 8) ? [''] : []).map(() => element('tag', { id: number(4000) })),
      ...several(2, () =>
        element('tag', {
          id: maybe(1 - faults / 8, () => fault(() => String(below(5)), ['4095', '4096', '0', ' 1', ''])),
        }),
      ),
      ...several(1, () =>
        element('tag', {
          id: String(below(5)),
          nativeMode: maybe(0.6, () => fault(() => pick(['tagged', 'untagged']), ['default', '', 'Tagged'])),
        }),
      ),
    ]);
  const virtualportOf = (needsType: boolean): string => {
    const type = maybe(needsType ? 1 - faults / 8 : 0.7, () =>
      fault(() => pick(['802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet']), ['none', '', 'ovs']),
    );
    const own =
      type === '802.1Qbg'
        ? ['managerid', 'typeid', 'typeidversion', 'instanceid']
        : type === '802.1Qbh'
          ? ['profileid']
          : type === 'openvswitch'
            ? ['interfaceid', 'profileid']
            : type === 'midonet'
              ? ['interfaceid']
              : ['profileid', 'managerid', 'instanceid'];
    const value = (parameter: string): string => {
      if (parameter === 'profileid')
        return fault(
          () => pick(['test', 'alice-profile']),
          ['', 'a'.repeat(39), 'b'.repeat(40), 'é'.repeat(20), "it's"],
        );
      if (parameter.endsWith('id') && (parameter === 'instanceid' || parameter === 'interfaceid'))
        return uuid();
      return fault(
        () => pick(['11', '0x1f', '017', '255']),
        ['256', '0xffffff', '16777216', '-1', '08', '0x', '', '-0', '+1'],
      );
    };
    return element('virtualport', { type }, [
      single(0.7, () =>
        element(
          'parameters',
          Object.fromEntries(
            [
              ...own,
              ...(chance(faults / 2) ? [pick(['managerid', 'profileid', 'interfaceid', 'instanceid'])] : []),
            ].map((p) => [p, maybe(0.6, () => value(p))]),
          ),
        ),
      ),
    ]);
  };

  const mode = maybe(0.85, () =>
    fault(
      () =>
        pick([
          'nat',
          'nat',
          'nat',
          'route',
          'open',
          'bridge',
          'bridge',
          'private',
          'vepa',
          'passthrough',
          'hostdev',
          'none',
        ]),
      ['NAT', '', 'x', 'none'],
    ),
  );
  const own = mode === null || ['nat', 'route', 'open', 'none', '', 'NAT', 'x'].includes(mode);
  const hasForward = chance(0.75) || !own;
  const pool = own ? (mode === 'open' ? faults : 0.5) : 0.8;
  const forwardOf = (): string => {
    const dev = device();
    const style = chance(pool)
      ? own
        ? pick(['dev', 'interface', 'both'])
        : pick(['dev', 'interface', 'both', 'many', 'pf', mode === 'hostdev' ? 'address' : 'pf'])
      : 'none';
    const odd = chance(faults / 4);
    return element(
      'forward',
      {
        mode,
        dev: style === 'dev' || style === 'both' || (odd && chance(0.3)) ? dev : null,
        managed: maybe(mode === 'hostdev' ? 0.6 : faults / 4, yesNo),
      },
      [
        single(mode === 'hostdev' ? 0.5 : faults / 4, () =>
          element('driver', {
            name: maybe(0.95, () => fault(() => pick(['kvm', 'vfio']), ['default', 'xen', ''])),
          }),
        ),
        single(mode === 'nat' || mode === null ? 0.4 : faults / 8, () =>
          element('nat', { ipv6: maybe(0.3, yesNo) }, [
            single(0.5, () =>
              element('address', {
                start: maybe(1 - faults / 8, () => fault(() => '10.9.0.1', oddIp)),
                end: maybe(1 - faults / 8, () => fault(() => '10.9.0.9', [...oddIp, '10.9.0.0'])),
              }),
            ),
            single(0.5, () =>
              element('port', {
                start: maybe(1 - faults / 8, () => number(1000, false)),
                end: maybe(1 - faults / 8, () => fault(() => '60000', ['0', '', '65536', '5', 'x'])),
              }),
            ),
          ]),
        ),
        ...(style === 'interface' || style === 'both'
          ? [
              element('interface', {
                dev: style === 'both' && chance(1 - faults) ? dev : device(),
                connections: maybe(0.1, () => '3'),
              }),
            ]
          : []),
        ...(style === 'many' || odd
          ? ['eth5', 'eth6', device()].map((d) =>
              element('interface', { dev: maybe(1 - faults / 8, () => d) }),
            )
          : []),
        ...(style === 'pf' || (odd && chance(0.3))
          ? [element('pf', { dev: maybe(1 - faults / 8, device) })]
          : []),
        ...(style === 'address' || (odd && chance(0.3))
          ? several(2, () =>
              element('address', {
                type: maybe(1 - faults / 8, () => fault(() => 'pci', ['usb', 'none', ''])),
                domain: maybe(0.8, () => fault(() => '0x0000', ['0', '0x10000', 'x', '-1'])),
                bus: maybe(0.9, () => fault(() => `0x0${below(9)}`, ['256', '3', '', '08'])),
                slot: maybe(0.9, () => fault(() => `0x1${below(9)}`, ['0x20', '31', 'g'])),
                function: maybe(0.9, () => fault(() => `0x${below(8)}`, ['8', '7', '0'])),
              }),
            )
          : []),
      ],
      !(style === 'both'),
    );
  };
  const routeOf = (): string => {
    const six = chance(0.3);
    const how = below(3);
    return element('route', {
      family: six
        ? fault(() => 'ipv6', ['ipv4', '', 'x'])
        : maybe(0.3, () => fault(() => 'ipv4', ['ipv6', ''])),
      address: maybe(1 - faults / 8, () =>
        fault(
          () => (six ? pick(['fd01::', '::']) : how === 2 ? '0.0.0.0' : pick(['10.5.0.0', '192.168.0.0'])),
          oddIp,
        ),
      ),
      prefix:
        six || how === 0 ? fault(() => (six ? '64' : '16'), ['0', '33', '129', '', 'x', ' 16', '24']) : null,
      netmask:
        !six && how === 1
          ? fault(() => '255.255.0.0', ['', 'x', '0.0.0.0', '255.0.255.0', '::'])
          : chance(faults / 16)
            ? '255.0.0.0'
            : null,
      gateway: maybe(1 - faults / 8, () =>
        fault(
          () =>
            six
              ? pick(['fd00:a::5', 'fd00:b::5'])
              : pick(['10.0.0.5', '192.168.122.5', '10.24.10.3', '172.16.5.8']),
          oddIp,
        ),
      ),
      metric: maybe(0.3, () => number(50)),
    });
  };
  const dnsOf = (): string => {
    const off = chance(0.1);
    const some = off ? faults : 1;
    return element('dns', { enable: off ? 'no' : maybe(0.2, yesNo), forwardPlainNames: maybe(0.3, yesNo) }, [
      ...several(chance(some) ? 2 : 0, () =>
        element('forwarder', {
          addr: maybe(0.6, () => fault(() => pick(['8.8.8.8', 'fd00::5']), oddIp)),
          domain: maybe(0.7, host),
        }),
      ),
      ...several(chance(some) ? 2 : 0, () =>
        element('txt', {
          name: maybe(1 - faults / 8, host),
          value: maybe(1 - faults / 8, () => pick(['some text', '', 'a&b "c" \'d\'', '☃', 'x<y>'])),
        }),
      ),
      ...several(chance(some) ? 2 : 0, () => {
        const target = maybe(0.7, () => pick(['.', 'h.example.com', '']));
        const numbers = target !== null || chance(faults / 4);
        return element('srv', {
          service: maybe(1 - faults / 8, () =>
            fault(() => pick(['ldap', 'sip', '_x']), ['', 'a.b', 'é', 'a'.repeat(513)]),
          ),
          protocol: maybe(1 - faults / 8, () =>
            fault(() => pick(['tcp', 'udp']), ['', 'a_b', 'sctp', 'a/b']),
          ),
          domain: maybe(0.5, host),
          target,
          port: numbers ? maybe(0.7, () => number(9999)) : null,
          priority: numbers ? maybe(0.5, () => number(99)) : null,
          weight: numbers ? maybe(0.5, () => number(99)) : null,
        });
      }),
      ...several(chance(some) ? 2 : 0, () =>
        element(
          'host',
          { ip: maybe(1 - faults / 8, () => fault(() => pick(['10.0.0.77', 'fd00::77']), oddIp)) },
          [
            ...(chance(1 - faults / 8) ? [''] : []).map(
              () => `<hostname>${pick(['gw', 'pudding', 'a.b.c'])}</hostname>`,
            ),
            ...several(1, () =>
              fault(
                () => '<hostname>two</hostname>',
                [
                  '<hostname/>',
                  '<hostname> sp </hostname>',
                  '<hostname>a<!-- x -->b</hostname>',
                  '<hostname>a<b>c</b></hostname>',
                  '<hostname>&lt;</hostname>',
                  '<hostname><![CDATA[q]]></hostname>',
                ],
              ),
            ),
          ],
        ),
      ),
    ]);
  };
  const metadataOf = (): string =>
    element(
      'metadata',
      chance(0.1) ? { 'xml:space': 'preserve' } : {},
      several(3, () =>
        pick([
          '<app1:foo xmlns:app1="http://foo.org/">fooish</app1:foo>',
          `<app2:bar xmlns:app2="http://bar.com/"${blank()} maman="b&quot;a'z&#10;">${blank()}<app2:in>${blank()}</app2:in>${blank()}<x/>${blank()}</app2:bar>`,
          '<outer:x/>',
          `<app3:m xmlns:app3="urn:3"> a <b/>${blank()}<i>${blank()}<j/>${blank()}</i> tail </app3:m>`,
          `<app4:m xmlns:app4="urn:4"><b/>text${blank()}<c/>${blank()}<!-- c -->${blank()}<?pi d?></app4:m>`,
          `<app5:m xmlns:app5="urn:5" outer:k="é☃">${blank()}<![CDATA[a <]]>${blank()}<c/>${blank()}é&amp;&#9; ${blank()}<d/> </app5:m>`,
          '<plain/>',
          `<app1:again xmlns:app1="http://foo.org/"/>`,
          `<d xmlns="urn:default">${blank()}<e>${blank()}<f xmlns="">${blank()}<g/>${blank()}</f>${blank()}</e></d>`,
          `<app6:m xmlns:app6="urn:6">${'<k>'.repeat(35)}<!--deep-->${'</k>'.repeat(35)}</app6:m>`,
        ]),
      ),
      false,
    );
  const portgroupOf = (): string =>
    element(
      'portgroup',
      {
        name: maybe(1 - faults / 8, () => fault(() => `pg${below(4)}`, ['', 'a b', 'a>b'])),
        default: maybe(0.3, yesNo),
        trustGuestRxFilters: maybe(0.2, yesNo),
      },
      [
        single(own ? faults / 4 : 0.3, vlanOf),
        single(own ? 0.1 : 0.4, () => virtualportOf(false)),
        single(own || mode === 'bridge' ? 0.3 : faults / 2, bandwidthOf),
      ],
    );

  const flat = own || chance(faults / 3);
  const children = [
    ...(chance(1 - faults / 20) ? [`<name>${name}</name>`] : []),
    single(0.7, () => `<uuid>${uuid()}</uuid>`),
    maybe(0.1, () => '<title>t</title>'),
    maybe(0.05, () => '<description>d</description>'),
    single(0.2, metadataOf),
    hasForward ? single(1, forwardOf) : null,
    single(own ? 0.8 : mode === 'bridge' ? 0.3 : faults / 4, () =>
      element('bridge', {
        name: own
          ? maybe(0.6, () => fault(() => `br-${name}`.slice(0, 15), ['br%d', '', 'a&b', "x'y"]))
          : maybe(0.9, () => 'br0'),
        zone: maybe(own ? 0.1 : faults / 4, () => fault(() => 'public', ['', 'a b'])),
        stp: maybe(own ? 0.4 : faults / 4, () =>
          fault(() => pick(['on', 'off']), ['OFF', 'maybe', '', 'no']),
        ),
        delay: maybe(own ? 0.4 : faults / 3, () => number(9)),
        macTableManager: maybe(0.2, () => fault(() => pick(['kernel', 'libvirt']), ['default', '', 'x'])),
      }),
    ),
    single(flat ? 0.2 : faults / 4, () => element('mtu', { size: maybe(0.97, () => number(9000)) })),
    single(flat ? 0.3 : faults / 4, () => element('mac', { address: maybe(0.98, mac) })),
    single(flat ? 0.3 : faults / 4, () =>
      element('domain', {
        name: maybe(0.95, () => fault(host, ['example.com', ''])),
        localOnly: maybe(0.4, yesNo),
      }),
    ),
    single(flat ? 0.4 : faults / 4, dnsOf),
    single(own ? faults / 6 : 0.2, vlanOf),
    single(own || mode === 'bridge' ? 0.2 : faults / 4, bandwidthOf),
    single(0.1, () => element('port', { isolated: maybe(0.9, yesNo) })),
    ...(flat ? (chance(1 - faults / 8) ? [ipOf()] : []).concat(several(2, ipOf)) : []),
    ...(flat ? several(1, routeOf).filter(() => chance(0.5)) : []),
    single(own ? 0.1 : 0.3, () => virtualportOf(true)),
    ...several(2, portgroupOf),
    single(0.15, () =>
      element(
        'dnsmasq:options',
        {},
        several(2, () =>
          element('dnsmasq:option', { value: maybe(1 - faults / 8, () => pick(['foo=bar', "a'b&c", ''])) }),
        ),
      ),
    ),
  ];
  const text = element(
    'network',
    {
      'xmlns:dnsmasq': 'http://libvirt.org/schemas/network/dnsmasq/1.0',
      'xmlns:outer': 'urn:outer',
      ipv6: maybe(0.1, yesNo),
      connections: maybe(0.05, () => '2'),
      trustGuestRxFilters: maybe(0.1, yesNo),
    },
    children,
  );
  return chance(0.2) ? `<?xml version="1.0"?>\n<!-- top -->\n${text}\n` : text;
}
