// The gate around single decisions: permits and what they bind, acting as somebody else, rules on trial, both scopes,
// several networks, and what happens when something inside goes wrong.

import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/diff/change.ts';
import { changesHash } from '../../src/diff/changes-hash.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { type GateRequest, gate } from '../../src/policy/gate.ts';
import { redeemPermit } from '../../src/policy/permit.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { ask, type Case, document, NOON, policyOf, requestOf, verdictLines } from './decide.ts';

const BASE = "<network><name>default</name><bridge name='virbr0'/><domain name='a.example'/></network>";
const STP = BASE.replace('/><domain', " stp='off'/><domain");
const BOTH = STP.replace('a.example', 'b.example');
const ROLES =
  'g, user:nina, role:netadmin, *\ng, user:olga, role:operator, *\ng, user:alice, role:tenant, default\n';
const ALL = 'p, allow, role:netadmin, *, **, *, *, ""\n';

function given(rows: string, more: Partial<Case> = {}): Case {
  return { policy: policyOf(ROLES + rows), as: 'nina', base: BASE, result: STP, ...more };
}

describe('permit', () => {
  test('binds what was decided on, works once, for a minute', () => {
    const one = given(ALL, { realSubject: 'nina' });
    const request = requestOf(one);
    const { permit } = gate(one.policy, request);
    if (permit === null) throw new Error('denied');
    expect(Object.keys(permit)).toEqual([]);
    const redeemed = redeemPermit(permit, NOON + 60_000);
    expect(redeemed).toEqual({
      ok: true,
      value: {
        target: 'dir:/networks',
        documents: [{ network: 'default', scope: 'config', baseHash: 'base', resultHash: 'result' }],
        changesHash: changesHash(request.documents),
        policyHash: one.policy.hash,
        subject: 'user:nina',
        realSubject: 'user:nina',
        madeAt: NOON,
      },
    });
    expect(redeemPermit(permit, NOON)).toEqual({ ok: false, error: 'unknown-or-used' });
  });
  test('is late after a minute, and of no use before its time', () => {
    for (const now of [NOON + 60_001, NOON - 1, Number.NaN]) {
      const { permit } = ask(given(ALL));
      expect(permit === null ? null : redeemPermit(permit, now)).toEqual({ ok: false, error: 'expired' });
    }
  });
  test('is for all or for none', () => {
    const answer = ask(given(`${ALL}p, deny, role:everyone, *, domain, *, *, ""`, { result: BOTH }));
    expect(verdictLines(answer)).toEqual([
      'modify bridge@stp: allow line 4',
      'modify domain@name: DENY line 5',
    ]);
    expect(answer.permit).toBeNull();
  });
  test('needs no change to be made', () => {
    const answer = ask(given(ALL, { result: BASE }));
    expect(answer.verdicts).toEqual([[]]);
    expect(answer.permit).not.toBeNull();
  });
  test('of a denied plan does not exist in any form', () => {
    expect(ask(given(ALL, { as: 'olga' })).permit).toBeNull();
    expect(redeemPermit({} as never, NOON)).toEqual({ ok: false, error: 'unknown-or-used' }); // a forged one
  });
});

describe('several networks and both scopes', () => {
  const part = (
    network: string,
    scope: 'live' | 'config',
    base: string,
    result: string,
  ): GateRequest['documents'][number] => ({
    network,
    scope,
    base: document(base),
    result: document(result),
    baseHash: `${network} ${scope}`,
    resultHash: '',
    changes: diffDocuments(document(base), document(result), scope),
  });
  const request = (...documents: GateRequest['documents']): GateRequest => ({
    target: 't',
    subject: 'user:nina',
    realSubject: 'user:nina',
    clock: NOON,
    documents,
  });
  test('each is decided by itself, and all must pass', () => {
    const policy = policyOf(
      `${ROLES}p, allow, role:netadmin, *, **, *, config, ""\np, allow, role:netadmin, lab-1, **, *, live, ""`,
    );
    const answer = gate(
      policy,
      request(
        part('default', 'config', BASE, STP),
        part('default', 'live', BASE, STP),
        part('lab-1', 'live', BASE, STP),
      ),
    );
    expect(answer.verdicts.map((list) => list.map(({ decision }) => decision.type))).toEqual([
      ['allowed'],
      ['default-deny'],
      ['allowed'],
    ]);
    expect(answer.permit).toBeNull();
    expect(
      gate(policy, request(part('default', 'config', BASE, STP), part('lab-1', 'live', BASE, STP))).permit,
    ).not.toBeNull();
  });
  test('a default deny says which scope or network would have done', () => {
    const policy = policyOf(
      `${ROLES}p, allow, role:netadmin, *, bridge@stp, *, config, ""\np, allow, role:netadmin, lab-*, bridge, *, live, ""`,
    );
    expect(verdictLines(gate(policy, request(part('default', 'live', BASE, STP))))).toEqual([
      'modify bridge@stp: DD <line 4: is for `config`, not `live`> <line 5: is for networks `lab-*`>',
    ]);
  });
  test('counts are taken per network', () => {
    const hosts = (n: number): string =>
      `<network><name>n</name><ip address='10.0.0.1'><dhcp>${Array.from({ length: n }, (_, i) => `<host mac='52:54:00:00:00:0${i}' ip='10.0.0.${i + 2}'/>`).join('')}</dhcp></ip></network>`;
    const policy = policyOf(`${ROLES}${ALL}p, deny, role:everyone, *, **, *, *, "count(ip.dhcp.host) > 2"`);
    const answer = gate(
      policy,
      request(part('a', 'config', hosts(1), hosts(2)), part('b', 'config', hosts(1), hosts(3))),
    );
    expect(answer.verdicts.map((list) => new Set(list.map(({ decision }) => decision.type)))).toEqual([
      new Set(['allowed']),
      new Set(['denied']),
    ]);
  });
});

