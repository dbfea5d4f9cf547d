// Questions to a policy: the answer is the gate's, and says what it would take to know where the question leaves it open.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMoment } from '../../src/policy/moment.ts';
import { subjectsOf } from '../../src/policy/subjects.ts';
import { networkCases, whoCan } from '../../src/policy/who-can.ts';
import { NOON, policyOf } from './decide.ts';
import { answerLine, answerTo, hypothesisOf, problemsOf } from './questions.ts';

const HOST = "'ip[10.0.0.1].dhcp.host[*]'";
const policy = policyOf(`g, user:alice, role:tenant-a, default
g, user:olga, role:operator, *
g, user:nina, role:netadmin, *
g, role:netadmin, role:operator, *
p, allow, role:tenant-a, default, ip[10.0.0.1].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25 and name like *.a.example.com"
p, allow, role:operator, *, bridge@stp, modify, *, ""
p, deny, role:everyone, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.254/32"
p, allow, role:netadmin, *, **, *, *, ""
p, allow, role:operator, *, portgroup[*].bandwidth.**, *, *, ""
p, deny, role:everyone, *, **.inbound@average, add|modify, *, "after.average > 1000"
p, allow, role:operator, *, dns.host[10.0.0.9].**, *, *, ""
p, allow, role:operator, *, dns.srv[*], *, *, "domain absent"
p, allow, role:operator, *, forward.interface[*], add|move, *, "time in mon-fri 08:00-18:00"
p, deny, role:operator, *, dns.txt[*], add, *, "count(dns.txt) > 1"
p, allow, role:operator, *, dns.txt[*], *, *, ""
p, report, role:operator, *, dns.txt[*], *, *, ""
p, allow, role:netadmin, *, role:tenant-a, impersonate, *, ""
p, allow, role:netadmin, lab-*, network, start|stop, *, "time in mon-fri"
p, allow, role:operator, *, domain, modify, *, "before.name == a.example and localOnly == yes"
`);

