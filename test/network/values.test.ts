// Spellings: what is of a type, and what its one canonical form is.

import { isIP } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import type { ValueType } from '../../src/network/spec.ts';
import { allSpecs, attrSpecOf, specAt } from '../../src/network/table.ts';
import {
  asMeant,
  canonical,
  compareValues,
  describeType,
  forbiddenCharacter,
  formatIp,
  ipInCidr,
  misleading,
  parseCidr,
  parseIp,
  prefixOfNetmask,
} from '../../src/network/values.ts';

const types = {
  text: { kind: 'text' },
  prose: { kind: 'text', lines: 'many' },
  hostname: { kind: 'hostname' },
  name: { kind: 'name' },
  escaped: { kind: 'name', escaped: true },
  uuid: { kind: 'uuid' },
  mac: { kind: 'mac' },
  ip: { kind: 'ip', family: 'any' },
  ipv4: { kind: 'ip', family: 'ipv4' },
  ipv6: { kind: 'ip', family: 'ipv6' },
  netmask: { kind: 'netmask' },
  duid: { kind: 'duid' },
  port: { kind: 'uint', min: 1, max: 65535, base0: false, unit: null },
  typeid: { kind: 'uint', min: 0, max: 0xffffff, base0: true, unit: null },
  rate: { kind: 'uint', min: 0, max: 2 ** 64, base0: false, unit: 'KiB/s' },
  expiry: { kind: 'uint', min: 0, max: 2 ** 64, base0: true, unit: 'seconds', zero: 'infinite' },
  bus: { kind: 'pci', digits: 2, max: 0xff },
  slot: { kind: 'pci', digits: 2, max: 0x1f },
  yesNo: { kind: 'enum', values: ['yes', 'no'] },
  careless: { kind: 'enum', values: ['yes', 'no'], ignoreCase: true, otherwise: 'no' },
  trunk: { kind: 'enum', values: ['yes', 'no'], ignoreCase: true },
  stp: { kind: 'stp' },
} as const satisfies Record<string, ValueType>;
type TypeName = keyof typeof types;

