// Attacks on a gate that decides change by change, one `describe` each. What a parser stops alone is in
// test/xml/injection.test.ts, splitting and faults are beside this file, how Casbin fails open is in
// test/policy/casbin.test.ts.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ElementSpec } from '../../src/network/spec.ts';
import { allSpecs, networkSpec } from '../../src/network/table.ts';
import { userSubject } from '../../src/policy/names.ts';
import { escapeValue } from '../../src/xml/characters.ts';
import { ask, complaints, policyOf, verdictLines } from '../policy/decide.ts';
import {
  BASE,
  changesOf,
  FOREIGN,
  network,
  OWN,
  outcome,
  RANGE,
  ROWS,
  scripting,
  wanting,
} from './attempt.ts';

const OWN_PATH = 'ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]';
const FOREIGN_PATH = 'ip[10.0.0.1].dhcp.host[52:54:00:00:00:0b]';

describe('replace a whole parent', () => {
  test('a tenant who replaces dhcp is asked about every host in it', () => {
    const without = `replace ip[10.0.0.1].dhcp with <dhcp>${RANGE}${OWN}</dhcp>`;
    expect(outcome(scripting('alice', BASE, without))).toBe('denied');
    const same = `replace ip[10.0.0.1].dhcp with <dhcp>${RANGE}${OWN.replace('130', '131')}${FOREIGN}</dhcp>`;
    expect(outcome(scripting('alice', BASE, same))).toBe('allowed');
  });

  const host = fc.record({
    n: fc.integer({ min: 1, max: 5 }),
    name: fc.constantFrom('x.a.example.com', 'y.b.example.com'),
    ip: fc.integer({ min: 20, max: 250 }),
  });
  const mac = (n: number): string => `52:54:00:00:00:0${n}`;
  const xml = ({ n, name, ip }: { readonly n: number; readonly name: string; readonly ip: number }): string =>
    `<host mac="${mac(n)}" name="${n}${name}" ip="10.0.0.${ip}"/>`;
  const hosts = fc
    .uniqueArray(host, { selector: ({ n }) => n, maxLength: 5 })
    .filter((list) => new Set(list.map(({ ip }) => ip)).size === list.length);

  test('any edit, the replaced parent, and the whole network make the same changes', () => {
    fc.assert(
      fc.property(hosts, hosts, (before, after) => {
        const base = network(RANGE + before.map(xml).join(''));
        const wanted = RANGE + after.map(xml).join('');
        const statements = [
          // those that go first, so that what they had is free
          ...before
            .filter(({ n }) => !after.some((one) => one.n === n))
            .map(({ n }) => `remove ip[10.0.0.1].dhcp.host[${mac(n)}]`),
          ...after.map(({ n, name, ip }) =>
            before.some((one) => one.n === n)
              ? `set ip[10.0.0.1].dhcp.host[${mac(n)}] name=${n}${name} ip=10.0.0.${ip}`
              : `add host mac=${mac(n)} name=${n}${name} ip=10.0.0.${ip} to ip[10.0.0.1].dhcp`,
          ),
        ];
        const one = wanting('nina', base, network(wanted));
        const two = scripting('nina', base, `replace ip[10.0.0.1].dhcp with <dhcp>${wanted}</dhcp>`);
        const three = scripting('nina', base, statements.join('\n'));
        const moved = (list: readonly string[]): readonly string[] =>
          list.filter((line) => !line.startsWith('move'));
        expect(changesOf(two)).toEqual(changesOf(one));
        // statements say nothing of order
        expect(moved(changesOf(three))).toEqual(moved(changesOf(one)));
      }),
      { numRuns: 60 },
    );
  });
});

