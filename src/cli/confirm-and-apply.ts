// From a plan to a revision: shows it, asks, plans and asks policy again, compares with what was shown, and applies.
//
// What happens is what was shown, or nothing: whatever moved while somebody was reading makes it stop (promise 9).

import type { ApplyOutcome, Target } from '../apply/target.ts';
import { type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Planned } from '../plan/context.ts';
import { isRefused, whatMoved } from '../plan/moved.ts';
import type { Plan } from '../plan/plan.ts';
import { savePlan } from '../plan/saved.ts';
import type { Source } from '../source/source.ts';
import { unreachable } from '../std/unreachable.ts';
import { ask } from './ask.ts';
import type { Console } from './console.ts';
import { withCourse } from './course.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import type { OutputFlags } from './flags.ts';
import { conclude, sayDiagnostics } from './outcome.ts';
import { hasChanges, type Planning, statusOfProblems } from './planning.ts';
import { renderPlan } from './render-plan.ts';

export type Task = {
  /** The command's name, for its JSON document. */
  readonly command: string;
  /** Plans from what is there now; called again after the question. */
  readonly plan: () => Promise<Planning>;
  /** What the journal keeps as the script; null when there was none. */
  readonly script: Source | null;
  /** True when a reviewed plan stands in for an answer where nobody can be asked. */
  readonly reviewed: boolean;
  readonly flags: OutputFlags & { readonly yes: boolean; readonly full: boolean };
};

export async function confirmAndApply(task: Task, console: Console): Promise<ExitStatus> {
  const { command, flags } = task;
  const told = new Map<string, Diagnostic>();
  const tell = (diagnostics: readonly Diagnostic[]): void => {
    const news = diagnostics.filter((one) => !told.has(identityOf(one)));
    for (const one of news) told.set(identityOf(one), one);
    if (!flags.json) sayDiagnostics(console, news);
  };
  let shown: Plan | null = null;
  let outcome: ApplyOutcome | null = null;
  /** Ends the run. For people all has been said by then; a JSON document is said at once. */
  const end = (status: ExitStatus): ExitStatus =>
    conclude(console, command, flags.json, {
      status,
      diagnostics: flags.json ? [...told.values()] : [],
      text: () => '',
      json: () => ({
        ...(shown === null ? {} : { plan: savePlan(shown) }),
        ...(outcome === null ? {} : { outcome: jsonOf(outcome) }),
      }),
    });

  const first = await task.plan();
  tell(first.diagnostics);
  if (first.planned === null || first.target === null) return end(statusOfProblems(first.diagnostics));
  let ready: { readonly planned: Planned; readonly target: Target } = {
    planned: first.planned,
    target: first.target,
  };
  shown = first.planned.plan;
  const asks = !flags.yes && console.interactive;
  const options = { full: flags.full, purpose: 'apply' } as const;
  if (!flags.json) console.print(renderPlan(shown, console.out, options));
  if (isRefused(shown)) {
    tell(await first.target.recordDenial(shown, task.script));
    return end(EXIT.denied);
  }
  if (!hasChanges(first.planned)) return end(EXIT.done);

  if (asks) {
    if (flags.json) console.say(renderPlan(shown, console.err, options));
    const answer = await ask('Apply this? [y/N] ', console);
    if (answer === 'interrupted') return end(EXIT.interrupted);
    if (answer === 'no') {
      console.say('Nothing was written.\n');
      return end(EXIT.error);
    }
    const second = await task.plan();
    tell(second.diagnostics);
    if (second.planned === null || second.target === null) return end(statusOfProblems(second.diagnostics));
    const moved = whatMoved(shown, second.planned.plan);
    if (moved !== null) {
      if (isRefused(second.planned.plan))
        tell(await second.target.recordDenial(second.planned.plan, task.script));
      const help = 'nothing was written; run it again and look at the new plan';
      tell([error('SL910', null, `${moved} changed while you were asked`, { help })]);
      return end(EXIT.conflict);
    }
    ready = { planned: second.planned, target: second.target };
  } else if (!flags.yes && !task.reviewed) {
    const help =
      'nothing was written; `--yes` applies without asking, and so does a plan saved with `sluice plan --out FILE`';
    tell([error('SL907', null, 'nobody can be asked: this is no terminal', { help })]);
    return end(EXIT.usage);
  }

  const { plan, permit } = ready.planned;
  if (permit === null) throw new Error('a plan with nothing denied has a permit');
  const { target } = ready;
  outcome = await withCourse(console, (course) => target.apply(plan, permit, task.script, course));
  tell(problemsOf(outcome));
  if (outcome.type === 'applied' && !flags.json) {
    const { renderApplied } = await import('./render-applied.ts');
    console.print(`\n${renderApplied(plan, outcome.revision, console.out)}`);
  }
  return end(statusOf(outcome));
}

/** Equal for two diagnostics that say the same: what was told is not told again. */
function identityOf({ code, message, span }: Diagnostic): string {
  return `${code} ${span === null ? '' : `${span.source.name} ${span.start}`} ${message}`;
}

function problemsOf(outcome: ApplyOutcome): readonly Diagnostic[] {
  switch (outcome.type) {
    case 'applied':
    case 'unchanged':
      return outcome.notes;
    case 'conflict':
    case 'failed':
    case 'partial':
      return [...outcome.notes, outcome.diagnostic];
    default:
      return unreachable(outcome);
  }
}

function statusOf(outcome: ApplyOutcome): ExitStatus {
  switch (outcome.type) {
    case 'applied':
    case 'unchanged':
      return hasErrors(outcome.notes) ? EXIT.error : EXIT.done;
    case 'conflict':
      return EXIT.conflict;
    case 'failed':
      return EXIT.error;
    case 'partial':
      return EXIT.partial;
    default:
      return unreachable(outcome);
  }
}

function jsonOf(outcome: ApplyOutcome): Readonly<Record<string, unknown>> {
  switch (outcome.type) {
    case 'applied': {
      const { number, at, networks } = outcome.revision;
      return { type: outcome.type, revision: { number, at: new Date(at).toISOString(), networks } };
    }
    case 'partial':
      return { type: outcome.type, applied: outcome.applied, pending: outcome.pending };
    case 'unchanged':
    case 'conflict':
    case 'failed':
      return { type: outcome.type };
    default:
      return unreachable(outcome);
  }
}
