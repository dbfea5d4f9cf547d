// `policy lint`: what is said in vain is found, what is not is left in peace, and without what is called idle every
// decision is the same.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffDocuments } from '../../src/diff/diff.ts';
import { gate } from '../../src/policy/gate.ts';
import { type Lint, lintPolicy } from '../../src/policy/lint.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { lineText, positionAt } from '../../src/source/source.ts';
import { type Given, given } from './against-casbin.ts';
import { document, NOON } from './decide.ts';

function load(text: string): Policy {
  const { value, diagnostics } = loadPolicy({
    model: { name: 'model.conf', text: MODEL_TEXT },
    rules: { name: 'policy.csv', text },
    name: 'p',
  });
  if (value === null)
    throw new Error(diagnostics.map(({ message, help }) => `${message} (${help})`).join('\n'));
  return value;
}

function lint(text: string): Lint {
  return lintPolicy(load(text), { name: 'policy.csv', text });
}

/** `SL680 line 1 …` for each finding; what it and its labels point at, where that is not the whole row. */
function findings(text: string): readonly string[] {
  return lint(text).diagnostics.map(({ code, span, message, labels }) => {
    const at = (place: typeof span): string => {
      if (place === null) return '-';
      const { line } = positionAt(place.source, place.start);
      const pointed = place.source.text.slice(place.start, place.end);
      return pointed === lineText(place.source, line) ? `line ${line}` : `line ${line} ${pointed}`;
    };
    return [
      `${code} ${at(span)}: ${message}`,
      ...labels.map((label) => `${at(label.span)}: ${label.message}`),
    ].join(' | ');
  });
}

const codes = (text: string): readonly string[] =>
  findings(text).map((line) => line.split(' ').slice(0, 3).join(' ').replace(':', ''));

const HOSTS = 'ip[*].dhcp.host[*]';
const p = (
  effect: string,
  subject: string,
  path: string,
  op = '*',
  when = '',
  network = '*',
  scope = '*',
): string => `p, ${effect}, ${subject}, ${network}, ${path}, ${op}, ${scope}, "${when}"`;

