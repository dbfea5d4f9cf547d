// How Casbin 5.51.1 fails open, row by row: first that it does by itself, then that it cannot here.

import { readdirSync, readFileSync } from 'node:fs';
import { CachedEnforcer, type Enforcer, newEnforcer, newModelFromString, StringAdapter, Util } from 'casbin';
import { describe, expect, test } from 'vitest';
import { gate } from '../../src/policy/gate.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import { userSubject } from '../../src/policy/names.ts';
import { ask, complaints, policyOf, requestOf, verdictLines } from './decide.ts';

const BASE = "<network><name>default</name><bridge name='virbr0'/><domain name='a.example'/></network>";
const STP = BASE.replace('/><domain', " stp='off'/><domain");
const RENAMED = BASE.replace('a.example', 'b.example');

/** A small model with effects, as Casbin's manual has it. */
const SMALL = `[request_definition]
r = sub, act
[policy_definition]
p = sub, act, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.sub == p.sub && r.act == p.act`;

async function alone(rows: string, model = SMALL): Promise<Enforcer> {
  return newEnforcer(newModelFromString(model), new StringAdapter(rows));
}

function codes(rows: string, model?: string): readonly string[] {
  return complaints(rows, model).map((line) => line.split(' ')[1] ?? '');
}

const ALL = 'p, allow, user:nina, *, **, *, *, ""';
const DENY = 'deny, role:everyone, *, domain, *, *, ""';

test('the baseline: a deny that is read is obeyed', () => {
  const rows = `${ALL}\np, ${DENY}`;
  expect(complaints(rows)).toEqual([]);
  expect(verdictLines(ask({ policy: policyOf(rows), as: 'nina', base: BASE, result: RENAMED }))).toEqual([
    'modify domain@name: DENY line 2',
  ]);
});

describe('row type `P`, or `p3` after `p`', () => {
  test.each(['P', 'p3'])('Casbin drops a row `%s`, a deny among them', async (type) => {
    const enforcer = await alone(`p, alice, read, allow\n${type}, alice, read, deny`);
    expect(await enforcer.enforce('alice', 'read')).toBe(true);
  });
  test.each(['P', 'p3', 'p2', 'G', 'g2', 'q', ''])('a row `%s` is an error', (type) => {
    expect(codes(`${ALL}\n${type}, ${DENY}`)).toEqual(['SL602']);
  });
});

describe('effect `Deny`, or `deny # comment`', () => {
  test.each(['Deny', 'deny # comment'])('Casbin ignores `%s`', async (effect) => {
    const enforcer = await alone(`p, alice, read, allow\np, alice, read, ${effect}`);
    expect(await enforcer.enforce('alice', 'read')).toBe(true);
  });
  test.each([
    ['Deny', 'SL608'],
    ['DENY', 'SL608'],
    ['deny # comment', 'SL605'],
    ['', 'SL608'],
    ['denied', 'SL608'],
    ['"deny "', null],
  ])('effect `%s`: %s', (effect, code) => {
    expect(codes(`${ALL}\np, ${effect}, role:everyone, *, domain, *, *, ""`)).toEqual(
      code === null ? [] : [code],
    );
  });
});

describe('row without the effect column, or with one column too many', () => {
  test('Casbin takes the first for an allow, and loses the deny of the second', async () => {
    expect(await (await alone('p, alice, read')).enforce('alice', 'read')).toBe(true);
    const shifted = await alone('p, alice, read, allow\np, alice, read, *, deny');
    expect(await shifted.enforce('alice', 'read')).toBe(true);
  });
  test.each([
    'p, role:everyone, *, domain, *, *, ""',
    `p, ${DENY}, ""`,
    `p, x, ${DENY}`,
    'p',
    'p,',
    'g, user:nina, role:a',
    'g, user:nina, role:a, *, *',
  ])('`%s` is an error', (row) => {
    expect(codes(`${ALL}\n${row}`)).toEqual(['SL603']);
  });
});

