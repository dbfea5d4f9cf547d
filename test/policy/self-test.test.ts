// SL650: a Casbin that decides otherwise than it must is found before it decides anything.

import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.doUnmock('casbin');
  vi.resetModules();
});

async function loadWith(
  enforceExSync: (rows: readonly string[][], ...request: readonly unknown[]) => unknown,
) {
  vi.resetModules();
  vi.doMock('casbin', async (original) => {
    const casbin = await original<typeof import('casbin')>();
    class Replaced extends casbin.Enforcer {
      override enforceExSync(...request: unknown[]): [boolean, string[]] {
        const rows = this.model.model.get('p')?.get('p')?.policy ?? [];
        return enforceExSync(rows, ...request) as [boolean, string[]]; // a broken library keeps no types
      }
    }
    return { ...casbin, Enforcer: Replaced };
  });
  const { loadPolicy } = await import('../../src/policy/load.ts');
  const { MODEL_TEXT } = await import('../../src/policy/model-conf.ts');
  return loadPolicy({
    model: { name: 'model.conf', text: MODEL_TEXT },
    rules: { name: 'policy.csv', text: 'p, allow, user:nina, *, **, *, *, ""\n' },
    name: 'policies',
  });
}

test.each<[string, (rows: readonly string[][]) => unknown, string]>([
  ['allows everything', (rows) => [true, rows[0]], 'expected `false deny`, got `true allow`'],
  ['denies everything', () => [false, []], 'expected `true allow`, got `false no rule`'],
  [
    'returns a bare true, as a disabled one does',
    () => true,
    'expected `true allow`, got `Casbin gave no explained answer`',
  ],
  [
    'returns a promise',
    () => Promise.resolve([true, []]),
    'expected `true allow`, got `Casbin gave no explained answer`',
  ],
  ['allows without a row', () => [true, []], 'expected `true allow`, got `Casbin allowed without a row`'],
  [
    'throws',
    () => {
      throw new Error('out of order');
    },
    'expected `true allow`, got `out of order`',
  ],
])('an enforcer that %s is no enforcer', async (_, enforce, fault) => {
  const { value, diagnostics } = await loadWith(enforce);
  expect(value).toBeNull();
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
    `SL650 the policy engine does not decide as it must: ${fault}`,
  ]);
});

test('the real one passes', async () => {
  const { loadPolicy } = await import('../../src/policy/load.ts');
  const { MODEL_TEXT } = await import('../../src/policy/model-conf.ts');
  const { value, diagnostics } = loadPolicy({
    model: { name: 'model.conf', text: MODEL_TEXT },
    rules: { name: 'policy.csv', text: 'p, allow, user:nina, *, **, *, *, ""\n' },
    name: 'policies',
  });
  expect(diagnostics).toEqual([]);
  expect(value).not.toBeNull();
});
