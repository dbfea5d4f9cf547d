// Policy tests: what a file of cases says, what a case finds out, and which rows none of them needed.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTests } from '../../src/policy/test-file.ts';
import { malformed, outcomesOf, runCases } from './cases.ts';
import { policyOf } from './decide.ts';

const policy = policyOf(`g, user:alice, role:tenant, default
g, user:olga, role:operator, *
g, user:nina, role:netadmin, *
g, role:netadmin, role:operator, *
p, allow, role:tenant, default, ip[*].dhcp.host[*], *, config, "ip in 10.0.0.128/25"
p, deny, role:tenant, default, ip[*].dhcp.host[*], add, *, "count(ip[*].dhcp.host) > 2"
p, allow, role:operator, *, bridge@stp, modify, *, "time in mon-fri 08:00-18:00"
p, allow, role:operator, *, bridge@delay, modify, *, ""
p, allow, role:netadmin, *, **, *, *, ""
p, deny, role:everyone, lab-*, domain, *, *, "not role netadmin"
p, report, role:everyone, *, forward.**, *, *, "not time in mon-fri"
p, allow, role:operator, *, forward.interface[*], *, *, ""
p, allow, role:netadmin, *, role:tenant, impersonate, *, ""
`);
const NET = (hosts: string): string =>
  `<network><name>default</name><domain name='x'/><ip address='10.0.0.1' prefix='24'>${hosts === '' ? '' : `<dhcp>${hosts}</dhcp>`}</ip></network>`;
const two = NET(['1', '2'].map((n) => `<host mac='52:54:00:00:00:0${n}' ip='10.0.0.13${n}'/>`).join(''));

describe('a case', () => {
  test.each<readonly [string, string]>([
    ['allow alice add ip.dhcp.host ip=10.0.0.131', 'pass'],
    ['allow alice add ip.dhcp.host ip=10.0.0.131 by role:tenant ip[*].dhcp.host[*]', 'pass'],
    ['allow alice add ip.dhcp.host ip=10.0.0.131 by role:tenant ip[*].dhcp.host[*] *', 'pass'],
    ["allow alice add ip.dhcp.host ip='10.0.0.131' # why not", 'pass'],
    ['deny alice add ip.dhcp.host ip=10.0.0.31', 'pass'],
    ['deny alice add ip.dhcp.host ip=10.0.0.31 by none', 'pass'],
    ['deny alice add ip.dhcp.host ip=10.0.0.131 on lab-1 by none', 'pass'],
    ['deny alice add ip.dhcp.host ip=10.0.0.131 in live by none', 'pass'],
    ['allow olga modify bridge@stp', 'pass'],
    ['allow olga modify bridge@stp at mon 08:00', 'pass'],
    ['deny olga modify bridge@stp at mon 07:59', 'pass'],
    ['deny olga modify bridge@stp at sat', 'pass'],
    ['deny olga modify bridge@stp at 2026-03-07T12:00Z by none', 'pass'],
    ['deny olga modify bridge@stp at 2026-03-07 12:00 by none', 'pass'],
    ["deny olga modify bridge@stp at '2026-03-07 12:00' by none", 'pass'],
    ['deny olga modify domain@name on lab-1 by role:everyone domain', 'pass'],
    ['allow nina impersonate role:tenant by role:netadmin role:tenant', 'pass'],
    ['deny olga impersonate user:alice by none', 'pass'],
    ['deny user:stranger modify bridge@stp', 'pass'],
    ['deny role:tenant modify bridge@stp', 'pass'],
    ['allow olga move forward.interface[e] at sat reported by role:everyone forward.**', 'pass'],
    ['allow olga move forward.interface[e] at fri reported by none', 'pass'],
    // and what goes wrong
    ['deny alice add ip.dhcp.host ip=10.0.0.131', '1:1 SL664 expected `deny`, got `allow` by policy.csv:5'],
    [
      'allow alice modify bridge@stp',
      '1:1 SL664 expected `allow`, got `deny`: no row allows `modify bridge@stp`',
    ],
    ['allow olga modify domain@name on lab-1', '1:1 SL664 expected `allow`, got `deny` by policy.csv:10'],
    [
      'deny olga modify domain@name by role:everyone domain',
      '1:33 SL664 `deny`: no row allows `modify domain@name`, and not by this row',
    ],
    [
      'allow alice add ip.dhcp.host ip=10.0.0.131 by none',
      '1:1 SL664 `allow` by policy.csv:5, and not by none',
    ],
    ['allow alice add ip.dhcp.host', '1:1 SL664 the answer hangs on `ip`, which the case does not say'],
    ['deny alice add ip.dhcp.host', '1:1 SL664 the answer hangs on `ip`, which the case does not say'],
    ['allow olga move forward.interface[e] at sat reported by none', '1:1 SL664 policy.csv:11 reports this'],
    [
      'allow olga move forward.interface[e] reported by role:everyone forward.**',
      '1:50 SL664 no row on trial reports this',
    ],
    ['deny alcie modify bridge', '1:6 SL657 the policy names no user `alcie`'],
    [
      'deny alice modify bridge by role:tenat bridge',
      '1:29 SL661 no row of the policy is for `role:tenat` and `bridge`',
    ],
    [
      'allow olga modify bridge@stp by role:operator bridge@stp add',
      '1:58 SL661 no row of the policy is for `role:operator` and `bridge@stp` and `add`',
    ],
    ['deny alice modify brigde', '1:19 SL621 `network` has no element `brigde`'],
    ['deny alice add bridge stpp=on', '1:23 SL652 `bridge` has no attribute `stpp`'],
    ['deny alice script\n  set domain name=y', '1:12 SL662 a script needs a network to run on'],
  ])('%s: %s', (line, outcome) => {
    expect(outcomesOf(policy, line)).toEqual([outcome]);
  });
});

