// Which changes a policy path covers, in an allow and in a deny (rules 12 to 16); and which paths are refused.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask, changeText, complaints, policyOf } from './decide.ts';

const DNSMASQ = "xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0'";
const M = '52:54:00:00:00:01';

/** One change of nearly every kind. */
const BASE = `<network ${DNSMASQ} xmlns:a='urn:a'><name>n</name><title>old</title><metadata><a:note>x</a:note></metadata>
<forward mode='bridge'><interface dev='e1'/><interface dev='e2'/></forward><bridge name='br0'/><flood limit='1'/>
<ip address='10.0.0.1' prefix='24' weird='1'><tftp root='/a'/><dhcp><range start='10.0.0.2' end='10.0.0.9'/>
<host mac='${M}' name='h' ip='10.0.0.3'><lease expiry='60'/></host></dhcp></ip>
<route address='10.1.0.0' prefix='16' gateway='10.0.0.7'/>
<portgroup name='p'><bandwidth><inbound average='5'/></bandwidth></portgroup>
<q:options><q:option value='a=1'/></q:options></network>`;

const RESULT = BASE.replace('>old<', '>new<')
  .replace('>x</a:note', '>y</a:note')
  .replace("<interface dev='e1'/><interface dev='e2'/>", "<interface dev='e2'/><interface dev='e1'/>")
  .replace("limit='1'", "limit='2'")
  .replace("weird='1'", "weird='2'")
  .replace("root='/a'", "root='/b'")
  .replace("end='10.0.0.9'", "end='10.0.0.8'")
  .replace("name='h'", "name='g'")
  .replace("expiry='60'", "expiry='90'")
  .replace("gateway='10.0.0.7'", "gateway='10.0.0.8'")
  .replace("average='5'", "average='6'")
  .replace('a=1', 'a=2')
  .replace("<bridge name='br0'/>", "<bridge name='br0'><tail/></bridge>");

function covered(path: string, effect: 'allow' | 'deny'): readonly string[] {
  const row = `p, ${effect}, user:nina, *, "${path.replaceAll('"', '""')}", *, *, ""`;
  const answer = ask({ policy: policyOf(row), as: 'nina', base: BASE, result: RESULT });
  const wanted = effect === 'allow' ? 'allowed' : 'denied';
  return answer.verdicts
    .flat()
    .filter(({ decision }) => decision.type === wanted)
    .map(({ change }) => changeText(change));
}

const H = `ip[10.0.0.1].dhcp.host[${M}]`;
const RANGE_OLD = 'remove ip[10.0.0.1].dhcp.range[10.0.0.2-10.0.0.9]';
const RANGE_NEW = 'add ip[10.0.0.1].dhcp.range[10.0.0.2-10.0.0.8]';
const RANGES = [
  RANGE_OLD,
  `${RANGE_OLD}@start`,
  `${RANGE_OLD}@end`,
  RANGE_NEW,
  `${RANGE_NEW}@start`,
  `${RANGE_NEW}@end`,
];
const DHCP = [...RANGES, `modify ${H}@name`, `modify ${H}.lease@expiry`];
const OPTIONS = ['a=1', 'a=2'].flatMap((value, i) =>
  ['', '@value'].map(
    (leaf) => `${i === 0 ? 'remove' : 'add'} dnsmasq:options.dnsmasq:option["${value}"]${leaf}`,
  ),
);
const TITLE = 'modify title@text()';
const NOTE = "modify metadata.'{urn:a}note' (opaque)";
const MOVE = 'move forward.interface[e2]';
const FLOOD = 'modify flood (unknown)';
const WEIRD = 'modify ip[10.0.0.1]@weird (unknown)';
const TFTP = 'modify ip[10.0.0.1].tftp@root';
const ROUTE = 'modify route[10.1.0.0/16]@gateway';
const AVERAGE = 'modify portgroup[p].bandwidth.inbound@average';
const TAIL = 'add bridge.tail (unknown)';
const ORDINARY = [TITLE, NOTE, MOVE, ...DHCP, ROUTE, AVERAGE];
const EVERYTHING = [...ORDINARY, FLOOD, WEIRD, TFTP, ...OPTIONS, TAIL];

