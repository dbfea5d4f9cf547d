// `sluice plan`: what would change, and who decides what about it. Writes nothing but the file of `--out`.

import { writeFileSync } from 'node:fs';
import { type Diagnostic, error } from '../../diagnostics/diagnostic.ts';
import { savePlan } from '../../plan/saved.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { PlanFlags } from '../flags.ts';
import { readInputs, readNetworks } from '../inputs.ts';
import { conclude, fail } from '../outcome.ts';
import { hasChanges, makePlan, statusOfProblems } from '../planning.ts';
import { renderPlan } from '../render-plan.ts';

export async function plan(
  names: readonly string[],
  flags: PlanFlags,
  console: Console,
): Promise<ExitStatus> {
  const inputs = flags.xml ? readNetworks(names) : readInputs(names, ['scripts', 'networks']);
  if (inputs.value === null) return fail(console, 'plan', flags.json, EXIT.error, inputs.diagnostics);
  const { planned, diagnostics } = await makePlan(inputs.value, flags, console);
  if (planned === null) return fail(console, 'plan', flags.json, statusOfProblems(diagnostics), diagnostics);
  const { plan: made } = planned;
  if (flags.out !== undefined) {
    const problem = writeNew(flags.out, `${JSON.stringify(savePlan(made), null, 2)}\n`);
    if (problem !== null) return fail(console, 'plan', flags.json, EXIT.error, [...diagnostics, problem]);
  }
  const changes = flags.detailedExitcode && hasChanges(planned);
  return conclude(console, 'plan', flags.json, {
    status: !planned.plan.allowed ? EXIT.denied : changes ? EXIT.changes : EXIT.done,
    diagnostics,
    text: () => renderPlan(made, console.out, { full: flags.full, purpose: 'plan' }),
    json: () => ({ plan: savePlan(made) }),
  });
}

function writeNew(file: string, text: string): Diagnostic | null {
  try {
    writeFileSync(file, text);
    return null;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return error('SL913', null, `\`${file}\` cannot be written: ${reason}`, {
      help: 'the plan was not saved',
    });
  }
}