describe('a file', () => {
  test('has settings that hold for the cases below', () => {
    expect(
      outcomesOf(
        policy,
        `# the lab
network lab-1
scope live
at sat 12:00
deny olga modify bridge@stp by none
deny olga modify domain@name by role:everyone domain
deny alice add ip.dhcp.host ip=10.0.0.131 by none
at wed 12:00
allow olga modify bridge@stp
network default
scope config
allow alice add ip.dhcp.host ip=10.0.0.131
`,
      ),
    ).toEqual(['pass', 'pass', 'pass', 'pass', 'pass']);
  });

  test('puts cases into a network, from a file or from the lines below', () => {
    const quota =
      'deny alice add ip[10.0.0.1].dhcp.host[52:54:00:00:00:03] ip=10.0.0.133 by role:tenant ip[*].dhcp.host[*] add';
    expect(outcomesOf(policy, `base two.xml\n${quota}\nbase none\n${quota}\n`, { 'two.xml': two })).toEqual([
      'pass',
      '4:1 SL664 expected `deny`, got `allow` by policy.csv:5',
    ]);
    expect(outcomesOf(policy, `base\n  ${two}\n${quota}\n`)).toEqual(['pass']);
    expect(outcomesOf(policy, `base nosuch.xml\n${quota}\n`)).toEqual(['1:6 SL822 no file `nosuch.xml`']);
    expect(outcomesOf(policy, `base\n  <network>\n${quota}\n`)[0]).toMatch(/^2:\d+ SL1/);
  });

  test('has scripts, and whole networks', () => {
    expect(
      outcomesOf(
        policy,
        `base one.xml
allow alice script by role:tenant ip[*].dhcp.host[*]
  set ip[10.0.0.1].dhcp.host[52:54:00:00:00:01] ip=10.0.0.140
deny alice script by none

  # two lines, and a comment
  set domain name=example.org

deny alice script by role:tenant ip[*].dhcp.host[*] add
  add host mac=52:54:00:00:00:08 ip=10.0.0.141 to ip[10.0.0.1].dhcp
  add host mac=52:54:00:00:00:09 ip=10.0.0.142 to ip[10.0.0.1].dhcp
allow nina result
  ${NET('')}
deny olga result by none
  ${NET('')}
allow alice script
  set domain nmae=x
allow alice script
  set domain name=x
base none
allow nina result by role:netadmin **
  ${NET('')}
`,
        { 'one.xml': two.replace("<host mac='52:54:00:00:00:02' ip='10.0.0.132'/>", '') },
      ),
    ).toEqual([
      'pass',
      'pass',
      'pass',
      'pass',
      'pass',
      '17:14 SL402 unknown attribute `nmae` of `domain`',
      '18:13 SL662 this changes nothing, so there is nothing to decide',
      'pass',
    ]);
  });

  test.each<readonly [string, string]>([
    ['  allow alice modify bridge', '1:1 SL660 an indented line that belongs to nothing'],
    ['allwo alice modify bridge', '1:1 SL660 a line cannot begin with `allwo`'],
    ['allow alice', '1:1 SL660 a case says who does what'],
    ['allow alice modify', '1:13 SL660 `modify` of what?'],
    ['allow alice modify bridge stp', '1:27 SL660 unexpected `stp`'],
    ['allow alice modify bridge form lab-1', '1:27 SL660 unexpected `form`'],
    ['allow alice modify bridge on', '1:27 SL660 `on` says nothing'],
    ['allow alice modify bridge on a on b', '1:32 SL660 `on` stands here twice'],
    ['allow alice modify bridge in love', '1:30 SL660 unknown scope `love`'],
    ['allow alice modify bridge at noon', '1:30 SL658 `noon` is no time'],
    ['allow alice modify bridge by role:x', '1:30 SL660 a row is named by its subject and path'],
    ['allow alice modify bridge reported role:x bridge', '1:27 SL660 `reported` is followed by `by`'],
    ['allow alice modify bridge\n  set x', '1:1 SL660 a case about one change has no indented lines'],
    ['allow alice script', '1:13 SL660 nothing stands below this `script`'],
    ['allow alice modify bridge "x', '1:27 SL660 this quote is not closed on its line'],
    ['network', '1:1 SL660 `network` says nothing'],
    ['network a b', '1:11 SL660 unexpected `b`'],
    ['network a\n  b', '1:1 SL660 `network` has no indented lines'],
    ['scope all', '1:7 SL660 unknown scope `all`'],
    ['at noon', '1:4 SL658 `noon` is no time'],
    ['at sat 12:00 UTC', '1:14 SL660 unexpected `UTC`'],
  ])('%j is malformed: %s', (text, problem) => {
    expect(malformed(text)).toEqual([problem]);
  });

  test('tells all problems at once', () => {
    expect(malformed('x\nallow\n\nscope y\n')).toHaveLength(3);
  });

  test('of any text is read without a throw, each line once', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'allow ',
        'deny ',
        'alice ',
        'script',
        'base',
        '\n',
        '\n  ',
        'by ',
        'none ',
        'at ',
        '"',
        "'",
        '#',
        'bridge ',
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { value } = readTests({ name: 'x', text: pieces.join('') });
        expect(value.length).toBeLessThanOrEqual(pieces.join('').split('\n').length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('coverage', () => {
  const lines = (text: string): readonly number[] =>
    runCases(policy, text).unexercised.map(({ ref }) => ref.line);
  test('is of rows that decide, or report', () => {
    expect(lines('deny alice modify bridge@stp')).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(
      lines(`allow alice add ip.dhcp.host ip=10.0.0.131
allow olga modify bridge@stp
allow olga move forward.interface[e] at sat
allow nina impersonate role:tenant
deny olga modify domain@name on lab-1`),
    ).toEqual([6, 8, 9]);
  });
  test('is of roles that somebody needs', () => {
    const unused = (text: string): readonly string[] =>
      runCases(policy, text).unused.map(({ member, role }) => `${member} ${role}`);
    expect(unused('allow olga modify bridge@stp')).toEqual([
      'user:alice role:tenant',
      'user:nina role:netadmin',
      'role:netadmin role:operator',
    ]);
  });
});