describe('quote error on line 2; model error on line 8', () => {
  test('both are shown at their line, with their file', () => {
    expect(complaints(`${ALL}\np, allow, user:nina, *, "**, *, *, ""`)[0]).toContain(
      'SL604 policy.csv:2:25 this quote is not closed',
    );
    const model = MODEL_TEXT.replace('g = _, _, _', 'g = _, _');
    expect(complaints(ALL, model)).toEqual([
      'error SL601 model.conf:6:1 `g` differs from the model that Sluice knows (write: g = _, _, _)',
    ]);
  });
});

describe('unquoted `d(x, read)`', () => {
  test('Casbin merges columns', async () => {
    const enforcer = await alone('p, d(x, read), allow');
    expect(await enforcer.getPolicy()).toEqual([['d(x,read)', 'allow']]);
  });
  test.each([
    'p, allow, user:nina, *, **, *, *, count(ip[*], x) > 1',
    'p, allow, user:nina, *, ip[*], *, *, (role a',
    'p, allow, user:nina, *, "ip[*](", *, *, ""',
  ])('`%s` is an error', (row) => {
    expect(codes(row)).toContain('SL607');
  });
  test('parentheses that balance in their column are fine', () => {
    expect(complaints('p, allow, user:nina, *, uuid@text(), *, *, (text() exists or text() absent)')).toEqual(
      [],
    );
  });
});

describe('empty policy', () => {
  test('Casbin allows an all-empty request, and anything with `!=`', async () => {
    expect(await (await alone('# nothing')).enforce('', '')).toBe(true);
    const unequal = await alone('# nothing', SMALL.replace('r.sub == p.sub', 'r.sub != p.sub'));
    expect(await unequal.enforce('alice', '')).toBe(true);
  });
  test.each(['', '\n', '# nothing', 'g, user:nina, role:a, *'])(
    '`%s` denies everything, with a warning',
    (rows) => {
      expect(codes(rows)).toEqual(['SL600']);
      const answer = ask({ policy: policyOf(rows), as: 'nina', base: BASE, result: STP });
      expect(verdictLines(answer)).toEqual(['modify bridge@stp: DD']);
      expect(answer.permit).toBeNull();
    },
  );
  test('an all-empty request is denied, too', () => {
    const request = {
      ...requestOf({ policy: policyOf(''), as: 'nina', base: BASE, result: STP }),
      subject: '',
      realSubject: '',
    };
    expect(gate(policyOf(''), request).permit).toBeNull();
  });
});

describe('matcher with an unknown name, `!foo()` with foo unknown', () => {
  test('Casbin allows what it cannot compute', async () => {
    const unknown = await alone('p, alice, read, allow', SMALL.replace('r.act == p.act', '!foo'));
    expect(await unknown.enforce('alice', 'write')).toBe(true);
  });
  test.each(['objMatch(r.obj, p.obj)', 'when(p.when, p.eft, r.c)', 'netMatch(r.net, p.net) && '])(
    'a matcher other than ours (without `%s`) is an error',
    (part) => {
      expect(codes(ALL, MODEL_TEXT.replace(part, '!foo()'))).toEqual(['SL601']);
    },
  );
});

describe('async custom function under `enforceSync`', () => {
  test('a Promise is truthy to Casbin', async () => {
    const enforcer = await alone(
      'p, alice, read, allow',
      SMALL.replace('r.act == p.act', 'r.act == p.act && no()'),
    );
    await enforcer.addFunction('no', () => Promise.resolve(false));
    expect(() => enforcer.enforceSync('alice', 'read')).toThrow();
    const negated = await alone(
      'p, alice, read, allow',
      SMALL.replace('r.act == p.act', '(no() || r.act == p.act) && true'),
    );
    await negated.addFunction('no', () => Promise.resolve(false));
    expect(negated.enforceSync('alice', 'read')).toBe(true);
  });
  test('no function of ours is async', () => {
    for (const [file, text] of sources()) expect(text, file).not.toMatch(/\basync\b|\bawait\b/);
  });
});

