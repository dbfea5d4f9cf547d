// The virsh commands for a difference, and what is told where there are none.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffDocuments } from '../../src/diff/diff.ts';
import { virshCommands } from '../../src/plan/virsh.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { randomEdits } from '../diff/random-edits.ts';
import { randomNetwork, randomOf } from '../integration/random-network.ts';

function parsed(text: string): XmlDocument | null {
  return parseDocument({ name: 'n.xml', text }).value;
}

function network(inner: string): XmlDocument {
  const document = parsed(`<network><name>n</name>${inner}</network>`);
  if (document === null) throw new Error(`not well-formed: ${inner}`);
  return document;
}

/** Commands without `virsh net-update NAME` and `--config`, and comments without what to do. */
function commands(before: string, after: string, name = 'default'): readonly string[] {
  const [base, result] = [network(before), network(after)];
  const { commands, remainder } = virshCommands(name, base, diffDocuments(base, result, 'config'));
  return [
    ...commands.map((line) => line.replace(`virsh net-update ${name} `, '').replace(/ --config$/, '')),
    ...remainder.map((line) => line.replace(/; virsh net-edit default, takes effect at next start$/, '')),
  ];
}

const IP = (dhcp: string, prefix = '24') =>
  `<ip address='10.0.0.1' prefix='${prefix}'><dhcp>${dhcp}</dhcp></ip>`;
const A = `<host mac='52:54:00:00:00:0a' name='a' ip='10.0.0.10'/>`;
const B = `<host mac='52:54:00:00:00:0b' name='b' ip='10.0.0.11'/>`;
const C = `<host mac='52:54:00:00:00:0c' name='c' ip='10.0.0.12'/>`;
const sent = (host: string) => host.replaceAll("'", '"');

test('whole lines', () => {
  const base = network(`<bridge name='virbr0'/>${IP(A)}`);
  const result = network(`<bridge name='virbr0' stp='off'/>${IP(A + B)}`);
  expect(virshCommands("it's", base, diffDocuments(base, result, 'config'))).toEqual({
    commands: [
      `virsh net-update 'it'\\''s' add-last ip-dhcp-host '<host mac="52:54:00:00:00:0b" name="b" ip="10.0.0.11"/>' --parent-index 0 --config`,
    ],
    remainder: [`# bridge@stp: no net-update section; virsh net-edit 'it'\\''s', takes effect at next start`],
  });
  const live = virshCommands('n', base, diffDocuments(base, result, 'live'));
  expect(live.commands.map((line) => line.split(' ').at(-1))).toEqual(['--live']);
  expect(virshCommands('--all', base, diffDocuments(base, result, 'config')).commands[0]).toContain(
    `net-update --network='--all' add-last`,
  );
});

