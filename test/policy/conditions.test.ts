// What conditions say of an element: true, false or unknown (rules 17 to 21); and which are refused.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { and, FALSE, not, or, TRUE, type Truth, UNKNOWN } from '../../src/policy/truth.ts';
import { ask, complaints, NOON, policyOf, verdictLines } from './decide.ts';

const EMPTY = '<network><name>n</name></network>';
const ROLES =
  'g, user:nina, role:netadmin, *\ng, role:netadmin, role:operator, n*\ng, user:olga, role:operator, other';

/** The element that comes to be, and the path that names it. */
const ELEMENTS: Readonly<Record<string, readonly [string, string]>> = {
  host: [
    'ip[*].dhcp.host[*]',
    `<ip address='10.0.0.1' prefix='24'><dhcp><host mac='52:54:00:00:00:0A' name='Web.A.example.com' ip='10.0.0.130'/></dhcp></ip>`,
  ],
  nameless: [
    'ip[*].dhcp.host[*]',
    `<ip address='10.0.0.1' prefix='24'><dhcp><host mac='52:54:00:00:00:0a' ip='10.0.0.130'/></dhcp></ip>`,
  ],
  wrong: [
    'ip[*].dhcp.host[*]',
    `<ip address='10.0.0.1' prefix='24'><dhcp><host mac='52:54:00:00:00:0a' ip='10.0.0.300'/></dhcp></ip>`,
  ],
  ip6: ['ip[*]', "<ip address='FD00:0::1' family='ipv6' prefix='64'/>"],
  ip: ['ip[*]', "<ip address='10.0.0.1' netmask='255.255.0.0'/>"],
  bare: ['ip[*]', "<ip address='10.0.0.1'/>"],
  bridge: ['bridge', "<bridge name='br0'/>"],
  inbound: [
    'portgroup[*].bandwidth.inbound',
    "<portgroup name='p'><bandwidth><inbound average='900' burst='18446744073709551615'/></bandwidth></portgroup>",
  ],
  hours: [
    'ip[*].dhcp.host[*].lease',
    `<ip address='10.0.0.1'><dhcp><host mac='52:54:00:00:00:0a' ip='10.0.0.2'><lease expiry='2' unit='hours'/></host></dhcp></ip>`,
  ],
  forever: [
    'ip[*].dhcp.host[*].lease',
    `<ip address='10.0.0.1'><dhcp><host mac='52:54:00:00:00:0a' ip='10.0.0.2'><lease expiry='0'/></host></dhcp></ip>`,
  ],
  odd: [
    'ip[*].dhcp.host[*].lease',
    `<ip address='10.0.0.1'><dhcp><host mac='52:54:00:00:00:0a' ip='10.0.0.2'><lease expiry='2' unit='weeks'/></host></dhcp></ip>`,
  ],
  tags: ['vlan', "<vlan><tag id='1'/><tag id='2'/></vlan>"],
  tag: ['vlan', "<vlan trunk='yes'><tag id='1'/></vlan>"],
  forward: ['forward', '<forward/>'],
  hostname: [
    'dns.host[*].hostname[*]',
    "<dns><host ip='10.0.0.5'><hostname>Web.example.com</hostname></host></dns>",
  ],
  pci: ['forward.address[*]', "<forward mode='hostdev'><address type='pci' bus='10' slot='0x1f'/></forward>"],
  txt: ['dns.txt[*]', "<dns><txt name='t' value='a and (b, c)'/></dns>"],
  group: ['portgroup[*]', "<portgroup name='role netadmin'/>"],
};

type Name = 'true' | 'unknown' | 'false';

