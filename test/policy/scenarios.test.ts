// The twelve worked scenarios: which changes an edit makes, and which rule decides each.

import { describe, expect, test } from 'vitest';
import { ask, policyOf, verdictLines } from './decide.ts';

const ROLES = [
  'g, user:alice, role:tenant-a, default',
  'g, user:olga, role:operator, *',
  'g, user:nina, role:netadmin, *',
  'g, role:netadmin, role:operator, *',
];

const BASIC: Readonly<Record<string, string>> = {
  r1: 'allow, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25 and name like *.a.example.com"',
  r2: 'deny, role:everyone, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.254/32"',
  r3: 'allow, role:operator, *, bridge@stp, modify, *, ""',
  r4: 'deny, role:everyone, *, domain, *, *, "not role netadmin"',
  r5: 'deny, role:everyone, *, **.inbound@average, *, *, "average > 1000"',
  r6: 'allow, role:netadmin, *, **, *, *, ""',
};

const MAC = (last: string): string => `52:54:00:00:00:${last}`;
const HOST_A = `<host mac='${MAC('0a')}' name='v1.a.example.com' ip='10.0.0.130'/>`;
const HOST_X = `<host mac='${MAC('0b')}' name='v1.b.example.com' ip='10.0.0.20'/>`;
const HOST_C = `<host mac='${MAC('0C')}' name='v2.a.example.com' ip='10.0.0.131'/>`;
const RANGE = "<range start='10.0.0.2' end='10.0.0.100'/>";
const dhcp = (content: string): string => `<dhcp>${content}</dhcp>`;

function network(
  inIp: string,
  rest = "<forward mode='nat'/><bridge name='virbr0'/><domain name='example.com'/>",
): string {
  return `<network><name>default</name>${rest}<ip address='10.0.0.1' netmask='255.255.255.0'>${inIp}</ip></network>`;
}

const BASE = network(dhcp(RANGE + HOST_A + HOST_X));
const H = 'ip[10.0.0.1].dhcp.host';

type Scenario = {
  readonly base?: string;
  readonly result: string;
  readonly as: string;
  readonly extra?: Readonly<Record<string, string>>;
  readonly without?: string;
  readonly on?: string;
};

