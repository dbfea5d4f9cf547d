// Directories with networks, and what is in them afterwards.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { readJournal } from '../../src/apply/files/read-journal.ts';
import type { ApplyOutcome, Target } from '../../src/apply/target.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { type Edits, planned } from './plans.ts';

/** A directory that is gone after the test, with these files in it. */
export function directory(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'sluice-files-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

export function apply(target: Target, edits: Edits): Promise<ApplyOutcome> {
  const { plan, permit } = planned(target, edits);
  return target.apply(plan, permit, null);
}

/** Every file under the directory that is not Sluice's own: name → text. */
export function filesOf(root: string): Readonly<Record<string, string>> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((name) => !name.startsWith('.sluice'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(path.join(root, name), 'utf8')]));
}

/** What of Sluice's own is left that should not be: staged texts, locks, records of what is over. */
export function litterOf(root: string): readonly string[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.tmp$|^\.sluice\/(lock|intent|undo)/.test(name)).sort();
}

/** What a person sees first of a diagnostic. */
export function line(diagnostic: Diagnostic): string {
  return `${diagnostic.severity}[${diagnostic.code}]: ${diagnostic.message}`;
}

/** An outcome in a line: what it is, and what it says. */
export function outcomeText(outcome: ApplyOutcome): string {
  const what = (): string => {
    switch (outcome.type) {
      case 'applied':
        return `applied ${outcome.revision.number}`;
      case 'unchanged':
        return 'unchanged';
      case 'conflict':
      case 'failed':
        return `${outcome.type}; ${line(outcome.diagnostic)}`;
      case 'partial':
        return `partial ${outcome.applied.join()} / ${outcome.pending.join()}; ${line(outcome.diagnostic)}`;
    }
  };
  return [what(), ...outcome.notes.map(line)].join('; ');
}

/** The revisions that the journal has, when it is sound. */
export function revisionsOf(root: string): readonly number[] {
  const journal = readJournal(root);
  if (!journal.ok) throw new Error(line(journal.error));
  expect(journal.value.fault).toBeNull();
  return journal.value.entries.flatMap((entry) => (entry.type === 'apply' ? [entry.revision] : []));
}