/** By asking a gate twice: an allow holds when true, a deny fires when true or unknown. */
function truth(of: string, condition: string, as = 'nina', clock = NOON): Name {
  const [path, xml] = ELEMENTS[of] ?? ['', ''];
  const quoted = condition.replaceAll('"', '""');
  const decided = (rows: string): string => {
    const answer = ask({
      policy: policyOf(`${ROLES}\n${rows}`),
      as,
      base: EMPTY,
      result: EMPTY.replace('</network>', `${xml}</network>`),
      network: 'n',
      clock,
    });
    const last = path.slice(path.lastIndexOf('.') + 1).replace(/\[.*/, '');
    return (
      verdictLines(answer).find((line) => new RegExp(`^add (.*\\.)?${last}(\\[[^\\]]*\\])?: `).test(line)) ??
      'not decided at all'
    );
  };
  const allowed = decided(`p, allow, user:${as}, *, ${path}, *, *, "${quoted}"`).includes(': allow');
  const denied = decided(
    `p, allow, user:${as}, *, **, *, *, ""\np, deny, role:everyone, *, ${path}, *, *, "${quoted}"`,
  ).includes(': DENY');
  if (allowed && !denied) throw new Error('an allow that is true while a deny is false');
  return allowed ? 'true' : denied ? 'unknown' : 'false';
}

test.each<[string, string, Name]>([
  // texts and names
  ['host', 'name == web.a.example.com', 'true'],
  ['host', 'name == WEB.A.EXAMPLE.COM', 'true'],
  ['host', 'name != web.a.example.com', 'false'],
  ['host', 'name like *.a.example.com', 'true'],
  ['host', 'name like *.A.example.com', 'true'],
  ['host', 'name like web.*', 'true'],
  ['host', 'name like *.b.example.com', 'false'],
  ['host', "name like '*.a.example.com'", 'true'],
  ['host', 'name in {a, web.a.example.com}', 'true'],
  ['host', 'name in {a,b}', 'false'],
  ['group', "name == 'role netadmin'", 'true'],
  ['group', 'name == "role netadmin"', 'true'],
  ['group', "name == 'Role netadmin'", 'false'],
  ['txt', "value == 'a and (b, c)'", 'true'],
  ['txt', "value like '*(b, c)'", 'true'],
  ['hostname', 'text() like *.EXAMPLE.com', 'true'],
  ['hostname', 'text() == web.example.com and text() exists', 'true'],
  // absence
  ['nameless', 'name == x', 'unknown'],
  ['nameless', 'name != x', 'unknown'],
  ['nameless', 'not name == x', 'unknown'],
  ['nameless', 'name like *.a.example.com', 'unknown'],
  ['nameless', 'name in {a, b}', 'unknown'],
  ['nameless', 'name exists', 'false'],
  ['nameless', 'name absent', 'true'],
  ['nameless', 'not name exists', 'true'],
  ['nameless', 'name exists and name == x', 'false'],
  ['nameless', 'name absent or name == x', 'true'],
  ['nameless', 'name == x or ip in 10.0.0.0/8', 'true'],
  ['nameless', 'name == x and ip in 10.0.0.0/8', 'unknown'],
  ['nameless', 'name == x and ip in 11.0.0.0/8', 'false'],
  ['host', 'name exists', 'true'],
  // defaults count
  ['bridge', 'stp == on', 'true'],
  ['bridge', 'stp exists', 'true'],
  ['bridge', 'delay == 0', 'true'],
  ['bridge', 'delay < 1', 'true'],
  ['bridge', 'zone exists', 'false'],
  ['forward', 'mode == nat', 'true'],
  ['forward', 'mode in {nat, route}', 'true'],
  ['ip', 'localPtr == no', 'true'],
  ['ip', 'prefix == 16', 'true'],
  ['bare', 'prefix == 8', 'true'],
  // addresses
  ['host', 'ip in 10.0.0.128/25', 'true'],
  ['host', 'ip in 10.0.0.0/25', 'false'],
  ['host', 'ip in 10.0.0.130/32', 'true'],
  ['host', 'ip in 0.0.0.0/0', 'true'],
  ['host', 'ip in ::/0', 'false'],
  ['host', 'ip in {10.0.0.1, 10.0.0.130}', 'true'],
  ['host', 'ip == 10.0.0.130', 'true'],
  ['host', 'ip > 10.0.0.129 and ip < 10.0.0.131', 'true'],
  ['host', 'ip < 10.0.0.13', 'false'],
  ['ip6', 'address in fd00::/8', 'true'],
  ['ip6', 'address == fd00:0:0::1', 'true'],
  ['ip6', 'address in 10.0.0.0/8', 'false'],
  ['ip6', 'address < 10.0.0.0', 'unknown'],
  ['wrong', 'ip in 10.0.0.0/8', 'unknown'],
  ['wrong', 'ip == 10.0.0.130', 'unknown'],
  ['wrong', 'ip exists', 'true'],
  // macs
  ['host', 'mac == 52:54:0:0:0:a', 'true'],
  ['host', 'mac like 52:54:*', 'true'],
  ['host', 'mac like *:0A', 'true'],
  // numbers, in the table's unit
  ['inbound', 'average < 1000', 'true'],
  ['inbound', 'average < 90', 'false'],
  ['inbound', 'average >= 0900', 'true'],
  ['inbound', 'burst > 18446744073709551614', 'true'],
  ['inbound', 'burst == 18446744073709551615', 'true'],
  ['inbound', 'peak > 1', 'unknown'],
  ['hours', 'expiry == 7200', 'true'],
  ['hours', 'expiry <= 7200', 'true'],
  ['hours', 'expiry < 7200', 'false'],
  ['forever', 'expiry > 86400', 'true'],
  ['forever', 'expiry <= 86400', 'false'],
  ['forever', 'expiry == 0', 'true'],
  ['hours', 'expiry < 0', 'true'],
  ['odd', 'expiry < 86400', 'unknown'],
  ['odd', 'expiry exists', 'true'],
  ['pci', 'bus == 0xA', 'true'],
  ['pci', 'slot >= 31 and domain == 0', 'true'],
  // what children decide
  ['tags', 'trunk == yes', 'true'],
  ['tag', 'trunk == yes', 'true'],
  // roles, of the subject, on this network
  ['host', 'role netadmin', 'true'],
  ['host', 'role operator', 'true'],
  ['host', 'role everyone', 'true'],
  ['host', 'role other', 'false'],
  ['host', 'not role netadmin', 'false'],
  // precedence
  ['host', 'role other or role netadmin and role operator', 'true'],
  ['host', '(role netadmin or role other) and role other', 'false'],
  ['host', 'role netadmin or role other and role other', 'true'],
  ['host', 'not role other and role netadmin', 'true'],
  ['host', 'not (role other and role netadmin)', 'true'],
  ['host', 'not not role netadmin', 'true'],
  ['host', '((role netadmin))', 'true'],
  ['nameless', 'not (name == x) or not name == x', 'unknown'],
])('%s: %s is %s', (of, condition, wanted) => {
  expect(truth(of, condition)).toBe(wanted);
});

test('roles are those on the network of the change', () => {
  expect(truth('host', 'role operator', 'olga')).toBe('false');
});

describe('before and after', () => {
  const inbound = (average: number | null): string =>
    EMPTY.replace(
      '</network>',
      `<portgroup name='p'>${average === null ? '' : `<bandwidth><inbound average='${average}'/></bandwidth>`}</portgroup></network>`,
    );
  const verdict = (row: string, from: number | null, to: number | null): string | undefined =>
    verdictLines(
      ask({
        policy: policyOf(`p, allow, user:nina, *, **, *, *, ""\n${row}`),
        as: 'nina',
        base: inbound(from),
        result: inbound(to),
      }),
    )
      .at(-1)
      ?.replace(/^.*?: /, '');
  const deny = (op: string, when: string): string =>
    `p, deny, role:everyone, *, **.inbound@average, ${op}, *, "${when}"`;
  test.each<[string, string, number | null, number | null, string]>([
    ['*', 'average > 1000', 500, 2000, 'DENY line 2 because `average` is 2000'],
    ['*', 'average > 1000', 2000, 500, 'DENY line 2 because before the change, `average` is 2000'],
    ['*', 'average > 1000', 500, 600, 'allow line 1'],
    ['*', 'average > 1000', null, 2000, 'DENY line 2 because `average` is 2000'],
    ['*', 'average > 1000', 2000, null, 'DENY line 2 because `average` is 2000'],
    ['add|modify', 'after.average > 1000', 2000, 500, 'allow line 1'],
    ['add|modify', 'after.average > 1000', 500, 2000, 'DENY line 2 because `after.average` is 2000'],
    ['modify|remove', 'before.average > 1000', 2000, 500, 'DENY line 2 because `before.average` is 2000'],
    ['modify|remove', 'before.average > 1000', 500, 2000, 'allow line 1'],
    [
      'modify',
      'before.average < 1000 and after.average > 1000',
      500,
      2000,
      'DENY line 2 because `before.average` is 500 and `after.average` is 2000',
    ],
    ['modify', 'before.average < 1000 and after.average > 1000', 1500, 2000, 'allow line 1'],
  ])('%s "%s" on %s → %s: %s', (op, when, from, to, wanted) => {
    expect(verdict(deny(op, when), from, to)).toBe(wanted);
  });
  test('an allow holds before and after', () => {
    const policy = policyOf('p, allow, user:nina, *, **.inbound@average, modify, *, "average <= 1000"');
    const may = (from: number, to: number): boolean =>
      ask({ policy, as: 'nina', base: inbound(from), result: inbound(to) }).permit !== null;
    expect([may(500, 600), may(500, 2000), may(2000, 500), may(2000, 3000)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the anchor', () => {
  const dns = (ip: string, ...names: readonly string[]): string =>
    EMPTY.replace(
      '</network>',
      `<dns><host ip='${ip}'>${names.map((name) => `<hostname>${name}</hostname>`).join('')}</host></dns></network>`,
    );
  test('is the element before `.**`: a guard on a host guards its names', () => {
    const policy = policyOf('p, allow, user:nina, *, dns.host[*].**, *, *, "ip in 10.0.0.0/25"');
    const may = (ip: string): boolean =>
      ask({ policy, as: 'nina', base: dns(ip, 'a'), result: dns(ip, 'a', 'b') }).permit !== null;
    expect([may('10.0.0.1'), may('10.0.0.200')]).toEqual([true, false]);
  });
  test('may be any of several, and each must have what is read', () => {
    expect(complaints('p, allow, user:nina, *, ip[*].dhcp.*, *, *, "ip in 10.0.0.0/8"')[0]).toContain(
      'SL632 policy.csv:1:46 `range` has no attribute `ip`',
    );
    expect(complaints('p, allow, user:nina, *, **.host[*], *, *, "ip in 10.0.0.0/8"')).toEqual([]);
    expect(complaints('p, allow, user:nina, *, bandwidth.*, *, *, "average > 5"')).toEqual([]);
  });
  test('that the table does not know cannot be read, but roles can be asked', () => {
    const flood = (limit: number): string =>
      EMPTY.replace('</network>', `<flood limit='${limit}'/></network>`);
    const may = (when: string): boolean =>
      ask({
        policy: policyOf(`${ROLES}\np, allow, user:nina, *, 'flood', *, *, "${when}"`),
        as: 'nina',
        base: flood(1),
        result: flood(2),
        network: 'n',
      }).permit !== null;
    expect([may('role netadmin'), may('role other')]).toEqual([true, false]);
    expect(complaints('p, allow, user:nina, *, \'flood\', *, *, "limit > 5"')[0]).toContain('SL632');
  });
  test('reached by `*` and unknown: what a deny reads is unknown, and fires', () => {
    const rows =
      'p, allow, user:nina, *, \'flood\', *, *, ""\np, deny, user:nina, *, **.*, *, *, "not role other"';
    const flood = EMPTY.replace('</network>', '<flood/></network>');
    expect(ask({ policy: policyOf(rows), as: 'nina', base: EMPTY, result: flood }).permit).toBeNull();
    expect(
      ask({
        policy: policyOf(rows.replace('not role other', 'role other')),
        as: 'nina',
        base: EMPTY,
        result: flood,
      }).permit,
    ).not.toBeNull();
  });
});

describe('time', () => {
  const at = (day: number, hour: number, minute = 0): number => Date.UTC(2025, 0, day, hour, minute);
  // 15 January 2025 is a Wednesday
  test.each<[string, number, Name]>([
    ['time in 08:00-18:00', at(15, 8), 'true'],
    ['time in 08:00-18:00', at(15, 7, 59), 'false'],
    ['time in 08:00-18:00', at(15, 17, 59), 'true'],
    ['time in 08:00-18:00', at(15, 18), 'false'],
    ['time in mon-fri 08:00-18:00', at(15, 12), 'true'],
    ['time in mon-fri 08:00-18:00', at(18, 12), 'false'],
    ['time in sat,sun', at(18, 0), 'true'],
    ['time in sat, sun', at(19, 23, 59), 'true'],
    ['time in sat,sun', at(20, 0), 'false'],
    ['time in fri-mon', at(19, 12), 'true'],
    ['time in fri-mon', at(15, 12), 'false'],
    ['time in wed', at(15, 23, 59), 'true'],
    ['time in 00:00-24:00', at(15, 23, 59), 'true'],
    ['time in 22:00-06:00', at(15, 23), 'true'],
    ['time in 22:00-06:00', at(15, 5, 59), 'true'],
    ['time in 22:00-06:00', at(15, 6), 'false'],
    ['time in wed 22:00-06:00', at(16, 5), 'true'],
    ['time in wed 22:00-06:00', at(15, 5), 'false'],
    ['time in sun 22:00-06:00', at(20, 5), 'true'],
    ['time in 08:00-09:00 Europe/Berlin', at(15, 7, 30), 'true'],
    ['time in 08:00-09:00 Europe/Berlin', at(15, 8, 30), 'false'],
    ['time in thu 00:00-01:00 Asia/Tokyo', at(15, 15, 30), 'true'],
    ['time in 08:00-09:00 UTC and role netadmin', at(15, 8, 30), 'true'],
    ['not time in mon-fri 08:00-18:00', at(15, 12), 'false'],
    ['(time in mon-fri) or role other', at(15, 12), 'true'],
  ])('%s at %i is %s', (condition, clock, wanted) => {
    expect(truth('bridge', condition, 'nina', clock)).toBe(wanted);
  });
  test('follows summer time', () => {
    const july = Date.UTC(2025, 6, 16, 6, 30);
    expect(truth('bridge', 'time in 08:00-09:00 Europe/Berlin', 'nina', july)).toBe('true');
  });
  test('says what the clock says', () => {
    const rows =
      'p, allow, user:nina, *, **, *, *, ""\np, deny, role:everyone, *, **, *, *, "not time in mon-fri 08:00-12:00 Europe/Berlin"';
    const answer = ask({
      policy: policyOf(rows),
      as: 'nina',
      base: EMPTY,
      result: EMPTY.replace('</network>', "<mtu size='9000'/></network>"),
      clock: at(15, 12),
    });
    expect(verdictLines(answer)[0]).toBe('add mtu: DENY line 2 because it is Wed 13:00 Europe/Berlin');
  });
});

describe('count', () => {
  const hosts = (n: number, ip = (i: number): string => `10.0.0.${i + 2}`): string =>
    EMPTY.replace(
      '</network>',
      `<ip address='10.0.0.1'><dhcp>${Array.from({ length: n }, (_, i) => `<host mac='52:54:00:00:00:${String(i + 10)}' ip='${ip(i)}'/>`).join('')}</dhcp></ip></network>`,
    );
  const verdicts = (when: string, from: string, to: string, op = 'add'): readonly string[] =>
    verdictLines(
      ask({
        policy: policyOf(
          `p, allow, user:nina, *, **, *, *, ""\np, deny, role:everyone, *, ip[*].dhcp.host[*], ${op}, *, "${when}"`,
        ),
        as: 'nina',
        base: from,
        result: to,
      }),
    );
  test.each<[string, number, boolean]>([
    ['count(ip[*].dhcp.host) > 3', 3, false],
    ['count(ip[*].dhcp.host) > 3', 4, true],
    ['count(ip.dhcp.host[*]) >= 4', 4, true],
    ['count(**.host) == 4', 4, true],
    ['count(ip[10.0.0.1].dhcp.host) > 3', 4, true],
    ['count(ip[10.0.0.2].dhcp.host) > 3', 4, false],
    ['count(ip) == 1', 4, true],
    ['count(bridge) == 0', 4, true],
    ['count(*) >= 2', 4, true],
    ["count('flood') > 0", 4, false],
    ['count(ip[*].dhcp.host where ip in 10.0.0.0/29) > 3', 4, true],
    ['count(ip[*].dhcp.host where ip in 10.0.0.4/30) > 3', 4, false],
    ['count(ip[*].dhcp.host where ip in 10.0.0.4/30 and not mac like 52:54:*) == 0', 4, true],
    ['count(ip[*].dhcp.host where (ip == 10.0.0.2 or ip == 10.0.0.3)) != 2', 4, false],
    ['count( ip[*].dhcp.host where ip in {10.0.0.2, 10.0.0.9} ) < 2', 4, true],
  ])('%s with %i hosts: %s', (when, n, denied) => {
    expect(verdicts(when, EMPTY, hosts(n)).some((line) => line.includes('DENY'))).toBe(denied);
  });
  test('is taken in the final document, for every change alike', () => {
    const lines = verdicts('count(ip[*].dhcp.host) > 3', hosts(2), hosts(4));
    expect(
      lines.filter((line) => line.includes('DENY line 2 because `count(ip[*].dhcp.host)` is 4')),
    ).toHaveLength(6);
    expect(
      verdicts('count(ip[*].dhcp.host) > 3', hosts(5), hosts(4)).every((line) =>
        line.endsWith('allow line 1'),
      ),
    ).toBe(true);
  });
  test('knows between which numbers the truth is', () => {
    const broken = hosts(4, (i) => (i === 0 ? 'nonsense' : `10.0.0.${i + 2}`));
    const fires = (when: string): boolean =>
      verdicts(when, EMPTY, broken).some((line) => line.includes('DENY'));
    expect(fires('count(ip[*].dhcp.host where ip in 10.0.0.0/24) > 4')).toBe(false);
    expect(fires('count(ip[*].dhcp.host where ip in 10.0.0.0/24) > 3')).toBe(true);
    expect(fires('count(ip[*].dhcp.host where ip in 10.0.0.0/24) < 3')).toBe(false);
    expect(fires('count(ip[*].dhcp.host where ip in 10.0.0.0/24) == 4')).toBe(true);
    expect(fires('count(ip[*].dhcp.host where ip in 10.0.0.0/24) != 3')).toBe(true);
    expect(
      verdicts('count(ip[*].dhcp.host where ip in 10.0.0.0/24) == 4', EMPTY, broken).find((line) =>
        line.includes('DENY'),
      ),
    ).toContain('is between 3 and 4');
  });
  test('nothing is left of a deleted network', () => {
    const policy = policyOf('p, allow, user:nina, *, **, *, *, "count(ip) == 0"');
    expect(ask({ policy, as: 'nina', base: hosts(1), result: null }).permit).not.toBeNull();
    expect(ask({ policy, as: 'nina', base: null, result: hosts(1) }).permit).toBeNull();
  });
  test('is one walk for many changes', () => {
    const many = (n: number): string =>
      hosts(0).replace(
        '<dhcp>',
        `<dhcp>${Array.from({ length: n }, (_, i) => `<host mac='52:54:00:00:${(i >> 8).toString(16)}:${(i & 255).toString(16)}' ip='10.0.${i >> 8}.${i & 255}'/>`).join('')}`,
      );
    const started = performance.now();
    expect(
      verdicts('count(ip[*].dhcp.host where ip in 10.0.0.0/16) > 3000', EMPTY, many(4000)).filter((line) =>
        line.includes('DENY'),
      ),
    ).toHaveLength(12_000);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('refused conditions', () => {
  test.each<[string, string]>([
    ['name', 'SL630'],
    ['name ==', 'SL630'],
    ['== x', 'SL630'],
    ['name = x', 'SL630'],
    ['name === x', 'SL630'],
    ['name <> x', 'SL630'],
    ['name == x y', 'SL630'],
    ['name == x &&', 'SL630'],
    ['name == x && ip exists', 'SL630'],
    ['name == x || ip exists', 'SL630'],
    ['! name exists', 'SL630'],
    ['not', 'SL630'],
    ['and', 'SL630'],
    ['name exists and', 'SL630'],
    ['name exists or or ip exists', 'SL630'],
    ['(name exists', 'SL607'],
    ['name exists) and (ip exists', 'SL630'],
    ['()', 'SL630'],
    ['name in {}', 'SL630'],
    ['name in {a b}', 'SL630'],
    ['name in {a,}', 'SL630'],
    ['name in', 'SL630'],
    ['name like', 'SL630'],
    ['name not like x*', 'SL630'],
    ["name == 'x", 'SL630'],
    ['@name == x', 'SL630'],
    ['host.name == x', 'SL630'],
    ['before.after.name == x', 'SL630'],
    ['role', 'SL630'],
    ['role role:netadmin', 'SL630'],
    ['role "net admin"', 'SL630'],
    ['Name exists', 'SL632'],
    ['text() == x', 'SL632'],
    ['expiry > 5', 'SL632'],
    ['address == 10.0.0.1', 'SL632'],
    ['ip == 10.0.0.300', 'SL633'],
    ['ip == 10.0.0.0/24', 'SL633'],
    ['ip == 010.0.0.1', 'SL633'],
    ['ip like 10.0.*', 'SL633'],
    ['ip in {10.0.0.0/24}', 'SL633'],
    ['mac == 52:54', 'SL633'],
    ['mac > 52:54:00:00:00:00', 'SL633'],
    ['mac in 10.0.0.0/8', 'SL633'],
    ['name in 10.0.0.0/8', 'SL633'],
    ['name < b', 'SL633'],
    ['ip in 10.0.0.1', 'SL634'],
    ['ip in 10.0.0.1/24', 'SL634'],
    ['ip in fd00::1/8', 'SL634'],
    ['name like web', 'SL635'],
    ['name like *', 'SL635'],
    ['name like *a*', 'SL635'],
    ['name like a*b', 'SL635'],
    ['name like **', 'SL635'],
    ['before.ip in 10.0.0.0/8', 'SL636'],
    ['not (role a or after.ip in 10.0.0.0/8)', 'SL636'],
    ['time in', 'SL637'],
    ['time in UTC', 'SL637'],
    ['time in Mon', 'SL637'],
    ['time in mon-', 'SL637'],
    ['time in 8:00-18:00', 'SL637'],
    ['time in 08:00-24:01', 'SL637'],
    ['time in 25:00-26:00', 'SL637'],
    ['time in 08:00-08:00', 'SL637'],
    ['time in 24:00-06:00', 'SL637'],
    ['time in 08:00-18:00 UTC mon', 'SL637'],
    ['time == 08:00', 'SL630'],
    ['time in 08:00-18:00 Mars/Olympus', 'SL638'],
    ['time in 08:00-18:00 +02:00', 'SL638'],
    ['count(ip[*].dhcp.host)', 'SL630'],
    ['count(ip) = 3', 'SL630'],
    ['count(ip) > -1', 'SL630'],
    ['count(ip) > many', 'SL630'],
    ['count ip > 3', 'SL630'],
    ['count() > 3', 'SL620'],
    ['count(ipp) > 3', 'SL621'],
    ['count(ip@address) > 3', 'SL639'],
    ['count(ip.**) > 3', 'SL639'],
    ['count(**) > 3', 'SL639'],
    ['count(ip where count(ip) > 3) > 3', 'SL639'],
    ['count(ip where before.address exists) > 3', 'SL639'],
    ['count(ip where name exists) > 3', 'SL632'],
    ['count(ip where netmask exists) > 3', 'SL623'],
    ['count(ip where address in 10.0.0.1/8) > 3', 'SL634'],
  ])('%s: %s', (condition, code) => {
    const found = complaints(
      `p, allow, user:nina, *, ip[*].dhcp.host[*], *, *, "${condition.replaceAll('"', '""')}"`,
    );
    expect(found.map((line) => line.split(' ')[1])).toEqual([code]);
    expect(found[0]).toMatch(/ policy\.csv:1:\d+ .*\(.+\)$/);
  });

  test('sixty-four levels are enough: SL631', () => {
    const nested = (open: string, close: string, n: number): readonly string[] =>
      complaints(
        `p, allow, user:nina, *, domain, *, *, "${open.repeat(n)}name exists${close.repeat(n)}"`,
      ).map((line) => line.split(' ')[1] ?? '');
    for (const [open, close] of [
      ['(', ')'],
      ['not ', ''],
      ['not (', ')'],
    ] as const) {
      expect(nested(open, close, 32)).toEqual([]);
      expect(nested(open, close, 65)).toEqual(['SL631']);
    }
  });

  test('all problems of one condition that are not of its form', () => {
    expect(
      complaints(
        'p, allow, user:nina, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.1 and nmae == x or mac == 5"',
      ).map((line) => line.split(' ').slice(1, 3).join(' ')),
    ).toEqual(['SL634 policy.csv:1:58', 'SL632 policy.csv:1:71', 'SL633 policy.csv:1:91']);
  });

  test('columns count doubled quotes', () => {
    expect(
      complaints('p, allow, user:nina, *, portgroup[*], *, *, "name == ""a b"" and nmae exists"')[0],
    ).toContain('SL632 policy.csv:1:66');
  });

  test.each<[string, string, string]>([
    ['impersonate', '*', 'name exists'],
    ['impersonate', '*', 'count(ip) > 3'],
    ['start', 'network', 'ipv6 == yes'],
  ])('%s %s "%s": SL641', (act, path, condition) => {
    expect(
      complaints(`p, allow, user:nina, *, ${path}, ${act}, *, "${condition}"`).map(
        (line) => line.split(' ')[1],
      ),
    ).toEqual(['SL641']);
  });

  test('a deny that compares what may be absent is warned of', () => {
    const warned = (path: string, when: string): boolean =>
      complaints(
        `p, allow, user:nina, *, **, *, *, ""\np, deny, role:everyone, *, ${path}, *, *, "${when}"`,
      ).some((line) => line.startsWith('warning SL640'));
    expect(warned('**.inbound', 'peak > 5000')).toBe(true);
    expect(warned('**.inbound', 'not peak <= 5000')).toBe(true);
    expect(warned('**.inbound', 'peak exists and peak > 5000')).toBe(false);
    expect(warned('**.inbound', 'peak absent or peak > 5000')).toBe(false);
    expect(warned('**.inbound@peak', 'peak > 5000')).toBe(false);
    expect(warned('**.inbound', 'average > 5000')).toBe(false);
    expect(warned('bridge', 'delay > 5')).toBe(false);
    expect(warned('ip[*]', 'prefix < 16')).toBe(false);
    expect(warned('ip[*].dhcp.host[*]', 'name like *.a')).toBe(true);
  });
});

describe('three-valued logic', () => {
  const values: readonly Truth[] = [FALSE, UNKNOWN, TRUE];
  const any = fc.constantFrom(...values);
  test('is Kleene’s', () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(and(a, b)).toBe(and(b, a));
        expect(or(a, b)).toBe(or(b, a));
        expect(and(a, and(b, c))).toBe(and(and(a, b), c));
        expect(or(a, or(b, c))).toBe(or(or(a, b), c));
        expect(and(a, or(b, c))).toBe(or(and(a, b), and(a, c)));
        expect(not(and(a, b))).toBe(or(not(a), not(b)));
        expect(not(not(a))).toBe(a);
        expect(and(a, TRUE)).toBe(a);
        expect(or(a, FALSE)).toBe(a);
        expect(and(a, FALSE)).toBe(FALSE);
        expect(or(a, TRUE)).toBe(TRUE);
        // what is known never turns on what is not: raising an unknown to a known one leaves known results alone
        for (const known of [FALSE, TRUE] as const) {
          if (and(UNKNOWN, b) !== UNKNOWN) expect(and(known, b)).toBe(and(UNKNOWN, b));
          if (or(UNKNOWN, b) !== UNKNOWN) expect(or(known, b)).toBe(or(UNKNOWN, b));
        }
      }),
    );
  });

  /** A condition over atoms of known truth, with the truth it must have. */
  const atom = fc.constantFrom<[string, Truth]>(
    ['role netadmin', TRUE],
    ['role other', FALSE],
    ['name == x', UNKNOWN],
    ['ip exists', TRUE],
    ['name exists', FALSE],
  );
  const { condition } = fc.letrec<{ condition: [string, Truth] }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 4 },
      atom,
      tie('condition').map(([text, value]): [string, Truth] => [`not (${text})`, not(value)]),
      fc
        .tuple(tie('condition'), tie('condition'))
        .map(([a, b]): [string, Truth] => [`(${a[0]}) and (${b[0]})`, and(a[1], b[1])]),
      fc
        .tuple(tie('condition'), tie('condition'))
        .map(([a, b]): [string, Truth] => [`(${a[0]}) or (${b[0]})`, or(a[1], b[1])]),
    ),
  }));
  test('is what compiled conditions follow', () => {
    fc.assert(
      fc.property(condition, ([text, value]) => {
        expect(truth('nameless', text)).toBe(value === TRUE ? 'true' : value === FALSE ? 'false' : 'unknown');
      }),
      { numRuns: 60 },
    );
  });
});

