// Carries out a plan on a daemon: looks whether it is as it was planned on, makes the calls, reads back what holds, and
// takes back what was done when it cannot be brought to its end. What it reports is what was read, never what was hoped.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors } from '../../diagnostics/diagnostic.ts';
import { type Change, stepsOf } from '../../diff/change.ts';
import { diffDocuments } from '../../diff/diff.ts';
import { pathText } from '../../network/path.ts';
import type { DocumentPlan, Plan } from '../../plan/plan.ts';
import { PERMIT_LIFE, type Permit, type Permitted, redeemPermit } from '../../policy/permit.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { Source } from '../../source/source.ts';
import { hashOf } from '../files/durable.ts';
import { whyNotPermitted } from '../files/permit-fit.ts';
import { notPermitted, permitTooOld, permitUsed } from '../files/permit-words.ts';
import type { ApplyOutcome, Course } from '../target.ts';
import { sectionsTouched } from './ask-updates.ts';
import { type CarriedOut, carryOut, type Work } from './carry-out.ts';
import { chooseCalls, undoCalls, wantedOf } from './choose-calls.ts';
import type { Daemon } from './daemon.ts';
import { factsOf } from './facts.ts';
import { abandonedNote, type Begun, type History, withoutOutcome } from './history.ts';
import { readHeldIfThere } from './networks.ts';
import {
  baseMoved,
  cannotWrite,
  couldNotReadBack,
  notOnRecord,
  overtaken,
  reportOf,
  takenBack,
} from './outcome-words.ts';
import { documentOf, type Holding, holdingsOf, readBack, type Task } from './read-back.ts';
import type { Client } from './rpc/client.ts';
import { explainFailure } from './rpc/explain.ts';

export type Surroundings = {
  /** The target's canonical name. */
  readonly name: string;
  readonly stateWord: string | null;
  readonly daemon: Daemon;
  readonly history: History;
  readonly now: () => number;
  /** How long a daemon that went away has to come back, in milliseconds. */
  readonly wait: number;
};

export async function applyToDaemon(
  around: Surroundings,
  plan: Plan,
  permit: Permit,
  script: Source | null,
  course: Course | null,
): Promise<ApplyOutcome> {
  const { name, history, now } = around;
  const permitted = redeemPermit(permit, now());
  if (!permitted.ok) return failed(permitted.error === 'expired' ? permitTooOld() : permitUsed());
  const wrong = notPermitted(whyNotPermitted(plan, permitted.value, name));
  if (wrong !== null) return failed(wrong);
  if (plan.documents.every(({ baseHash, resultHash }) => baseHash === resultHash))
    return { type: 'unchanged', notes: [] };
  // who changes what is on record before it is done, or it is not done
  const begun = await history.begin(plan, script);
  if (!begun.ok) return failed(begun.error);
  const notes = [...begun.value.notes];
  if (begun.value.abandoned !== null) notes.push(abandonedNote(begun.value.abandoned));
  const outcome = await applyBegun(around, plan, permitted.value, begun.value, course);
  return { ...outcome, notes: [...notes, ...outcome.notes] };
}

async function applyBegun(
  around: Surroundings,
  plan: Plan,
  permitted: Permitted,
  begun: Begun,
  course: Course | null,
): Promise<ApplyOutcome> {
  // the wait for another apply counts, too
  const late = around.now() - permitted.madeAt > PERMIT_LIFE;
  const client = await around.daemon.toWrite();
  const ready = late
    ? failed(permitTooOld())
    : !client.ok
      ? failed(client.error)
      : client.value.access === 'read-only'
        ? failed(cannotWrite(client.value))
        : await prepare(client.value, plan);
  if (!client.ok || 'type' in ready) {
    if (!('type' in ready)) throw new Error('without a client nothing is prepared');
    const { notes } = await begun.end([], false);
    return { ...ready, notes: [...ready.notes, ...notes] };
  }
  const { tasks, warnings } = ready;
  const total = tasks.reduce((sum, { calls }) => sum + calls.length, 0);
  const progress = (done: number): void => course?.progress(done, total);
  const carried = await carryOut(client.value, workOf(tasks), progress, course?.stop ?? null);
  const held = await readBack(around.daemon, tasks, isInDoubt(carried), around.wait);
  if (!held.ok) {
    const { notes } = await begun.end(withoutOutcome(tasks.flatMap(({ documents }) => documents)), true);
    return {
      type: 'partial',
      diagnostic: couldNotReadBack(carried, total, client.value, held.error),
      applied: [],
      pending: tasks.map(({ network }) => network),
      notes: [...warnings, ...notes],
    };
  }
  const holdings = holdingsOf(tasks, held.value, carried.done);
  const outcome = await conclude(around, begun, client.value, carried, tasks, holdings, total);
  return { ...outcome, notes: [...warnings, ...outcome.notes] };
}