describe('answers', () => {
  test.each([
    // what is said decides
    [`alice add ${HOST} ip=10.0.0.131 name=v.a.example.com`, 'yes 5'],
    [`alice add ${HOST} ip=10.0.0.31 name=v.a.example.com`, 'no'],
    [`alice add ${HOST} ip=10.0.0.254 name=v.a.example.com`, 'no 7'],
    [`role:tenant-a add ${HOST} ip=10.0.0.131 name=v.a.example.com`, 'yes 5'],
    [`olga add ${HOST} ip=10.0.0.131 name=v.a.example.com`, 'no'],
    [`stranger add ${HOST} ip=10.0.0.131 name=v.a.example.com`, 'no'],
    // both sides
    [`alice modify ${HOST} ip=10.0.0.131 name=v.a.example.com`, 'yes 5'],
    [`alice modify ${HOST} before.ip=10.0.0.131 after.ip=10.0.0.132 name=v.a.example.com`, 'yes 5'],
    [`alice modify ${HOST} before.ip=10.0.0.131 after.ip=10.0.0.254 name=v.a.example.com`, 'no 7'],
    [`alice modify ${HOST} before.ip=10.0.0.20 after.ip=10.0.0.131 name=v.a.example.com`, 'no'],
    ["olga modify 'portgroup[p].bandwidth.inbound@average' before.average=4000 after.average=900", 'yes 9'],
    ["olga modify 'portgroup[p].bandwidth.inbound@average' average=900", 'yes 9'],
    ["olga modify 'portgroup[p].bandwidth.inbound@average' average=1001", 'no 10'],
    ["olga add 'portgroup[p].bandwidth.inbound' average=1001", 'no 9 10'],
    // what is absent on purpose
    [`alice add ${HOST} ip=10.0.0.131 name=`, 'no'],
    // what was not given
    [`alice add ${HOST} ip=10.0.0.131`, 'depends (5: `name`)'],
    [`alice add ${HOST} ip=10.0.0.31`, 'no'],
    [`alice add ${HOST}`, 'depends (5: `ip`, `name`) (7: `ip`)'],
    [`nina add ${HOST}`, 'depends 8 (7: `ip`)'],
    ["olga modify 'portgroup[p].bandwidth.inbound@average'", 'depends 9 (10: `after.average`)'],
    [
      `alice modify '${HOST.slice(1, -1)}@ip' ip=10.0.0.131 name=v.a.example.com`,
      'depends (5: `before.ip`) (7: `before.ip`)',
    ],
    ['olga modify bridge@stp', 'yes 6'],
    ["olga add 'dns.srv[ldap/tcp/*/*]'", 'depends (12: `domain`)'],
    ["olga add 'dns.srv[ldap/tcp//]'", 'yes 12'],
    ["olga add 'dns.srv[ldap/tcp/x.example/]'", 'no'],
    ['olga modify domain@name before.name=a.example after.name=b.example', 'no'],
    ['olga modify domain@name before.name=a.example after.name=b.example localOnly=yes', 'yes 19'],
    ['olga modify domain@name after.name=b.example localOnly=yes', 'depends (19: `before.name`)'],
    // keys that were not given
    ['alice add ip.dhcp.host ip=10.0.0.131 name=v.a.example.com', 'depends (5: the key of `ip`)'],
    ['alice add ip.dhcp.host ip=10.0.0.31 name=v.a.example.com', 'no'],
    ["alice add 'ip[10.0.9.1].dhcp.host[*]' ip=10.0.0.131 name=v.a.example.com", 'no'],
    ["olga add 'dns.host[*].hostname[x.example]'", 'depends (11: the key of `host`)'],
    ["olga add 'dns.host[10.0.0.9].hostname[x.example]'", 'yes 11'],
    ["olga add 'dns.host[*]' ip=10.0.0.9", 'yes 11'],
    // elements, one by one
    ['olga modify bridge', 'no 6'],
    ['nina modify bridge@name', 'yes 8'],
    ['nina add bridge', 'yes 8'],
    ['nina add network', 'yes 8'],
    ['nina remove network', 'yes 8'],
    ['olga add network', 'no'],
    ['nina modify network@ipv6', 'yes 8'],
    ['nina modify uuid', 'yes 8'],
    // what an allow must name
    ["nina add 'ip[10.0.0.1].tftp' root=/", 'no'],
    ['nina add "\'flood\'"', 'no'],
    ['nina modify "bridge@\'x\'"', 'no'],
    ['nina add "metadata.\'{urn:x}y\'"', 'yes 8'],
    // the clock
    ["olga move 'forward.interface[eth1]'", 'yes 13'],
    ["olga remove 'forward.interface[eth1]'", 'no'],
    // counts, in a network with nothing else in it
    ["olga add 'dns.txt[a]' value=x", 'yes 15'],
    // acts
    ['nina impersonate user:alice', 'yes 17'],
    ['nina impersonate role:tenant-a', 'yes 17'],
    ['nina impersonate user:olga', 'no'],
    ['olga impersonate user:alice', 'no'],
    ['nina start network', 'no'],
  ])('%s: %s', (question, answer) => {
    expect(answerLine(policy, question)).toBe(answer);
  });

  test('hours', () => {
    const saturday = { clock: Date.UTC(2025, 0, 18, 12) };
    expect(answerLine(policy, "olga move 'forward.interface[eth1]'", saturday)).toBe('no');
  });
  test('networks and scopes', () => {
    const own = `alice add ${HOST} ip=10.0.0.131 name=v.a.example.com`;
    expect(answerLine(policy, own, { network: 'lab-1' })).toBe('no');
    expect(answerLine(policy, own, { scope: 'live' })).toBe('no');
    expect(answerLine(policy, 'nina start network', { network: 'lab-1' })).toBe('yes 18');
  });
  test('a network that exists gives counts and values', () => {
    const real = `<network><name>default</name><dns><txt name='a' value='x'/></dns><ip address='10.0.0.1' prefix='24'><dhcp><host mac='52:54:00:00:00:0a' name='v.a.example.com' ip='10.0.0.130'/></dhcp></ip></network>`;
    expect(answerLine(policy, "olga add 'dns.txt[b]' value=x", { real })).toBe('no 14');
    expect(answerLine(policy, "olga modify 'dns.txt[a]@value'", { real })).toBe('yes 15');
    const own = "'ip[10.0.0.1].dhcp.host[52:54:00:00:00:0A]'";
    expect(answerLine(policy, `alice remove ${own}`, { real })).toBe('yes 5');
    expect(answerLine(policy, `alice modify ${own} after.ip=10.0.0.131`, { real })).toBe('yes 5');
    expect(answerLine(policy, `alice modify ${own} after.ip=10.0.0.31`, { real })).toBe('no');
    expect(answerLine(policy, `alice modify ${own}`, { real })).toBe(
      'depends 5 (5: `after.name`) (5: `after.ip`) (7: `after.ip`)',
    );
    // the only ip there is
    expect(answerLine(policy, 'alice add ip.dhcp.host ip=10.0.0.131 name=w.a.example.com', { real })).toBe(
      'yes 5',
    );
    expect(problemsOf("olga add 'dns.txt[a]' value=x", { real })[0]?.code).toBe('SL656');
  });
  test('every row that matched is told', () => {
    const [part] = answerTo(policy, "olga add 'dns.txt[a]' value=x").parts;
    expect(part?.matched.map(({ rule }) => `${rule.effect} ${rule.line}`)).toEqual(['allow 15', 'report 16']);
    expect(part?.counting.map(({ line }) => line)).toEqual([14]);
  });
  test('what a denied question missed is told', () => {
    const [part] = answerTo(policy, 'alice modify bridge@stp').parts;
    expect(part?.missed.map(({ rule, missed }) => `${rule.line} ${missed}`)).toEqual([
      '6 needs `role:operator`, which `user:alice` does not have on `default`',
      '8 needs `role:netadmin`, which `user:alice` does not have on `default`',
    ]);
  });
});

