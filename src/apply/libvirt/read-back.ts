// What a daemon's documents hold after calls were made, held against what was there before and what was planned.

import { setTimeout as pause } from 'node:timers/promises';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Scope } from '../../network/scope.ts';
import type { DocumentPlan } from '../../plan/plan.ts';
import { ok, type Result } from '../../std/result.ts';
import type { XmlDocument } from '../../xml/document.ts';
import { parseDocument } from '../../xml/parse.ts';
import { type Call, type Documents, scopesOf, type UpdateSupport } from './calls.ts';
import type { Daemon } from './daemon.ts';
import { type Held, readHeldIfThere } from './networks.ts';
import { asStored, surprises } from './predict-call.ts';
import { carryOut, openSimulation, type Simulation, simulated } from './predict-update.ts';

/** A network of the plan. `base` is null for one that was not there. */
export type Task = {
  readonly network: string;
  readonly base: Held | null;
  readonly documents: readonly DocumentPlan[];
  readonly calls: readonly Call[];
  readonly updates: UpdateSupport;
};

/** One document of a task, as it was read back. */
export type Holding = {
  readonly task: Task;
  readonly scope: Scope;
  /** Null for a document that the plan leaves alone. */
  readonly document: DocumentPlan | null;
  readonly text: string | null;
  readonly isBefore: boolean;
  /** What was planned; for a document that the plan leaves alone, what was before. */
  readonly isPlanned: boolean;
  /** Something that neither the calls that were made nor the one that failed can have done. */
  readonly isForeign: boolean;
};

/** A call whose answer was lost may still be waiting in the daemon when we ask again. */
const SETTLING = 700;

/** Reads all networks of the tasks; waits `wait` milliseconds for a daemon that is being started again. */
export async function readBack(
  daemon: Daemon,
  tasks: readonly Task[],
  inDoubt: boolean,
  wait: number,
): Promise<Result<ReadonlyMap<string, Held | null>, Diagnostic>> {
  const end = performance.now() + wait;
  if (inDoubt) await pause(SETTLING);
  for (let naps = 1; ; naps++) {
    const read = await readOnce(daemon, tasks);
    if (read.ok || performance.now() >= end || !TRANSIENT.has(read.error.code)) return read;
    await pause(Math.min(100 * naps, 1000));
  }
}

/** Nobody listens, the connection went, no answer in time. */
const TRANSIENT: ReadonlySet<string> = new Set(['SL872', 'SL877', 'SL879', 'SL880']);

async function readOnce(
  daemon: Daemon,
  tasks: readonly Task[],
): Promise<Result<ReadonlyMap<string, Held | null>, Diagnostic>> {
  const client = await daemon.toRead();
  if (!client.ok) return client;
  const held = new Map<string, Held | null>();
  for (const { network } of tasks) {
    const read = await readHeldIfThere(client.value, network);
    if (!read.ok) return read;
    held.set(network, read.value);
  }
  return ok(held);
}

/**
 * `done` calls were answered with success, over all tasks in order; the next one may have done something, too. Null when it
 * cannot be said which calls were made; then nothing counts as foreign.
 */
export function holdingsOf(
  tasks: readonly Task[],
  held: ReadonlyMap<string, Held | null>,
  done: number | null,
): readonly Holding[] {
  let left = done ?? 0;
  return tasks.flatMap((task) => {
    const made = Math.max(0, Math.min(left, task.calls.length));
    // of a network whose calls were not reached, none was made
    const doubtful = left >= 0 ? Math.min(made + 1, task.calls.length) : made;
    left -= task.calls.length;
    const now = held.get(task.network) ?? null;
    const counts = done === null ? null : [made, doubtful];
    return (['live', 'config'] as const).map((scope) => holdingOf(task, scope, now, counts));
  });
}

function holdingOf(task: Task, scope: Scope, held: Held | null, counts: readonly number[] | null): Holding {
  const document = task.documents.find((one) => one.scope === scope) ?? null;
  const before = task.base?.[scope] ?? null;
  const planned = document === null ? before : document.resultText;
  const text = held?.[scope] ?? null;
  const isBefore = sameText(before, text, scope);
  const isPlanned = planned === before ? isBefore : sameText(planned, text, scope);
  const isForeign =
    !isBefore &&
    !isPlanned &&
    counts !== null &&
    !counts.some((count) => {
      const reached = documentsAfter(task, count)[scope];
      return surprises(reached, documentOf(text), scope).length === 0;
    });
  return { task, scope, document, text, isBefore, isPlanned, isForeign };
}

function sameText(expected: string | null, actual: string | null, scope: Scope): boolean {
  if (expected === actual) return true;
  if (expected === null || actual === null) return false;
  return surprises(documentOf(expected), documentOf(actual), scope).length === 0;
}

export function documentOf(text: string | null): XmlDocument | null {
  if (text === null) return null;
  const { value } = parseDocument({ name: 'network', text });
  // it came from libvirt, or was parsed before it was planned
  if (value === null) throw new Error('a network that was read before cannot be read any more');
  return value;
}

/** What libvirt has after so many calls of a task. Linear in calls and documents. */
function documentsAfter({ base, calls, updates }: Task, count: number): Documents {
  const sims: Record<Scope, Simulation | null> = { live: null, config: null };
  for (const scope of ['live', 'config'] as const) {
    const document = documentOf(base?.[scope] ?? null);
    if (document !== null) sims[scope] = openSimulation(document, scope, updates);
  }
  for (const call of calls.slice(0, count)) {
    switch (call.type) {
      case 'update':
        for (const scope of scopesOf(call)) {
          const simulation = sims[scope];
          if (simulation !== null) carryOut(simulation, call.update);
        }
        break;
      case 'define': {
        const given = documentOf(call.xml);
        const stored = given === null ? null : asStored(given);
        sims.config = stored === null ? null : openSimulation(stored, 'config', updates);
        break;
      }
      case 'undefine':
        sims.config = null;
        break;
      case 'start':
        sims.live = sims.config === null ? null : openSimulation(simulated(sims.config), 'live', updates);
        break;
    }
  }
  return {
    live: sims.live === null ? null : simulated(sims.live),
    config: sims.config === null ? null : simulated(sims.config),
  };
}