test('no condition text makes the loader throw or loop', () => {
  const piece = fc.constantFrom(
    ' ',
    'ip',
    'in',
    '10.0.0.0/8',
    'and',
    'or',
    'not',
    '(',
    ')',
    '{',
    '}',
    ',',
    'count(',
    'where',
    'role',
    'time',
    '==',
    '=',
    '<',
    "'",
    '"',
    'like',
    '*.a',
    'before.',
    '08:00-18:00',
    '\u00e9',
    '\\',
    'text()',
    '[',
    ']',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(' ')),
        fc.string({ maxLength: 80 }),
      ),
      (condition) => {
        complaints(`p, allow, user:nina, *, ip[*].dhcp.host[*], *, *, "${condition.replaceAll('"', '""')}"`);
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['(', ')'],
  ['not ', ''],
  ['role a or ', ''],
  ['name == x and ', ''],
  ["'", "'"],
  ['{', '}'],
  ['count(', ')'],
])('200,000 characters of %j takes no time', (open, close) => {
  const started = performance.now();
  complaints(
    `p, allow, user:nina, *, ip[*].dhcp.host[*], *, *, "${open.repeat(200_000 / open.length)}role a${close.repeat(200_000 / open.length)}"`,
  );
  expect(performance.now() - started).toBeLessThan(10_000);
});
