// What libvirt does with one update, foreseen: its own cases, and the looseness that network administrators trip over.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UPDATES_OF_LIBVIRT_9 } from '../../../src/apply/libvirt/ask-updates.ts';
import type { ItemSection, UpdateSupport } from '../../../src/apply/libvirt/calls.ts';
import { carryOut, openSimulation, predictUpdate } from '../../../src/apply/libvirt/predict-update.ts';
import type { NetworkUpdate, UpdateCommand, UpdateSection } from '../../../src/apply/libvirt/rpc/client.ts';
import { printAsLibvirt } from '../../../src/network/libvirt-print.ts';
import type { XmlDocument } from '../../../src/xml/document.ts';
import { parseDocument } from '../../../src/xml/parse.ts';

type UpdateCase = {
  readonly name: string;
  readonly section: UpdateSection;
  readonly command: UpdateCommand;
  readonly parentIndex: number;
  readonly before: string;
  readonly xml: string;
  readonly expectedAfter: string;
  readonly libvirtError?: string;
};

const corpus = new URL('../../../../shared/corpus/', import.meta.url);
const there = existsSync(new URL('update-cases.json', corpus));
const read = (name: string) => readFileSync(new URL(name, corpus), 'utf8');

function document(text: string): XmlDocument {
  const { value, diagnostics } = parseDocument({ name: 'n.xml', text });
  if (value === null) throw new Error(`${diagnostics[0]?.message}: ${text}`);
  return value;
}

describe.skipIf(!there)(
  'the update cases of libvirt (skipped where the corpus does not stand beside the project)',
  () => {
    const cases: readonly UpdateCase[] = there ? JSON.parse(read('update-cases.json')) : [];
    test.each(cases)('$name', (one) => {
      const update = { ...one, xml: read(one.xml), scope: 'config' } as const;
      const after = predictUpdate(document(read(one.before)), update, 'config', UPDATES_OF_LIBVIRT_9);
      if (one.expectedAfter === 'error') {
        expect(after.ok, one.libvirtError).toBe(false);
        const isAboutState = one.libvirtError?.startsWith('Requested operation is not valid') === true;
        if (!after.ok) expect([27, 35].includes(after.error.code)).toBe(!isAboutState);
      } else {
        const text = after.ok ? printAsLibvirt(after.value) : after.error.message;
        expect(text).toBe(printAsLibvirt(document(read(one.expectedAfter))));
      }
    });
  },
);

const A = `<host mac='52:54:00:00:00:0a' name='a' ip='10.0.0.10'/>`;
const B = `<host mac='52:54:00:00:00:0b' name='b' ip='10.0.0.11'/>`;
const NAMELESS = `<host name='n' ip='10.0.0.12'/>`;
const V4 = (dhcp: string, rest = '') => `<ip address='10.0.0.1' prefix='24'>${rest}<dhcp>${dhcp}</dhcp></ip>`;
const V6 = (dhcp: string) =>
  `<ip family='ipv6' address='fd00::1' prefix='64'>${dhcp === '' ? '' : `<dhcp>${dhcp}</dhcp>`}</ip>`;

/** `dhcp-host add-last [index]` and an element, as an update; what libvirt then prints between name and end, or its error's number. */
function outcome(
  inner: string,
  what: string,
  xml: string,
  updates: UpdateSupport = UPDATES_OF_LIBVIRT_9,
): string {
  const after = predictUpdate(network(inner), update(what, xml), 'config', updates);
  return after.ok ? printAsLibvirt(after.value) : String(after.error.code);
}

function network(inner: string): XmlDocument {
  return document(`<network><name>n</name>${inner}</network>`);
}

function update(what: string, xml: string): NetworkUpdate {
  const [section, command, index = '-1'] = what.split(' ') as [ItemSection, UpdateCommand, string?]; // test data
  return { section, command, parentIndex: Number(index), xml, scope: 'config' };
}