type Ready = { readonly tasks: readonly Task[]; readonly warnings: readonly Diagnostic[] };

/** Everything that can be found wrong before the first call. */
async function prepare(client: Client, plan: Plan): Promise<Ready | ApplyOutcome> {
  const tasks: Task[] = [];
  const warnings: Diagnostic[] = [];
  for (const network of new Set(plan.documents.map((document) => document.network))) {
    const documents = plan.documents.filter((document) => document.network === network);
    const held = await readHeldIfThere(client, network);
    if (!held.ok) return failed(held.error);
    for (const document of documents) {
      const found = held.value?.[document.scope] ?? null;
      const expected = document.baseText === null ? null : document.baseHash;
      if ((found === null ? null : hashOf(found)) !== expected)
        return { type: 'conflict', diagnostic: baseMoved(document, found), notes: [] };
    }
    const changes = documents.flatMap((document) => document.changes);
    if (changes.length === 0) continue;
    const facts = await factsOf(client, held.value, sectionsTouched(changes));
    if (!facts.ok) return failed(explainFailure(facts.error, 'asking what this daemon can update', client));
    const of = (scope: 'live' | 'config') => {
      const document = documents.find((one) => one.scope === scope);
      return document === undefined ? null : wantedOf(document);
    };
    const chosen = chooseCalls(network, facts.value, { live: of('live'), config: of('config') });
    const [problem, ...others] = chosen.problems.filter(({ severity }) => severity === 'error');
    if (problem !== undefined) return { ...failed(problem), notes: others };
    warnings.push(...chosen.problems.filter((one) => !isTold(plan, one)));
    const { updates } = facts.value;
    tasks.push({ network, base: held.value, documents, calls: chosen.calls, updates });
  }
  return { tasks, warnings };
}

/** Whoever saw the plan has read it already. */
function isTold(plan: Plan, problem: Diagnostic): boolean {
  return plan.diagnostics.some(({ code, message }) => code === problem.code && message === problem.message);
}

function workOf(tasks: readonly Task[]): readonly Work[] {
  return tasks.map(({ network, base, calls }) => ({
    network,
    ref: base?.ref ?? null,
    config: base?.config ?? null,
    calls,
  }));
}

function isInDoubt({ end }: CarriedOut): boolean {
  return end.type === 'unreadable' || (end.type === 'failed' && end.failure.outcome === 'unknown');
}

/** Sent, and on a connection that still stands. */
function isUnderway({ end }: CarriedOut): boolean {
  return end.type === 'failed' && end.failure.reason.type === 'timeout';
}