describe('a network that comes or goes', () => {
  test('is the add or remove of `network` and all in it', () => {
    const answer = ask(
      given(ALL, { base: null, result: '<network><name>n</name><bridge name="b"/></network>' }),
    );
    expect(verdictLines(answer).slice(0, 2)).toEqual([
      'add network: allow line 4',
      'add network@ipv6: allow line 4',
    ]);
    expect(answer.permit).not.toBeNull();
    const partly = ask(
      given('p, allow, role:netadmin, *, bridge, *, *, ""', {
        base: '<network><name>n</name><bridge name="b"/></network>',
        result: null,
      }),
    );
    expect(verdictLines(partly)[0]).toBe(
      'remove network: DD <line 4: covers `bridge`, not the `network` it stands in>',
    );
    expect(partly.permit).toBeNull();
  });
  test('needs a rule that names the root', () => {
    const answer = ask(
      given('p, allow, role:netadmin, *, network, *, *, ""\np, allow, role:netadmin, *, name, *, *, ""', {
        base: null,
        result: '<network><name>n</name></network>',
      }),
    );
    expect(answer.permit).not.toBeNull();
  });
});

describe('acting as somebody else', () => {
  const as = (
    rows: string,
    real: string,
    other: string,
    on = 'default',
  ): readonly [boolean | undefined, number | null | undefined, boolean] => {
    const answer = ask(
      given(`${ALL}p, allow, role:tenant, default, bridge, *, *, ""\n${rows}`, {
        as: other,
        realSubject: real,
        network: on,
      }),
    );
    return [answer.impersonation?.allowed, answer.impersonation?.rule?.line ?? null, answer.permit !== null];
  };
  test('is no question for oneself', () => {
    expect(as('', 'nina', 'nina')).toEqual([undefined, null, true]);
  });
  test('needs a rule of its own, whoever one is', () => {
    expect(as('', 'nina', 'alice')).toEqual([false, null, false]);
  });
  test.each<[string, boolean]>([
    ['user:alice', true],
    ['user:bob', false],
    ['role:tenant', true],
    ['role:operator', false],
    ['role:everyone', true],
    ['*', true],
  ])('%s', (whom, allowed) => {
    expect(as(`p, allow, role:netadmin, *, ${whom}, impersonate, *, ""`, 'nina', 'alice')).toEqual([
      allowed,
      allowed ? 6 : null,
      allowed,
    ]);
  });
  test('the other decides the changes', () => {
    const rows = 'p, allow, role:operator, *, *, impersonate, *, ""';
    expect(as(rows, 'olga', 'alice')).toEqual([true, 6, true]);
    expect(as(rows, 'olga', 'bob')).toEqual([true, 6, false]);
  });
  test('`*` as operation is not meant', () => {
    expect(as('p, allow, role:operator, *, **, *, *, ""', 'olga', 'alice')).toEqual([false, null, false]);
  });
  test('a deny wins, and roles and hours count: those of the real subject', () => {
    const rows = 'p, allow, role:everyone, *, *, impersonate, *, ""\n';
    expect(as(`${rows}p, deny, role:everyone, *, role:netadmin, impersonate, *, ""`, 'olga', 'nina')).toEqual(
      [false, 7, false],
    );
    expect(
      as(`${rows}p, deny, role:everyone, *, *, impersonate, *, "not role operator"`, 'olga', 'alice'),
    ).toEqual([true, 6, true]);
    expect(
      as(`${rows}p, deny, role:everyone, *, *, impersonate, *, "not role operator"`, 'nina', 'alice'),
    ).toEqual([false, 7, false]);
    expect(
      as('p, allow, role:operator, *, *, impersonate, *, "time in 00:00-06:00"', 'olga', 'alice'),
    ).toEqual([false, null, false]);
  });
  test('roles are those on the network', () => {
    const rows = 'p, allow, role:netadmin, *, role:tenant, impersonate, *, ""';
    expect(as(rows, 'nina', 'alice', 'lab-1')).toEqual([false, null, false]);
    expect(as('p, allow, role:netadmin, lab-*, *, impersonate, *, ""', 'nina', 'alice')).toEqual([
      false,
      null,
      false,
    ]);
  });
  test('both names are in the permit', () => {
    const one = given(
      'p, allow, role:operator, *, *, impersonate, *, ""\np, allow, role:tenant, default, bridge, *, *, ""',
      { as: 'alice', realSubject: 'olga' },
    );
    const { permit } = ask(one);
    const redeemed = permit === null ? null : redeemPermit(permit, NOON);
    expect(redeemed).toMatchObject({ ok: true, value: { subject: 'user:alice', realSubject: 'user:olga' } });
  });
  test('without a document there is nothing to allow', () => {
    const policy = policyOf(`${ROLES}p, allow, role:operator, *, *, impersonate, *, ""`);
    const answer = gate(policy, {
      target: 't',
      subject: 'user:alice',
      realSubject: 'user:olga',
      clock: NOON,
      documents: [],
    });
    expect(answer).toEqual({ verdicts: [], impersonation: { allowed: false, rule: null }, permit: null });
  });
});

