// Swallowed errors: whatever throws inside the gate, at whatever moment, the answer is a verdict that denies. Each function
// of the room is made to throw, one after the other.

import { afterEach, describe, expect, test, vi } from 'vitest';

const ROOM = [
  'names',
  'path-match',
  'question',
  'counting',
  'index',
  'narrow',
  'roles',
  'condition',
  'near-miss',
] as const;
const ROWS = `g, user:nina, role:op, *
p, allow, role:op, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.0/24 and count(ip) > 0 and role op"
p, deny, role:everyone, *, **.host[*], *, *, "ip in 10.0.0.254/32"
p, report, role:everyone, *, ip[*].dhcp.host[*], *, *, "name like x*"`;
const host = (ip: string): string =>
  `<network><name>default</name><ip address="10.0.0.1"><dhcp><host mac="52:54:00:00:00:01" name="x" ip="${ip}"/></dhcp></ip></network>`;

afterEach(() => {
  for (const name of ROOM) vi.doUnmock(`../../src/policy/${name}.ts`);
  vi.resetModules();
});

describe.each(ROOM)('%s.ts', (name) => {
  test('a fault in any of its functions is a denial, or changes nothing', async () => {
    vi.resetModules();
    let broken: string | null = null;
    let hits = 0;
    const functions: string[] = [];
    vi.doMock(`../../src/policy/${name}.ts`, async (original) => {
      const real = await original<Record<string, unknown>>();
      const trap = (key: string, call: (...args: readonly unknown[]) => unknown) => {
        functions.push(key);
        return (...args: readonly unknown[]): unknown => {
          if (broken === key) {
            hits++;
            throw new Error(`${key} is out of order`);
          }
          return call(...args);
        };
      };
      return Object.fromEntries(
        Object.entries(real).map(([key, value]) => [
          key,
          typeof value === 'function'
            ? trap(key, (...args) => Reflect.apply(value, undefined, [...args]))
            : value,
        ]),
      );
    });
    const { ask, policyOf } = await import('../policy/decide.ts');
    const attempt = (result: string) => ({
      policy: policyOf(ROWS),
      as: 'nina',
      base: host('10.0.0.5'),
      result,
    });
    const [allowed, denied] = [attempt(host('10.0.0.6')), attempt(host('10.0.0.254'))];
    expect(ask(attempt(host('10.0.0.6'))).permit).not.toBeNull();
    for (const key of functions) {
      broken = null;
      // loaded anew, so that nothing is remembered from before the fault
      const [yes, no] = [
        { ...allowed, policy: policyOf(ROWS) },
        { ...denied, policy: policyOf(ROWS) },
      ];
      broken = key;
      const before = hits;
      const answer = ask(yes);
      // the explanation of a denial may fail and leave the denial as it is; an allow has none
      if (hits > before) expect(answer.permit, key).toBeNull();
      expect(ask(no).permit, key).toBeNull();
    }
    expect(functions.length).toBeGreaterThan(0);
  });
});
