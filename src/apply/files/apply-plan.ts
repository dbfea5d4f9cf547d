// Writes a plan into the directory, all of it or nothing, and says what holds when the disk gives up on the way.
//
// Order: keep old and new texts, stage the new ones, write down the intent, append the journal line (which decides),
// rename, remove the intent. Before the line everything ends back, after it forward (settle.ts).

import { type Diagnostic, error, warning } from '../../diagnostics/diagnostic.ts';
import type { DocumentPlan, Plan } from '../../plan/plan.ts';
import { PERMIT_LIFE, type Permitted } from '../../policy/permit.ts';
import type { Source } from '../../source/source.ts';
import type { ApplyOutcome } from '../target.ts';
import type { Disk } from './disk.ts';
import { type DiskError, isDiskError, reasonOf } from './disk-error.ts';
import { ensureDirectory, hashOf, syncDirectory } from './durable.ts';
import { foreignEdit, foreignNote } from './foreign.ts';
import { type Intent, readPending, writeIntent } from './intent.ts';
import {
  appendLine,
  endsWithLine,
  type Heads,
  headsAfter,
  journalState,
  moveTornLineAside,
  rememberHeads,
  type SealedLine,
  sealLine,
} from './journal.ts';
import { type ApplyBody, applyBody } from './journal-entry.ts';
import { journalBroken, journalGone, journalTorn } from './journal-words.ts';
import { type Layout, type Rights, rightsLike, stagedName } from './layout.ts';
import { type NetworkText, type Place, placeOf, readNetwork } from './network-file.ts';
import { keepObjects, keepScript } from './objects.ts';
import { permitTooOld } from './permit-words.ts';
import { list, recover, stuck } from './recovery.ts';
import { goBack, goForward, type Holds, sweepUnfinished, whatHolds } from './settle.ts';
import { stage } from './stage.ts';

/** A document of the plan that changes, with its file as it is. */
type Task = { readonly document: DocumentPlan; readonly place: Place; readonly found: NetworkText | null };

type Ready = {
  readonly tasks: readonly Task[];
  readonly rights: Rights;
  readonly heads: Heads;
  readonly body: ApplyBody;
  readonly line: SealedLine;
  readonly intent: Intent;
  readonly script: Source | null;
  readonly notes: readonly Diagnostic[];
};

/** Needs the lock, and a plan that is what `permitted` binds. `now`: milliseconds since 1970. */
export function applyPlan(
  disk: Disk,
  layout: Layout,
  plan: Plan,
  permitted: Permitted,
  script: Source | null,
  now: number,
): ApplyOutcome {
  // the wait for the lock counts, too
  if (now - permitted.madeAt > PERMIT_LIFE) return failed(permitTooOld());
  /** What is so whatever comes of this plan. */
  const facts: Diagnostic[] = [];
  let ready: Ready | ApplyOutcome;
  try {
    ready = prepare(disk, layout, plan, script, now, facts);
  } catch (thrown) {
    ready = failed(nothingWritten(layout, diskErrorOrBug(thrown)));
  }
  const outcome = 'type' in ready ? ready : write(disk, layout, ready);
  return { ...outcome, notes: [...facts, ...outcome.notes] };
}

function write(disk: Disk, layout: Layout, ready: Ready): ApplyOutcome {
  const { heads, rights, line, body, intent, notes } = ready;
  try {
    const kept = record(disk, layout, ready);
    if (!goForward(disk, layout, intent)) {
      const back = goBack(disk, layout, intent, false);
      if (back.type === 'back') return conflict(changedWhileWriting(back.foreign));
      const pending = intent.files.map(({ network }) => network);
      return { type: 'partial', diagnostic: stuck(layout, back), applied: [], pending, notes: [] };
    }
    rememberHeads(disk, layout, rights, headsAfter(heads, line, body));
    return applied(intent, [...notes, ...kept]);
  } catch (thrown) {
    return whatCameOfIt(disk, layout, intent, notes, diskErrorOrBug(thrown));
  }
}

