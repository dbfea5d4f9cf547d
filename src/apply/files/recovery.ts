// The first thing in every look at a target: an apply that was interrupted is brought to its end, and that is told.

import { setTimeout as pause } from 'node:timers/promises';
import { type Diagnostic, error, warning } from '../../diagnostics/diagnostic.ts';
import type { Disk } from './disk.ts';
import { isDiskError, isRefusal, reasonOf } from './disk-error.ts';
import { isThere } from './durable.ts';
import { type Intent, readPending } from './intent.ts';
import type { Layout } from './layout.ts';
import { withLock } from './lock.ts';
import { type Stuck, settle } from './settle.ts';

/** `problem`: nothing can be read or written before somebody sees to it. */
export type Recovery =
  | { readonly type: 'clear'; readonly notes: readonly Diagnostic[] }
  | { readonly type: 'problem'; readonly diagnostic: Diagnostic };

const CLEAR: Recovery = { type: 'clear', notes: [] };

/** True while an apply is being written, or was interrupted. Throws what the disk throws. */
export function isPending(disk: Disk, layout: Layout): boolean {
  return isThere(disk, layout.intent) || isThere(disk, layout.undo);
}

/** Ends what is pending. Needs the lock. Throws what the disk throws. */
export function recover(disk: Disk, layout: Layout): Recovery {
  const pending = readPending(disk, layout);
  switch (pending.type) {
    case 'none':
      return CLEAR;
    case 'damaged':
      return {
        type: 'problem',
        diagnostic: error('SL818', null, `\`${pending.file}\` is not a record that this Sluice can read`, {
          help: 'a newer Sluice may have written it; else compare the networks with `.sluice/objects`, then remove it',
        }),
      };
    case 'pending': {
      const settled = settle(disk, layout, pending);
      const what = interrupted(settled.intent);
      switch (settled.type) {
        case 'forward':
          return {
            type: 'clear',
            notes: [
              warning('SL817', null, `${what} was finished: ${namesOf(settled.intent)} as it planned`, {
                help: 'nothing is to be done',
              }),
            ],
          };
        case 'back':
          return {
            type: 'clear',
            notes: [
              warning('SL817', null, `${what} was taken back: ${namesOf(settled.intent)} as before it`, {
                help:
                  settled.foreign.length === 0
                    ? 'apply again if you still want it'
                    : `somebody else has written ${list(settled.foreign)} meanwhile; that was left as it is`,
              }),
            ],
          };
        case 'stuck':
          return { type: 'problem', diagnostic: stuck(layout, settled) };
      }
    }
  }
}

/**
 * The same for a reader, who takes the lock for it, waiting at most `wait` milliseconds for an apply that is under way;
 * a reader who may not write waits as long, and then says what is the matter. Throws what the disk throws.
 */
export async function recoverForReading(disk: Disk, layout: Layout, wait: number): Promise<Recovery> {
  if (!isPending(disk, layout)) return CLEAR;
  try {
    const locked = await withLock(disk, layout, wait, 'recovery', () => recover(disk, layout));
    if (locked.type === 'done') return locked.value;
    return { type: 'problem', diagnostic: busy(layout, locked.holder, locked.folder) };
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    const end = performance.now() + wait;
    while (isRefusal(thrown) && performance.now() < end) {
      await pause(20);
      if (!isPending(disk, layout)) return CLEAR;
    }
    return {
      type: 'problem',
      diagnostic: error(
        'SL818',
        null,
        `an apply to \`${layout.root}\` was interrupted, and cannot be brought to its end: ${reasonOf(thrown)}`,
        {
          help: 'run any `sluice` command on it as a user who may write there; then old or new holds for all of it',
        },
      ),
    };
  }
}

function interrupted(intent: Intent): string {
  return `the interrupted apply of revision ${intent.revision} by \`${intent.subject}\``;
}

export function stuck(layout: Layout, { intent, networks }: Stuck): Diagnostic {
  const message = `${interrupted(intent)} cannot be taken back: the old text of ${list(networks)} is not in \`${layout.objects}\` any more`;
  return error('SL818', null, message, {
    help: `put those files right by hand, then remove \`${layout.intent}\` and \`${layout.undo}\``,
  });
}

export function busy(layout: Layout, holder: string, folder: string): Diagnostic {
  return error('SL814', null, `\`${layout.root}\` is being written by ${holder}`, {
    help: `try again; if that process is gone for good, remove \`${folder}\``,
  });
}

function namesOf(intent: Intent): string {
  const { files } = intent;
  return `${list(files.map(({ network }) => network))} ${files.length === 1 ? 'is' : 'are'}`;
}

/** `a`, `b` and 3 more */
export function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `\`${name}\``);
  if (names.length > 5) return `${shown.join(', ')} and ${names.length - 5} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