/** `type: raw → canonical`, a dash when it is not of the type; quotes show blanks. */
const spellings = `
mac: 52:54:00:3e:77:e2 → 52:54:00:3e:77:e2
mac: 52:54:00:3E:77:E2 → 52:54:00:3e:77:e2
mac: 52:54:0:3E:7:e2 → 52:54:00:3e:07:e2
mac: 0:0:0:0:0:0 → 00:00:00:00:00:00
mac: 52-54-00-3e-77-e2 → -
mac: 5254.003e.77e2 → -
mac: 52:54:00:3e:77 → -
mac: 52:54:00:3e:77:e2:01 → -
mac: 52:54:00:3e:77: → -
mac: :54:00:3e:77:e2:1 → -
mac: 052:54:00:3e:77:e → -
mac: 52:54:00:3e:77:g2 → -
mac: " 52:54:00:3e:77:e2" → -
mac: "" → -
ip: 10.0.0.1 → 10.0.0.1
ip: 0.0.0.0 → 0.0.0.0
ip: 255.255.255.255 → 255.255.255.255
ip: 010.0.0.1 → -
ip: 10.0.0.01 → -
ip: 10.1 → -
ip: 10.0.0.256 → -
ip: 10.0.0.1.2 → -
ip: 10..0.1 → -
ip: 10.0.0. → -
ip: .10.0.0 → -
ip: 0x0a.0.0.1 → -
ip: 167772161 → -
ip: "10.0.0.1 " → -
ip: 10.0.0.1/24 → -
ip: "" → -
ip: ١٠.0.0.1 → -
ip: ::1 → ::1
ip: :: → ::
ip: FD00::1 → fd00::1
ip: fd00:0:0:0:0:0:0:1 → fd00::1
ip: 2001:0DB8:0000:0000:0001:0000:0000:0001 → 2001:db8::1:0:0:1
ip: 2001:db8:0:1:1:1:1:1 → 2001:db8:0:1:1:1:1:1
ip: 1:0:0:2:0:0:0:3 → 1:0:0:2::3
ip: 1:2:3:4:5:6:0:0 → 1:2:3:4:5:6::
ip: ::FFFF:0a00:0001 → ::ffff:10.0.0.1
ip: ::ffff:10.0.0.1 → ::ffff:10.0.0.1
ip: ::10.0.0.1 → ::10.0.0.1
ip: ::0.1.0.0 → ::0.1.0.0
ip: ::0.0.0.1 → ::1
ip: 64:ff9b::10.0.0.1 → 64:ff9b::a00:1
ip: 1:2:3:4:5:6:7:8 → 1:2:3:4:5:6:7:8
ip: 1:2:3:4:5:6:7:: → 1:2:3:4:5:6:7:0
ip: 1:2:3:4:5:6:7:8:: → -
ip: 1:2:3:4:5:6:7 → -
ip: 1:2:3:4:5:6:7:8:9 → -
ip: ::1:: → -
ip: ::: → -
ip: 1: → -
ip: :1 → -
ip: 12345:: → -
ip: ::ffff:010.0.0.1 → -
ip: ::10.0.0.1:1 → -
ip: fe80::1%eth0 → -
ip: [::1] → -
ipv4: ::1 → -
ipv4: 10.0.0.1 → 10.0.0.1
ipv6: 10.0.0.1 → -
ipv6: ::ffff:10.0.0.1 → ::ffff:10.0.0.1
netmask: 255.255.255.0 → 255.255.255.0
netmask: 0.0.0.0 → 0.0.0.0
netmask: 255.0.255.0 → -
netmask: 0.0.0.255 → -
netmask: ffff:: → -
netmask: 24 → -
duid: 0:3:0:1:0:16:3e:11:22:33 → 00:03:00:01:00:16:3e:11:22:33
duid: 00:03:00:01:00:16:3E:11:22:33 → 00:03:00:01:00:16:3e:11:22:33
duid: 0003AB → 0003ab
duid: 00:03:xx → -
duid: "" → -
uuid: 81ff0d90-c91e-6742-64da-4a736edb9a9b → 81ff0d90-c91e-6742-64da-4a736edb9a9b
uuid: 81FF0D90C91E674264DA4A736EDB9A9B → 81ff0d90-c91e-6742-64da-4a736edb9a9b
uuid: " 81ff0d90-c91e-6742-64da-4a736edb9a9b " → 81ff0d90-c91e-6742-64da-4a736edb9a9b
uuid: 81ff0d90-c91e-6742-64da-4a736edb9a9 → -
uuid: gggf0d90-c91e-6742-64da-4a736edb9a9b → -
port: 389 → 389
port: 0389 → 389
port: 1 → 1
port: 65535 → 65535
port: 0 → -
port: 65536 → -
port: -1 → -
port: +1 → -
port: " 1" → -
port: 1e3 → -
port: 1.0 → -
port: 0x10 → -
port: "" → -
port: 99999999999999999999999999 → -
typeid: 0x10 → 16
typeid: 0X1F → 31
typeid: 010 → 8
typeid: 10 → 10
typeid: 0 → 0
typeid: 00 → 0
typeid: 08 → -
typeid: 0x → -
typeid: 0xg → -
typeid: 0xffffff → 16777215
typeid: 0x1000000 → -
rate: 18446744073709551615 → 18446744073709551615
rate: 18446744073709551616 → -
rate: 0000000000000000000000000000000000000000000007 → 7
rate: 000 → 0
expiry: 0x3c → 60
bus: 0x3 → 0x03
bus: 0x03 → 0x03
bus: 10 → 0x0a
bus: 010 → 0x08
bus: 0xff → 0xff
bus: 0x100 → -
bus: a → -
slot: 0x1f → 0x1f
slot: 0x20 → -
yesNo: yes → yes
yesNo: YES → -
yesNo: true → -
yesNo: "" → -
careless: Yes → yes
careless: no → no
careless: true → no
trunk: YES → yes
trunk: true → -
stp: on → on
stp: off → off
stp: OFF → on
stp: no → on
hostname: web.example.com → web.example.com
hostname: Web.Example.COM → Web.Example.COM
hostname: _ldap._tcp → _ldap._tcp
hostname: bücher.example → bücher.example
hostname: пример → пример
hostname: 日本語テスト → 日本語テスト
hostname: пример.com → -
hostname: аdmin → -
hostname: "a b" → -
hostname: a,b → -
hostname: a/b → -
hostname: a\\b → -
hostname: a'b → -
hostname: "" → -
name: virbr%d → virbr%d
name: eth0.100 → eth0.100
name: "sales team" → "sales team"
name: a&b → -
name: a<b → -
escaped: a<'b' & c → a<'b' & c
escaped: "a\\nb" → -
escaped: аdmin → -
name: ⅻ → -
name: ｆull → -
name: a․b → -
text: "v=spf1 -all; 'x' \\"y\\" <z> & €" → "v=spf1 -all; 'x' \\"y\\" <z> & €"
text: "" → ""
text: "a\\nb" → -
text: "a\\tb" → -
text: "a\\u0000b" → -
text: "a\\u007fb" → -
text: "a\\u0085b" → -
text: "a\\u2028b" → -
text: "a\\ud800b" → -
text: "a\\uffffb" → -
prose: "a\\nb\\tc" → "a\\nb\\tc"
prose: "a\\rb" → -
`;

