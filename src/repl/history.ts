// What was typed before: one entry for each statement, block or command, without repetitions, kept for this user alone.

import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { isDiskError } from '../apply/files/disk-error.ts';

/** More than anybody looks back. */
const MOST = 2000;

export type History = {
  /** The newest first, as node:readline wants them. */
  readonly entries: string[];
  readonly add: (entry: string) => void;
  /** The index of the nearest entry from `from` on that contains the text; -1 for none. */
  readonly find: (text: string, from: number) => number;
};

/** Reads and keeps the history in `file`, a line of JSON for each entry. Where it cannot be kept, it lives as long as the session. */
export function openHistory(file: string): History {
  const entries = readEntries(file);
  let writable = true;
  return {
    entries,
    add: (entry) => {
      const text = entry.trim();
      if (text === '') return;
      const at = entries.indexOf(text);
      if (at === 0) return;
      if (at > 0) entries.splice(at, 1);
      entries.unshift(text);
      entries.length = Math.min(entries.length, MOST);
      if (writable) writable = append(file, text);
    },
    find: (text, from) => entries.findIndex((entry, at) => at >= from && entry.includes(text)),
  };
}

function readEntries(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return [];
  }
  const lines = text.split('\n').filter((line) => line !== '');
  const found = new Set<string>();
  // the latest of equals counts
  for (const line of lines.reverse()) {
    const entry = readEntry(line);
    if (entry !== null && found.size < MOST) found.add(entry);
  }
  const entries = [...found];
  if (lines.length > 2 * MOST) rewrite(file, entries);
  return entries;
}

/** A line that is none (torn by a crash, or by two sessions at once) is left out. */
function readEntry(line: string): string | null {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'string' ? entry : null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

function append(file: string, text: string): boolean {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const opened = openSync(file, 'a', 0o600);
    writeSync(opened, `${JSON.stringify(text)}\n`);
    closeSync(opened);
    return true;
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return false;
  }
}

function rewrite(file: string, entries: readonly string[]): void {
  const fresh = `${file}.new`;
  try {
    writeFileSync(
      fresh,
      entries
        .toReversed()
        .map((entry) => `${JSON.stringify(entry)}\n`)
        .join(''),
      { mode: 0o600 },
    );
    chmodSync(fresh, 0o600);
    renameSync(fresh, file);
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
  }
}
