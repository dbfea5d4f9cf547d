// The twelve scenarios from the script on: what an operator writes, and how often which rule decides about what came of it.
//
// Two stand on a slightly other base than in scenarios.test.ts, because libvirt's own rules come before policy: a name
// that another host has (3a), and dhcp on a second IPv4 address (7), are refused whoever asks.

import { describe, expect, test } from 'vitest';
import { prepareScript } from '../../src/compile/prepare.ts';
import { error } from '../../src/diagnostics/diagnostic.ts';
import { planScript } from '../../src/plan/script.ts';
import { err } from '../../src/std/result.ts';
import { decisionText, NOON, policyOf } from './decide.ts';

const ROLES = [
  'g, user:alice, role:tenant-a, default',
  'g, user:olga, role:operator, *',
  'g, user:nina, role:netadmin, *',
  'g, role:netadmin, role:operator, *',
];
const RULES: Readonly<Record<string, string>> = {
  r1: 'allow, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25 and name like *.a.example.com"',
  r2: 'deny, role:everyone, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.254/32"',
  r3: 'allow, role:operator, *, bridge@stp, modify, *, ""',
  r4: 'deny, role:everyone, *, domain, *, *, "not role netadmin"',
  r5: 'deny, role:everyone, *, **.inbound@average, *, *, "average > 1000"',
  r6: 'allow, role:netadmin, *, **, *, *, ""',
};
const EXTRA: Readonly<Record<string, string>> = {
  r7: 'allow, role:tenant-a, default, ip[*].dhcp, add|remove, *, ""',
  r8: 'allow, role:operator, *, forward.interface[*], add|remove, *, ""',
  r9: 'allow, role:operator, *, portgroup[*].bandwidth.**, *, *, ""',
  "r5'": 'deny, role:everyone, *, **.inbound@average, add|modify, *, "after.average > 1000"',
  r10: 'deny, role:everyone, *, **.inbound@average, remove, *, "not role netadmin"',
  r11: 'allow, role:netadmin, *, \'flood\', *, *, ""',
  r12: 'allow, role:netadmin, *, dnsmasq:options.**, *, *, ""',
};

const A = "<host mac='52:54:00:00:00:0a' name='v1.a.example.com' ip='10.0.0.130'/>";
const X = "<host mac='52:54:00:00:00:0b' name='v1.b.example.com' ip='10.0.0.20'/>";
const RANGE = "<range start='10.0.0.2' end='10.0.0.100'/>";
const withIp = (
  inIp: string,
  rest = '',
  head = "<bridge name='virbr0'/><domain name='example.com'/>",
): string =>
  `<network><name>default</name><forward mode='nat'/>${head}<ip address='10.0.0.1' netmask='255.255.255.0'>${inIp}</ip>${rest}</network>`;
const B = withIp(`<dhcp>${RANGE}${A}${X}</dhcp>`);
const NO_DHCP = withIp('');
const ONE_HOST = withIp(`<dhcp>${A}</dhcp>`);
const NO_DOMAIN = withIp(`<dhcp>${RANGE}${A}${X}</dhcp>`, '', "<bridge name='virbr0'/>");
const FLOOD = withIp(`<dhcp>${RANGE}${A}${X}</dhcp>`, "<flood limit='5'/>");
const POOL =
  "<network><name>pool-1</name><forward mode='bridge'><interface dev='eth20'/><interface dev='eth21'/></forward></network>";
const group = (average: number | null): string =>
  withIp(
    '',
    `<portgroup name='p1'>${average === null ? '' : `<bandwidth><inbound average='${average}'/></bandwidth>`}</portgroup>`,
  );

const D = 'ip[10.0.0.1].dhcp';
const HOST_A = `${D}.host[52:54:00:00:00:0a]`;
const HOST_B = `${D}.host[52:54:00:00:00:0b]`;
const C = 'host mac=52:54:00:00:00:0C ip=10.0.0.131 name=v2.a.example.com';
const Q =
  "<q:options xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0'><q:option value='address=/x/1.2.3.4'/></q:options>";