test.each<[string, string, string, string, string | number]>([
  [
    'a modify hits by ip',
    V4(A + B),
    'ip-dhcp-host modify',
    `<host name='x' ip='10.0.0.10'/>`,
    V4(`<host name='x' ip='10.0.0.10'/>${B}`),
  ],
  [
    'a modify hits the first of several',
    V4(A + B),
    'ip-dhcp-host modify',
    `<host mac='52:54:00:00:00:0b' name='a' ip='10.0.0.99'/>`,
    V4(`<host mac='52:54:00:00:00:0b' name='a' ip='10.0.0.99'/>${B}`),
  ],
  [
    'a modify may make a second of a name',
    V4(A + B),
    'ip-dhcp-host modify',
    `<host mac='52:54:00:00:00:0a' name='b' ip='10.0.0.10'/>`,
    V4(`<host mac='52:54:00:00:00:0a' name='b' ip='10.0.0.10'/>${B}`),
  ],
  [
    'a delete by mac takes a host without one',
    V4(NAMELESS + A),
    'ip-dhcp-host delete',
    `<host mac='52:54:00:00:00:0a'/>`,
    V4(A),
  ],
  ['a delete by everything does not', V4(NAMELESS + A), 'ip-dhcp-host delete', A, V4(NAMELESS)],
  [
    'mac in other letters',
    V4(A),
    'ip-dhcp-host add-last',
    A.replace('0a', '0A').replace("'a'", "'c'").replace('.10', '.99'),
    55,
  ],
  ['one of a family', V4(A) + `<ip address='10.1.0.1' prefix='24'/>`, 'ip-dhcp-host add-last 1', B, 55],
  [
    'the other family',
    V4(A) + V6(''),
    'ip-dhcp-host add-last 1',
    `<host id='0:4:a' ip='fd00::9'/>`,
    V4(A) + V6(`<host id='0:4:a' ip='fd00::9'/>`),
  ],
  ['no index: where dhcp is', V6('') + V4(A), 'ip-dhcp-host add-first', B, V6('') + V4(B + A)],
  ['no index, no dhcp: IPv4', V6('') + V4(''), 'ip-dhcp-host add-first', B, V6('') + V4(B)],
  ['no such index', V4(A), 'ip-dhcp-host add-first 1', B, 55],
  [
    'the last host takes bootp along',
    V4(`${A}<bootp file='x'/>`),
    'ip-dhcp-host delete',
    A,
    `<ip address='10.0.0.1' prefix='24'/>`,
  ],
  [
    'an id is never compared',
    V6(`<host id='0:4:a' name='x' ip='fd00::9'/>`),
    'ip-dhcp-host add-last',
    `<host id='0:4:a' name='y' ip='fd00::a'/>`,
    V6(`<host id='0:4:a' name='x' ip='fd00::9'/><host id='0:4:a' name='y' ip='fd00::a'/>`),
  ],
  [
    'no mac for IPv6',
    V6(''),
    'ip-dhcp-host add-last',
    `<host mac='52:54:00:00:00:0a' name='y' ip='fd00::a'/>`,
    27,
  ],
  ['an address of the other family', V4(A), 'ip-dhcp-host add-last', `<host name='y' ip='fd00::a'/>`, 55],
  [
    'an attribute that breaks out',
    V4(''),
    'ip-dhcp-host add-last',
    `<host mac='52:54:00:00:00:0a' name="a' mac='x" ip='10.0.0.9'/>`,
    35,
  ],
  [
    'an attribute that brings another',
    V4(''),
    'ip-dhcp-host add-last',
    `<host name="a' mac='52:54:00:00:00:0c" ip='10.0.0.9'/>`,
    V4(`<host mac='52:54:00:00:00:0c' name='a' ip='10.0.0.9'/>`),
  ],
  [
    'ranges have no modify',
    V4(`<range start='10.0.0.2' end='10.0.0.9'/>`),
    'ip-dhcp-range modify',
    `<range start='10.0.0.2' end='10.0.0.9'/>`,
    84,
  ],
  [
    'a range by both ends, whatever its lease',
    V4(`<range start='10.0.0.2' end='10.0.0.9'><lease expiry='60'/></range>${A}`),
    'ip-dhcp-range delete',
    `<range start='10.0.0.2' end='10.0.0.9'/>`,
    V4(A),
  ],
  ['a range outside', V4(''), 'ip-dhcp-range add-last', `<range start='10.0.1.2' end='10.0.1.9'/>`, 27],
  [
    'an interface that is there',
    `<forward mode='bridge'><interface dev='e0'/></forward>`,
    'forward-interface add-last',
    `<interface dev='e0'/>`,
    55,
  ],
  [
    'interfaces at both ends',
    `<forward mode='bridge' dev='e0'><interface dev='e0'/></forward>`,
    'forward-interface add-first',
    `<interface dev='e1'/>`,
    `<forward dev='e1' mode='bridge'><interface dev='e1'/><interface dev='e0'/></forward>`,
  ],
  [
    'an interface said as dev only',
    `<forward mode='bridge' dev='e0'/>`,
    'forward-interface add-last',
    `<interface dev='e1'/>`,
    `<forward dev='e0' mode='bridge'><interface dev='e0'/><interface dev='e1'/></forward>`,
  ],
  [
    'the last interface goes',
    `<forward mode='bridge' dev='e0'><interface dev='e0'/></forward>`,
    'forward-interface delete',
    `<interface dev='e0'/>`,
    `<forward mode='bridge'/>`,
  ],
  [
    'two interfaces for nat',
    `<forward mode='nat' dev='e0'/>${V4('')}`,
    'forward-interface add-last',
    `<interface dev='e1'/>`,
    27,
  ],
  ['an isolated network forgets it', V4(''), 'forward-interface add-last', `<interface dev='e1'/>`, V4('')],
  [
    'an update forgets what a pool came from',
    `<forward mode='passthrough'><pf dev='e0'/><interface dev='v0'/></forward>`,
    'portgroup add-last',
    `<portgroup name='p'/>`,
    `<forward mode='passthrough' dev='v0'><interface dev='v0'/></forward><portgroup name='p'/>`,
  ],
  [
    'a second default',
    `<portgroup name='p' default='yes'/>`,
    'portgroup add-last',
    `<portgroup name='q' default='yes'/>`,
    55,
  ],
  [
    'the default again',
    `<portgroup name='p' default='yes'/><portgroup name='q'/>`,
    'portgroup modify',
    `<portgroup name='p' default='yes' trustGuestRxFilters='yes'/>`,
    `<portgroup name='p' default='yes' trustGuestRxFilters='yes'/><portgroup name='q'/>`,
  ],
  ['no such portgroup', '', 'portgroup modify', `<portgroup name='p'/>`, 55],
  ['a portgroup that is there', `<portgroup name='p'/>`, 'portgroup add-last', `<portgroup name='p'/>`, 55],
  [
    'a record of a name, by the name of another',
    `<dns><host ip='10.0.0.1'><hostname>a</hostname></host><host ip='10.0.0.2'><hostname>a</hostname></host></dns>`,
    'dns-host delete',
    `<host ip='10.0.0.1'><hostname>a</hostname></host>`,
    55,
  ],
  [
    'a record by its address',
    `<dns><host ip='10.0.0.1'><hostname>a</hostname></host><host ip='10.0.0.2'><hostname>a</hostname></host></dns>`,
    'dns-host delete',
    `<host ip='10.0.0.1'/>`,
    `<dns><host ip='10.0.0.2'><hostname>a</hostname></host></dns>`,
  ],
  [
    'one name at two addresses',
    `<dns><host ip='10.0.0.1'><hostname>a</hostname></host></dns>`,
    'dns-host add-first',
    `<host ip='10.0.0.2'><hostname>a</hostname></host>`,
    `<dns><host ip='10.0.0.2'><hostname>a</hostname></host><host ip='10.0.0.1'><hostname>a</hostname></host></dns>`,
  ],
  [
    'a second name of an address',
    `<dns><host ip='10.0.0.1'><hostname>a</hostname></host></dns>`,
    'dns-host add-last',
    `<host ip='10.0.0.1'><hostname>b</hostname></host>`,
    55,
  ],
  [
    'a text by its name alone',
    `<dns><txt name='t' value='v'/></dns>`,
    'dns-txt delete',
    `<txt name='t' value='other'/>`,
    '',
  ],
  [
    'texts have no modify',
    `<dns><txt name='t' value='v'/></dns>`,
    'dns-txt modify',
    `<txt name='t' value='other'/>`,
    84,
  ],
  [
    'a second text of a name',
    `<dns><txt name='t' value='v'/></dns>`,
    'dns-txt add-last',
    `<txt name='t' value='other'/>`,
    55,
  ],
  ['dns that is off', `<dns enable='no'/>`, 'dns-txt add-last', `<txt name='t' value='other'/>`, 27],
  [
    'a service without target meets any',
    `<dns><srv service='s' protocol='tcp' target='x'/></dns>`,
    'dns-srv add-last',
    `<srv service='s' protocol='tcp'/>`,
    55,
  ],
  [
    'a service with target does not',
    `<dns><srv service='s' protocol='tcp'/></dns>`,
    'dns-srv add-last',
    `<srv service='s' protocol='tcp' target='x'/>`,
    `<dns><srv service='s' protocol='tcp'/><srv service='s' protocol='tcp' target='x'/></dns>`,
  ],
  [
    'several services',
    `<dns><srv service='s' protocol='tcp' target='x'/><srv service='s' protocol='tcp' target='y'/></dns>`,
    'dns-srv delete',
    `<srv service='s' protocol='tcp'/>`,
    55,
  ],
  [
    'nothing given, one there',
    `<dns><srv service='s' protocol='tcp' target='x'/></dns>`,
    'dns-srv delete',
    '<srv/>',
    '',
  ],
  ['another element', V4(''), 'ip-dhcp-host add-last', `<range start='10.0.0.2' end='10.0.0.9'/>`, 27],
  ['not well-formed', V4(''), 'ip-dhcp-host add-last', '<host', 35],
])('%s', (_, inner, what, xml, expected) => {
  expect(outcome(inner, what, xml)).toBe(
    typeof expected === 'number' ? String(expected) : printAsLibvirt(network(expected)),
  );
});