describe('`eval()` text `false) || (true`', () => {
  test('leaves its parentheses in Casbin', async () => {
    const enforcer = await alone(
      'p, "false) || (true", read, allow',
      SMALL.replace('r.sub == p.sub', '(eval(p.sub))'),
    );
    expect(await enforcer.enforce('mallory', 'read')).toBe(true);
  });
  test('a condition is parsed, never evaluated', () => {
    expect(codes('p, allow, user:nina, *, **, *, *, "role a) or (role b"')).toEqual(['SL630']);
    expect(codes('p, allow, user:nina, *, **, *, *, "constructor.constructor == x"')).toEqual(['SL630']);
    for (const [file, text] of sources()) expect(text, file).not.toMatch(/\beval\b|new Function\(/);
  });
});

describe("`'1000' <= '900'`, `null <= 1000`; deny `avg > 1000` on a missing value", () => {
  test('Casbin compares texts, and null is less than anything', async () => {
    const enforcer = await alone('p, alice, 900, allow', SMALL.replace('r.act == p.act', 'r.act <= p.act'));
    expect(await enforcer.enforce('alice', '1000')).toBe(true);
    expect(await enforcer.enforce('alice', null)).toBe(true);
  });
  const group = (attrs: string): string =>
    `<network><name>default</name><portgroup name='p'><bandwidth><inbound average='1'${attrs}/></bandwidth></portgroup></network>`;
  const verdict = (when: string, peak: string): string =>
    verdictLines(
      ask({
        policy: policyOf(`${ALL}\np, deny, role:everyone, *, **.inbound, modify, *, "${when}"`),
        as: 'nina',
        base: group(" burst='1'"),
        result: group(` burst='2'${peak}`),
      }),
    ).at(-1) ?? '';
  test('numbers are numbers, and a deny on what is missing fires', () => {
    expect(verdict('average >= 900', '')).toContain('allow');
    expect(verdict('after.peak > 900', " peak='1000'")).toContain('DENY line 2 because `after.peak` is 1000');
    expect(verdict('after.peak > 1000', " peak='900'")).toContain('allow');
    expect(verdict('after.peak > 1000', '')).toContain('DENY line 2 because `after.peak` is absent');
    expect(verdict('after.peak > 1000', " peak='18446744073709551615'")).toContain('DENY');
  });
});

describe('`ipMatch` with `/33`; with a non-IP; v4-mapped v6', () => {
  test('Casbin accepts the first and throws at the second', () => {
    expect(Util.ipMatchFunc('10.0.0.1', '192.168.0.0/33')).toBe(true);
    expect(() => Util.ipMatchFunc('nonsense', '10.0.0.0/8')).toThrow();
  });
  test('ranges are checked at load', () => {
    for (const range of [
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/8x',
      '10.0.0.0/',
      '/8',
      '10.0.0/8',
      '::/129',
      '010.0.0.0/8',
      'nonsense',
    ]) {
      expect(codes(`p, allow, user:nina, *, ip[*].dhcp.host[*], *, *, "ip in ${range}"`), range).toEqual([
        'SL634',
      ]);
    }
  });
  const host = (ip: string): string =>
    `<network><name>default</name><dns><host ip='${ip}'><hostname>n</hostname></host></dns></network>`;
  const denied = (ip: string): boolean =>
    ask({
      policy: policyOf(`${ALL}\np, deny, role:everyone, *, dns.host[*], *, *, "ip in 10.0.0.0/8"`),
      as: 'nina',
      base: '<network><name>default</name></network>',
      result: host(ip),
    }).permit === null;
  test('what is no address is unknown, and a mapped address is that address', () => {
    expect(denied('10.1.2.3')).toBe(true);
    expect(denied('11.1.2.3')).toBe(false);
    expect(denied('::ffff:10.1.2.3')).toBe(true);
    expect(denied('fd00::1')).toBe(false);
    expect(denied('nonsense')).toBe(true);
  });
});

describe('`keyMatch2` pattern `/:`, `keyMatch3` `/{`; `regexMatch` `^(a+)+$`; `keyMatch2` on XPath-like text', () => {
  test('Casbin: `/ip[1]` matches `/ip1` and not itself', () => {
    expect(Util.keyMatch2Func('/ip1', '/ip[1]')).toBe(true);
    expect(Util.keyMatch2Func('/ip[1]', '/ip[1]')).toBe(false);
  });
  test('none of the built-in matchers is reachable: the model names only ours', () => {
    const matcher = MODEL_TEXT.split('\n').find((line) => line.startsWith('m = '));
    expect(matcher?.match(/\w+(?=\()/g)).toEqual([
      'g',
      'netMatch',
      'opMatch',
      'scopeMatch',
      'objMatch',
      'when',
    ]);
  });
  test.each(['like ^(a+)+$', 'like /:', 'like /{*'])('`name %s` is refused, or is plain text', (test) => {
    expect(codes(`p, allow, user:nina, *, portgroup[*], *, *, "name ${test}"`)).toHaveLength(1);
  });
  test('a long value against a pattern takes no time', () => {
    const group = (name: string): string =>
      `<network><name>default</name><portgroup name='${name}'/></network>`;
    const started = performance.now();
    const answer = ask({
      policy: policyOf('p, allow, user:nina, *, portgroup[*], *, *, "name like a* and name like *b"'),
      as: 'nina',
      base: '<network><name>default</name></network>',
      result: group('a'.repeat(200_000)),
    });
    expect(answer.permit).toBeNull();
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('`loadPolicy` while async enforce runs', () => {
  test('a policy is made once, and another one is another object', () => {
    const one = policyOf(ALL);
    const other = policyOf(`p, ${DENY}`);
    const given = { as: 'nina', base: BASE, result: RENAMED };
    expect(Object.isFrozen(one) && Object.isFrozen(one.rules) && Object.isFrozen(one.rules[0])).toBe(true);
    for (let round = 0; round < 3; round++) {
      expect(ask({ policy: one, ...given }).permit).not.toBeNull();
      expect(ask({ policy: other, ...given }).permit).toBeNull();
    }
  });
});

describe('CachedEnforcer', () => {
  test('its keys collide', async () => {
    const enforcer = new CachedEnforcer();
    await enforcer.initWithModelAndAdapter(newModelFromString(SMALL), new StringAdapter('p, a, b$$c, allow'));
    expect(await enforcer.enforce('a', 'b$$c')).toBe(true);
    expect(await enforcer.enforce('a$$b', 'c')).toBe(true);
  });
  test('of Casbin only this is used', () => {
    const imported = sources().flatMap(([, text]) =>
      [...text.matchAll(/import (?:type )?\{([^}]*)\} from 'casbin'/g)].flatMap((found) =>
        (found[1] ?? '').split(',').map((name) => name.trim()),
      ),
    );
    expect(imported.toSorted()).toEqual(['Enforcer', 'FunctionMap', 'RoleManager', 'newModelFromString']);
    const calls = sources().flatMap(
      ([, text]) =>
        text.match(/\.(?:enforce\w*|loadPolicy|savePolicy|addPolicy\w*|loadFilteredPolicy)\(/g) ?? [],
    );
    expect(calls).toEqual(['.enforceExSync(']);
  });
});

describe('a user named like a role', () => {
  test('Casbin gives that role’s rights', async () => {
    const model = SMALL.replace('[policy_effect]', '[role_definition]\ng = _, _\n[policy_effect]').replace(
      'r.sub == p.sub',
      'g(r.sub, p.sub)',
    );
    expect(
      await (await alone('p, admin, read, allow\ng, alice, admin', model)).enforce('admin', 'read'),
    ).toBe(true);
  });
  test.each([
    'role:netadmin',
    'user:x',
    'a,b',
    'a b',
    '',
    '*',
    'ал',
    'a\u200b',
    '-x',
    '../x',
    'a\nb',
    'x'.repeat(300),
  ])('no subject is made of %j', (name) => {
    expect(userSubject(name)).toBeNull();
  });
  test.each([
    'alice',
    'a.b-c_d',
    'alice@example.com',
    'CORP\\alice',
    '__proto__',
    'constructor',
    'root',
    '0',
  ])('%j is a user and nothing else', (name) => {
    expect(userSubject(name)).toBe(`user:${name}`);
    const rows = 'p, allow, role:netadmin, *, **, *, *, ""\ng, user:nina, role:netadmin, *';
    expect(ask({ policy: policyOf(rows), as: name, base: BASE, result: STP }).permit).toBeNull();
  });
  test.each(['role:netadmin', 'role:everyone', 'netadmin', '', 'user:', 'user:a,b'])(
    'the gate denies the subject %j whatever it may do',
    (subject) => {
      const policy = policyOf(
        'p, allow, role:netadmin, *, **, *, *, ""\np, allow, role:everyone, *, **, *, *, ""\ng, user:nina, role:netadmin, *',
      );
      const request = requestOf({ policy, as: 'nina', base: BASE, result: STP });
      expect(gate(policy, { ...request, subject, realSubject: subject }).permit).toBeNull();
    },
  );
});

describe('role chains deeper than 10', () => {
  const chain = (length: number): string =>
    [
      `g, user:nina, role:r0, *`,
      ...Array.from({ length }, (_, i) => `g, role:r${i}, role:r${i + 1}, *`),
      `p, allow, role:r${length}, *, bridge@stp, *, *, ""`,
    ].join('\n');
  test.each([1, 9, 10, 11, 12, 50, 5_000])('%i links', (length) => {
    const policy = policyOf(chain(length));
    expect(ask({ policy, as: 'nina', base: BASE, result: STP }).permit).not.toBeNull();
    expect(ask({ policy, as: 'olga', base: BASE, result: STP }).permit).toBeNull();
  });
});

describe('disabled enforcer', () => {
  test('Casbin then answers a bare true', async () => {
    const enforcer = await alone('p, alice, read, deny');
    enforcer.enableEnforce(false);
    expect(await enforcer.enforceEx('alice', 'read')).toBe(true);
    // what the gate makes of a bare true: self-test.test.ts
  });
});

test('without its clause, a deny for `role:everyone` would never match', async () => {
  const model = SMALL.replace('[policy_effect]', '[role_definition]\ng = _, _, _\n[policy_effect]').replace(
    'r.sub == p.sub',
    'g(r.sub, p.sub, r.act)',
  );
  const enforcer = await alone('p, alice, read, allow\np, role:everyone, read, deny', model);
  expect(await enforcer.enforce('alice', 'read')).toBe(true);
  expect(codes(ALL, MODEL_TEXT.replace('p.sub == "role:everyone" || ', ''))).toEqual(['SL601']);
});

/** The room's files without their comments. */
/**
 * The code of the policy room. Not among it: adapter-rows.ts, which waits for an adapter of the user's choice and hands what
 * it read to the strict loader. It makes no enforcer, and nothing that decides imports it.
 */
function sources(): readonly (readonly [string, string])[] {
  const folder = new URL('../../src/policy/', import.meta.url);
  const all = readdirSync(folder).map((name): readonly [string, string] => [
    name,
    readFileSync(new URL(name, folder), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''),
  ]);
  const [adapter = ''] = all.filter(([name]) => name === 'adapter-rows.ts').map(([, text]) => text);
  expect(adapter).not.toMatch(/Enforcer|enforce/);
  expect(all.filter(([, text]) => text.includes("'./adapter-rows.ts'")).map(([name]) => name)).toEqual([]);
  return all.filter(([name]) => name !== 'adapter-rows.ts');
}
