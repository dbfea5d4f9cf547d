// `node FILE sluice|casbin|cedar POLICY`: loads a policy once, in a process that has loaded none, and prints the milliseconds.
// bench/policy.ts bundles this as the product is bundled.

import { readFileSync } from 'node:fs';
import { preparsePolicySet } from '@cedar-policy/cedar-wasm/nodejs';
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import { hashOf } from '../src/apply/files/durable.ts';
import { loadPolicy } from '../src/policy/load.ts';
import { MODEL_TEXT } from '../src/policy/model-conf.ts';
import { makeHashesWith } from '../src/std/sha256.ts';

const [, , which = '', file = ''] = process.argv;
const text = readFileSync(file, 'utf8');
makeHashesWith(hashOf);

const loaders: Readonly<Record<string, () => unknown>> = {
  sluice: () => {
    const { value, diagnostics } = loadPolicy({
      model: { name: 'model.conf', text: MODEL_TEXT },
      rules: { name: 'policy.csv', text },
      name: 'bench',
    });
    if (value === null) throw new Error(diagnostics[0]?.message);
  },
  casbin: () => newEnforcer(newModelFromString(MODEL_TEXT), new StringAdapter(text)),
  cedar: () => {
    const answer = preparsePolicySet('bench', { staticPolicies: text });
    if (answer.type !== 'success') throw new Error(answer.errors[0]?.message);
  },
};
const load = loaders[which];
if (load === undefined) throw new Error(`nobody called ${which} loads a policy here`);

async function measure(call: () => unknown): Promise<void> {
  const started = process.hrtime.bigint();
  await call();
  process.stdout.write(`${Number(process.hrtime.bigint() - started) / 1e6}\n`);
}

// a rejection that nobody handles ends the process with an error
void measure(load);