describe('change a key', () => {
  test('is the loss of one and the gain of another, and both are asked about', () => {
    expect(changesOf(scripting('nina', BASE, `set ${OWN_PATH} mac=52:54:00:00:00:0d`))).toEqual([
      'add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0d]',
      'add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0d]@ip',
      'add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0d]@mac',
      'add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0d]@name',
      `remove ${OWN_PATH}`,
      `remove ${OWN_PATH}@ip`,
      `remove ${OWN_PATH}@mac`,
      `remove ${OWN_PATH}@name`,
    ]);
  });
  test('nobody takes a host over by its key', () => {
    expect(outcome(scripting('alice', BASE, `set ${FOREIGN_PATH} mac=52:54:00:00:00:0d`))).toBe('denied');
    const renamed = FOREIGN.replace(':0b', ':0d').replace('b.example', 'a.example').replace('.20"', '.140"');
    expect(outcome(wanting('alice', BASE, BASE.replace(FOREIGN, renamed)))).toBe('denied');
  });
  test('a mac is not a name that reads like one', () => {
    const named = '<host name="52-54-00-00-00-0a" ip="10.0.0.131"/>';
    expect(outcome(wanting('alice', BASE, BASE.replace(OWN, OWN + named)))).toBe('denied');
  });
});

describe('duplicate keys', () => {
  const twice: readonly (readonly [string, string])[] = [
    ['host', network(`${RANGE}${OWN}${OWN}`)],
    ['host, another address', network(`${RANGE}${OWN}${OWN.replace('130', '131')}`)],
    [
      'host, another spelling',
      network(`${RANGE}${OWN}${OWN.replace('0a', '0A').replace('130', '131').replace('v1', 'v2')}`),
    ],
    ['domain', network(RANGE, '<domain name="example.com"/><domain name="b.example"/>')],
    ['bridge', network(RANGE, '<bridge name="virbr0"/><bridge name="virbr1"/>')],
    [
      'portgroup',
      `${network(RANGE).replace('</network>', '')}<portgroup name="p"/><portgroup name="p"/></network>`,
    ],
    ['range', network(RANGE + RANGE)],
    ['dhcp', network(RANGE).replace('</dhcp>', '</dhcp><dhcp/>')],
    ['ip', network(RANGE).replace('</ip>', '</ip><ip address="10.0.0.1" prefix="24"/>')],
    [
      'dns host',
      network(
        RANGE,
        '<dns><host ip="10.0.0.9"><hostname>a</hostname></host><host ip="10.0.0.9"><hostname>b</hostname></host></dns>',
      ),
    ],
    [
      'route',
      network(RANGE, '<bridge name="virbr0"/>').replace(
        '</network>',
        '<route address="10.1.0.0" prefix="16" gateway="10.0.0.2"/><route address="10.1.0.0" prefix="16" gateway="10.0.0.3"/></network>',
      ),
    ],
  ];
  test.each(twice)('%s', (_, wanted) => {
    const refused = wanting('nina', network(RANGE), wanted);
    expect(refused.value).toBeNull();
    expect(outcome(refused)).toMatch(/^SL2\d\d( SL2\d\d)*$/);
  });
  test.each(twice)('%s in a base can be repaired', (_, base) => {
    expect(outcome(wanting('nina', base, network(RANGE)))).toMatch(/^(allowed|nothing)$/);
  });
});