/** Everything that can be found wrong before the first byte of this plan is written. */
function prepare(
  disk: Disk,
  layout: Layout,
  plan: Plan,
  script: Source | null,
  now: number,
  facts: Diagnostic[],
): Ready | ApplyOutcome {
  const recovery = recover(disk, layout);
  if (recovery.type === 'problem') return failed(recovery.diagnostic);
  facts.push(...recovery.notes);
  const notes: Diagnostic[] = [];
  sweepUnfinished(disk, layout);
  const rights = rightsLike(disk.lstat(layout.root));
  const { heads, fault, gone } = journalState(disk, layout);
  if (fault?.type === 'broken') return failed(journalBroken(layout, fault));
  if (fault?.type === 'torn') {
    facts.push(journalTorn(layout, fault, moveTornLineAside(disk, layout, rights, fault.offset)));
  }
  if (gone) notes.push(journalGone(layout, heads));

  const tasks: Task[] = [];
  const foreign = new Map<string, number>();
  const files = new Map<string, string>();
  for (const document of plan.documents) {
    const place = placeOf(disk, layout, document.network);
    if (!place.ok) return failed(place.error);
    const found = readNetwork(disk, place.value);
    if (!found.ok) return failed(found.error);
    const hash = found.value?.hash ?? null;
    if (hash !== (document.baseText === null ? null : document.baseHash)) {
      return conflict(baseMoved(document, hash, heads));
    }
    if (document.resultHash === document.baseHash) continue;
    const twin = files.get(place.value.file);
    if (twin !== undefined || (place.value.linked && document.resultText === null)) {
      return failed(linkInTheWay(place.value, twin ?? null));
    }
    files.set(place.value.file, document.network);
    const edit = foreignEdit(heads, document.network, hash);
    if (edit !== null) {
      foreign.set(document.network, edit.revision);
      notes.push(foreignNote(edit));
    }
    tasks.push({ document, place: place.value, found: found.value });
  }
  if (tasks.length === 0) return { type: 'unchanged', notes };

  const revision = heads.revision + 1;
  const body = applyBody(
    plan,
    tasks.map(({ document }) => document),
    {
      revision,
      now,
      script: script === null ? null : { name: script.name, hash: hashOf(script.text) },
      foreign,
    },
  );
  const line = sealLine(body, heads.hash, heads.size === 0);
  const intent: Intent = {
    format: 1,
    revision,
    at: now,
    subject: plan.realSubject,
    files: tasks.map(({ document, place, found }, index) => ({
      network: document.network,
      file: place.file.slice(layout.root.length + 1),
      staged: stagedName(revision, index),
      before: document.baseText === null ? null : document.baseHash,
      after: document.resultText === null ? null : document.resultHash,
      rights: found === null ? null : { mode: found.stat.mode, uid: found.stat.uid, gid: found.stat.gid },
    })),
    line: { offset: heads.size, length: line.bytes.length, hash: line.hash },
  };
  return { tasks, rights, heads, body, line, intent, script, notes };
}

/** Writes all that is needed to go either way, and then the line that decides to go forward. */
function record(disk: Disk, layout: Layout, ready: Ready): readonly Diagnostic[] {
  const { tasks, rights, intent, script, line } = ready;
  // their names become durable with the intent's, which nobody needs them before
  for (const folder of [layout.objects, layout.scripts]) ensureDirectory(disk, folder, rights);
  const texts = new Map<string, string>();
  for (const { document } of tasks) {
    if (document.baseText !== null) texts.set(document.baseHash, document.baseText);
    if (document.resultText !== null) texts.set(document.resultHash, document.resultText);
  }
  keepObjects(disk, layout, rights, texts);
  if (script !== null) keepScript(disk, layout, rights, hashOf(script.text), script.text);
  const notes: Diagnostic[] = [];
  for (const [index, { document, place }] of tasks.entries()) {
    const { staged, rights: like } = intent.files[index]!; // one per task
    if (document.resultText === null) continue;
    const { kept } = stage(disk, layout, staged, Buffer.from(document.resultText), like);
    if (!kept) notes.push(ownerLost(place));
  }
  syncDirectory(disk, layout.root);
  writeIntent(disk, layout, rights, intent);
  appendLine(disk, layout, rights, line);
  return notes;
}

/** After a failure on the way: goes back if that is possible, then reads what holds, and tells that. */
function whatCameOfIt(
  disk: Disk,
  layout: Layout,
  intent: Intent,
  notes: readonly Diagnostic[],
  cause: DiskError,
): ApplyOutcome {
  try {
    const holds = whatHolds(disk, layout, intent);
    const pending = readPending(disk, layout);
    if (pending.type === 'none') sweepUnfinished(disk, layout);
    else if (pending.type === 'pending' && !holds.every((one) => one === 'after')) {
      goBack(disk, layout, intent, pending.direction === 'back');
    }
  } catch (thrown) {
    diskErrorOrBug(thrown); // the first failure is the one to tell
  }
  try {
    const holds = whatHolds(disk, layout, intent);
    return tell(layout, intent, notes, cause, holds, directionOf(disk, layout, intent));
  } catch (thrown) {
    const also = reasonOf(diskErrorOrBug(thrown));
    const pending = intent.files.map(({ network }) => network);
    const message = `${reasonOf(cause)}, and what holds now cannot be read: ${also}`;
    return {
      type: 'partial',
      diagnostic: error('SL816', null, message, { help: NEXT_RUN }),
      applied: [],
      pending,
      notes: [],
    };
  }
}

/**
 * Which way the next run goes with what is still pending. `open`: back, unless the power goes first, and with it a name
 * that the disk did not confirm: a failing fsync promises nothing.
 */