test('newer releases modify records in their place', () => {
  const newer: UpdateSupport = new Map([
    ...UPDATES_OF_LIBVIRT_9,
    ['dns-host', new Set<UpdateCommand>(['modify'])],
    ['dns-txt', new Set<UpdateCommand>(['modify'])],
  ]);
  const dns = (name: string, value: string) =>
    `<dns><txt name='t' value='${value}'/><txt name='u' value='v'/><host ip='10.0.0.1'><hostname>${name}</hostname></host><host ip='10.0.0.2'><hostname>z</hostname></host></dns>`;
  const base = dns('a', 'v');
  expect(outcome(base, 'dns-txt modify', `<txt name='t' value='w'/>`, newer)).toBe(
    printAsLibvirt(network(dns('a', 'w'))),
  );
  expect(outcome(base, 'dns-host modify', `<host ip='10.0.0.1'><hostname>b</hostname></host>`, newer)).toBe(
    printAsLibvirt(network(dns('b', 'v'))),
  );
  expect(outcome(base, 'dns-txt modify', `<txt name='x' value='w'/>`, newer)).toBe('55');
});

test.each<[string, string, string, string]>([
  ['a host', `<forward mode='nat'/>${V4(A)}`, 'ip-dhcp-host add-last', 'firewall'],
  ['a host without firewall', `<forward mode='open'/>${V4(A)}`, 'ip-dhcp-host add-last', ''],
  ['the first host', V4(''), 'ip-dhcp-host add-last', 'dnsmasq firewall'],
  ['the first host beside tftp', V4('', `<tftp root='/x'/>`), 'ip-dhcp-host add-last', 'firewall waits'],
])('beside: %s', (_, inner, what, expected) => {
  const done = carryOut(openSimulation(network(inner), 'live', UPDATES_OF_LIBVIRT_9), update(what, B));
  if (!done.ok) throw new Error(done.error.message);
  const { restartsDnsmasq, reloadsFirewall, waits } = done.value;
  expect(
    [restartsDnsmasq && 'dnsmasq', reloadsFirewall && 'firewall', waits && 'waits'].filter(Boolean).join(' '),
  ).toBe(expected);
});

test('a document that is not live has no side effects', () => {
  const done = carryOut(
    openSimulation(network(V4('')), 'config', UPDATES_OF_LIBVIRT_9),
    update('ip-dhcp-host add-last', B),
  );
  expect(done).toEqual({ ok: true, value: { restartsDnsmasq: false, reloadsFirewall: false, waits: false } });
});