async function conclude(
  around: Surroundings,
  begun: Begun,
  client: Client,
  carried: CarriedOut,
  tasks: readonly Task[],
  holdings: readonly Holding[],
  total: number,
): Promise<ApplyOutcome> {
  if (carried.end.type === 'all' && holdings.every(({ isPlanned }) => isPlanned)) {
    const { revision, notes } = await begun.end(recordedOf(holdings), false);
    if (revision !== null) return { type: 'applied', revision, notes };
    const applied = tasks.map(({ network }) => network);
    return { type: 'partial', diagnostic: notOnRecord(), applied, pending: [], notes };
  }
  if (carried.end.type === 'overtaken' && carried.done === 0) {
    const { notes } = await begun.end([], false);
    return { type: 'conflict', diagnostic: overtaken(carried.end.network), notes };
  }
  // who stops it wants to see how far it came, not that it vanishes; what others did is not ours to take back; and what the
  // daemon has not answered yet it may still do, over whatever we would do now
  const mayTakeBack =
    carried.end.type !== 'stopped' &&
    carried.end.type !== 'all' &&
    !isUnderway(carried) &&
    holdings.every((one) => !one.isForeign);
  const needsIt = holdings.some(({ isBefore }) => !isBefore);
  const back = mayTakeBack && needsIt ? await takeBack(around, tasks, holdings) : null;
  const now = back?.holdings ?? holdings;
  const clean = back === null ? !isInDoubt(carried) : back.carried.end.type === 'all';
  if (now.every(({ isBefore }) => isBefore) && clean) {
    const { notes } = await begun.end([], false);
    return takenBack(carried, client, notes);
  }
  const { notes } = await begun.end(recordedOf(now), true);
  return reportOf({
    carried,
    total,
    undone: back?.carried ?? null,
    holdings: now,
    client,
    target: around.name,
    stateWord: around.stateWord,
    folder: around.history.layout.root,
    notes,
  });
}

/** Makes the calls that lead from what holds to what was before. Null when there is no way back that can be tried. */
async function takeBack(
  around: Surroundings,
  tasks: readonly Task[],
  holdings: readonly Holding[],
): Promise<{ readonly carried: CarriedOut; readonly holdings: readonly Holding[] } | null> {
  const client = await around.daemon.toWrite();
  if (!client.ok) return null;
  const work: Work[] = [];
  for (const task of [...tasks].reverse()) {
    const { network, base } = task;
    const held = await readHeldIfThere(client.value, network);
    if (!held.ok) return null;
    const reached = {
      live: documentOf(held.value?.live ?? null),
      config: documentOf(held.value?.config ?? null),
    };
    const before = { live: documentOf(base?.live ?? null), config: documentOf(base?.config ?? null) };
    const changes = (['live', 'config'] as const).flatMap((scope) =>
      diffDocuments(reached[scope], before[scope], scope),
    );
    if (changes.length === 0) continue;
    const facts = await factsOf(client.value, held.value, sectionsTouched(changes));
    if (!facts.ok) return null;
    const chosen = undoCalls(network, facts.value, reached, before);
    if (hasErrors(chosen.problems)) return null;
    work.push({
      network,
      ref: held.value?.ref ?? null,
      config: held.value?.config ?? null,
      calls: chosen.calls,
    });
  }
  const carried = await carryOut(client.value, work, () => {}, null);
  const held = await readBack(around.daemon, tasks, isInDoubt(carried), around.wait);
  return { carried, holdings: held.ok ? holdingsOf(tasks, held.value, null) : holdings };
}

/** Documents that hold something else than before, as a plan that says what they hold: for the journal. */
function recordedOf(holdings: readonly Holding[]): readonly DocumentPlan[] {
  return holdings.flatMap(({ document, text, isBefore, isPlanned, task, scope }): readonly DocumentPlan[] => {
    if (document === null || isBefore) return [];
    const result = { resultText: text, resultHash: text === null ? document.resultHash : hashOf(text) };
    if (isPlanned) return [{ ...document, ...result }];
    const changes = diffDocuments(documentOf(task.base?.[scope] ?? null), documentOf(text), scope);
    const known = new Map(document.changes.map((change, at) => [keyOf(change), document.verdicts[at]]));
    const verdicts = changes.map((change): Verdict => known.get(keyOf(change)) ?? nobodyDecided(change));
    return [{ ...document, ...result, changes, verdicts, effects: [] }];
  });
}

function keyOf({ op, pair, leaf, after }: Change): string {
  return `${op} ${pathText(stepsOf(pair), leaf)} ${after?.value ?? ''}`;
}

/** Of what is there although nobody planned it. */
function nobodyDecided(change: Change): Verdict {
  return {
    change,
    decision: { type: 'default-deny', nearest: [], fault: 'it was not planned' },
    reports: [],
  };
}

function failed(diagnostic: Diagnostic): ApplyOutcome & { readonly type: 'failed' } {
  return { type: 'failed', diagnostic, notes: [] };
}