describe('what is wrong with a question', () => {
  test.each([
    ["olga modify 'bridge.**'", 'SL651 `**` stands for many elements'],
    ["olga modify 'ip[*].*'", 'SL651 `*` stands for many elements'],
    ['olga start bridge', 'SL651 `start` is about a whole network'],
    ['olga modify bridge stpp=off', 'SL652 `bridge` has no attribute `stpp` (did you mean `stp`?)'],
    ['olga impersonate user:x ip=1', 'SL652'],
    ['olga add ip.dhcp.host ip=10.0.0.300', 'SL653'],
    ['olga add forward mode=rout', 'SL653 `rout` is no value for `forward@mode` (did you mean `route`?)'],
    ["olga add 'ip[10.0.0.1]' address=10.0.0.2", 'SL654'],
    ["olga add 'ip[10.0.0.1]' netmask=255.0.0.0", 'SL623'],
    ['olga add bridge =x', 'SL654'],
    ['olga add bridge before.stp=on', 'SL655 `add` has nothing `before`'],
    ['olga remove bridge after.stp=on', 'SL655'],
    ['olga move bridge', 'SL656'],
    ["olga modify 'ip[10.0.0.1]@address'", 'SL656'],
    ['olga modify ip.dhcp', 'SL656'],
    ["olga move 'forward.interface[a]@dev'", 'SL656'],
    ['olga modiff bridge', 'SL611 unknown operation `modiff` (did you mean `modify`?)'],
    ['olga * bridge', 'SL611'],
    ['olga modify brigde', 'SL621'],
    ['olga modify bridge@spt', 'SL622'],
    ['olga impersonate alice', 'SL609 `alice` is nobody to act as (write `user:alice` or `role:alice`)'],
  ])('%s: %s', (question, expected) => {
    const [problem] = problemsOf(question);
    const told = `${problem?.code} ${problem?.message}${problem?.help === null ? '' : ` (${problem?.help})`}`;
    expect(told.startsWith(expected), told).toBe(true);
  });
});