describe('rows that another makes needless', () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['a narrower path', [p('allow', 'user:a', '**'), p('allow', 'user:a', HOSTS)], ['SL681 line 2']],
    ['and in the other order', [p('allow', 'user:a', HOSTS), p('allow', 'user:a', '**')], ['SL681 line 1']],
    [
      'a narrower network',
      [p('allow', 'user:a', '**', '*', '', 'lab-*'), p('allow', 'user:a', '**', '*', '', 'lab-1')],
      ['SL681 line 2'],
    ],
    [
      'fewer operations',
      [p('deny', 'user:a', 'domain', 'add'), p('deny', 'user:a', 'domain')],
      ['SL681 line 1'],
    ],
    [
      'a role that one has anyway',
      ['g, user:a, role:r, *', p('allow', 'user:a', 'domain'), p('allow', 'role:r', '**')],
      ['SL681 line 2'],
    ],
    ['everybody', [p('deny', 'role:everyone', '**'), p('deny', 'user:a', 'domain')], ['SL681 line 2']],
    [
      'the same range inside another',
      [
        p('allow', 'user:a', HOSTS, '*', 'ip in 10.0.0.0/24'),
        p('allow', 'user:a', HOSTS, '*', 'name exists and ip in 10.0.0.128/25'),
      ],
      ['SL681 line 2'],
    ],
    [
      'a lower limit',
      [
        p('deny', 'user:a', '**.inbound@average', '*', 'average > 1000'),
        p('deny', 'user:a', '**.inbound@average', '*', 'average > 2000'),
      ],
      ['SL681 line 2'],
    ],
    [
      'a wider pattern',
      [
        p('allow', 'user:a', HOSTS, '*', 'name like *.example'),
        p('allow', 'user:a', HOSTS, '*', 'name like *.a.example'),
      ],
      ['SL681 line 2'],
    ],
    [
      'more hours',
      [
        p('allow', 'user:a', '**', '*', 'time in mon-fri'),
        p('allow', 'user:a', '**', '*', 'time in tue 08:00-12:00'),
      ],
      ['SL681 line 2'],
    ],
    [
      'one of two',
      [
        p('allow', 'user:a', '**', '*', 'role x or role y'),
        p('allow', 'user:a', '**', '*', 'role y'),
        'g, user:a, role:x, lab',
        'g, user:a, role:y, lab',
      ],
      ['SL681 line 2'],
    ],
    [
      'a leaf',
      [p('allow', 'user:a', 'bridge'), p('allow', 'user:a', 'bridge@stp', 'modify')],
      ['SL681 line 2'],
    ],
    ['any depth', [p('deny', 'user:a', '**.host[*]'), p('deny', 'user:a', HOSTS)], ['SL681 line 2']],
    [
      'two that say the same',
      [p('allow', 'user:a', 'network.**'), p('allow', 'user:a', '**')],
      ['SL681 line 2'],
    ],
    [
      'an impersonation',
      [p('allow', 'user:a', '*', 'impersonate'), p('allow', 'user:a', 'role:x', 'impersonate')],
      ['SL681 line 2'],
    ],
    [
      'another network',
      [p('allow', 'user:a', '**', '*', '', 'lab-*'), p('allow', 'user:a', '**', '*', '', 'l*')],
      ['SL681 line 1'],
    ],
  ])('%s', (_, rows, wanted) => {
    expect(codes(rows.join('\n'))).toEqual(wanted);
  });

  test.each<readonly [string, readonly string[]]>([
    [
      'what has to be named',
      [
        p('allow', 'user:a', '**'),
        p('allow', 'user:a', 'dnsmasq:options.**'),
        p('allow', 'user:a', "'flood'"),
        p('allow', 'user:a', 'ip[*].tftp'),
        p('allow', 'user:a', "bridge@'odd'"),
      ],
    ],
    [
      'other scopes',
      [
        p('allow', 'user:a', 'domain', '*', '', '*', 'config'),
        p('allow', 'user:a', 'domain', '*', '', '*', 'live'),
      ],
    ],
    ['other keys', [p('allow', 'user:a', 'portgroup[a]'), p('allow', 'user:a', 'portgroup[b]')]],
    [
      'not what is below',
      [p('allow', 'user:a', 'ip[*].dhcp'), p('allow', 'user:a', 'ip[*].dhcp.**')]
        .slice(0, 1)
        .concat(p('allow', 'user:a', HOSTS)),
    ],
    [
      'a wider range',
      [
        p('allow', 'user:a', HOSTS, 'add', 'ip in 10.0.0.0/24'),
        p('allow', 'user:a', HOSTS, '*', 'ip in 10.0.0.128/25'),
      ],
    ],
    [
      'the same condition about other elements',
      [
        p('allow', 'user:a', 'dns.host[*].**', '*', 'ip in 10.0.0.0/24'),
        p('allow', 'user:a', 'dns.host[*].hostname[*]', '*', 'text() == x'),
      ],
    ],
    ['a deny and an allow that is wider', [p('deny', 'user:a', HOSTS), p('allow', 'user:a', 'ip[*].**')]],
    [
      'a deny that a value escapes',
      [
        p('deny', 'user:a', '**.inbound', '*', 'peak exists and peak > 5'),
        p('deny', 'user:a', '**.inbound', '*', 'peak > 5'),
      ].slice(0, 1),
    ],
    [
      'a role on other networks',
      ['g, user:a, role:r, lab-1', p('allow', 'user:a', 'domain'), p('allow', 'role:r', '**')],
    ],
    [
      'networks that only meet',
      [p('allow', 'user:a', '**', '*', '', 'lab-*'), p('allow', 'user:a', '**', '*', '', '*-1')],
    ],
    [
      'an expiry of 0, which is for ever',
      [
        p('allow', 'user:a', 'ip[*].dhcp.host[*].lease', '*', 'expiry < 3600'),
        p('allow', 'user:a', 'ip[*].dhcp.host[*].lease', '*', 'expiry == 0'),
      ],
    ],
  ])('but not %s', (_, rows) => {
    expect(findings(rows.join('\n'))).toEqual([]);
  });

  test('an allow in the shadow of a deny', () => {
    expect(
      findings(
        [
          p('allow', 'user:a', HOSTS, '*', 'ip in 10.0.0.128/25'),
          p('deny', 'role:everyone', '**.host[*]'),
        ].join('\n'),
      ),
    ).toEqual([
      'SL680 line 1: this allow can never decide: a deny hits everything that it allows | line 2: this deny',
    ]);
    expect(
      codes(
        [
          p('allow', 'user:a', HOSTS, '*', 'ip in 10.0.0.128/25'),
          p('deny', 'user:a', HOSTS, '*', 'not ip in 10.1.0.0/16'),
        ].join('\n'),
      ),
    ).toEqual(['SL680 line 1']);
    expect(
      codes(
        [
          p('allow', 'user:a', HOSTS, '*', 'ip in 10.0.0.128/25'),
          p('deny', 'user:a', HOSTS, '*', 'not ip in 10.0.0.192/26'),
        ].join('\n'),
      ),
    ).toEqual([]);
    expect(
      codes(
        [
          p('allow', 'role:x', 'domain'),
          p('deny', 'role:everyone', 'domain', '*', 'not role y'),
          'g, user:a, role:x, *',
          'g, role:x, role:y, *',
        ].join('\n'),
      ),
    ).toEqual([]);
  });
});

