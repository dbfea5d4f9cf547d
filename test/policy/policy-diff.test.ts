// `policy diff`: what changes is found, on both sides of every boundary, and what does not change is not.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffDocuments } from '../../src/diff/diff.ts';
import { formatPolicy } from '../../src/policy/format.ts';
import { gate } from '../../src/policy/gate.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { type DecisionChange, diffPolicies } from '../../src/policy/policy-diff.ts';
import { type Given, given } from './against-casbin.ts';
import { document, NOON, policyOf } from './decide.ts';

const LINKS = 'g, user:alice, role:a, default\ng, user:olga, role:op, *\n';

/** `allowed role:a on default: add|remove domain; line 3 → none` for each, without its example. */
function changes(older: string, newer: string): readonly string[] {
  return diffPolicies(policyOf(LINKS + older), policyOf(LINKS + newer), []).changes.map(textOf);
}

function textOf({ now, who, networks, scopes, what, before, after }: DecisionChange): string {
  const at = (rule: DecisionChange['before']): string =>
    rule === null ? 'none' : `${rule.effect} ${rule.line}`;
  const elements = what.filter(({ path }) => !path.includes('@')).length > 0;
  const said = what
    .filter(({ path }) => !elements || !path.includes('@'))
    .map(({ operations, path }) => `${operations.join('|')} ${path}`);
  const scope = scopes.length === 2 ? '' : ` (${scopes.join()})`;
  return `${now} ${who.join()} on ${networks.join()}${scope}: ${said.join(', ')}; ${at(before)} → ${at(after)}`;
}

const HOST = 'ip[*].dhcp.host[*]';
const p = (
  effect: string,
  subject: string,
  path: string,
  op = '*',
  when = '',
  network = '*',
  scope = '*',
): string => `p, ${effect}, ${subject}, ${network}, ${path}, ${op}, ${scope}, "${when}"`;

