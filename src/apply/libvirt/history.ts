// The history of a daemon's networks: the journal and the texts of the embedded target, kept in a folder of the user's; and
// a record of the apply that is under way, which is also what makes others wait.
//
// A daemon is slow and its calls are asynchronous, so the lock of files/lock.ts, which no thread may hold across a pause, is
// taken only for moments: to write the record, and to replace it by a line of the journal.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Diagnostic, error, warning } from '../../diagnostics/diagnostic.ts';
import type { DocumentPlan, Plan } from '../../plan/plan.ts';
import type { Source } from '../../source/source.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { Disk } from '../files/disk.ts';
import { isDiskError, reasonOf, unless } from '../files/disk-error.ts';
import { ensureDirectory, hashOf, readIfThere, syncDirectory, writeWhole } from '../files/durable.ts';
import { foreignEdit, foreignNote } from '../files/foreign.ts';
import {
  appendLine,
  type Heads,
  headKey,
  headsAfter,
  isApplyEntry,
  journalState,
  moveTornLineAside,
  rememberHeads,
  sealLine,
} from '../files/journal.ts';
import { type ApplyBody, applyBody } from '../files/journal-entry.ts';
import { journalBroken, journalGone, journalTorn } from '../files/journal-words.ts';
import { type Layout, layoutOf, type Rights, rightsLike } from '../files/layout.ts';
import { withLock } from '../files/lock.ts';
import { keepObjects, keepScript } from '../files/objects.ts';
import { fateOf, markName, ownMark, parseMarkName } from '../files/process-mark.ts';
import { recordDenial } from '../files/record-denial.ts';
import { busy } from '../files/recovery.ts';
import type { Revision } from '../target.ts';

export type History = {
  readonly layout: Layout;
  /** What Sluice left a document as, when it is something else now. Never fails: what cannot be read says nothing. */
  readonly notesOn: (network: string, scope: 'live' | 'config', hash: string) => readonly Diagnostic[];
  /** Puts on record that an apply begins. SL814 while another is under way; SL815 when the folder cannot be written. */
  readonly begin: (plan: Plan, script: Source | null) => Promise<Result<Begun, Diagnostic>>;
  /** Whether somebody's apply to this network is under way. Never fails. */
  readonly isUnderway: (network: string) => boolean;
  readonly recordDenial: (plan: Plan, script: Source | null) => Promise<readonly Diagnostic[]>;
};

export type Begun = {
  readonly notes: readonly Diagnostic[];
  /** An apply whose process is gone: nobody has recorded what came of it. */
  readonly abandoned: Abandoned | null;
  /**
   * Ends the record. `documents` are those of the plan that hold something else than before, with the texts that were read
   * back; with none, no line is written. The revision is null then, or when it could not be written, which the notes say.
   */
  readonly end: (
    documents: readonly DocumentPlan[],
    partial: boolean,
  ) => Promise<{ readonly revision: Revision | null; readonly notes: readonly Diagnostic[] }>;
};

export type Abandoned = {
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly networks: readonly string[];
};

type Underway = Abandoned & {
  readonly format: 1;
  readonly mark: string;
  /** The line of the journal, should nobody be there to write one: what was to change, with nothing known to have. */
  readonly entry: ApplyBody | null;
};

export type HistoryOptions = {
  readonly disk: Disk;
  readonly now: () => number;
  /** How long to wait for another apply, in milliseconds. */
  readonly wait: number;
};