describe('rows that can never decide by themselves', () => {
  test.each<readonly [string, string, readonly string[]]>([
    [
      'ranges apart',
      p('allow', 'user:a', HOSTS, '*', 'ip in 10.0.0.0/25 and name exists and ip in 10.0.0.128/25'),
      [
        'SL682 line 1 "ip in 10.0.0.0/25 and name exists and ip in 10.0.0.128/25": this condition is never true | line 1 ip in 10.0.0.0/25: this | line 1 ip in 10.0.0.128/25: and this exclude each other',
      ],
    ],
    [
      'a range of the other family',
      p('allow', 'user:a', HOSTS, '*', 'ip in 10.0.0.0/25 and ip in fd00::/64'),
      [
        'SL682 line 1 "ip in 10.0.0.0/25 and ip in fd00::/64": this condition is never true | line 1 ip in 10.0.0.0/25: this | line 1 ip in fd00::/64: and this exclude each other',
      ],
    ],
    [
      'no number',
      p('allow', 'user:a', '**.inbound', '*', 'average > 5 and average < 6'),
      [
        'SL682 line 1 "average > 5 and average < 6": this condition is never true | line 1 average > 5: this | line 1 average < 6: and this exclude each other',
      ],
    ],
    [
      'no text',
      p('allow', 'user:a', HOSTS, '*', 'name like a* and name == b'),
      [
        'SL682 line 1 "name like a* and name == b": this condition is never true | line 1 name like a*: this | line 1 name == b: and this exclude each other',
      ],
    ],
    [
      'no value of the list',
      p('allow', 'user:a', 'forward', '*', 'mode in {nat, route} and not mode in {nat, route, open}'),
      [
        'SL682 line 1 "mode in {nat, route} and not mode in {nat, route, open}": this condition is never true | line 1 mode in {nat, route}: this | line 1 not mode in {nat, route, open}: and this exclude each other',
      ],
    ],
    [
      'a default is a value',
      p('allow', 'user:a', 'bridge', '*', 'stp absent'),
      ['SL682 line 1 "stp absent": this condition is never true'],
    ],
    [
      'no hour',
      p('allow', 'user:a', '**', '*', 'time in mon-fri and time in sat,sun 00:00-24:00'),
      [
        'SL682 line 1 "time in mon-fri and time in sat,sun 00:00-24:00": this condition is never true | line 1 time in mon-fri: this | line 1 time in sat,sun 00:00-24:00: and this exclude each other',
      ],
    ],
    [
      'night of the day before',
      p('allow', 'user:a', '**', '*', 'time in fri 22:00-06:00 and time in sat'),
      [],
    ],
    [
      'its own role',
      `g, user:a, role:r, *\n${p('deny', 'role:r', '**', '*', 'not role r')}`,
      ['SL682 line 2 "not role r": this condition is always false'],
    ],
    [
      'a role by another',
      `g, user:a, role:r, *\ng, role:r, role:s, *\n${p('allow', 'role:r', '**', '*', 'not role s')}`,
      ['SL682 line 3 "not role s": this condition is never true'],
    ],
    [
      'a deny fires on what is absent',
      p('deny', 'user:a', HOSTS, '*', 'ip in 10.0.0.0/25 and ip in 10.0.0.128/25'),
      [],
    ],
    [
      'counts',
      p('deny', 'user:a', 'domain', '*', 'count(ip) > 3 and count(ip) < 2'),
      [
        'SL682 line 1 "count(ip) > 3 and count(ip) < 2": this condition is always false | line 1 count(ip) > 3: this | line 1 count(ip) < 2: and this exclude each other',
      ],
    ],
    ['counts that can be', p('deny', 'user:a', 'domain', '*', 'count(ip) > 3 and count(ip) < 5'), []],
    [
      'moving an attribute',
      p('allow', 'user:a', 'bridge@stp', 'move'),
      ['SL683 line 1 move: attributes and texts do not move'],
    ],
    [
      'moving the only one',
      p('allow', 'user:a', 'bridge', 'move'),
      ['SL683 line 1 move: there is at most one `bridge`, which cannot move'],
    ],
    [
      'modifying a key',
      p('allow', 'user:a', 'portgroup[*]@name', 'modify|move'),
      ['SL683 line 1 modify|move: `name` is the key of `portgroup`: another key is another element'],
    ],
    [
      'modifying a container',
      p('allow', 'user:a', 'ip[*].dhcp', 'modify'),
      ['SL683 line 1 modify: nothing of `dhcp` can be modified: what is in it is decided by itself'],
    ],
    ['a mac is the key of some hosts', p('allow', 'user:a', `${HOSTS}@name`, 'modify'), []],
    [
      'a role given elsewhere',
      `g, user:a, role:r, lab-*\n${p('allow', 'role:r', '**', '*', '', 'default')}`,
      ['SL684 line 2 default: nobody has `role:r` on `default`'],
    ],
    [
      'a role given elsewhere, in two steps',
      `g, user:a, role:r, lab-1\ng, role:r, role:s, lab-*\n${p('allow', 'role:s', '**', '*', '', 'lab-2')}`,
      ['SL684 line 3 lab-2: nobody has `role:s` on `lab-2`'],
    ],
    ['networks that meet', `g, user:a, role:r, lab-*\n${p('allow', 'role:r', '**', '*', '', '*-1')}`, []],
  ])('%s', (_, rows, wanted) => {
    expect(findings(rows)).toEqual(wanted);
  });
});

