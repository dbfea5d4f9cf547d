// An attack on those who review: one character of the shipped policy is another. It then does not load, or a test of the
// policy fails. A random sample; `npx tsx scripts/mutate-policy.ts` tries all, which takes some minutes.
// Of 71,804 none survived when they were last tried: 64,188 do not load, 5,128 fail a test, 2,488 say the same. What is exempt,
// and why, is told at `meaning` in mutants.ts; nothing else may survive.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { error } from '../../src/diagnostics/diagnostic.ts';
import { readTests } from '../../src/policy/test-file.ts';
import { err } from '../../src/std/result.ts';
import { fate, type Mutant, meaning, mutants, type Shipped } from './mutants.ts';

const read = (name: string): string =>
  readFileSync(new URL(`../../policies/${name}`, import.meta.url), 'utf8');

const { value: cases } = readTests({ name: 'policy.test', text: read('policy.test') });
const shipped: Shipped = {
  model: read('model.conf'),
  rules: read('policy.csv'),
  cases: cases ?? [],
  load: () => err(error('SL663', null, 'the shipped tests name no file')),
};

describe('one character of the shipped policy is another', () => {
  test.each(['model.conf', 'policy.csv'] as const)('in %s, somebody notices', (file) => {
    const all = [...mutants(file, file === 'model.conf' ? shipped.model : shipped.rules)];
    expect(all.length).toBeGreaterThan(10_000);
    const fates = new Map<string, number>();
    const survivors: string[] = [];
    fc.assert(
      fc.property(fc.constantFrom(...all), (mutant: Mutant) => {
        const what = fate(mutant, shipped);
        fates.set(what, (fates.get(what) ?? 0) + 1);
        if (what === 'survives') survivors.push(mutant.what);
      }),
      { numRuns: 500 },
    );
    expect(survivors).toEqual([]);
    expect(fates.get('does not load')).toBeGreaterThan(100);
  });

  test('a survivor would be seen', () => {
    const extra = `${shipped.rules}\ng, user:mallory, role:netadmin, *\n`;
    const mutant: Mutant = { file: 'policy.csv', at: 0, what: 'a new netadmin', text: extra };
    expect(fate(mutant, { ...shipped, cases: [] })).toBe('survives');
  });

  test('nothing is exempt but what says the same', () => {
    const row = 'p, allow, user:a, *, ip[*], *, *, "address in 10.0.0.0/8 and family like a*"';
    const same = (text: string): boolean => meaning('policy.csv', text) === meaning('policy.csv', row);
    expect(same(`# x\n${row.replaceAll(', ', ' ,  ')}`)).toBe(true);
    expect(same(row.replace('/8', '/9'))).toBe(false);
    expect(same(row.replace('ip[*]', 'ip[ *]'))).toBe(false);
    expect(same(row.replace('a*', 'A*'))).toBe(false);
  });
});