/** `"…"` in the tables is JSON, anything else stands for itself. */
function spelled(text: string): string {
  if (!text.startsWith('"')) return text.replaceAll('\\\\', '\\');
  const value: unknown = JSON.parse(text);
  return String(value);
}

function rows(table: string): readonly string[] {
  return table.split('\n').filter((row) => row !== '');
}

describe('spellings', () => {
  test.each(rows(spellings))('%s', (row) => {
    const [, name, raw, expected] = /^(\w+): (.*) → (.*)$/u.exec(row) ?? [];
    if (name === undefined || raw === undefined || expected === undefined) throw new Error(`bad row: ${row}`);
    const type = types[name as TypeName]; // a name that is not there fails the test below
    expect(canonical(type, spelled(raw))).toBe(expected === '-' ? null : spelled(expected));
  });
});

describe('order', () => {
  test.each(
    rows(`
port: 9 < 10
port: 389 = 389
rate: 18446744073709551614 < 18446744073709551615
rate: 99999999999999999999 ? 1
expiry: 3600 < 0
expiry: 0 = 0
expiry: 120 < 7200
bus: 0x09 < 0x0a
ip: 10.0.0.9 < 10.0.0.10
ip: 9.255.255.255 < 10.0.0.0
ip: fd00::9 < fd00::a
ip: 10.0.0.1 ? ::1
ip: 10.0.0.1 ? x
port: x ? 1
hostname: a ? b
stp: on ? off
text: 1 ? 2
`),
  )('%s', (row) => {
    const [, name, left, relation, right] = /^(\w+): (\S+) ([<=?]) (\S+)$/.exec(row) ?? [];
    if (name === undefined || left === undefined || right === undefined) throw new Error(`bad row: ${row}`);
    const type = types[name as TypeName]; // as above
    const expected = relation === '?' ? null : relation === '=' ? 0 : -1;
    const sign = (order: number | null) => (order === null ? null : Math.sign(order));
    expect(sign(compareValues(type, left, right))).toBe(expected);
    expect(sign(compareValues(type, right, left))).toBe(expected === -1 ? 1 : expected);
  });
});