test('live without config', () => {
  const live = p('allow', 'user:a', 'bridge@stp', 'modify', '', '*', 'live');
  expect(findings(live)).toEqual(['SL687 line 1 live: no rule allows to store what this one allows live']);
  expect(
    findings([live, p('allow', 'user:a', 'bridge', '*', 'stp == on', '*', 'config')].join('\n')),
  ).toEqual([]);
  expect(findings([live, p('allow', 'user:b', 'bridge', '*', '', '*', 'config')].join('\n'))).toEqual([]);
});

test('roles that nothing asks for, and links that others imply', () => {
  const rule = p('allow', 'role:op', '**', '*', 'not role quiet');
  expect(
    findings(
      [
        'g, user:a, role:op, *',
        'g, user:a, role:quiet, *',
        'g, user:a, role:idle, *',
        'g, user:b, role:idle, lab',
        'g, role:boss, role:op, *',
        'g, user:b, role:boss, *',
        rule,
      ].join('\n'),
    ),
  ).toEqual(['SL688 line 3 role:idle: no rule speaks of `role:idle`']);
  expect(
    findings(
      [
        'g, user:a, role:op, *',
        'g, user:a, role:op, lab-1',
        'g, role:boss, role:op, *',
        'g, user:b, role:boss, lab-*',
        'g, user:b, role:op, lab-7',
        'g, user:b, role:op, x',
        rule.replace('not role quiet', ''),
      ].join('\n'),
    ),
  ).toEqual([
    'SL689 line 2: `user:a` has `role:op` there already | line 1: by this row',
    'SL689 line 5: `user:b` has `role:op` there already, through `role:boss` | line 3: by this row',
  ]);
});

test('nothing is wrong with the shipped policy', () => {
  const text = readFileSync(new URL('../../policies/policy.csv', import.meta.url), 'utf8');
  const { idle, complete } = lint(text);
  expect({ findings: findings(text), idle: [...idle], complete }).toEqual({
    findings: [],
    idle: [],
    complete: true,
  });
});

/** What each change of the edit gets, as text. */
function decisions(text: string, { base, result, as, on, scope }: Given): readonly string[] {
  const before = base === null ? null : document(base);
  const after = result === null ? null : document(result);
  const changes = diffDocuments(before, after, scope);
  const subject = `user:${as}`;
  const { verdicts } = gate(load(text), {
    target: 't',
    subject,
    realSubject: subject,
    clock: NOON,
    documents: [{ network: on, scope, base: before, result: after, baseHash: '', resultHash: '', changes }],
  });
  return (verdicts[0] ?? []).map(({ decision }) =>
    decision.type === 'default-deny' && decision.fault !== null
      ? decision.fault
      : String(decision.type === 'allowed'),
  );
}

test('without what is idle every decision is the same', () => {
  let idleRows = 0;
  let asked = 0;
  fc.assert(
    fc.property(given, (one) => {
      const { idle } = lint(one.rows);
      idleRows += idle.size;
      const rows = one.rows.split('\n');
      const with_ = decisions(one.rows, one);
      asked += with_.length;
      const left = rows.filter((_, at) => !idle.has(at + 1));
      expect(decisions(left.join('\n'), one), `idle: ${[...idle].join()}\n${one.rows}`).toEqual(with_);
    }),
    { numRuns: 120 },
  );
  expect(idleRows).toBeGreaterThan(50);
  expect(asked).toBeGreaterThan(200);
});
