// The whole journal, checked line by line: for those who show it, and those who go back in it.

import path from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { type Disk, realDisk } from './disk.ts';
import { isDiskError } from './disk-error.ts';
import { type JournalEntry, scanJournal } from './journal.ts';
import { journalBroken, journalCutShort } from './journal-words.ts';
import { layoutOf } from './layout.ts';
import { unreadable } from './network-file.ts';
import { readObject } from './objects.ts';

/** `entries` are all sound lines before the first fault, oldest first; `fault` says what is wrong behind them. */
export type Journal = { readonly entries: readonly JournalEntry[]; readonly fault: Diagnostic | null };

/** The journal of a target directory; without one, no entries. Writes nothing. */
export function readJournal(directory: string, disk: Disk = realDisk): Result<Journal, Diagnostic> {
  const entries: JournalEntry[] = [];
  const walked = walkJournal(directory, (entry) => entries.push(entry), disk);
  return walked.ok ? ok({ entries, fault: walked.value }) : walked;
}

/**
 * Shows every sound entry, oldest first, without keeping any: a journal of years need not fit into memory. The value is
 * what is wrong behind them, or null. Writes nothing.
 */
export function walkJournal(
  directory: string,
  visit: (entry: JournalEntry) => void,
  disk: Disk = realDisk,
): Result<Diagnostic | null, Diagnostic> {
  const layout = layoutOf(path.resolve(directory));
  try {
    const scan = scanJournal(disk, layout);
    for (;;) {
      const step = scan.next();
      if (step.done !== true) {
        visit(step.value.entry);
        continue;
      }
      const fault = step.value;
      if (fault === null) return ok(null);
      return ok(fault.type === 'broken' ? journalBroken(layout, fault) : journalCutShort(layout, fault));
    }
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return err(unreadable(layout.journal, thrown));
  }
}

/** A text of a network by the hash that the journal has of it; null when it is not kept any more. */
export function readRevisionText(
  directory: string,
  hash: string,
  disk: Disk = realDisk,
): Result<string | null, Diagnostic> {
  const layout = layoutOf(path.resolve(directory));
  try {
    return ok(readObject(disk, layout, hash)?.toString('utf8') ?? null);
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return err(unreadable(layout.objects, thrown));
  }
}
