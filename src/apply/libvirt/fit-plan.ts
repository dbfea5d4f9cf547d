// A plan made for any target, fitted to a daemon: how each change takes effect there, what it cannot do at all, and what
// it can do in CONFIG only. The latter is no change of LIVE, so it is taken out of it, and policy is asked about the rest.

import { type Checked, type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { type Change, stepsOf } from '../../diff/change.ts';
import { diffDocuments } from '../../diff/diff.ts';
import { pathText } from '../../network/path.ts';
import { type Assembled, assemble } from '../../plan/assemble.ts';
import type { PlanContext, Planned } from '../../plan/context.ts';
import { withoutDaemonGiven } from '../../plan/daemon-given.ts';
import { decide } from '../../plan/decide.ts';
import type { DocumentPlan, Plan, TakesEffect } from '../../plan/plan.ts';
import { parseDocument } from '../../xml/parse.ts';
import type { DaemonFacts } from './calls.ts';
import { type Chosen, chooseCalls, type Wanted, wantedOf } from './choose-calls.ts';

/** `facts` has an entry for each network of the plan. Pure. Null when the daemon cannot do it; the errors say what. */
export function fitPlan(
  planned: Planned,
  context: PlanContext,
  facts: ReadonlyMap<string, DaemonFacts>,
): Checked<Planned | null> {
  const problems: Diagnostic[] = [];
  const fitted = new Map<DocumentPlan, Fitted>();
  for (const network of new Set(planned.plan.documents.map((document) => document.network))) {
    const known = facts.get(network);
    if (known === undefined) throw new Error(`the daemon was not asked about ${network}`);
    for (const [document, fit] of fitNetwork(network, known, planned.plan, problems))
      fitted.set(document, fit);
  }
  if (hasErrors(problems)) return { value: null, diagnostics: problems };
  const { documents } = planned.plan;
  const reduced = documents.some((document) => (fitted.get(document)?.live ?? null) !== null);
  const decided = reduced
    ? decide(
        context,
        documents.map((document) => fitted.get(document)?.live ?? assembledOf(document)),
        planned.plan.because,
        planned.plan.diagnostics,
      )
    : planned;
  const plan: Plan = {
    ...decided.plan,
    documents: decided.plan.documents.map((document, at) => {
      const before = documents[at]!; // decide keeps the order
      return { ...document, effects: fitted.get(before)?.effects ?? document.effects };
    }),
    diagnostics: [...decided.plan.diagnostics, ...problems],
  };
  return { value: { plan, permit: decided.permit }, diagnostics: problems };
}

type Fitted = {
  readonly effects: readonly TakesEffect[];
  /** What of a LIVE document can be; null when all of it can. */
  readonly live: Assembled | null;
};

function fitNetwork(
  network: string,
  facts: DaemonFacts,
  plan: Plan,
  problems: Diagnostic[],
): ReadonlyMap<DocumentPlan, Fitted> {
  const mine = plan.documents.filter((document) => document.network === network);
  const live = mine.find(({ scope }) => scope === 'live');
  const config = mine.find(({ scope }) => scope === 'config');
  const wanted = {
    live: live === undefined ? null : wantedOf(live),
    config: config === undefined ? null : wantedOf(config),
  };
  let chosen = chooseCalls(network, facts, wanted);
  const fitted = new Map<DocumentPlan, Fitted>();
  const waits = wanted.live !== null && config !== undefined && waitsAnyway(wanted.live, config, chosen);
  const told = waits ? chosen.problems.filter(({ code }) => code !== IMPOSSIBLE) : chosen.problems;
  problems.push(...told);
  if (hasErrors(told)) return fitted;
  const { reached } = chosen;
  if (live !== undefined && wanted.live !== null && reached !== null) {
    const { value, diagnostics } = assemble({
      network,
      scope: 'live',
      base: wanted.live.base,
      baseHash: live.baseHash,
      wanted: reached,
      causes: null,
    });
    problems.push(...diagnostics);
    if (value === null) return fitted;
    const assembled = { ...value, changes: withCausesOf(live.changes, value.changes) };
    const reasons = reasonsOf(live.changes, chosen.effects.live);
    chosen = chooseCalls(network, facts, { ...wanted, live: wantedOf(assembled) });
    fitted.set(live, { effects: chosen.effects.live, live: assembled });
    if (config !== undefined)
      fitted.set(config, { effects: explained(config.changes, chosen.effects.config, reasons), live: null });
    return fitted;
  }
  if (live !== undefined) fitted.set(live, { effects: chosen.effects.live, live: null });
  if (config !== undefined) fitted.set(config, { effects: chosen.effects.config, live: null });
  return fitted;
}

const IMPOSSIBLE = 'SL827';

/**
 * Whether CONFIG says already, or will, all that cannot be made in LIVE: then it comes with the next start, as it would
 * without this plan.
 */
function waitsAnyway({ changes, result }: Wanted, config: DocumentPlan, { effects }: Chosen): boolean {
  const impossible = changes.filter((_, at) => effects.live[at]?.type === 'not-possible');
  if (impossible.length === 0 || result === null) return false;
  const { value: stored } = parseDocument({ name: config.network, text: config.resultText ?? '' });
  if (stored === null) return false;
  const apart = new Set(diffDocuments(withoutDaemonGiven(result, stored), stored, 'live').map(placeOf));
  return impossible.every((change) => !apart.has(placeOf(change)));
}

function placeOf({ pair, leaf }: Change): string {
  return pathText(stepsOf(pair), leaf);
}

/** A document of a plan as it was assembled. One without changes was not looked at, and need not be. */
function assembledOf(document: DocumentPlan): Assembled {
  const wanted = wantedOf(document);
  const { network, scope, changes, baseText, resultText, baseHash, resultHash } = document;
  return {
    network,
    scope,
    changes,
    base: wanted?.base ?? null,
    result: wanted?.result ?? null,
    baseText,
    resultText,
    baseHash,
    resultHash,
  };
}

function keyOf({ op, pair, leaf }: Change): string {
  return `${op} ${pathText(stepsOf(pair), leaf)}`;
}

function withCausesOf(known: readonly Change[], changes: readonly Change[]): readonly Change[] {
  const causes = new Map(known.map((change) => [keyOf(change), change.cause]));
  return changes.map((change) => ({ ...change, cause: causes.get(keyOf(change)) ?? change.cause }));
}

/** Why a change of LIVE waits for the next start. */
function reasonsOf(changes: readonly Change[], effects: readonly TakesEffect[]): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  changes.forEach((change, at) => {
    const effect = effects[at];
    if (effect?.type === 'next-start' && effect.because !== null) reasons.set(keyOf(change), effect.because);
  });
  return reasons;
}

function explained(
  changes: readonly Change[],
  effects: readonly TakesEffect[],
  reasons: ReadonlyMap<string, string>,
): readonly TakesEffect[] {
  return effects.map((effect, at) => {
    const change = changes[at];
    if (effect.type !== 'next-start' || effect.because !== null || change === undefined) return effect;
    return { ...effect, because: reasons.get(keyOf(change)) ?? null };
  });
}