export function historyIn(folder: string, { disk, now, wait }: HistoryOptions): History {
  const layout = layoutOf(folder);
  const underwayFile = path.join(layout.own, 'underway.json');

  /** Runs `work` under the lock, in a folder that is there. */
  async function locked<T>(purpose: string, work: (rights: Rights) => T): Promise<Result<T, Diagnostic>> {
    try {
      // nobody else reads what the networks of a host are made of
      mkdirSync(layout.root, { recursive: true, mode: 0o700 });
      const rights = rightsLike(disk.lstat(layout.root));
      const done = await withLock(disk, layout, wait, purpose, () => work(rights));
      return done.type === 'done' ? ok(done.value) : err(busy(layout, done.holder, done.folder));
    } catch (thrown) {
      if (!isDiskError(thrown)) throw thrown;
      return err(notRecorded(layout, reasonOf(thrown)));
    }
  }

  function readUnderway(): Underway | null {
    const bytes = readIfThere(disk, underwayFile);
    if (bytes === null) return null;
    try {
      const read = JSON.parse(bytes.toString('utf8')) as Partial<Underway>; // every member is checked below
      const { format, mark, subject, since, networks, entry } = read;
      if (format !== 1 || typeof mark !== 'string' || typeof subject !== 'string') return null;
      if (typeof since !== 'string' || !Array.isArray(networks)) return null;
      const isEntry = typeof entry === 'object' && entry !== null && isApplyEntry(entry);
      return { format, mark, subject, since, networks: networks.map(String), entry: isEntry ? entry : null };
    } catch {
      return null; // torn by a power cut: whoever wrote it is gone
    }
  }

  /** Whose record it is: null for nobody that still runs. */
  function holderOf(underway: Underway): string | null {
    if (running.has(underway.mark)) return 'this very process';
    const mark = parseMarkName(underway.mark);
    if (mark === null) return null;
    const fate = fateOf(mark, ownMark());
    return fate === 'gone' ? null : `process ${mark.pid} (apply by ${underway.subject})`;
  }

  function soundJournal(rights: Rights, notes: Diagnostic[]): Result<Heads, Diagnostic> {
    const { heads, fault, gone } = journalState(disk, layout);
    if (fault?.type === 'broken') return err(journalBroken(layout, fault));
    if (fault?.type === 'torn')
      notes.push(journalTorn(layout, fault, moveTornLineAside(disk, layout, rights, fault.offset)));
    if (gone) notes.push(journalGone(layout, heads));
    return ok(heads);
  }

  /** Puts an apply on record that ended without a word. */
  function settle(rights: Rights, before: Underway | null, heads: Heads): void {
    if (before === null || before.entry === null) return;
    const body: ApplyBody = { ...before.entry, revision: heads.revision + 1 };
    const line = sealLine(body, heads.hash, heads.size === 0);
    appendLine(disk, layout, rights, line);
    rememberHeads(disk, layout, rights, headsAfter(heads, line, body));
  }

  /** What an apply says of itself before it does anything. */
  function unfinished(plan: Plan, script: Source | null): ApplyBody {
    return {
      ...applyBody(plan, withoutOutcome(plan.documents), {
        revision: 0,
        now: now(),
        script: script === null ? null : { name: script.name, hash: hashOf(script.text) },
        foreign: new Map(),
      }),
      partial: true,
    };
  }

  /** Keeps what a line of the journal speaks of. */
  function keepTexts(rights: Rights, texts: ReadonlyMap<string, string>, script: Source | null): void {
    for (const folder of [layout.objects, layout.scripts]) ensureDirectory(disk, folder, rights);
    keepObjects(disk, layout, rights, texts);
    if (script !== null) keepScript(disk, layout, rights, hashOf(script.text), script.text);
  }

  const end =
    (mark: string, plan: Plan, script: Source | null): Begun['end'] =>
    async (documents, partial) => {
      const at = now();
      const ended = await locked(`apply by ${plan.realSubject}`, (rights) => {
        const notes: Diagnostic[] = [];
        let revision: Revision | null = null;
        if (documents.length > 0) {
          const sound = soundJournal(rights, notes);
          if (!sound.ok)
            return { revision, notes: [...notes, { ...sound.error, severity: 'warning' } as const] };
          const heads = sound.value;
          const texts = new Map<string, string>();
          const foreign = new Map<string, number>();
          for (const { network, scope, baseText, baseHash, resultText, resultHash } of documents) {
            if (baseText !== null) texts.set(baseHash, baseText);
            if (resultText !== null) texts.set(resultHash, resultText);
            const edit = foreignEdit(heads, headKey(network, scope), baseText === null ? null : baseHash);
            if (edit !== null) foreign.set(network, edit.revision);
          }
          keepTexts(rights, texts, script);
          const number = heads.revision + 1;
          const context = {
            revision: number,
            now: at,
            script: script === null ? null : { name: script.name, hash: hashOf(script.text) },
            foreign,
          };
          const whole = applyBody(plan, documents, context);
          const body = partial ? { ...whole, partial } : whole;
          const line = sealLine(body, heads.hash, heads.size === 0);
          appendLine(disk, layout, rights, line);
          rememberHeads(disk, layout, rights, headsAfter(heads, line, body));
          revision = { number, at, networks: [...new Set(documents.map(({ network }) => network))] };
        }
        unless(['ENOENT'], () => disk.remove(underwayFile));
        return { revision, notes };
      });
      running.delete(mark);
      if (ended.ok) return ended.value;
      return { revision: null, notes: [{ ...ended.error, severity: 'warning' }] };
    };

  return {
    layout,

    notesOn: (network, scope, hash) => {
      try {
        const { heads, fault } = journalState(disk, layout);
        if (fault?.type === 'broken') return [{ ...journalBroken(layout, fault), severity: 'warning' }];
        const underway = readUnderway();
        if (underway?.networks.includes(network) === true && holderOf(underway) === null)
          return [abandonedNote(underway)];
        const edit = foreignEdit(heads, headKey(network, scope), hash);
        return edit === null ? [] : [foreignNote({ ...edit, network: `${network} (${scope})` })];
      } catch (thrown) {
        if (!isDiskError(thrown)) throw thrown;
        return [];
      }
    },

    isUnderway: (network) => {
      try {
        const underway = readUnderway();
        if (underway === null || !underway.networks.includes(network)) return false;
        return holderOf(underway) !== null;
      } catch (thrown) {
        if (!isDiskError(thrown)) throw thrown;
        return false;
      }
    },

    begin: async (plan, script) => {
      const mark = markName(ownMark());
      const until = performance.now() + wait;
      for (;;) {
        const notes: Diagnostic[] = [];
        const begun = await locked(`apply by ${plan.realSubject}`, (rights) => {
          const before = readUnderway();
          const holder = before === null ? null : holderOf(before);
          if (holder !== null) return { type: 'held', holder } as const;
          const sound = soundJournal(rights, notes);
          if (!sound.ok) return { type: 'unsound', problem: sound.error } as const;
          const networks = [...new Set(plan.documents.map(({ network }) => network))];
          const since = new Date(now()).toISOString();
          settle(rights, before, sound.value);
          const bases = plan.documents.flatMap(({ baseText, baseHash }) =>
            baseText === null ? [] : [[baseHash, baseText] as const],
          );
          keepTexts(rights, new Map(bases), script);
          const entry = unfinished(plan, script);
          const record: Underway = { format: 1, mark, subject: plan.realSubject, since, networks, entry };
          const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
          writeWhole(disk, layout, underwayFile, bytes, rights.open, rights.gid);
          syncDirectory(disk, layout.own);
          running.add(mark);
          return { type: 'ours', abandoned: before } as const;
        });
        if (!begun.ok) return begun;
        const { value } = begun;
        if (value.type === 'unsound') return err(value.problem);
        if (value.type === 'ours')
          return ok({ notes, abandoned: value.abandoned, end: end(mark, plan, script) });
        if (performance.now() >= until) return err(busy(layout, value.holder, underwayFile));
        await pause(100);
      }
    },

    recordDenial: async (plan, script) => {
      const told = await locked(`denied apply by ${plan.realSubject}`, () =>
        recordDenial(disk, layout, plan, script, now()),
      );
      return told.ok ? told.value : [{ ...told.error, severity: 'warning' }];
    },
  };
}

/** Applies of this process: it cannot be told from itself by its number. */
const running = new Set<string>();

function notRecorded(layout: Layout, why: string): Diagnostic {
  return error('SL981', null, `the journal in \`${layout.root}\` cannot be written: ${why}`, {
    help: 'who changed what has to be on record; `--state FOLDER` keeps the journal somewhere else',
  });
}

/** Documents of which nobody knows what they hold: as they were, with nothing known to have changed. */
export function withoutOutcome(documents: readonly DocumentPlan[]): readonly DocumentPlan[] {
  return documents.map((document) => ({
    ...document,
    resultText: document.baseText,
    resultHash: document.baseHash,
    changes: [],
    verdicts: [],
    effects: [],
  }));
}

/** An apply that nobody brought to its end. */
export function abandonedNote({ subject, since, networks }: Abandoned): Diagnostic {
  const which = networks.map((name) => `\`${name}\``).join(', ');
  return warning('SL982', null, `an apply to ${which} by \`${subject}\` from ${since} was interrupted`, {
    help: 'plans start from what the daemon holds now; `sluice diff NETWORK --live --config` compares both states',
  });
}
