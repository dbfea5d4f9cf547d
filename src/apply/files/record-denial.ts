// An attempt that policy denied, as a line of the journal: written like any other, or told why it could not be.

import { type Diagnostic, warning } from '../../diagnostics/diagnostic.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Source } from '../../source/source.ts';
import { DENIED_PER_DAY, nextDay, spentBy } from './denied-budget.ts';
import { type DeniedBody, deniedBody } from './denied-entry.ts';
import type { Disk } from './disk.ts';
import { isDiskError, reasonOf } from './disk-error.ts';
import { hashOf } from './durable.ts';
import {
  appendLine,
  headsAfter,
  journalState,
  moveTornLineAside,
  rememberHeads,
  retractLine,
  sealLine,
} from './journal.ts';
import { journalBroken, journalGone, journalTorn } from './journal-words.ts';
import { type Layout, rightsLike } from './layout.ts';
import { recover } from './recovery.ts';

/**
 * Appends the denial of `plan`. Warnings and notes say what else was found, or why there is no line. Needs the lock.
 * `now`: milliseconds since 1970. Throws what the disk throws; then the journal is as it was.
 */
export function recordDenial(
  disk: Disk,
  layout: Layout,
  plan: Plan,
  script: Source | null,
  now: number,
): readonly Diagnostic[] {
  const recovery = recover(disk, layout);
  if (recovery.type === 'problem') return [notRecorded(recovery.diagnostic.message)];
  const notes: Diagnostic[] = [...recovery.notes];
  const rights = rightsLike(disk.lstat(layout.root));
  const { heads, fault, gone } = journalState(disk, layout);
  if (fault?.type === 'broken') return [...notes, notRecorded(journalBroken(layout, fault).message)];
  if (fault?.type === 'torn')
    notes.push(journalTorn(layout, fault, moveTornLineAside(disk, layout, rights, fault.offset)));
  if (gone) notes.push(journalGone(layout, heads));

  const body = deniedBody(plan, {
    now,
    script: script === null ? null : { name: script.name, hash: hashOf(script.text) },
  });
  const spent = spentBy(heads.denied, body.time, body.realSubject);
  if (spent >= DENIED_PER_DAY) return [...notes, tooMany(body)];
  const seal = (whole: DeniedBody) => sealLine(whole, heads.hash, heads.size === 0);
  let line = seal(body);
  if (spent + line.bytes.length >= DENIED_PER_DAY) line = seal({ ...body, silentUntil: nextDay(body.time) });
  try {
    appendLine(disk, layout, rights, line);
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    takeBack(disk, layout, heads.size, line);
    throw thrown;
  }
  rememberHeads(disk, layout, rights, headsAfter(heads, line, body));
  return notes;
}

/** A line of which nobody knows whether it is on the disk is worse than none. What stays is found torn by the next run. */
function takeBack(
  disk: Disk,
  layout: Layout,
  offset: number,
  line: { readonly bytes: Buffer; readonly hash: string },
): void {
  try {
    retractLine(disk, layout, offset, line.bytes.length, line.hash);
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
  }
}

/** `why`, in words: `permission denied (EACCES)`. The denial stands all the same. */
export function notRecorded(why: string): Diagnostic {
  return warning('SL840', null, `the journal does not know of this denial: ${why}`, {
    help: 'nothing was written all the same; who keeps the journal has to know that it has a gap',
  });
}

export function notRecordedBecause(thrown: unknown): Diagnostic {
  if (!isDiskError(thrown)) throw thrown;
  return notRecorded(reasonOf(thrown));
}

function tooMany({ realSubject, time }: DeniedBody): Diagnostic {
  return warning(
    'SL841',
    null,
    `\`${realSubject}\` was denied so often today that the journal does not record it any more`,
    {
      help: `it records their denials again from ${nextDay(time)} on; who is allowed something is recorded always`,
    },
  );
}