describe('networks', () => {
  test.each(
    rows(`
10.0.0.1 in 10.0.0.0/8
10.0.0.1 in 10.0.0.1/32
10.0.0.254 in 10.0.0.254/32
10.0.0.1 in 0.0.0.0/0
10.0.0.130 in 10.0.0.128/25
fd00::5 in fd00::/64
fd00:0:0:1::5 in fd00::/63
::ffff:10.0.0.1 in 10.0.0.0/8
10.0.0.1 in ::ffff:10.0.0.0/104
::ffff:10.0.0.1 in ::ffff:10.0.0.0/104
::ffff:10.0.0.1 in ::/0
10.0.0.127 not in 10.0.0.128/25
11.0.0.1 not in 10.0.0.0/8
10.0.0.1 not in ::/0
fd00::1 not in 0.0.0.0/0
fd00:0:0:2::5 not in fd00::/63
::ffff:11.0.0.1 not in 10.0.0.0/8
10.0.0.1 not in ::/96
10.0.0.300 not in 0.0.0.0/0
010.0.0.1 not in 10.0.0.0/8
`),
  )('%s', (row) => {
    const [ip = '', network = ''] = row.split(/ (?:not )?in /);
    const cidr = parseCidr(network);
    expect(cidr).not.toBeNull();
    if (cidr !== null) expect(ipInCidr(ip, cidr)).toBe(!row.includes(' not '));
  });

  test.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    'fd00::/129',
    '/8',
    'x/8',
    '10.0.0.0/255.0.0.0',
    '',
  ])('`%s` is no network', (text) => expect(parseCidr(text)).toBeNull());

  test('bits behind the prefix are noticed', () => {
    expect(parseCidr('10.0.0.1/8')?.hostBits).toBe(true);
    expect(parseCidr('10.0.0.0/8')?.hostBits).toBe(false);
    expect(parseCidr('fd00::1/127')?.hostBits).toBe(true);
    expect(parseCidr('10.0.0.1/32')?.hostBits).toBe(false);
    expect(parseCidr('0.0.0.1/0')?.hostBits).toBe(true);
  });

  test('every netmask and nothing else has a prefix', () => {
    for (let prefix = 0; prefix <= 32; prefix++) {
      const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
      const text = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
      expect(prefixOfNetmask(text), text).toBe(prefix);
    }
    for (const text of ['255.0.255.0', '0.255.255.255', '255.255.255.253', '1.0.0.0', '::', '', '24']) {
      expect(prefixOfNetmask(text), text).toBeNull();
    }
  });

  test('agrees with ipaddr.js on addresses that lie in networks', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (ip, network, prefix) => {
        const cidr = parseCidr(`${network}/${prefix}`);
        if (cidr === null) throw new Error('an IPv4 network is one');
        expect(ipInCidr(ip, cidr)).toBe(ipaddr.IPv4.parse(ip).match(ipaddr.IPv4.parse(network), prefix));
      }),
    );
    fc.assert(
      fc.property(words(), words(), fc.integer({ min: 0, max: 128 }), (ip, network, prefix) => {
        const cidr = parseCidr(
          `${ip.map((word, i) => (i < 4 ? word : (network[i] ?? 0)).toString(16)).join(':')}/${prefix}`,
        );
        if (cidr === null) throw new Error('an IPv6 network is one');
        const text = ip.map((word) => word.toString(16)).join(':');
        expect(ipInCidr(text, cidr)).toBe(
          new ipaddr.IPv6([...ip]).match(new ipaddr.IPv6([...cidr.address]), prefix),
        );
      }),
    );
  });
});

/** Eight words, many of them zero; never IPv4-mapped, which this room treats apart. */
function words(): fc.Arbitrary<readonly number[]> {
  const word = fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
  );
  return fc
    .array(word, { minLength: 8, maxLength: 8 })
    .filter((all) => all[5] !== 0xffff && (all[0] !== 0 || all[1] !== 0));
}