test('no question throws', () => {
  const word = fc.oneof(
    fc.constantFrom('add', 'remove', 'modify', 'move', 'impersonate', 'start', '*'),
    fc.constantFrom(
      'bridge',
      'ip.dhcp.host',
      'dns.srv[a/b/c/*]',
      'network',
      "'x'",
      'metadata',
      'vlan@trunk',
      'forward',
      'ip[*]@prefix',
      'role:x',
      "'{a}b'",
      "bridge@'text()'",
      'uuid@text()',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(
      word,
      word,
      fc.array(fc.tuple(fc.constantFrom('ip', 'before.ip', 'after.stp', 'text()', 'name'), fc.string())),
      (op, path, values) => {
        const line = [
          'nina',
          op.replaceAll(/[ ']/g, '') || 'add',
          `'${path.replaceAll("'", '')}'`,
          ...values.map(([a, b]) => `'${a}=${b.replaceAll("'", '')}'`),
        ];
        if (problemsOf(line.join(' ')).length > 0) return;
        answerTo(policy, line.join(' '));
      },
    ),
    { numRuns: 300 },
  );
});

describe('times', () => {
  const at = (text: string): string => {
    const read = readMoment({ text, span: { source: { name: '--at', text }, start: 0, end: text.length } });
    return read.ok ? new Date(read.value).toISOString() : read.error.code;
  };
  test.each([
    ['2026-03-01T12:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:30Z', '2026-03-01T12:00:30.000Z'],
    ['2026-03-01T12:00+02:00', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01 12:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['sat', '2026-01-10T00:00:00.000Z'],
    ['mon 09:30', '2026-01-05T09:30:00.000Z'],
    ['sun 23:59', '2026-01-11T23:59:00.000Z'],
    ['2026-06-31', 'SL658'],
    ['2026-13-01', 'SL658'],
    ['2026-03-01T25:00Z', 'SL658'],
    ['sat 24:00', 'SL658'],
    ['sat 12:60', 'SL658'],
    ['someday', 'SL658'],
    ['', 'SL658'],
  ])('%s is %s', (text, moment) => {
    expect(at(text)).toBe(moment);
  });
});

describe('who can', () => {
  const holders = (question: string): readonly string[] => {
    const cases = networkCases(policy);
    return whoCan(policy, cases, (network) => hypothesisOf(question, { network }), NOON).map(
      ({ subject, word, networks, allows, denies, way }) =>
        [
          subject,
          word,
          networks === null ? 'everywhere' : networks.join('+'),
          ...allows.map(({ rule }) => rule.line),
          ...denies.map(({ rule, when }) => `unless ${rule.line} ${when}`),
          way.slice(1).join('>'),
        ]
          .join(' ')
          .trim(),
    );
  };
  test('by rows, roles and networks', () => {
    expect(holders('x modify bridge@stp')).toEqual([
      'role:netadmin yes everywhere 8',
      'role:operator yes everywhere 6',
      'user:nina yes everywhere 8 role:netadmin',
      'user:olga yes everywhere 6 role:operator',
    ]);
    expect(holders(`x add ${HOST} ip=10.0.0.131`)).toEqual([
      'role:netadmin yes everywhere 8',
      'role:tenant-a depends default 5',
      'user:alice depends default 5 role:tenant-a',
      'user:nina yes everywhere 8 role:netadmin',
    ]);
    expect(holders(`x add ${HOST} ip=10.0.0.254`)).toEqual([]);
    expect(holders('x start network')).toEqual([
      'role:netadmin yes lab-* 18',
      'user:nina yes lab-* 18 role:netadmin',
    ]);
    expect(holders('x impersonate user:alice')).toEqual([
      'role:netadmin yes default 17',
      'user:nina yes default 17 role:netadmin',
    ]);
  });
  test('what is everybody’s is told once', () => {
    const open = policyOf(
      'g, user:a, role:b, lab-*\np, allow, role:everyone, *, bridge@stp, modify, *, ""\n',
    );
    const [found] = whoCan(
      open,
      networkCases(open),
      (network) => hypothesisOf('x modify bridge@stp', { network }),
      NOON,
    );
    expect(found?.subject).toBe('role:everyone');
    expect(networkCases(open).map(({ label }) => label)).toEqual(['lab-*', 'every other network']);
  });
  test('is what the gate says of each, on each network', () => {
    for (const question of [
      'x modify bridge@stp',
      `x add ${HOST} ip=10.0.0.131 name=v.a.example.com`,
      'x modify domain@name before.name=a.example after.name=b localOnly=yes',
    ]) {
      const cases = networkCases(policy);
      const found = whoCan(policy, cases, (network) => hypothesisOf(question, { network }), NOON);
      for (const subject of subjectsOf(policy)) {
        for (const { label, network } of cases) {
          const may = found.some((one) => one.subject === subject && (one.networks?.includes(label) ?? true));
          expect(may, `${subject} ${network}`).toBe(
            answerTo(policy, question.replace('x', subject), { network }).word === 'yes',
          );
        }
      }
    }
  });
});