describe('rules on trial', () => {
  const reports = (rows: string, more: Partial<Case> = {}): readonly (readonly number[])[] =>
    ask(given(rows, more))
      .verdicts.flat()
      .map((verdict) => verdict.reports.map(({ line }) => line));
  test('decide nothing, and say what they would have denied', () => {
    const rows = `${ALL}p, report, role:everyone, *, domain, *, *, ""\np, report, role:everyone, *, **, modify, *, "not role operator"`;
    expect(ask(given(rows, { result: BOTH })).permit).not.toBeNull();
    expect(reports(rows, { result: BOTH })).toEqual([[6], [5, 6]]);
  });
  test('do not allow either', () => {
    const answer = ask(given('p, report, role:netadmin, *, **, *, *, ""'));
    expect(verdictLines(answer)).toEqual(['modify bridge@stp: DD']);
    expect(answer.verdicts[0]?.[0]?.reports.map(({ line }) => line)).toEqual([4]);
  });
  test('match as denies do: by subject, network, path, operation, scope, and unknown conditions', () => {
    const row = (columns: string): string => `${ALL}p, report, ${columns}`;
    expect(reports(row('role:operator, *, **, *, *, ""'))).toEqual([[]]);
    expect(reports(row('role:everyone, lab-*, **, *, *, ""'))).toEqual([[]]);
    expect(reports(row('role:everyone, *, domain, *, *, ""'))).toEqual([[]]);
    expect(reports(row('role:everyone, *, **, add, *, ""'))).toEqual([[]]);
    expect(reports(row('role:everyone, *, **, *, live, ""'))).toEqual([[]]);
    expect(reports(row('role:everyone, *, bridge, *, *, "zone == x"'))).toEqual([[5]]);
    expect(reports(row('role:everyone, *, bridge, *, *, "stp == on"'))).toEqual([[5]]);
  });
});