describe('IPv6', () => {
  test('is printed as RFC 5952 says', () => {
    fc.assert(
      fc.property(words(), (all) => {
        expect(formatIp(all)).toBe(new ipaddr.IPv6([...all]).toRFC5952String());
      }),
    );
  });

  test('what is printed is read back, and Node agrees what an address is', () => {
    const piece = fc.constantFrom(
      ':',
      '::',
      '.',
      '0',
      '1',
      'ffff',
      'f',
      '10.0.0.1',
      '00001',
      'g',
      '%',
      '255',
      '256',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV6(),
          fc.ipV4(),
          fc.array(piece, { maxLength: 12 }).map((all) => all.join('')),
        ),
        (text) => {
          const address = parseIp(text);
          if (!text.includes('%')) expect(address !== null, text).toBe(isIP(text) !== 0);
          if (address !== null) expect(parseIp(formatIp(address))).toEqual(address);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('characters', () => {
  test.each([
    ['text', 'a\nb', 1, '\n'],
    ['text', 'ok', -1, ''],
    ['text', 'quotes " \' < & are escaped', -1, ''],
    ['prose', 'two\nlines', -1, ''],
    ['prose', 'a\r\nb', 1, '\r'],
    ['hostname', "a' mac='x", 1, "'"],
    ['hostname', 'a\nb c', 1, '\n'],
    ['hostname', 'web server', 3, ' '],
    ['hostname', 'a,set:b', 1, ','],
    ['hostname', 'example.com/8.8.8.8', 11, '/'],
    ['hostname', 'admin\u200b', 5, '\u200b'],
    ['hostname', '\u202emoc.elpmaxe', 0, '\u202e'],
    ['hostname', 'pаypal', 1, 'а'],
    ['hostname', 'e\u0301', 0, 'e'],
    ['hostname', 'é', -1, ''],
    ['hostname', '𝐚dmin', 0, '𝐚'],
    ['hostname', 'Ꭺpple', 0, 'Ꭺ'],
    ['hostname', '\ufeffweb', 0, '\ufeff'],
    ['hostname', 'web\u00a0', 3, '\u00a0'],
    ['hostname', 'a\u0301\u0302\u0303\u0304\u0305', 5, '\u0305'],
    ['name', 'a"b', 1, '"'],
    ['name', 'a&b', 1, '&'],
    ['name', 'sales team', -1, ''],
    ['name', 'a/b', -1, ''],
    ['mac', '52:54\u0000', 5, '\u0000'],
  ] as const)('%s %j', (name, value, index, char) => {
    const found = forbiddenCharacter(types[name], value);
    expect(found === null ? null : [found.index, found.char]).toEqual(index < 0 ? null : [index, char]);
  });

  test('no attribute or text of the table takes a control character', () => {
    for (const { path, spec } of allSpecs()) {
      const values = [
        ...spec.attrs.map((attr) => ({ name: `${path}@${attr.name}`, type: attr.type })),
        ...(spec.text === null ? [] : [{ name: path, type: spec.text }]),
      ];
      for (const { name, type } of values) {
        for (let code = 0; code < 0xa0; code = code === 0x1f ? 0x7f : code + 1) {
          const char = String.fromCharCode(code);
          const expected = type.kind === 'text' && type.lines === 'many' && (char === '\n' || char === '\t');
          expect(forbiddenCharacter(type, `a${char}b`) === null, `${name} ${code}`).toBe(expected);
          // uuid has white space around it, stp takes anything for `on`, and so do careless booleans
          if (!expected && misleading(type, `a${char}`) === null)
            expect(canonical(type, `a${char}b`), `${name} ${code}`).toBeNull();
        }
      }
    }
  });

  test('what libvirt prints unescaped takes no markup', () => {
    const unescaped = [
      'ip.dhcp.host@mac',
      'ip.dhcp.host@id',
      'ip.dhcp.host@name',
      'portgroup@name',
      'domain@name',
      'ip@family',
    ];
    for (const place of unescaped) {
      const [path = '', name = ''] = place.split('@');
      const spec = specAt(path.split('.'));
      const type = spec === null ? undefined : attrSpecOf(spec, name)?.type;
      if (type === undefined) throw new Error(`no ${place} in the table`);
      for (const char of `"'<>&`) {
        expect(forbiddenCharacter(type, `a${char}b`)?.index, place).toBe(1);
        expect(canonical(type, `a${char}b`), place).toBeNull();
      }
    }
  });
});

test('misleading spellings are named', () => {
  expect(misleading(types.stp, 'no')).toBe('on');
  expect(misleading(types.stp, 'OFF')).toBe('on');
  expect(misleading(types.stp, 'off')).toBeNull();
  expect(misleading(types.careless, 'true')).toBe('no');
  expect(misleading(types.careless, 'YES')).toBeNull();
  expect(misleading(types.yesNo, 'true')).toBeNull();
});

describe('promises', () => {
  const raw = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefxX:.-/ %\n"\'<&*'), maxLength: 40 }),
    fc.ipV6(),
    fc.ipV4(),
    fc.uuid(),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
  );

  test('nothing throws, and canonical forms are their own canonical form', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(types)), raw, raw, (type, a, b) => {
        const form = canonical(type, a);
        if (form !== null) expect(canonical(type, form)).toBe(form);
        forbiddenCharacter(type, a);
        compareValues(type, a, b);
        parseCidr(a);
        prefixOfNetmask(a);
        const cidr = parseCidr(b);
        if (cidr !== null) ipInCidr(a, cidr);
      }),
      { numRuns: 2000 },
    );
  });

  test('what is of a name type holds no forbidden character', () => {
    fc.assert(
      fc.property(fc.constantFrom<TypeName>('hostname', 'name', 'text'), raw, (name, a) => {
        expect(canonical(types[name], a) !== null).toBe(
          forbiddenCharacter(types[name], a) === null && (a !== '' || name === 'text'),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('200,000 characters cost no more than a moment', () => {
    const length = 200_000;
    const named: readonly string[] = ['text', 'hostname', 'name'];
    const hostile = [
      '0',
      '1',
      ':',
      '::',
      '.',
      'f',
      ' ',
      '-',
      'я',
      'ༀ',
      'a\u0301\u0316',
      '\u0301\u0316',
      '€',
      '"',
      '1.',
      'ff:',
      '\\',
    ].map((piece) => piece.repeat(length / piece.length));
    for (const [name, type] of Object.entries(types)) {
      for (const text of hostile) {
        canonical(type, text);
        if (named.includes(name)) forbiddenCharacter(type, text);
        compareValues(type, text, text);
        parseCidr(text);
        // quadratic would be minutes, which the time limit of every test ends
      }
    }
  });
});

test('every type describes itself', () => {
  const described = Object.values(types).map((type) => describeType(type));
  expect(described.join('\n')).toBe(`text on one line
text
a host or domain name such as \`web.example.com\`
a name without quotes, \`<\`, \`>\`, \`&\` or control characters
a name without control characters
a UUID such as \`81ff0d90-c91e-6742-64da-4a736edb9a9b\`
a MAC address such as \`52:54:00:aa:bb:cc\`
an IP address such as \`10.0.0.1\` or \`fd00::1\`
an IPv4 address such as \`10.0.0.1\`
an IPv6 address such as \`fd00::1\`
an IPv4 netmask such as \`255.255.255.0\`
a DUID such as \`0:3:0:1:0:16:3e:11:22:33\`
a whole number from 1 to 65535
a whole number from 0 to 16777215
a whole number (KiB/s)
a whole number (seconds)
a PCI number from \`0x00\` to \`0xff\`
a PCI number from \`0x00\` to \`0x1f\`
\`yes\` or \`no\`
\`yes\` or \`no\`
\`yes\` or \`no\`
\`on\` or \`off\``);
});

test('what a value means is its canonical form, else what is written', () => {
  const values = fc.oneof(
    fc.constantFrom(
      '',
      'on',
      'YES',
      '0x1F',
      '007',
      'fd00::0001',
      '::FFFF:10.0.0.1',
      '52:54:0:A:b:1',
      '255.0.255.0',
    ),
    fc.ipV4(),
    fc.ipV6(),
    fc.domain(),
    fc.string(),
  );
  fc.assert(
    fc.property(values, fc.constantFrom(...Object.values<ValueType>(types)), (value, type) => {
      expect(asMeant(type, value)).toBe(canonical(type, value) ?? value);
    }),
    { numRuns: 2000 },
  );
});