test.each([
  ['nothing', A, A, []],
  [
    'a host that changes, whole',
    IP(A + B),
    IP(
      A + B.replace("'b'", "'it&apos;s &lt;'").replace('/>', `><lease expiry='2' unit='hours'/></host>`),
    ).replace('it&apos;s &lt;', 'web'),
    [
      `modify ip-dhcp-host '<host mac="52:54:00:00:00:0b" name="web" ip="10.0.0.11"><lease expiry="2" unit="hours"/></host>' --parent-index 0`,
    ],
  ],
  ['a host that goes', IP(A + B), IP(B), [`delete ip-dhcp-host '${sent(A)}' --parent-index 0`]],
  [
    'the address counts among all',
    `<ip address='fd00::1' family='ipv6' prefix='64'/>${IP(A)}`,
    `<ip address='fd00::1' family='ipv6' prefix='64'/>${IP(A + C)}`,
    [`add-last ip-dhcp-host '${sent(C)}' --parent-index 1`],
  ],
  [
    'hosts before others',
    IP(C),
    IP(A + B + C),
    [
      `add-first ip-dhcp-host '${sent(B)}' --parent-index 0`,
      `add-first ip-dhcp-host '${sent(A)}' --parent-index 0`,
    ],
  ],
  [
    'a host between others',
    IP(A + B),
    IP(A + C + B),
    [
      `add-last ip-dhcp-host '${sent(C)}' --parent-index 0`,
      '# order of ip[10.0.0.1].dhcp.host: net-update adds at either end only',
    ],
  ],
  [
    'a host that moves to an end',
    IP(A + B + C),
    IP(B + C + A),
    [
      `delete ip-dhcp-host '${sent(A)}' --parent-index 0`,
      `add-last ip-dhcp-host '${sent(A)}' --parent-index 0`,
    ],
  ],
  [
    'names that change hands',
    IP(A + B),
    IP(A.replace("'a'", "'b'") + B.replace("'b'", "'a'")),
    [
      `modify ip-dhcp-host '${sent(A).replace('"a"', '"b"')}' --parent-index 0`,
      `modify ip-dhcp-host '${sent(B).replace('"b"', '"a"')}' --parent-index 0`,
    ],
  ],
  [
    'a name that another host before it keeps: a modify would change that one',
    IP(A + B + C),
    IP(A + B.replace("'b'", "'a'") + C),
    [
      '# ip[10.0.0.1].dhcp.host[52:54:00:00:00:0b]: net-update cannot change it, and would not take it back once deleted',
    ],
  ],
  [
    'a host without mac: libvirt lets it match any mac',
    IP(`<host name='a' ip='10.0.0.10'/>${A}`),
    IP(`<host name='a' ip='10.0.0.10'/>`),
    [
      '# remove ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]: net-update would delete another one that is like it',
    ],
  ],
  [
    'a second host of an address',
    IP(A),
    IP(A + B.replace('.11', '.10')),
    [
      '# add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0b]: net-update refuses a host that shares mac, name or ip with another',
    ],
  ],
  [
    'a lease of a range: no modify there',
    IP(`<range start='10.0.0.2' end='10.0.0.9'/>`),
    IP(`<range start='10.0.0.2' end='10.0.0.9'><lease expiry='60'/></range>`),
    [
      `delete ip-dhcp-range '<range start="10.0.0.2" end="10.0.0.9"/>' --parent-index 0`,
      `add-last ip-dhcp-range '<range start="10.0.0.2" end="10.0.0.9"><lease expiry="60"/></range>' --parent-index 0`,
    ],
  ],
  [
    'a range outside of the network as it is',
    IP(''),
    IP(`<range start='10.0.1.2' end='10.0.1.9'/>`, '16'),
    [
      '# ip[10.0.0.1]@prefix: no net-update section',
      '# add ip[10.0.0.1].dhcp.range[10.0.1.2-10.0.1.9]: net-update refuses a range outside of the network as it is stored',
    ],
  ],
  [
    'dhcp on a second address',
    IP(A) + `<ip address='10.0.1.1' prefix='24'/>`,
    IP(A) + `<ip address='10.0.1.1' prefix='24'><dhcp>${B}</dhcp></ip>`,
    [
      '# add ip[10.0.1.1].dhcp.host[52:54:00:00:00:0b]: net-update refuses dhcp on a second address of a family',
    ],
  ],
  [
    'dhcp that goes to another address',
    IP(A) + `<ip address='10.0.1.1' prefix='24'/>`,
    `<ip address='10.0.0.1' prefix='24'/><ip address='10.0.1.1' prefix='24'><dhcp>${A}</dhcp></ip>`,
    [
      `delete ip-dhcp-host '${sent(A)}' --parent-index 0`,
      `add-last ip-dhcp-host '${sent(A)}' --parent-index 1`,
    ],
  ],
  ['a whole address', '', IP(A), ['# add ip[10.0.0.1]: no net-update section']],
  ['bootp', IP(A), IP(`${A}<bootp file='x'/>`), ['# add ip[10.0.0.1].dhcp.bootp: no net-update section']],
  [
    'dhcp with its last host',
    IP(A),
    `<ip address='10.0.0.1' prefix='24'/>`,
    [`delete ip-dhcp-host '${sent(A)}' --parent-index 0`],
  ],
  [
    'a name that stands under two addresses: the address alone says which',
    `<dns><host ip='10.0.0.1'><hostname>x</hostname></host><host ip='10.0.0.2'><hostname>x</hostname></host></dns>`,
    `<dns><host ip='10.0.0.2'><hostname>x</hostname></host></dns>`,
    [`delete dns-host '<host ip="10.0.0.1"/>'`],
  ],
  [
    'one more name of an address',
    `<dns><host ip='10.0.0.1'><hostname>x</hostname></host></dns>`,
    `<dns><host ip='10.0.0.1'><hostname>x</hostname><hostname>y</hostname></host></dns>`,
    [
      `delete dns-host '<host ip="10.0.0.1"><hostname>x</hostname></host>'`,
      `add-last dns-host '<host ip="10.0.0.1"><hostname>x</hostname><hostname>y</hostname></host>'`,
    ],
  ],
  [
    'a record that others match',
    `<dns><srv service='ldap' protocol='tcp'/><srv service='ldap' protocol='tcp' target='t'/></dns>`,
    `<dns><srv service='ldap' protocol='tcp' target='t'/></dns>`,
    ['# remove dns.srv[ldap/tcp//]: net-update would delete another one that is like it'],
  ],
  [
    'txt with quotes',
    '',
    `<dns><txt name='t' value='it&apos;s "so" $(x) \\'/></dns>`,
    [`add-last dns-txt '<txt name="t" value="it&apos;s &quot;so&quot; $(x) \\"/>'`],
  ],
  [
    'txt of several lines, which libvirt would write into the configuration of dnsmasq',
    '',
    `<dns><txt name='t' value='a&#10;b'/></dns>`,
    ['# add dns.txt[t]: net-update does not take this `value`'],
  ],
  [
    'dns that is disabled',
    `<dns enable='no'/>`,
    `<dns><txt name='t' value='v'/></dns>`,
    [
      '# dns@enable: no net-update section',
      '# add dns.txt[t]: net-update cannot add to dns that is disabled',
    ],
  ],
  [
    'new dns that says more',
    '',
    `<dns forwardPlainNames='no'><forwarder addr='10.0.0.1'/></dns>`,
    [
      '# add dns@forwardPlainNames: no net-update section',
      '# add dns.forwarder[10.0.0.1/]: no net-update section',
    ],
  ],
  [
    'interfaces of a pool',
    `<forward mode='passthrough' dev='a'><interface dev='a'/></forward>`,
    `<forward mode='passthrough'><interface dev='b'/></forward>`,
    [`delete forward-interface '<interface dev="a"/>'`, `add-last forward-interface '<interface dev="b"/>'`],
  ],
  [
    'a second interface of nat',
    `<forward dev='a'/>`,
    `<forward mode='bridge'><interface dev='a'/><interface dev='b'/></forward>`,
    ['# forward@mode: no net-update section', '# add forward.interface[b]: net-update refuses one more here'],
  ],
  [
    'a portgroup, whole',
    `<portgroup name='p'><vlan><tag id='1'/></vlan></portgroup>`,
    `<portgroup name='p' default='yes'><vlan><tag id='2'/></vlan></portgroup>`,
    [`modify portgroup '<portgroup name="p" default="yes"><vlan><tag id="2"/></vlan></portgroup>'`],
  ],
  [
    'another default',
    `<portgroup name='p' default='yes'/><portgroup name='q'/>`,
    `<portgroup name='p'/><portgroup name='q' default='yes'/>`,
    [`modify portgroup '<portgroup name="p"/>'`, `modify portgroup '<portgroup name="q" default="yes"/>'`],
  ],
  [
    'a value that libvirt does not read',
    '',
    `<portgroup name='p'><bandwidth><inbound average='much'/></bandwidth></portgroup>`,
    ['# add portgroup[p]: net-update does not take this `average`'],
  ],
  [
    'something unknown',
    IP(A),
    IP(A.replace('/>', ` x='1'/>`)) + '<flood/>',
    [
      '# ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]@x: libvirt does not store it; nothing to do',
      '# add flood: libvirt does not store it; nothing to do',
    ],
  ],
  [
    'uuid',
    '',
    '<uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid>',
    ['# add uuid: libvirt never changes it; undefine the network and define it anew'],
  ],
])('%s', (_, before, after, expected) => {
  expect(commands(before, after)).toEqual(expected);
});

test('nothing in a document can become more than a line and a word', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), (seed) => {
      const random = randomOf(seed);
      const base = parsed(randomNetwork(random, 'n', 0.2, 0.1));
      const donor = parsed(randomNetwork(random, 'n', 0.2, 0.1));
      fc.pre(base !== null && donor !== null);
      const result = parsed(randomEdits(random, base.root, donor.root, 1 + random.below(12)));
      fc.pre(result !== null);
      const { commands, remainder } = virshCommands('n', base, diffDocuments(base, result, 'config'));
      for (const line of commands)
        expect(line).toMatch(
          /^virsh net-update n (add-first|add-last|delete|modify) [a-z-]+ '<[^'\n]*>'( --parent-index \d+)? --config$/,
        );
      for (const line of remainder) expect(line).toMatch(/^# .*$/);
    }),
    { numRuns: 200 },
  );
});