/** The verdicts, with rules by their names. */
function run({ base = BASE, result, as, extra = {}, without, on }: Scenario): readonly string[] {
  const rules = Object.entries({ ...BASIC, ...extra }).filter(([name]) => name !== without);
  const rows = [...ROLES, ...rules.map(([, row]) => `p, ${row}`)].join('\n');
  const answer = ask({
    policy: policyOf(rows),
    as,
    base,
    result,
    ...(on === undefined ? {} : { network: on }),
  });
  const lines = verdictLines(answer, (line) => rules[line - ROLES.length - 1]?.[0] ?? `line ${line}`);
  expect(answer.permit !== null).toBe(lines.every((line) => / allow r\d+'?$/.test(line)));
  return lines;
}

/** The lines without explanations. */
function bare(scenario: Scenario): readonly string[] {
  return run(scenario).map((line) => line.replace(/ (because|<).*$/, ''));
}

test('1: a tenant adds a host of theirs', () => {
  expect(run({ as: 'alice', result: network(dhcp(RANGE + HOST_A + HOST_X + HOST_C)) })).toEqual([
    `add ${H}[${MAC('0c')}]: allow r1`,
    `add ${H}[${MAC('0c')}]@mac: allow r1`,
    `add ${H}[${MAC('0c')}]@name: allow r1`,
    `add ${H}[${MAC('0c')}]@ip: allow r1`,
  ]);
});

describe('2: a tenant changes their own host', () => {
  const result = (ip: string): string => BASE.replace('10.0.0.130', ip);
  test('a: inside their range', () => {
    expect(run({ as: 'alice', result: result('10.0.0.140') })).toEqual([
      `modify ${H}[${MAC('0a')}]@ip: allow r1`,
    ]);
  });
  test('b: to the address that is denied to everyone', () => {
    expect(run({ as: 'alice', result: result('10.0.0.254') })).toEqual([
      `modify ${H}[${MAC('0a')}]@ip: DENY r2 because \`ip\` is 10.0.0.254`,
    ]);
  });
});

describe('3: the name', () => {
  test('a: of another tenant', () => {
    expect(run({ as: 'alice', result: BASE.replace('v1.a.example.com', 'v1.b.example.com') })).toEqual([
      `modify ${H}[${MAC('0a')}]@name: DD <r1: condition false after: \`name\` is v1.b.example.com> <r6: needs \`role:netadmin\`, which \`user:alice\` does not have on \`default\`>`,
    ]);
  });
  test('b: taken away', () => {
    expect(run({ as: 'alice', result: BASE.replace(" name='v1.a.example.com'", '') })).toEqual([
      `modify ${H}[${MAC('0a')}]@name: DD <r1: condition unknown after: \`name\` is absent> <r6: needs \`role:netadmin\`, which \`user:alice\` does not have on \`default\`>`,
    ]);
  });
});

describe('4: theft, re-keying, removal', () => {
  test('a: taking over the host of another', () => {
    const result = BASE.replace('10.0.0.20', '10.0.0.140').replace('v1.b.example.com', 'v9.a.example.com');
    expect(run({ as: 'alice', result }).map((line) => line.replace(/ <r6.*$/, ''))).toEqual([
      `modify ${H}[${MAC('0b')}]@name: DD <r1: condition false before: \`ip\` is 10.0.0.20>`,
      `modify ${H}[${MAC('0b')}]@ip: DD <r1: condition false before: \`ip\` is 10.0.0.20>`,
    ]);
  });
  test('b: another mac for one of their own', () => {
    const lines = bare({ as: 'alice', result: BASE.replace(MAC('0a'), MAC('0d')) });
    expect(lines).toHaveLength(8);
    expect(lines.slice(0, 4).every((line) => line.startsWith(`remove ${H}[${MAC('0a')}]`))).toBe(true);
    expect(lines.slice(4).every((line) => line.startsWith(`add ${H}[${MAC('0d')}]`))).toBe(true);
    expect(lines.every((line) => line.endsWith(': allow r1'))).toBe(true);
  });
  test('c: removing one of their own', () => {
    expect(bare({ as: 'alice', result: BASE.replace(HOST_A, '') })).toEqual([
      `remove ${H}[${MAC('0a')}]: allow r1`,
      `remove ${H}[${MAC('0a')}]@mac: allow r1`,
      `remove ${H}[${MAC('0a')}]@name: allow r1`,
      `remove ${H}[${MAC('0a')}]@ip: allow r1`,
    ]);
  });
  test('d: removing that of another', () => {
    expect(bare({ as: 'alice', result: BASE.replace(HOST_X, '') })).toEqual(
      ['', '@mac', '@name', '@ip'].map((leaf) => `remove ${H}[${MAC('0b')}]${leaf}: DD`),
    );
  });
});

describe('5: the whole dhcp element is replaced', () => {
  const addC = ['', '@mac', '@name', '@ip'].map((leaf) => `add ${H}[${MAC('0c')}]${leaf}: allow r1`);
  test('a: and the host of another is missing in it', () => {
    expect(bare({ as: 'alice', result: network(dhcp(RANGE + HOST_A + HOST_C)) })).toEqual([
      ...['', '@mac', '@name', '@ip'].map((leaf) => `remove ${H}[${MAC('0b')}]${leaf}: DD`),
      ...addC,
    ]);
  });
  test('b: and only the spelling of a mac differs', () => {
    const shouted = HOST_A.replace(MAC('0a'), MAC('0A'));
    expect(bare({ as: 'alice', result: network(dhcp(RANGE + shouted + HOST_X + HOST_C)) })).toEqual(addC);
  });
});

describe('6: the container', () => {
  const none = network('');
  const full = network(dhcp(HOST_A));
  const r7 = { r7: 'allow, role:tenant-a, default, ip[*].dhcp, add|remove, *, ""' };
  const host = (op: string): readonly string[] =>
    ['', '@mac', '@name', '@ip'].map((leaf) => `${op} ${H}[${MAC('0a')}]${leaf}: allow r1`);
  test('a: made on the way', () => {
    const lines = run({ as: 'alice', base: none, result: full });
    expect(lines[0]).toBe(
      'add ip[10.0.0.1].dhcp: DD <r1: covers `host`, not the `dhcp` it stands in> <r6: needs `role:netadmin`, which `user:alice` does not have on `default`>',
    );
    expect(lines.slice(1)).toEqual(host('add'));
  });
  test('b: with a permission of its own', () => {
    expect(bare({ as: 'alice', base: none, result: full, extra: r7 })).toEqual([
      'add ip[10.0.0.1].dhcp: allow r7',
      ...host('add'),
    ]);
  });
  test('c: gone with its last child', () => {
    expect(bare({ as: 'alice', base: full, result: none })).toEqual([
      'remove ip[10.0.0.1].dhcp: DD',
      ...host('remove'),
    ]);
    expect(bare({ as: 'alice', base: full, result: none, extra: r7 })).toEqual([
      'remove ip[10.0.0.1].dhcp: allow r7',
      ...host('remove'),
    ]);
  });
});

describe('7: a whole ip', () => {
  const ip = `<ip address='10.0.2.1' netmask='255.255.255.0'><dhcp><range start='10.0.2.2' end='10.0.2.9'/><host mac='${MAC('0e')}' name='n1' ip='10.0.2.5'/></dhcp></ip>`;
  const result = BASE.replace('</network>', `${ip}</network>`);
  const changes = [
    'ip[10.0.2.1]',
    'ip[10.0.2.1]@address',
    'ip[10.0.2.1]@prefix',
    'ip[10.0.2.1]@localPtr',
    'ip[10.0.2.1].dhcp',
    'ip[10.0.2.1].dhcp.range[10.0.2.2-10.0.2.9]',
    'ip[10.0.2.1].dhcp.range[10.0.2.2-10.0.2.9]@start',
    'ip[10.0.2.1].dhcp.range[10.0.2.2-10.0.2.9]@end',
    `ip[10.0.2.1].dhcp.host[${MAC('0e')}]`,
    `ip[10.0.2.1].dhcp.host[${MAC('0e')}]@mac`,
    `ip[10.0.2.1].dhcp.host[${MAC('0e')}]@name`,
    `ip[10.0.2.1].dhcp.host[${MAC('0e')}]@ip`,
  ];
  test.each([
    ['nina', 'allow r6'],
    ['olga', 'DD'],
    ['alice', 'DD'],
  ])('%s: %s', (as, verdict) => {
    expect([...bare({ as, result })].sort()).toEqual(changes.map((path) => `add ${path}: ${verdict}`).sort());
  });
  test('the tenant learns what their rule missed', () => {
    const lines = run({ as: 'alice', result });
    expect(lines.find((line) => line.startsWith(`add ip[10.0.2.1].dhcp.host[${MAC('0e')}]:`))).toContain(
      'DD <r1: condition false after: `ip` is 10.0.2.5>',
    );
    expect(lines.find((line) => line.startsWith('add ip[10.0.2.1]:'))).toContain(
      'DD <r1: covers `host`, not the `ip` it stands in>',
    );
  });
});

describe('8: stp', () => {
  const off = BASE.replace("<bridge name='virbr0'/>", "<bridge name='virbr0' stp='off'/>");
  test('a: switched off', () => {
    expect(run({ as: 'olga', result: off })).toEqual(['modify bridge@stp: allow r3']);
    expect(bare({ as: 'alice', result: off })).toEqual(['modify bridge@stp: DD']);
  });
  test('b: the defaults written out are no change', () => {
    expect(
      run({
        as: 'olga',
        result: BASE.replace("<bridge name='virbr0'/>", "<bridge name='virbr0' stp='on' delay='0'/>"),
      }),
    ).toEqual([]);
  });
});

describe('9: the domain', () => {
  const other = BASE.replace('example.com</', 'x</').replace(
    "<domain name='example.com'/>",
    "<domain name='example.org'/>",
  );
  const without = BASE.replace("<domain name='example.com'/>", '');
  test.each([
    ['olga', 'DENY r4 because `user:olga` does not have `role:netadmin` on `default`'],
    ['nina', 'allow r6'],
  ])('%s: %s', (as, verdict) => {
    expect(run({ as, result: other })).toEqual([`modify domain@name: ${verdict}`]);
    expect(run({ as, base: without, result: BASE })).toEqual([
      `add domain: ${verdict}`,
      `add domain@name: ${verdict}`,
      `add domain@localOnly: ${verdict}`,
    ]);
  });
  test('a netadmin of other networks is none here', () => {
    const rows = [
      'g, user:nina, role:netadmin, lab-*',
      ...Object.values(BASIC).map((row) => `p, ${row}`),
    ].join('\n');
    const verdicts = (network: string): readonly string[] =>
      verdictLines(
        ask({ policy: policyOf(rows), as: 'nina', base: BASE, result: other, network }),
        (line) => `r${line - 1}`,
      );
    expect(verdicts('default')).toEqual([
      'modify domain@name: DENY r4 because `user:nina` does not have `role:netadmin` on `default`',
    ]);
    expect(verdicts('lab-7')).toEqual(['modify domain@name: allow r6']);
  });
});

describe('10: the pool', () => {
  const pool = (...devices: readonly string[]): string =>
    `<network><name>pool-1</name><forward mode='bridge'>${devices.map((dev) => `<interface dev='${dev}'/>`).join('')}</forward></network>`;
  const extra = { r8: 'allow, role:operator, *, forward.interface[*], add|remove, *, ""' };
  test('a: one device for another', () => {
    expect(
      run({ as: 'olga', base: pool('eth20', 'eth21'), result: pool('eth21', 'eth25'), extra, on: 'pool-1' }),
    ).toEqual([
      'remove forward.interface[eth20]: allow r8',
      'remove forward.interface[eth20]@dev: allow r8',
      'add forward.interface[eth25]: allow r8',
      'add forward.interface[eth25]@dev: allow r8',
    ]);
  });
  test('b: another order', () => {
    expect(
      run({ as: 'olga', base: pool('eth20', 'eth21'), result: pool('eth21', 'eth20'), extra, on: 'pool-1' }),
    ).toEqual([
      'move forward.interface[eth21]: DD <r8: is for `add|remove`, not `move`> <r6: needs `role:netadmin`, which `user:olga` does not have on `pool-1`>',
    ]);
  });
});

describe('11: the cap', () => {
  const group = (average: number | null): string =>
    `<network><name>default</name><portgroup name='p1'>${average === null ? '' : `<bandwidth><inbound average='${average}'/></bandwidth>`}</portgroup></network>`;
  const r9 = { r9: 'allow, role:operator, *, portgroup[*].bandwidth.**, *, *, ""' };
  const better = {
    ...r9,
    "r5'": 'deny, role:everyone, *, **.inbound@average, add|modify, *, "after.average > 1000"',
    r10: 'deny, role:everyone, *, **.inbound@average, remove, *, "not role netadmin"',
  };
  const P = 'portgroup[p1].bandwidth';
  const change = (
    from: number | null,
    to: number | null,
    extra: Readonly<Record<string, string>>,
    as = 'olga',
  ): readonly string[] =>
    run({ as, base: group(from), result: group(to), extra, ...(extra === better ? { without: 'r5' } : {}) });

  test('as it is often written', () => {
    expect(change(500, 2000, r9)).toEqual([
      `modify ${P}.inbound@average: DENY r5 because \`average\` is 2000`,
    ]);
    expect(change(null, 2000, r9)).toEqual([
      `add ${P}: allow r9`,
      `add ${P}.inbound: allow r9`,
      `add ${P}.inbound@average: DENY r5 because \`average\` is 2000`,
    ]);
    expect(change(500, null, r9)).toEqual([
      `remove ${P}: allow r9`,
      `remove ${P}.inbound: allow r9`,
      `remove ${P}.inbound@average: allow r9`,
    ]);
    expect(change(4000, 900, r9)).toEqual([
      `modify ${P}.inbound@average: DENY r5 because before the change, \`average\` is 4000`,
    ]);
  });
  test('as it should be', () => {
    expect(change(500, 2000, better)).toEqual([
      `modify ${P}.inbound@average: DENY r5' because \`after.average\` is 2000`,
    ]);
    expect(change(null, 2000, better)[2]).toBe(
      `add ${P}.inbound@average: DENY r5' because \`after.average\` is 2000`,
    );
    expect(change(500, null, better)[2]).toContain('DENY r10');
    expect(
      change(500, null, better, 'nina').every(
        (line) => line.endsWith('allow r9') || line.endsWith('allow r6'),
      ),
    ).toBe(true);
    expect(change(4000, 900, better)).toEqual([`modify ${P}.inbound@average: allow r9`]);
  });
});

describe('12: what the table does not know, and dnsmasq', () => {
  const flood = (limit: number): string => BASE.replace('</network>', `<flood limit='${limit}'/></network>`);
  const options = BASE.replace(
    '</network>',
    "<q:options xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0'><q:option value='address=/x/1.2.3.4'/></q:options></network>",
  );
  test('a: `**` does not reach the unknown', () => {
    expect(run({ as: 'nina', base: flood(5), result: flood(9) })).toEqual([
      "modify flood (unknown): DD <r6: does not reach `flood`, which the table does not know: name it, `'flood'`>",
    ]);
  });
  test('b: a quoted name does', () => {
    expect(
      run({
        as: 'nina',
        base: flood(5),
        result: flood(9),
        extra: { r11: 'allow, role:netadmin, *, \'flood\', *, *, ""' },
      }),
    ).toEqual(['modify flood (unknown): allow r11']);
  });
  const changes = [
    'dnsmasq:options',
    'dnsmasq:options.dnsmasq:option["address=/x/1.2.3.4"]',
    'dnsmasq:options.dnsmasq:option["address=/x/1.2.3.4"]@value',
  ];
  test('c: dnsmasq options must be named', () => {
    expect(bare({ as: 'nina', result: options })).toEqual(changes.map((path) => `add ${path}: DD`));
  });
  test('d: and may be', () => {
    expect(
      bare({
        as: 'nina',
        result: options,
        extra: { r12: 'allow, role:netadmin, *, dnsmasq:options.**, *, *, ""' },
      }),
    ).toEqual(changes.map((path) => `add ${path}: allow r12`));
  });
});