describe('MAC and IP spelling', () => {
  const spelled = (mac: string, ip: string): string =>
    network(`${RANGE}${OWN}${FOREIGN}<host mac="${mac}" name="v3.a.example.com" ip="${ip}"/>`);
  test.each<[string, string, string]>([
    ['52:54:00:00:00:0C', '10.0.0.140', 'allowed'],
    ['52:54:00:00:00:0c', '10.0.0.254', 'denied'],
    ['52:54:00:00:00:0c', '010.0.0.140', 'SL203'],
    ['52:54:00:00:00:0c', '10.0.0.0254', 'SL203'],
    ['52:54:00:00:00:0c', '10.0.254', 'SL203'],
    ['52:54:00:00:00:0c', '0xa.0.0.254', 'SL203'],
    ['52:54:00:00:00:0c', '167772414', 'SL203'],
    ['52:54:00:00:00:0c', ' 10.0.0.254', 'SL203'],
    ['52:54:00:00:00:0c', '10.0.0.254\u200b', 'SL203'],
    ['52:54:00:00:00:0c', '１０.0.0.254', 'SL203'],
    ['52-54-00-00-00-0c', '10.0.0.140', 'SL203'],
    ['5254.0000.000c', '10.0.0.140', 'SL203'],
    // the foreign host's, in capitals
    ['52:54:00:00:00:0B', '10.0.0.140', 'SL252'],
  ])('%s %s: %s', (mac, ip, becomes) => {
    expect(outcome(wanting('alice', BASE, spelled(mac, ip)))).toContain(becomes);
  });
  test('a mapped address is that address to a deny', () => {
    const policy = policyOf(`p, allow, role:everyone, *, **, *, *, ""
p, deny, role:everyone, *, dns.host[*], *, *, "ip in 10.0.0.254/32"`);
    const dns = (ip: string): string =>
      network(RANGE, `<dns><host ip="${ip}"><hostname>a.example</hostname></host></dns>`);
    for (const ip of ['10.0.0.254', '::ffff:10.0.0.254', '::ffff:a00:fe', '::FFFF:0a00:00fe'])
      expect(outcome(wanting('nina', network(RANGE), dns(ip), policy)), ip).not.toBe('allowed');
    expect(outcome(wanting('nina', network(RANGE), dns('::ffff:10.0.0.253'), policy))).not.toBe('denied');
  });
  test('a netmask is its prefix', () => {
    const masked = BASE.replace('prefix="24"', 'netmask="255.255.255.0"');
    expect(outcome(wanting('alice', BASE, masked))).toBe('nothing');
    expect(outcome(wanting('alice', BASE, BASE.replace('prefix="24"', 'netmask="255.255.0.0"')))).toBe(
      'denied',
    );
  });
});

describe('entities, CDATA, character references, DOCTYPE', () => {
  const withIp = (ip: string): string => BASE.replace('ip="10.0.0.130"', `ip="${ip}"`);
  test('the gate sees what libvirt would read', () => {
    expect(outcome(wanting('alice', BASE, withIp('&#49;0.0.0.131')))).toBe('allowed');
    expect(outcome(wanting('alice', BASE, withIp('10.0.0.&#x32;5&#52;')))).toBe('denied');
    expect(outcome(wanting('alice', BASE, withIp('10.0.0.130')))).toBe('nothing');
    const text = BASE.replace('<name>default</name>', '<name><![CDATA[def]]>ault</name>');
    expect(outcome(wanting('alice', BASE, text))).toBe('nothing');
  });
  test.each([
    '<!DOCTYPE network>',
    '<!DOCTYPE n [<!ENTITY x "10.0.0.254">]>',
    '<!DOCTYPE n SYSTEM "file:///etc/passwd">',
  ])('%s is refused', (doctype) => {
    expect(wanting('nina', BASE, doctype + BASE).value).toBeNull();
    expect(wanting('nina', BASE, doctype + withIp('&x;')).value).toBeNull();
  });
});

describe('control characters and quotes in values', () => {
  /** Where libvirt, or dnsmasq behind it, would read a second line, a second attribute, another field. */
  const places: readonly (readonly [string, (value: string) => string])[] = [
    ['dns.txt@value', (v) => network(RANGE, `<dns><txt name="t" value="${v}"/></dns>`)],
    ['dns.txt@name', (v) => network(RANGE, `<dns><txt name="${v}" value="x"/></dns>`)],
    ['hostname', (v) => network(RANGE, `<dns><host ip="10.0.0.9"><hostname>${v}</hostname></host></dns>`)],
    ['host@name', (v) => network(`${RANGE}<host mac="52:54:00:00:00:01" name="${v}" ip="10.0.0.9"/>`)],
    ['host@mac', (v) => network(`${RANGE}<host mac="${v}" name="x" ip="10.0.0.9"/>`)],
    ['domain@name', (v) => network(RANGE, `<domain name="${v}"/>`)],
    ['bridge@name', (v) => network(RANGE, `<bridge name="${v}"/>`)],
    ['portgroup@name', (v) => network(RANGE).replace('</network>', `<portgroup name="${v}"/></network>`)],
    [
      'srv@target',
      (v) =>
        network(RANGE, `<dns><srv service="ldap" protocol="tcp" domain="x" target="${v}" port="1"/></dns>`),
    ],
  ];
  const line = ['&#10;', '&#13;', 'a&#10;dhcp-script=/bin/sh', 'a&#13;&#10;b', '&#x0;', '&#27;'];
  test.each(places)('no line break in %s, whoever asks', (_, xml) => {
    for (const value of line)
      expect(wanting('nina', network(RANGE), xml(`x${value}`)).value, value).toBeNull();
  });
  test.each(
    places.filter(([where]) =>
      ['hostname', 'host@name', 'host@mac', 'portgroup@name', 'domain@name'].includes(where),
    ),
  )('no quote or angle bracket in %s, which libvirt prints as it is', (_, xml) => {
    for (const value of ["a&apos;b='c", 'a&quot;b', 'a&lt;b', 'a&gt;b'])
      expect(wanting('nina', network(RANGE), xml(value)).value, value).toBeNull();
  });
});