const WHOLE_IP =
  "add <ip address='10.0.2.1' netmask='255.255.255.0'><dhcp><range start='10.0.2.2' end='10.0.2.9'/><host mac='52:54:00:00:00:0e' name='n1' ip='10.0.2.5'/></dhcp></ip> to network";

/** `4 allow r1`, or `nothing to do`: how often each verdict comes, in the order in which they first come. */
function verdicts(as: string, script: string, xml: string, rules: Readonly<Record<string, string>>): string {
  const load = () => err(error('SL600', null, 'no scenario includes a file'));
  const { value: prepared, diagnostics } = prepareScript([{ name: 'script.slu', text: script }], {
    load,
    vars: new Map(),
  });
  if (prepared === null) throw new Error(diagnostics[0]?.message);
  const names = Object.keys(rules);
  const network = xml.includes('pool-1') ? 'pool-1' : 'default';
  const planned = planScript(prepared, {
    target: 'dir:/networks',
    targetScopes: ['config'],
    documents: [{ network, scope: 'config', source: { name: `${network}.xml`, text: xml } }],
    available: [network],
    policy: policyOf([...ROLES, ...Object.values(rules).map((row) => `p, ${row}`)].join('\n')),
    subject: `user:${as}`,
    realSubject: `user:${as}`,
    clock: NOON,
    scope: null,
    network: null,
  });
  if (planned.value === null) throw new Error(planned.diagnostics.map(({ message }) => message).join('; '));
  const { plan, permit } = planned.value;
  const counts = new Map<string, number>();
  for (const verdict of plan.documents.flatMap((part) => part.verdicts)) {
    const text = decisionText(verdict, (line) => names[line - ROLES.length - 1] ?? `line ${line}`).replace(
      / (because|<).*$/,
      '',
    );
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  expect(permit !== null).toBe([...counts.keys()].every((text) => text.startsWith('allow')));
  return counts.size === 0
    ? 'nothing to do'
    : [...counts].map(([text, count]) => `${count} ${text}`).join(', ');
}

describe.each<[string, string, string, string, string, (readonly string[])?]>([
  ['1', 'alice', `add ${C} to ${D}`, B, '4 allow r1'],
  ['2a', 'alice', `set ${HOST_A} ip=10.0.0.140`, B, '1 allow r1'],
  ['2b', 'alice', `set ${HOST_A} ip=10.0.0.254`, B, '1 DENY r2'],
  ['3a', 'alice', `set ${HOST_A} name=v3.b.example.com`, B, '1 DD'],
  ['3b', 'alice', `unset ${HOST_A}@name`, B, '1 DD'],
  ['4a', 'alice', `ensure host mac=52:54:00:00:00:0b ip=10.0.0.140 name=v9.a.example.com in ${D}`, B, '2 DD'],
  ['4b', 'alice', `set ${HOST_A} mac=52:54:00:00:00:0d`, B, '8 allow r1'],
  ['4c', 'alice', `remove ${HOST_A}`, B, '4 allow r1'],
  ['4d', 'alice', `remove ${HOST_B}`, B, '4 DD'],
  [
    '5a',
    'alice',
    `replace ${D} with <dhcp>${RANGE}${A}<host mac='52:54:00:00:00:0C' name='v2.a.example.com' ip='10.0.0.131'/></dhcp>`,
    B,
    '4 DD, 4 allow r1',
  ],
  [
    '5b',
    'alice',
    `replace ${D} with <dhcp>${RANGE}${A.replace(':0a', ':0A')}${X}<host mac='52:54:00:00:00:0C' name='v2.a.example.com' ip='10.0.0.131'/></dhcp>`,
    B,
    '4 allow r1',
  ],
  [
    '6a',
    'alice',
    `add host mac=52:54:00:00:00:0a ip=10.0.0.130 name=v1.a.example.com to ${D}`,
    NO_DHCP,
    '1 DD, 4 allow r1',
  ],
  [
    '6b',
    'alice',
    `add host mac=52:54:00:00:00:0a ip=10.0.0.130 name=v1.a.example.com to ${D}`,
    NO_DHCP,
    '1 allow r7, 4 allow r1',
    ['r7'],
  ],
  ['6c', 'alice', `remove ${HOST_A}`, ONE_HOST, '1 DD, 4 allow r1'],
  ['6c with r7', 'alice', `remove ${HOST_A}`, ONE_HOST, '1 allow r7, 4 allow r1', ['r7']],
  ['7', 'nina', WHOLE_IP, NO_DHCP, '12 allow r6'],
  ['7', 'olga', WHOLE_IP, NO_DHCP, '12 DD'],
  ['7', 'alice', WHOLE_IP, NO_DHCP, '12 DD'],
  ['8a', 'olga', 'set bridge stp=off', B, '1 allow r3'],
  ['8a', 'alice', 'set bridge stp=off', B, '1 DD'],
  ['8b', 'olga', "replace bridge with <bridge name='virbr0' stp='on' delay='0'/>", B, 'nothing to do'],
  ['9a', 'olga', 'set domain name=example.org', B, '1 DENY r4'],
  ['9a', 'nina', 'set domain name=example.org', B, '1 allow r6'],
  ['9b', 'olga', 'add domain name=example.com to network', NO_DOMAIN, '3 DENY r4'],
  ['9b', 'nina', 'add domain name=example.com to network', NO_DOMAIN, '3 allow r6'],
  [
    '10a',
    'olga',
    'remove forward.interface[eth20]; add interface dev=eth25 to forward',
    POOL,
    '4 allow r8',
    ['r8'],
  ],
  ['10b', 'olga', 'move forward.interface[eth21] first', POOL, '1 DD', ['r8']],
  ['11a', 'olga', 'set portgroup[p1].bandwidth.inbound average=2000', group(500), '1 DENY r5', ['r9']],
  [
    '11b',
    'olga',
    'add bandwidth { inbound average=2000 } to portgroup[p1]',
    group(null),
    '2 allow r9, 1 DENY r5',
    ['r9'],
  ],
  ['11c', 'olga', 'remove portgroup[p1].bandwidth', group(500), '3 allow r9', ['r9']],
  ['11d', 'olga', 'set portgroup[p1].bandwidth.inbound average=900', group(4000), '1 DENY r5', ['r9']],
  [
    "11a, r5'",
    'olga',
    'set portgroup[p1].bandwidth.inbound average=2000',
    group(500),
    "1 DENY r5'",
    ['r9', "r5'", 'r10'],
  ],
  [
    "11b, r5'",
    'olga',
    'add bandwidth { inbound average=2000 } to portgroup[p1]',
    group(null),
    "2 allow r9, 1 DENY r5'",
    ['r9', "r5'", 'r10'],
  ],
  [
    "11c, r5'",
    'olga',
    'remove portgroup[p1].bandwidth',
    group(500),
    '2 allow r9, 1 DENY r10',
    ['r9', "r5'", 'r10'],
  ],
  ["11c, r5'", 'nina', 'remove portgroup[p1].bandwidth', group(500), '3 allow r9', ['r9', "r5'", 'r10']],
  [
    "11d, r5'",
    'olga',
    'set portgroup[p1].bandwidth.inbound average=900',
    group(4000),
    '1 allow r9',
    ['r9', "r5'", 'r10'],
  ],
  ['12a', 'nina', 'patch "/network/flood" set limit=9', FLOOD, '1 DD'],
  ['12b', 'nina', 'patch "/network/flood" set limit=9', FLOOD, '1 allow r11', ['r11']],
  ['12c', 'nina', `add ${Q} to network`, B, '3 DD'],
  ['12d', 'nina', `add ${Q} to network`, B, '3 allow r12', ['r12']],
])('%s, %s: %s', (_, as, script, xml, wanted, extra = []) => {
  test(`${wanted}${extra.length === 0 ? '' : ` with ${extra.join(', ')}`}`, () => {
    const kept = Object.entries(RULES).filter(([name]) => !(name === 'r5' && extra.includes("r5'")));
    const added = extra.map((name) => [name, EXTRA[name] ?? ''] as const);
    expect(verdicts(as, script, xml, Object.fromEntries([...kept, ...added]))).toBe(wanted);
  });
});