describe('an explained denial', () => {
  const group = (attrs: string): string =>
    `<network><name>default</name><portgroup name='p'><bandwidth><inbound average='1'${attrs}/></bandwidth></portgroup></network>`;
  test.each<[string, string, string, string]>([
    ['peak > 5', " peak='9'", " peak='8'", '`peak` is 8'],
    [
      'peak > 5',
      '',
      " peak='4'",
      'before the change, `peak` is absent, and a deny also holds where its condition cannot be decided',
    ],
    ['peak exists and peak > 5 or burst == 3', " peak='1' burst='3'", " peak='2' burst='3'", '`burst` is 3'],
    ['peak > 5 and burst == 3', " burst='3'", " peak='9' burst='3'", '`peak` is 9 and `burst` is 3'],
    ['not role operator', '', " peak='1'", '`user:nina` does not have `role:operator` on `default`'],
    ['not (peak exists and peak < 5)', " peak='1'", " peak='7'", '`peak` is 7'],
    ['not time in sat,sun', '', " peak='1'", 'it is Wed 12:00 UTC'],
    ['count(portgroup) == 1', '', " peak='1'", '`count(portgroup)` is 1'],
  ])('%s', (when, from, to, because) => {
    const answer = ask(
      given(`${ALL}p, deny, role:everyone, *, **.inbound, *, *, "${when}"`, {
        base: group(from),
        result: group(to),
      }),
    );
    expect(verdictLines(answer)[0]).toBe(
      `modify portgroup[p].bandwidth.inbound@peak: DENY line 5 because ${because}`,
    );
  });
  test('without a condition has no reason but the rule', () => {
    expect(verdictLines(ask(given(`${ALL}p, deny, role:everyone, *, bridge, *, *, ""`)))).toEqual([
      'modify bridge@stp: DENY line 5',
    ]);
  });
  test('names the file and the row as written', () => {
    const answer = ask(given('# why\np,  deny, role:everyone,*, bridge, *, *, ""  '));
    expect(answer.verdicts[0]?.[0]?.decision).toMatchObject({
      type: 'denied',
      rule: {
        file: 'policy.csv',
        line: 5,
        text: 'p,  deny, role:everyone,*, bridge, *, *, ""',
        effect: 'deny',
      },
    });
  });
});