describe('foreign namespaces, unknown elements', () => {
  const NINA = policyOf('p, allow, user:nina, *, **, *, *, ""');
  const bare = '<network><name>default</name></network>';
  /** An element at the end of its chain, each on the way without attributes. */
  const chainXml = (chain: readonly ElementSpec[], last: (name: string) => string): string =>
    chain
      .slice(1)
      .reduceRight(
        (inner, spec, at) =>
          `<${spec.name}>${at === chain.length - 2 ? last(spec.name) : inner}</${spec.name}>`,
        '',
      );
  const places = allSpecs().filter(
    ({ chain }) =>
      chain.length > 1 && chain.every((spec) => !spec.name.includes(':') && spec.content !== 'opaque'),
  );

  test('an element that is taken out of the table flips to a deny', () => {
    expect(places.length).toBeGreaterThan(40);
    for (const { chain } of places) {
      // what libvirt does not know is what the table does not list: the same place under a name of its own
      const wanted = `<network><name>default</name>${chainXml(chain.slice(0, -1), () => '<zzz a="1"/>') || '<zzz a="1"/>'}</network>`;
      const lines = verdictLines(ask({ policy: NINA, as: 'nina', base: bare, result: wanted }));
      const where = chain.map((spec) => spec.name).join('.');
      expect(
        lines.filter((text) => text.includes('unknown')),
        where,
      ).toHaveLength(1);
      expect(
        lines.find((text) => text.includes('unknown')),
        where,
      ).toContain('DD');
    }
  });
  test('a known name in a foreign namespace is not that element', () => {
    for (const { name } of networkSpec.children) {
      if (name.includes(':') || name === 'name') continue;
      const wanted = `<network xmlns:e="urn:evil"><name>default</name><e:${name}/></network>`;
      const answer = ask({ policy: NINA, as: 'nina', base: bare, result: wanted });
      expect(answer.permit, name).toBeNull();
    }
  });
  test('dnsmasq options are found by their namespace, whatever the prefix', () => {
    for (const prefix of ['dnsmasq', 'q', 'xml-not']) {
      const wanted = `<network xmlns:${prefix}="http://libvirt.org/schemas/network/dnsmasq/1.0"><name>default</name><${prefix}:options><${prefix}:option value="x=1"/></${prefix}:options></network>`;
      expect(ask({ policy: NINA, as: 'nina', base: bare, result: wanted }).permit).toBeNull();
    }
  });
});

describe('look-alike letters, bidi, zero width', () => {
  test.each(['аlice', 'alice\u200b', '\u202ealice', 'ａlice', 'alice\u0301', 'alice\ufeff'])(
    'no user is called %j',
    (name) => {
      expect(userSubject(name)).toBeNull();
    },
  );
  test.each(['user:аlice', 'role:nеtadmin', 'user:alice\u200b', '\u202euser:alice'])(
    'no policy names %j',
    (subject) => {
      expect(
        complaints(`p, allow, ${subject}, *, **, *, *, ""`).some((line) => line.startsWith('error')),
      ).toBe(true);
    },
  );
  test.each(['dеfault', 'default\u200b', '"default\u00a0"'])('no policy is for network %j', (name) => {
    expect(
      complaints(`p, allow, user:nina, ${name}, **, *, *, ""`).some((line) => line.startsWith('error')),
    ).toBe(true);
  });
  test('a network that looks like another gets none of its rules', () => {
    const policy = policyOf('p, allow, user:nina, default, **, *, *, ""');
    const [base, result] = [
      '<network><name>n</name><bridge name="b"/></network>',
      '<network><name>n</name><bridge name="b" stp="off"/></network>',
    ];
    for (const name of ['dеfault', 'default ', 'DEFAULT', 'default\u200b', 'default\n', ''])
      expect(ask({ policy, as: 'nina', base, result, network: name }).permit, name).toBeNull();
  });
  test('a host name that looks like another is refused or another', () => {
    const looks = BASE.replace('v1.a.example.com', 'v1.а.example.com');
    expect(outcome(wanting('alice', BASE, looks))).not.toBe('allowed');
  });
});

