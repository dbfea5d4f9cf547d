// Inputs into a plan: reads the target, the policy and who asks, and hands it all to the pure pipeline.

import { readBeside } from '../apply/load-files.ts';
import { type Ground, planFitted, readGround } from '../apply/session.ts';
import type { Target } from '../apply/target.ts';
import { networksOf, prepareScript } from '../compile/prepare.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import { isConflict } from '../plan/conflict.ts';
import type { PlanContext, Planned } from '../plan/context.ts';
import { planDocument } from '../plan/document.ts';
import { planSaved, readSavedPlan } from '../plan/saved.ts';
import { planScript } from '../plan/script.ts';
import type { Source } from '../source/source.ts';
import { elementsOf, textOf } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import type { PolicyFlags, ScriptFlags } from './flags.ts';
import type { Inputs } from './inputs.ts';
import { readPolicy } from './load-policy.ts';
import { openTarget } from './open-target.ts';
import { loginSubject, subjectOf } from './who.ts';

export type Planning = {
  /** Null when something is wrong; the diagnostics say what. */
  readonly planned: Planned | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly target: Target | null;
};

/** What a script needs of the target, and no policy: `check` and `compile` work on it. */
export type Groundwork = Ground & Pick<PlanContext, 'scope' | 'network'>;

/** Work on less than so many characters is over before anybody wonders. */
const NOTICEABLE = 1_000_000;

export async function makePlan(
  inputs: Inputs,
  flags: ScriptFlags & PolicyFlags,
  console: Pick<Console, 'progress'>,
): Promise<Planning> {
  const diagnostics: Diagnostic[] = [];
  const opened = openTarget(flags.target, flags.state);
  if (!opened.ok) return { planned: null, diagnostics: [opened.error], target: null };
  const target = opened.value;
  const nothing = (): Planning => ({ planned: null, diagnostics, target });

  const real = loginSubject(process.env);
  const subject = flags.as === undefined ? real : subjectOf(flags.as);
  for (const who of new Set([real, subject])) if (!who.ok) diagnostics.push(who.error);
  if (!real.ok || !subject.ok) return nothing();
  const policy = readPolicy(flags.policy ?? null, process.env);
  diagnostics.push(...policy.diagnostics);
  // what is wrong with the script is told even when the policy is broken: who writes the one seldom keeps the other
  const ask = async (
    ground: Groundwork,
    plan: (context: PlanContext) => Checked<Planned | null>,
  ): Promise<Planning> => {
    if (policy.value === null) return nothing();
    const context = {
      ...ground,
      policy: policy.value,
      subject: subject.value,
      realSubject: real.value,
      clock: Date.now(),
    };
    const size = ground.documents.reduce((sum, { source }) => sum + source.text.length, 0);
    if (size > NOTICEABLE) console.progress(`Planning on ${Math.round(size / 1e6)} MB ...`);
    const { value, diagnostics: told } = await planFitted(target, context, plan);
    if (size > NOTICEABLE) console.progress(null);
    diagnostics.push(...told);
    return { planned: value, diagnostics: [...new Set(diagnostics)], target };
  };

  switch (inputs.type) {
    case 'scripts': {
      const prepared = prepareScript(inputs.sources, { load: readBeside, vars: flags.var });
      diagnostics.push(...prepared.diagnostics);
      if (prepared.value === null) return nothing();
      const script = prepared.value;
      const ground = await layGround(target, flags, (available) =>
        networksOf(script, available, flags.network ?? null),
      );
      diagnostics.push(...ground.diagnostics);
      return ground.value === null ? nothing() : ask(ground.value, (context) => planScript(script, context));
    }
    case 'networks': {
      const desired = inputs.sources.flatMap((source) => {
        const network = flags.network ?? nameIn(source, diagnostics);
        return network === null ? [] : [{ network, source }];
      });
      if (hasErrors(diagnostics)) return nothing();
      const names = desired.map(({ network }) => network);
      const ground = await layGround(target, flags, (available) => ({
        value: names.filter((name) => available.includes(name)),
        diagnostics: [],
      }));
      diagnostics.push(...ground.diagnostics);
      return ground.value === null
        ? nothing()
        : ask(ground.value, (context) => planDocument(desired, context));
    }
    case 'saved': {
      const read = readSavedPlan(inputs.source);
      diagnostics.push(...read.diagnostics);
      if (read.value === null) return nothing();
      const saved = read.value;
      const names = [...new Set(saved.documents.map(({ network }) => network))];
      const ground = await layGround(target, flags, (available) => ({
        value: names.filter((name) => available.includes(name)),
        diagnostics: [],
      }));
      diagnostics.push(...ground.diagnostics);
      return ground.value === null ? nothing() : ask(ground.value, (context) => planSaved(saved, context));
    }
  }
}

/** Reads the networks that `choose` picks among those of the target, in every scope of it. */
export async function layGround(
  target: Target,
  flags: Pick<ScriptFlags, 'scope' | 'network'>,
  choose: (available: readonly string[]) => Checked<readonly string[]>,
): Promise<Checked<Groundwork | null>> {
  const { value, diagnostics } = await readGround(target, choose);
  return {
    value: value === null ? null : { ...value, scope: flags.scope ?? null, network: flags.network ?? null },
    diagnostics,
  };
}

/** What a network document calls itself; what is wrong with it goes to `diagnostics`. */
function nameIn(source: Source, diagnostics: Diagnostic[]): string | null {
  const parsed = parseDocument(source);
  if (parsed.value === null) {
    diagnostics.push(...parsed.diagnostics);
    return null;
  }
  const element = elementsOf(parsed.value.root).find((child) => child.local === 'name' && child.ns === '');
  const name = element === undefined ? '' : textOf(element).trim();
  if (name !== '') return name;
  const { root } = parsed.value;
  const at = { source, start: root.start, end: root.openEnd };
  diagnostics.push(
    error('SL916', at, 'this network has no name', {
      help: 'give it a `<name>`, or say which network it is with `--network`',
    }),
  );
  return null;
}

export function hasChanges({ plan }: Planned): boolean {
  return plan.documents.some(({ changes }) => changes.length > 0);
}

/** The exit status of a plan that could not be made. */
export function statusOfProblems(diagnostics: readonly Diagnostic[]): ExitStatus {
  return isConflict(diagnostics) ? EXIT.conflict : EXIT.error;
}