describe('what changes', () => {
  test.each<readonly [string, string, string, readonly string[]]>([
    ['nothing', p('allow', 'role:a', 'domain'), p('allow', 'role:a', 'domain'), []],
    [
      'the order of rows',
      [p('allow', 'role:a', 'domain'), p('deny', 'user:bob', 'domain')].join('\n'),
      [p('deny', 'user:bob', 'domain'), p('allow', 'role:a', 'domain')].join('\n'),
      [],
    ],
    [
      'a row that another covers',
      p('allow', 'role:a', '**'),
      [p('allow', 'role:a', '**'), p('allow', 'role:a', 'domain')].join('\n'),
      [],
    ],
    [
      'a row on trial',
      p('allow', 'role:a', '**'),
      [p('allow', 'role:a', '**'), p('report', 'role:a', 'domain')].join('\n'),
      [],
    ],
    [
      'a new row',
      p('allow', 'role:a', 'domain'),
      [p('allow', 'role:a', 'domain'), p('allow', 'role:op', 'mtu', 'add')].join('\n'),
      ['allowed role:op on default,every other network: add mtu; none → allow 4'],
    ],
    [
      'a new deny for everybody',
      p('allow', 'role:op', '**'),
      [p('allow', 'role:op', '**'), p('deny', 'role:everyone', 'domain')].join('\n'),
      ['denied role:op on default,every other network: add|remove domain; allow 3 → deny 4'],
    ],
    [
      'another scope',
      p('allow', 'role:op', 'mtu', 'add', '', '*', 'config'),
      p('allow', 'role:op', 'mtu', 'add'),
      ['allowed role:op on default,every other network (live): add mtu; none → allow 3'],
    ],
    [
      'another network',
      p('allow', 'role:op', 'mtu', 'add', '', 'lab-*'),
      p('allow', 'role:op', 'mtu', 'add', '', 'lab-1'),
      ['denied role:op on lab-*: add mtu; allow 3 → none'],
    ],
    [
      'an operation less',
      p('allow', 'role:op', 'mtu'),
      p('allow', 'role:op', 'mtu', 'add|modify'),
      ['denied role:op on default,every other network: remove mtu; allow 3 → none'],
    ],
    [
      'a leaf',
      p('allow', 'role:op', 'bridge@stp'),
      p('allow', 'role:op', 'bridge@delay'),
      [
        'denied role:op on default,every other network: add|remove|modify bridge@stp; allow 3 → none',
        'allowed role:op on default,every other network: add|remove|modify bridge@delay; none → allow 3',
      ],
    ],
    [
      'less far below',
      p('allow', 'role:op', `${HOST}.**`, 'add'),
      p('allow', 'role:op', HOST, 'add'),
      ['denied role:op on default,every other network: add ip[*].dhcp.host[*].lease; allow 3 → none'],
    ],
    [
      'a number',
      p('allow', 'role:op', 'mtu', 'add', 'size <= 9000'),
      p('allow', 'role:op', 'mtu', 'add', 'size <= 9001'),
      ['allowed role:op on default,every other network: add mtu; none → allow 3'],
    ],
    [
      'a text',
      p('allow', 'role:op', 'domain', 'add', 'name like *.a.example'),
      p('allow', 'role:op', 'domain', 'add', 'name like *.b.example'),
      [
        'denied role:op on default,every other network: add domain; allow 3 → none',
        'allowed role:op on default,every other network: add domain; none → allow 3',
      ],
    ],
    [
      'a key',
      p('allow', 'role:op', 'portgroup[x]', 'add'),
      p('allow', 'role:op', 'portgroup[y]', 'add'),
      [
        'allowed role:op on default,every other network: add portgroup[*]; none → allow 3',
        'denied role:op on default,every other network: add portgroup[*]; allow 3 → none',
      ],
    ],
    [
      'before, not after',
      p('allow', 'role:op', 'mtu@size', 'modify', 'after.size < 9000'),
      p('allow', 'role:op', 'mtu@size', 'modify', 'before.size < 9000'),
      [
        'denied role:op on default,every other network: modify mtu@size; allow 3 → none',
        'allowed role:op on default,every other network: modify mtu@size; none → allow 3',
      ],
    ],
    [
      'an unknown element',
      p('allow', 'role:op', "'flood'", 'add'),
      p('allow', 'role:op', "'other'", 'add'),
      [
        "denied role:op on default,every other network: add 'flood'; allow 3 → none",
        "allowed role:op on default,every other network: add 'other'; none → allow 3",
      ],
    ],
    [
      'an unknown attribute',
      p('allow', 'role:op', "bridge@'odd'", '*'),
      p('allow', 'role:op', 'mtu', 'move'),
      ['denied role:op on default,every other network: add|remove|modify bridge@odd; allow 3 → none'],
    ],
    [
      'a quota',
      [
        p('allow', 'role:op', 'portgroup[*]', 'add'),
        p('deny', 'role:op', 'portgroup[*]', 'add', 'count(portgroup) > 3'),
      ].join('\n'),
      [
        p('allow', 'role:op', 'portgroup[*]', 'add'),
        p('deny', 'role:op', 'portgroup[*]', 'add', 'count(portgroup) > 4'),
      ].join('\n'),
      ['allowed role:op on default,every other network: add portgroup[*]; deny 4 → allow 3'],
    ],
    [
      'acting as somebody else',
      p('allow', 'role:op', 'role:a', 'impersonate'),
      p('allow', 'role:op', 'user:alice', 'impersonate'),
      [
        'denied role:op on default,every other network: impersonate role:a; allow 3 → none',
        'allowed role:op on every other network: impersonate user:alice; none → allow 3',
      ],
    ],
    [
      'starting',
      p('allow', 'role:op', 'network', 'start|stop'),
      p('allow', 'role:op', 'network', 'start'),
      ['denied role:op on default,every other network: stop network; allow 3 → none'],
    ],
  ])('%s', (_, older, newer, wanted) => {
    expect([...changes(older, newer)].sort()).toEqual([...wanted].sort());
  });

  test('roles that somebody gets or loses', () => {
    const rules = p('allow', 'role:op', 'mtu', 'add');
    const older = policyOf(`${LINKS}${rules}`);
    const newer = policyOf(`g, user:alice, role:op, default\ng, user:olga, role:op, lab-*\n${rules}`);
    expect(diffPolicies(older, newer, []).changes.map(textOf)).toEqual([
      'allowed user:alice on default: add mtu; none → allow 3',
      'denied user:olga on default,every other network: add mtu; allow 3 → none',
    ]);
  });

  test('with an example of values just across the boundary', () => {
    const of = (when: string): Policy => policyOf(LINKS + p('allow', 'role:a', HOST, 'add', when, 'default'));
    const example = (one: string, other: string): string | null | undefined =>
      diffPolicies(of(one), of(other), []).changes[0]?.example;
    expect(example('ip in 10.0.0.128/26', 'ip in 10.0.0.128/25')).toBe('ip=10.0.0.192');
    expect(example('time in mon 08:00-18:00', 'time in mon 08:00-18:30')).toBe('Mon 18:00 UTC');
  });
});