describe('glob characters in values', () => {
  const policy = policyOf(`p, allow, user:alice, *, portgroup[p1], *, *, ""
p, allow, user:alice, *, portgroup['*'], *, *, "name == '*'"
p, deny, role:everyone, *, portgroup[*], *, *, "name == secret"`);
  const group = (name: string): string =>
    `<network><name>default</name><portgroup name="${escapeValue(name, '"')}"/></network>`;
  const becomes = (name: string): boolean =>
    ask({ policy, as: 'alice', base: '<network><name>default</name></network>', result: group(name) })
      .permit !== null;
  test('a portgroup named `*` matches nothing but itself', () => {
    expect([becomes('p1'), becomes('*'), becomes('p2'), becomes('secret')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
  test.each([
    '**',
    'p?',
    'p*',
    '[p1]',
    'p1/*',
    'p1|p2',
    '.*',
    '/p1',
    'p1 or true',
    "p1' or '1'=='1",
    '${p1}',
    'p1#2',
  ])('%j matches nothing', (name) => expect(becomes(name)).toBe(false));
  test('a network named like a pattern is that network', () => {
    const lab = policyOf('p, allow, user:alice, lab-*, portgroup[*], *, *, ""');
    for (const name of ['*', 'lab', 'l*', '**', 'LAB-1', 'xlab-1'])
      expect(
        ask({
          policy: lab,
          as: 'alice',
          base: '<network><name>n</name></network>',
          result: group('x'),
          network: name,
        }).permit,
        name,
      ).toBeNull();
  });
});

describe('policy file cut short', () => {
  test('inside a row it does not load', () => {
    const start = ROWS.lastIndexOf('\n') + 1;
    for (let end = start + 1; end < ROWS.length; end++)
      expect(
        complaints(ROWS.slice(0, end)).some((line) => line.startsWith('error')),
        ROWS.slice(start, end),
      ).toBe(true);
  });
  test('at the end of a row it is another policy, and no permit is for it', () => {
    const whole = policyOf(ROWS);
    const hashes = ROWS.split('\n').map((_, at, rows) => policyOf(rows.slice(0, at + 1).join('\n')).hash);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashes.at(-1)).toBe(whole.hash);
  });
});

describe('a name that JavaScript knows', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
  test.each(NAMES)('%s as user, network, role and value', (name) => {
    const policy = policyOf('p, allow, role:netadmin, *, **, *, *, ""\ng, user:nina, role:netadmin, lab-*');
    const base = '<network><name>n</name></network>';
    const result = `<network><name>n</name><portgroup name="${name}"/></network>`;
    expect(ask({ policy, as: name, base, result, network: 'lab-1' }).permit).toBeNull();
    expect(ask({ policy, as: 'nina', base, result, network: name }).permit).toBeNull();
    expect(ask({ policy, as: 'nina', base, result, network: 'lab-1' }).permit).not.toBeNull();
    const member = policyOf(
      `p, allow, role:${name.replace(/^_+/, 'x')}, *, **, *, *, ""\ng, user:${name}, role:${name.replace(/^_+/, 'x')}, *`,
    );
    expect(ask({ policy: member, as: name, base, result }).permit).not.toBeNull();
    expect(ask({ policy: member, as: 'nina', base, result }).permit).toBeNull();
  });
});