test('the edit makes these changes', () => {
  expect([...covered('**', 'deny')].sort()).toEqual([...EVERYTHING].sort());
});

describe.each<[string, readonly string[], (readonly string[])?]>([
  // path, covered in an allow, covered in a deny where that is more
  ['**', ORDINARY, EVERYTHING],
  ['network.**', ORDINARY, EVERYTHING],
  ['network', []],
  ['title', [TITLE]],
  ['network.title', [TITLE]],
  ['title@text()', [TITLE]],
  ['*', [TITLE, ROUTE], [TITLE, ROUTE, FLOOD, WEIRD]],
  ['*.*', [NOTE, MOVE], [NOTE, MOVE, TFTP, TAIL, ...OPTIONS]],
  ['metadata', []],
  ['metadata.**', [NOTE]],
  ['metadata.*', [NOTE]],
  ["metadata.'{urn:a}note'", [NOTE]],
  ["metadata.'note'", []],
  ["metadata.'{urn:b}note'", []],
  ['forward', []],
  ['forward.**', [MOVE]],
  ['forward.interface', [MOVE]],
  ['forward.interface[*]', [MOVE]],
  ['forward.interface[e2]', [MOVE]],
  ['forward.interface[e1]', []],
  ['forward.interface[*]@dev', []],
  ['**.interface', [MOVE]],
  ["'flood'", [FLOOD]],
  ["'flood'.**", [FLOOD]],
  ["'floot'", []],
  ["'{urn:a}flood'", []],
  ["**.'flood'", [FLOOD]],
  ['ip[*]', [], [WEIRD]],
  ['ip', [], [WEIRD]],
  ["ip@'weird'", [WEIRD]],
  ["ip@'wierd'", []],
  ["*@'weird'", [WEIRD]],
  ["**.ip@'weird'", [WEIRD]],
  ['ip[10.0.0.1].**', DHCP, [...DHCP, WEIRD, TFTP]],
  ['ip[10.0.0.2].**', []],
  ['ip.tftp', [TFTP]],
  ['ip.tftp@root', [TFTP]],
  ['ip.*', [], [TFTP]],
  ['ip.*@root', [], [TFTP]],
  ['**.tftp', [TFTP]],
  ['ip.dhcp', []],
  ['ip.dhcp.**', DHCP],
  ['ip.dhcp.range', RANGES],
  ['ip.dhcp.range[10.0.0.2-10.0.0.9]', RANGES.slice(0, 3)],
  ['ip.dhcp.range[10.0.0.2-*]', RANGES],
  ['ip.dhcp.range[*-10.0.0.8]', RANGES.slice(3)],
  ['ip.dhcp.range["10.0.0.2-10.0.0.8"]', RANGES.slice(3)],
  ['ip.dhcp.range@end', RANGES.filter((line) => line.endsWith('@end'))],
  ['ip[*].dhcp.host[*]', [`modify ${H}@name`]],
  [`ip[*].dhcp.host[${M.toUpperCase()}]`, [`modify ${H}@name`]],
  ['ip[*].dhcp.host[52:54:00:00:00:02]', []],
  ['ip[*].dhcp.host[*].lease', [`modify ${H}.lease@expiry`]],
  ['ip[*].dhcp.host[*].**', [`modify ${H}@name`, `modify ${H}.lease@expiry`]],
  ['ip.dhcp.host.**@expiry', [`modify ${H}.lease@expiry`]],
  ['**.host', [`modify ${H}@name`]],
  ['**.dhcp.**', DHCP],
  ['**.lease@expiry', [`modify ${H}.lease@expiry`]],
  ['route', [ROUTE]],
  ['route[10.1.0.0/16]', [ROUTE]],
  ['route[10.1.0.0/255.255.0.0]', [ROUTE]],
  ['route[*/16]', [ROUTE]],
  ['route[10.1.0.0/*]', [ROUTE]],
  ['route["10.1.0.0/16"]', [ROUTE]],
  ['route[10.1.0.0/17]', []],
  ['route@gateway', [ROUTE]],
  ['**.inbound@average', [AVERAGE]],
  ['portgroup["p"].**', [AVERAGE]],
  ['portgroup["*"].**', []],
  ['dnsmasq:options', []],
  ['dnsmasq:options.**', OPTIONS],
  ['dnsmasq:options.*', OPTIONS],
  ['dnsmasq:options.dnsmasq:option["a=1"]', OPTIONS.slice(0, 2)],
  ['**.dnsmasq:option', OPTIONS],
  ['bridge', []],
  ['bridge.**', [], [TAIL]],
  ["bridge.'tail'", [TAIL]],
])('%s', (path, allowed, denied = allowed) => {
  test('in an allow', () => {
    expect([...covered(path, 'allow')].sort()).toEqual([...allowed].sort());
  });
  test('in a deny', () => {
    expect([...covered(path, 'deny')].sort()).toEqual([...denied].sort());
  });
});

