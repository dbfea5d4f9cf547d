// The embedded target: a directory in which NAME.xml is the network NAME, and `.sluice` holds what happened to them.

import { realpathSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, error } from '../../diagnostics/diagnostic.ts';
import type { Plan } from '../../plan/plan.ts';
import { type Permit, redeemPermit } from '../../policy/permit.ts';
import type { Source } from '../../source/source.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { ApplyOutcome, Stored, Target } from '../target.ts';
import { applyPlan, failed, nothingWritten } from './apply-plan.ts';
import { type Disk, realDisk } from './disk.ts';
import { isDiskError } from './disk-error.ts';
import { type ForeignEdit, foreignEdit, foreignNote } from './foreign.ts';
import { type JournalState, journalState } from './journal.ts';
import { journalBroken } from './journal-words.ts';
import { layoutOf } from './layout.ts';
import { withLock } from './lock.ts';
import { networkNames, noSuchNetwork, placeOf, readNetwork, unreadable } from './network-file.ts';
import { whyNotPermitted } from './permit-fit.ts';
import { notPermitted, permitTooOld, permitUsed } from './permit-words.ts';
import { notRecorded, notRecordedBecause, recordDenial } from './record-denial.ts';
import { busy, recoverForReading } from './recovery.ts';

export type FilesOptions = {
  readonly disk: Disk;
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number;
  /** How long to wait for another who writes, in milliseconds. */
  readonly wait: number;
};

export type FilesTarget = Target & {
  /** Networks that are not what Sluice left them as, sorted. */
  readonly foreignEdits: () => Promise<Result<readonly ForeignEdit[], Diagnostic>>;
};

/**
 * The networks in `directory`. Nothing is read or written before the first call of one of its functions; a directory
 * that is missing, or no directory, is their error (SL801, SL802). Reading never writes, except to bring an interrupted
 * apply to its end.
 */
export function openFilesTarget(directory: string, options: Partial<FilesOptions> = {}): FilesTarget {
  const { disk = realDisk, now = Date.now, wait = 10_000 } = options;
  const root = realPathOf(directory);
  const layout = layoutOf(root);
  const name = `dir:${root}`;
  /** What recovery had to say to a caller who could not be told. */
  let untold: readonly Diagnostic[] = [];

  /** Runs `look` on a directory in which nothing is pending. */
  async function reading<T>(look: () => Result<T, Diagnostic>): Promise<Result<T, Diagnostic>> {
    try {
      const wrong = whyNoDirectory(disk, root);
      if (wrong !== null) return err(wrong);
      const recovery = await recoverForReading(disk, layout, wait);
      if (recovery.type === 'problem') return err(recovery.diagnostic);
      untold = [...untold, ...recovery.notes];
      return look();
    } catch (thrown) {
      if (!isDiskError(thrown)) throw thrown;
      return err(unreadable(pathOf(thrown) ?? root, thrown));
    }
  }

  function notesOn(network: string, found: string | null): readonly Diagnostic[] {
    let state: JournalState;
    try {
      state = journalState(disk, layout);
    } catch (thrown) {
      if (!isDiskError(thrown)) throw thrown;
      // a journal that is closed to this reader; who applies must be able to read it
      return [{ ...unreadable(layout.journal, thrown), severity: 'note' }];
    }
    const { heads, fault } = state;
    if (fault?.type === 'broken') return [{ ...journalBroken(layout, fault), severity: 'warning' }];
    const edit = foreignEdit(heads, network, found);
    return edit === null ? [] : [foreignNote(edit)];
  }

  return {
    name,
    scopes: ['config'],

    journal: root,
    close: () => Promise.resolve(),

    scopesOf: () => Promise.resolve(ok(['config'])),

    list: () => reading(() => ok(networkNames(disk, layout))),

    read: (network, scope) =>
      reading<Stored>(() => {
        if (scope !== 'config') return err(noLiveState(root));
        const place = placeOf(disk, layout, network);
        if (!place.ok) return place;
        const text = readNetwork(disk, place.value);
        if (!text.ok) return text;
        if (text.value === null) return err(noSuchNetwork(disk, layout, network));
        const { source, hash } = text.value;
        const notes = [...untold, ...notesOn(network, hash)];
        untold = [];
        return ok({ network, scope, source, hash, notes });
      }),

    foreignEdits: () =>
      reading(() => {
        const edits: ForeignEdit[] = [];
        const { heads } = journalState(disk, layout);
        for (const network of [...heads.networks.keys()].sort()) {
          const place = placeOf(disk, layout, network);
          if (!place.ok) return place;
          const text = readNetwork(disk, place.value);
          if (!text.ok) return text;
          const edit = foreignEdit(heads, network, text.value?.hash ?? null);
          if (edit !== null) edits.push(edit);
        }
        return ok(edits);
      }),

    async apply(plan: Plan, permit: Permit, script: Source | null): Promise<ApplyOutcome> {
      const permitted = redeemPermit(permit, now());
      if (!permitted.ok) {
        return failed(permitted.error === 'expired' ? permitTooOld() : permitUsed());
      }
      const wrong = plan.documents.some(({ scope }) => scope !== 'config')
        ? noLiveState(root)
        : notPermitted(whyNotPermitted(plan, permitted.value, name));
      if (wrong !== null) return failed(wrong);
      try {
        const none = whyNoDirectory(disk, root);
        if (none !== null) return failed(none);
        const locked = await withLock(disk, layout, wait, `apply by ${plan.realSubject}`, () =>
          applyPlan(disk, layout, plan, permitted.value, script, now()),
        );
        if (locked.type === 'busy') {
          return failed(busy(layout, locked.holder, locked.folder));
        }
        const told = untold;
        untold = [];
        return { ...locked.value, notes: [...told, ...locked.value.notes] };
      } catch (thrown) {
        if (!isDiskError(thrown)) throw thrown;
        return failed(nothingWritten(layout, thrown));
      }
    },

    async recordDenial(plan: Plan, script: Source | null): Promise<readonly Diagnostic[]> {
      try {
        const purpose = `denied apply by ${plan.realSubject}`;
        const locked = await withLock(disk, layout, wait, purpose, () =>
          recordDenial(disk, layout, plan, script, now()),
        );
        const told = untold;
        untold = [];
        if (locked.type === 'done') return [...told, ...locked.value];
        return [...told, notRecorded(busy(layout, locked.holder, locked.folder).message)];
      } catch (thrown) {
        return [notRecordedBecause(thrown)];
      }
    },
  };
}

function realPathOf(directory: string): string {
  try {
    return realpathSync.native(directory);
  } catch {
    return path.resolve(directory); // not there, or not for us: the first call says so
  }
}

function whyNoDirectory(disk: Disk, root: string): Diagnostic | null {
  try {
    if (disk.lstat(root).kind === 'directory') return null;
    return error('SL802', null, `\`${root}\` is not a directory`, {
      help: 'name the directory that holds the `NAME.xml` files: `--target dir:PATH`',
    });
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    if (thrown.code !== 'ENOENT' && thrown.code !== 'ENOTDIR') return unreadable(root, thrown);
    return error('SL801', null, `\`${root}\` does not exist`, {
      help: 'make the directory, or name another one: `--target dir:PATH`',
    });
  }
}

function noLiveState(root: string): Diagnostic {
  return error('SL810', null, `\`${root}\` is a directory of files: its networks have no \`live\` state`, {
    help: 'use scope `config`, or a target that runs networks',
  });
}

/** The file that a system call was about, when it was about one. */
function pathOf(thrown: Error): string | null {
  return 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : null;
}
