// `sluice apply`: scripts, whole networks or a saved plan, shown, confirmed and written.

import type { Source } from '../../source/source.ts';
import { confirmAndApply } from '../confirm-and-apply.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { ApplyFlags } from '../flags.ts';
import { type Inputs, readInputs, readNetworks } from '../inputs.ts';
import { fail } from '../outcome.ts';
import { makePlan } from '../planning.ts';

export async function apply(
  names: readonly string[],
  flags: ApplyFlags,
  console: Console,
): Promise<ExitStatus> {
  const read = flags.xml ? readNetworks(names) : readInputs(names, ['scripts', 'networks', 'saved']);
  if (read.value === null) return fail(console, 'apply', flags.json, EXIT.error, read.diagnostics);
  const inputs = read.value;
  return confirmAndApply(
    {
      command: 'apply',
      plan: () => makePlan(inputs, flags, console),
      script: scriptOf(inputs),
      reviewed: inputs.type === 'saved',
      flags,
    },
    console,
  );
}

/** What the journal keeps: several scripts as one text, in the order in which they ran. */
function scriptOf(inputs: Inputs): Source | null {
  if (inputs.type !== 'scripts') return null;
  const [first] = inputs.sources;
  if (inputs.sources.length === 1 && first !== undefined) return first;
  return {
    name: inputs.sources.map(({ name }) => name).join(', '),
    text: inputs.sources.map(({ name, text }) => `# ${name}\n${text}`).join('\n'),
  };
}