describe('refused paths', () => {
  test.each<[string, string]>([
    ['', 'SL620'],
    ['.', 'SL620'],
    ['ip.', 'SL620'],
    ['ip[*', 'SL620'],
    ['ip[*]]', 'SL620'],
    ['ip.**.dhcp', 'SL620'],
    ['**.**', 'SL620'],
    ['**@stp', 'SL620'],
    ['***', 'SL620'],
    ['bridge@', 'SL620'],
    ['bridge@stp@delay', 'SL620'],
    ['bridge@stp.x', 'SL620'],
    ["'bridge", 'SL620'],
    ["''", 'SL620'],
    ['/network/ip', 'SL620'],
    ['ip[@address]', 'SL620'],
    ['ip[address=10.0.0.1]', 'SL620'],
    ['ip.dhcp.host[#2]', 'SL620'],
    ['portgroup[$name]', 'SL620'],
    ['portgroup[a*]', 'SL620'],
    ['bridge .stp', 'SL620'],
    ['**.network', 'SL621'],
    ['host', 'SL621'],
    ['dhcp.host', 'SL621'],
    ['Bridge', 'SL621'],
    ['bridge.stp', 'SL621'],
    ['bridge.*', 'SL621'],
    ['metadata.note', 'SL621'],
    ['options', 'SL621'],
    ['bridge@STP', 'SL622'],
    ['bridge@text()', 'SL622'],
    ['bridge.**@expiry', 'SL622'],
    ['title@name', 'SL622'],
    ['ip@netmask', 'SL623'],
    ['ip@family', 'SL623'],
    ['**.lease@unit', 'SL623'],
    ['forward@dev', 'SL623'],
    ['forward.interface@connections', 'SL623'],
    ['network[x]', 'SL624'],
    ['bridge[virbr0]', 'SL624'],
    ['ip[10.0.0.0/24]', 'SL624'],
    ['ip[010.0.0.1]', 'SL624'],
    ['route[10.0.0.0]', 'SL624'],
    ['dns.srv[ldap/tcp]', 'SL624'],
    ['ip.dhcp.range[10.0.0.1]', 'SL624'],
    ['*[10.0.0.1]', 'SL624'],
    ["'flood'[*]", 'SL624'],
    ["'bridge'", 'SL625'],
    ["'flood'.limit", 'SL625'],
    ["'flood'@limit", 'SL625'],
    ["'q:flood'", 'SL625'],
    ["bridge@'stp'", 'SL625'],
  ])('%s: %s', (path, code) => {
    const found = complaints(`p, allow, user:nina, *, "${path.replaceAll('"', '""')}", *, *, ""`);
    expect(found.map((line) => line.split(' ')[1])).toEqual([code]);
    expect(found[0]).toMatch(/ policy\.csv:1:\d+ .*\(.+\)$/);
  });

  test.each<[string, string]>([
    ['host', 'it stands elsewhere: `dns.host[*]`, `ip[*].dhcp.host[*]`'],
    ['dhcp.host', 'did you mean `ip[*].dhcp`?'],
    ['bridge.stp', 'write `@stp`'],
    ['brigde@stp', 'did you mean `bridge`?'],
    ['**.inbuond@average', 'did you mean `inbound`?'],
    ['ip@netmask', 'use `prefix`'],
    ['dns.srv[ldap/tcp]', 'write [SERVICE/PROTOCOL/DOMAIN/TARGET], each part a value or `*`'],
    ['ip[address=10.0.0.1]', 'write [*] and a condition on `address`'],
    ['metadata.note', "write '{uri}note' in quotes"],
  ])('%s: %s', (path, help) => {
    expect(complaints(`p, allow, user:nina, *, "${path}", *, *, ""`)[0]).toContain(help);
  });
});

