// `npx tsx scripts/mutate-policy.ts`: changes the shipped policy by one character, everywhere and in every way that
// test/attacks/mutants.ts knows, and lists the changes that neither keep it from loading nor fail a test of it.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { error } from '../src/diagnostics/diagnostic.ts';
import { readTests } from '../src/policy/test-file.ts';
import { err } from '../src/std/result.ts';
import { fate, mutants, type Shipped } from '../test/attacks/mutants.ts';

const folder = path.resolve(import.meta.dirname, '../policies');
const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
const { value: cases } = readTests({ name: 'policy.test', text: read('policy.test') });
if (cases === null) throw new Error('the tests of the shipped policy cannot be read');
const shipped: Shipped = {
  model: read('model.conf'),
  rules: read('policy.csv'),
  cases,
  load: () => err(error('SL663', null, 'the shipped tests name no file')),
};

const counts = new Map<string, number>();
for (const [file, text] of [
  ['model.conf', shipped.model],
  ['policy.csv', shipped.rules],
] as const) {
  for (const mutant of mutants(file, text)) {
    const what = fate(mutant, shipped);
    counts.set(what, (counts.get(what) ?? 0) + 1);
    if (what === 'survives') process.stdout.write(`${mutant.what}\n`);
  }
}
process.stdout.write(`${[...counts].map(([what, count]) => `${what}: ${count}`).join(', ')}\n`);