describe('the nearest rules of a default deny', () => {
  const nearest = (rows: string, more: Partial<Case> = {}): string =>
    verdictLines(ask(given(rows, more)))[0]?.replace(/^.*?: DD ?/, '') ?? '';
  test.each<[string, string]>([
    ['p, allow, role:netadmin, *, bridge, add, *, ""', '<line 4: is for `add`, not `modify`>'],
    ['p, allow, role:netadmin, *, bridge, modify, live, ""', '<line 4: is for `live`, not `config`>'],
    ['p, allow, role:netadmin, lab-*, bridge, *, *, ""', '<line 4: is for networks `lab-*`>'],
    [
      'p, allow, role:operator, *, bridge, *, *, ""',
      '<line 4: needs `role:operator`, which `user:nina` does not have on `default`>',
    ],
    ['p, allow, user:olga, *, bridge, *, *, ""', '<line 4: is for `user:olga`>'],
    ['p, allow, role:netadmin, *, bridge@delay, *, *, ""', '<line 4: covers only `@delay`>'],
    ['p, allow, role:netadmin, *, network, *, *, ""', '<line 4: covers `network`, not what is in it>'],
    [
      'p, allow, role:netadmin, *, bridge, *, *, "stp == off"',
      '<line 4: condition false before: `stp` is on>',
    ],
    [
      'p, allow, role:netadmin, *, bridge, *, *, "stp == on"',
      '<line 4: condition false after: `stp` is off>',
    ],
    [
      'p, allow, role:netadmin, *, bridge, *, *, "zone == x"',
      '<line 4: condition unknown before: `zone` is absent>',
    ],
    [
      'p, allow, role:netadmin, lab-*, bridge, add, *, ""',
      '<line 4: is for `add`, not `modify`; is for networks `lab-*`>',
    ],
    ['p, allow, role:netadmin, *, portgroup[*], *, *, ""', ''],
    ['p, deny, role:netadmin, *, bridge, add, *, ""\np, allow, user:olga, *, domain, *, *, ""', ''],
  ])('%s', (rows, wanted) => {
    expect(nearest(rows)).toBe(wanted);
  });
  test('name keys and what must be named', () => {
    const ip = (prefix: number): string =>
      `<network><name>n</name><ip address='10.0.0.1' prefix='${prefix}'><tftp root='/${prefix}'/></ip></network>`;
    const lines = verdictLines(
      ask(
        given(
          'p, allow, role:netadmin, *, ip[10.0.0.2], *, *, ""\np, allow, role:netadmin, *, ip[*].*, *, *, ""',
          { base: ip(24), result: ip(25) },
        ),
      ),
    );
    expect(lines).toEqual([
      'modify ip[10.0.0.1]@prefix: DD <line 4: covers only `ip[10.0.0.2]`> <line 5: covers what is in it, not the `ip` it stands in>',
      'modify ip[10.0.0.1].tftp@root: DD <line 5: does not reach `tftp`, which can take over the host: name it, `tftp.**`> <line 4: covers `ip`, not what is in it>',
    ]);
  });
  test('are at most three, the nearest first', () => {
    const rows = [
      'bridge, add, live',
      'bridge@delay, *, *',
      'bridge, add, *',
      'network, *, *',
      'bridge, remove, *',
    ]
      .map((columns) => `p, allow, role:netadmin, *, ${columns}, ""`)
      .join('\n');
    expect([...nearest(rows).matchAll(/line (\d+)/g)].map((found) => found[1])).toEqual(['5', '6', '8']);
  });
  test('cost little with many rules and many denied changes', () => {
    const rows = Array.from(
      { length: 3_000 },
      (_, i) => `p, allow, user:u${i}, *, ip[*].dhcp.host[*], *, *, "ip in 10.${i >> 8}.${i & 255}.0/24"`,
    ).join('\n');
    const hosts = (n: number): string =>
      `<network><name>n</name><ip address='10.0.0.1'><dhcp>${Array.from({ length: n }, (_, i) => `<host mac='52:54:00:00:${(i >> 8).toString(16)}:${(i & 255).toString(16)}' ip='10.9.${i >> 8}.${i & 255}'/>`).join('')}</dhcp></ip></network>`;
    const one = given(rows, { base: hosts(1), result: hosts(3_000) });
    const started = performance.now();
    expect(ask(one).permit).toBeNull();
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('what goes wrong inside denies', () => {
  const fault = (change: (real: Change) => Change): readonly string[] => {
    const one = given(ALL);
    const request = requestOf(one);
    const changes = request.documents.flatMap((part) => part.changes).map(change);
    const answer = gate(one.policy, requestOf(one, changes));
    expect(answer.permit).toBeNull();
    return answer.verdicts
      .flat()
      .map(({ decision }) => (decision.type === 'default-deny' ? `${decision.fault}` : decision.type));
  };
  test('a policy that Sluice did not load', () => {
    const one = given(ALL);
    const copy: Policy = { ...one.policy };
    const answer = gate(copy, requestOf(one));
    expect(verdictLines(answer)).toEqual(['modify bridge@stp: FAULT this policy was not loaded by Sluice']);
    expect(answer.permit).toBeNull();
  });
  test('a change that throws wherever it is looked at', () => {
    const trap = (real: Change, name: keyof Change): Change =>
      Object.defineProperty({ ...real }, name, {
        get: () => {
          throw new Error(`no ${name}`);
        },
      });
    expect(fault((real) => trap(real, 'pair'))).toEqual(['no pair']);
    expect(fault((real) => trap(real, 'op'))).toEqual(['no op']);
    expect(fault((real) => trap(real, 'kind'))).toEqual(['no kind']);
    expect(fault((real) => trap(real, 'scope'))).toEqual(['no scope']);
  });
  test('what is thrown need not be an error', () => {
    expect(
      fault((real) =>
        Object.defineProperty({ ...real }, 'leaf', {
          get: () => {
            throw 'x';
          },
        }),
      ),
    ).toEqual(['something was thrown that is no error']);
  });
  test('a change of another scope', () => {
    expect(fault((real) => ({ ...real, scope: 'live' }))).toEqual([
      'a change of one scope stands among those of another',
    ]);
  });
  test('an operation that does not exist', () => {
    expect(fault((real) => ({ ...real, op: 'rename' as Change['op'] }))).toEqual(['null']); // as a broken diff might
  });
  test('a fault in one change leaves the others as they are', () => {
    const one = given(ALL, { result: BOTH });
    const [first, second] = requestOf(one).documents.flatMap((part) => part.changes);
    if (first === undefined || second === undefined) throw new Error('two changes were made');
    const broken: Change = Object.defineProperty({ ...first }, 'pair', {
      get: () => {
        throw new Error('broken');
      },
    });
    const answer = gate(one.policy, requestOf(one, [broken, second]));
    expect(answer.verdicts.flat().map(({ decision }) => decision.type)).toEqual(['default-deny', 'allowed']);
    expect(answer.permit).toBeNull();
  });
  test('changes that cannot be hashed get no permit', () => {
    const one = given(ALL);
    const changes = requestOf(one).documents.flatMap((part) => part.changes);
    const unhashable = changes.map(
      (change): Change =>
        Object.defineProperty({ ...change }, 'before', {
          get: () => {
            throw new Error('no hash');
          },
        }),
    );
    const answer = gate(one.policy, requestOf(one, unhashable));
    expect(answer.verdicts.flat().map(({ decision }) => decision.type)).toEqual(['allowed']);
    expect(answer.permit).toBeNull();
  });
});

test('an element that leaves the table flips to a deny', () => {
  const answer = (kind: Change['kind']): boolean => {
    const one = given(ALL);
    const changes = requestOf(one)
      .documents.flatMap((part) => part.changes)
      .map((change): Change => ({ ...change, kind }));
    return gate(one.policy, requestOf(one, changes)).permit !== null;
  };
  expect([answer('attribute'), answer('unknown')]).toEqual([true, false]);
});