type Direction = 'forward' | 'back' | 'open' | 'nothing pending';

function directionOf(disk: Disk, layout: Layout, intent: Intent): Direction {
  const pending = readPending(disk, layout);
  if (pending.type === 'none') return 'nothing pending';
  const { offset, length, hash } = intent.line;
  if (!endsWithLine(disk, layout, offset, length, hash)) return 'back';
  return pending.type === 'pending' && pending.direction === 'back' ? 'open' : 'forward';
}

const NEXT_RUN = 'the next `sluice` command on this directory brings it to its end: all of it, or nothing';

function tell(
  layout: Layout,
  intent: Intent,
  notes: readonly Diagnostic[],
  cause: DiskError,
  holds: readonly Holds[],
  direction: Direction,
): ApplyOutcome {
  const those = (which: Holds): readonly string[] =>
    intent.files.filter((_, index) => holds[index] === which).map(({ network }) => network);
  const [after, before, foreign] = [those('after'), those('before'), those('foreign')];
  if (after.length === intent.files.length && (direction === 'forward' || direction === 'nothing pending')) {
    const message = `revision ${intent.revision} holds, but not all of its traces could be removed: ${reasonOf(cause)}`;
    return applied(intent, [...notes, warning('SL825', null, message, { help: NEXT_RUN })]);
  }
  if (after.length === 0 && (direction === 'back' || direction === 'nothing pending'))
    return failed(nothingWritten(layout, cause));
  const says = (names: readonly string[], what: string): readonly string[] =>
    names.length === 0 ? [] : [`${list(names)} ${names.length === 1 ? 'holds' : 'hold'} ${what}`];
  const what = [
    ...says(after, 'the new text'),
    ...says(before, 'the old text'),
    ...says(foreign, 'what somebody else wrote'),
  ].join(', ');
  return {
    type: 'partial',
    diagnostic: error('SL816', null, `${reasonOf(cause)}: now ${what}`, { help: NEXT_RUN }),
    applied: after,
    pending: [...before, ...foreign],
    notes: [],
  };
}

function applied(intent: Intent, notes: readonly Diagnostic[]): ApplyOutcome {
  const networks = intent.files.map(({ network }) => network);
  return { type: 'applied', revision: { number: intent.revision, at: intent.at, networks }, notes };
}

export function failed(diagnostic: Diagnostic): ApplyOutcome {
  return { type: 'failed', diagnostic, notes: [] };
}

function conflict(diagnostic: Diagnostic): ApplyOutcome {
  return { type: 'conflict', diagnostic, notes: [] };
}

function diskErrorOrBug(thrown: unknown): DiskError {
  if (isDiskError(thrown)) return thrown;
  throw thrown;
}

export function nothingWritten(layout: Layout, cause: DiskError): Diagnostic {
  return error('SL815', null, `nothing was written to \`${layout.root}\`: ${reasonOf(cause)}`, {
    help: helpFor(cause, layout),
  });
}

function helpFor(cause: DiskError, layout: Layout): string {
  switch (cause.code) {
    case 'EACCES':
    case 'EPERM':
      return `every network holds what it held; run as a user who may write to \`${layout.root}\` and \`${layout.own}\``;
    case 'EROFS':
      return 'every network holds what it held; the file system is mounted read-only';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'every network holds what it held; make room on that disk and apply again';
    default:
      return 'every network holds what it held; see what is wrong with that disk, then apply again';
  }
}

function baseMoved(document: DocumentPlan, found: string | null, heads: Heads): Diagnostic {
  const { network } = document;
  const head = heads.networks.get(network);
  const by = head !== undefined && head.hash === found ? `: it is at revision ${head.revision} now` : '';
  const did = document.baseText === null ? 'came to be' : found === null ? 'was deleted' : 'changed';
  return error('SL813', null, `\`${network}\` ${did} since the plan was made${by}; nothing was written`, {
    help: 'plan again, from what is there now',
  });
}

function changedWhileWriting(networks: readonly string[]): Diagnostic {
  const who = networks.length === 0 ? 'a network' : list(networks);
  return error('SL813', null, `somebody else wrote ${who} at this very moment; nothing was written`, {
    help: 'plan again, from what is there now',
  });
}

function linkInTheWay(place: Place, twin: string | null): Diagnostic {
  return error(
    'SL808',
    null,
    twin === null
      ? `\`${place.shown}\` is a symbolic link, and cannot be deleted as a network`
      : `\`${place.shown}\` is the same file as network \`${twin}\``,
    {
      help: twin === null ? 'remove the link, and the file, by hand' : 'give each network a file of its own',
    },
  );
}

function ownerLost(place: Place): Diagnostic {
  return warning('SL823', null, `\`${place.shown}\` is yours now: the system did not let its owner be kept`, {
    help: 'run as the owner of the file, or set the group and the setgid bit on its directory',
  });
}