test('a key that names only hosts without a mac is warned of: SL626', () => {
  const found = (key: string): readonly string[] =>
    complaints(`p, allow, user:nina, *, ip[*].dhcp.host[${key}], *, *, ""`).map((line) =>
      line.split(' ').slice(0, 2).join(' '),
    );
  expect(['web1', '0:3:0:1:0:16:3e:11:22:33', 'cafe'].map(found)).toEqual([
    ['warning SL626'],
    ['warning SL626'],
    ['warning SL626'],
  ]);
  expect(['*', M, M.toUpperCase()].map(found)).toEqual([[], [], []]);
});

describe('values are never patterns', () => {
  const group = (name: string): string => `<network><name>n</name><portgroup name='${name}'/></network>`;
  const allowed = (path: string, name: string): boolean =>
    ask({
      policy: policyOf(`p, allow, user:nina, *, "${path}", *, *, ""`),
      as: 'nina',
      base: '<network><name>n</name></network>',
      result: group(name),
    }).permit !== null;
  test.each(['*', '**', 'web', 'a.b', '[*]', '.*'])('a portgroup named %s', (name) => {
    expect(allowed('portgroup[web]', name)).toBe(name === 'web');
    expect(allowed('portgroup[*]', name)).toBe(true);
    expect(allowed("portgroup['*']", name)).toBe(name === '*');
  });
  test('a network named like a pattern is only itself', () => {
    const policy = policyOf('p, allow, user:nina, lab-1, **, *, *, ""');
    const on = (network: string): boolean =>
      ask({ policy, as: 'nina', base: group('a'), result: group('b'), network }).permit !== null;
    expect(['lab-1', 'lab-*', '*', 'lab-', 'LAB-1', 'lab-11', ''].filter(on)).toEqual(['lab-1']);
  });
  test.each([
    ['*', ['', 'a', 'lab-1'], []],
    ['lab-*', ['lab-', 'lab-1'], ['lab', 'xlab-1', 'a']],
    ['*-lab', ['-lab', 'a-lab', 'a-lab-lab'], ['lab', 'a-lab-']],
    ['a*b*c', ['abc', 'aXbYc', 'abbcc'], ['ab', 'ac', 'acb']],
  ])('the network pattern %s', (pattern, fitting, others) => {
    const policy = policyOf(`p, allow, user:nina, ${pattern}, **, *, *, ""`);
    const on = (network: string): boolean =>
      ask({ policy, as: 'nina', base: group('a'), result: group('b'), network }).permit !== null;
    expect([...fitting, ...others].filter(on)).toEqual(fitting);
  });
});

test('no path text makes the loader throw or loop', () => {
  const piece = fc.constantFrom(
    'ip',
    'dhcp',
    'host',
    '*',
    '**',
    '.',
    '[',
    ']',
    '@',
    "'",
    '"',
    '/',
    '#',
    '10.0.0.1',
    'stp',
    '\\u{',
    '\\',
    'text()',
    '-',
    '$',
    '{',
    'é',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')),
        fc.string({ maxLength: 60 }),
      ),
      (path) => {
        complaints(`p, allow, user:nina, *, "${path.replaceAll('"', '""')}", *, *, ""`);
      },
    ),
    { numRuns: 500 },
  );
});