test('recorded changes are asked about again', () => {
  const base = document("<network><name>n</name><mtu size='1500'/></network>");
  const result = document("<network><name>n</name><mtu size='1600'/></network>");
  const edit = {
    label: 'revision 7',
    subject: 'user:olga',
    network: 'n',
    scope: 'config',
    clock: NOON,
    base,
    result,
  } as const;
  const older = policyOf(`${LINKS}${p('allow', 'user:olga', 'mtu@size')}`);
  const newer = policyOf(`${LINKS}${p('allow', 'user:olga', 'mtu@size', 'add')}`);
  const { changes: found, asked } = diffPolicies(older, newer, [edit]);
  expect(asked.recorded).toBe(1);
  expect(found.map(({ example }) => example)).toContain('revision 7');
});

/** Decisions of a policy on one edit. */
function decisions(policy: Policy, { base, result, as, on, scope }: Given): readonly boolean[] {
  const [before, after] = [base, result].map((xml) => (xml === null ? null : document(xml)));
  if (before === undefined || after === undefined) throw new Error('both are there');
  const documents = [
    {
      network: on,
      scope,
      base: before,
      result: after,
      baseHash: '',
      resultHash: '',
      changes: diffDocuments(before, after, scope),
    },
  ];
  const subject = `user:${as}`;
  const { verdicts } = gate(policy, { target: 't', subject, realSubject: subject, clock: NOON, documents });
  return (verdicts[0] ?? []).map(({ decision }) => decision.type === 'allowed');
}

describe('on random policies', () => {
  test('a policy that only looks different is no other', () => {
    fc.assert(
      fc.property(given, ({ rows }) => {
        const text = formatPolicy({ name: 'r', text: rows.split('\n').toReversed().join('\n') }).value ?? '';
        expect(diffPolicies(policyOf(rows), policyOf(text), []).changes).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });

  /** A policy, the same without a row, and an edit on which the two differ. */
  const differing = fc
    .tuple(given, fc.nat())
    .map(([one, at]) => {
      const rows = one.rows.split('\n');
      const without = rows.filter((_, index) => index !== at % rows.length || rows.length === 1).join('\n');
      return { one, without };
    })
    .filter(
      ({ one, without }) =>
        JSON.stringify(decisions(policyOf(one.rows), one)) !==
        JSON.stringify(decisions(policyOf(without), one)),
    );

  test('a difference that a random edit shows is found', () => {
    fc.assert(
      fc.property(differing, ({ one, without }) => {
        expect(diffPolicies(policyOf(one.rows), policyOf(without), []).changes).not.toEqual([]);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });
});
