// Staged work on disk, so that a crash or a lost connection loses none of it: one file for each running session.
//
// The file's name says which process writes it (process-mark.ts); where that process is gone, the work is offered back.

import { mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { realDisk } from '../apply/files/disk.ts';
import { isDiskError } from '../apply/files/disk-error.ts';
import { fillFile, syncDirectory } from '../apply/files/durable.ts';
import { fateOf, markName, ownMark, parseMarkName } from '../apply/files/process-mark.ts';
import { type Diagnostic, warning } from '../diagnostics/diagnostic.ts';
import { namesIn } from './names-in.ts';

export type Work = {
  readonly target: string;
  /** `user:NAME`: who staged it. */
  readonly realSubject: string;
  /** Where names of files in typed statements start. */
  readonly folder: string;
  readonly network: string | null;
  readonly scope: string | null;
  readonly vars: readonly (readonly [name: string, value: string])[];
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly units: readonly {
    readonly name: string;
    readonly text: string;
    readonly network: string | null;
  }[];
};

const VERSION = 1;

export type Keeper = {
  /** Writes the work, old or new and never a part; without units the file goes. A warning when that failed, once. */
  readonly keep: (work: Work) => Diagnostic | null;
};

/** Keeps the work of this process in `folder`, for nobody else's eyes. */
export function openKeeper(folder: string): Keeper {
  const file = path.join(folder, `${markName(ownMark())}.json`);
  let failed = false;
  return {
    keep: (work) => {
      try {
        if (work.units.length === 0) rmSync(file, { force: true });
        else writeWhole(folder, file, `${JSON.stringify({ version: VERSION, ...work })}\n`);
        failed = false;
        return null;
      } catch (thrown) {
        if (!isDiskError(thrown)) throw thrown;
        if (failed) return null;
        failed = true;
        return warning('SL509', null, `what is staged cannot be kept in \`${folder}\`: ${thrown.code}`, {
          help: 'should this session break off, it is lost; `save FILE` writes it elsewhere',
        });
      }
    },
  };
}

function writeWhole(folder: string, file: string, text: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${file}.new`;
  fillFile(realDisk, openSync(unfinished, 'w', 0o600), Buffer.from(text));
  renameSync(unfinished, file);
  syncDirectory(realDisk, folder);
}

export type LostWork = { readonly work: Work; readonly forget: () => void };

/** Work of sessions on this target whose process is gone, the oldest first. What cannot be read is left alone. */
export function lostWork(folder: string, target: string, realSubject: string): readonly LostWork[] {
  const me = ownMark();
  const found: LostWork[] = [];
  for (const name of namesIn(folder)) {
    const mark = name.endsWith('.json') ? parseMarkName(name.slice(0, -'.json'.length)) : null;
    if (mark === null || (mark.pid === me.pid && mark.started === me.started)) continue;
    if (fateOf(mark, me) !== 'gone') continue;
    const file = path.join(folder, name);
    const work = readWork(file);
    if (work === null || work.target !== target || work.realSubject !== realSubject) continue;
    found.push({ work, forget: () => rmSync(file, { force: true }) });
  }
  return found.sort((a, b) => a.work.at - b.work.at);
}

function readWork(file: string): Work | null {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || isDiskError(thrown)) return null;
    throw thrown;
  }
  return isWork(data) ? data : null;
}

function isWork(data: unknown): data is Work {
  if (typeof data !== 'object' || data === null) return false;
  // a record of unknowns: every field is looked at
  const work = data as Readonly<Record<string, unknown>>;
  const { version, target, realSubject, folder, network, scope, vars, at, units } = work;
  const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
  return (
    version === VERSION &&
    typeof target === 'string' &&
    typeof realSubject === 'string' &&
    typeof folder === 'string' &&
    isTextOrNull(network) &&
    isTextOrNull(scope) &&
    typeof at === 'number' &&
    Array.isArray(vars) &&
    vars.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((one) => typeof one === 'string'),
    ) &&
    Array.isArray(units) &&
    units.every(
      (unit: unknown) =>
        typeof unit === 'object' &&
        unit !== null &&
        'name' in unit &&
        typeof unit.name === 'string' &&
        'text' in unit &&
        typeof unit.text === 'string' &&
        'network' in unit &&
        isTextOrNull(unit.network),
    )
  );
}
