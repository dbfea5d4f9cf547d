// `sluice do`: one statement, planned and applied like a script.

import { savePlan } from '../../plan/saved.ts';
import type { Source } from '../../source/source.ts';
import { confirmAndApply } from '../confirm-and-apply.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { DoFlags } from '../flags.ts';
import type { Inputs } from '../inputs.ts';
import { conclude, fail } from '../outcome.ts';
import { makePlan, statusOfProblems } from '../planning.ts';
import { renderPlan } from '../render-plan.ts';

export async function doStatement(statement: string, flags: DoFlags, console: Console): Promise<ExitStatus> {
  const script: Source = { name: '<statement>', text: statement };
  const inputs: Inputs = { type: 'scripts', sources: [script] };
  if (!flags.plan) {
    return confirmAndApply(
      { command: 'do', plan: () => makePlan(inputs, flags, console), script, reviewed: false, flags },
      console,
    );
  }
  const { planned, diagnostics } = await makePlan(inputs, flags, console);
  if (planned === null) return fail(console, 'do', flags.json, statusOfProblems(diagnostics), diagnostics);
  return conclude(console, 'do', flags.json, {
    status: !planned.plan.allowed ? EXIT.denied : EXIT.done,
    diagnostics,
    text: () => renderPlan(planned.plan, console.out, { full: flags.full, purpose: 'plan' }),
    json: () => ({ plan: savePlan(planned.plan) }),
  });
}
