// Runs a command and says how long it took and how much memory it held at most.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';

export type Command = {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** Where its stdout goes; null throws it away. */
  readonly into: string | null;
};

export type Measured = {
  readonly seconds: number;
  /** Largest resident set in MiB; null where GNU time is not installed. */
  readonly mebibytes: number | null;
};

const GNU_TIME = '/usr/bin/time';
const timed = existsSync(GNU_TIME);

/** One run. Throws when the command fails: a benchmark of an error says nothing. */
export function once({ argv, cwd, into }: Command): Measured {
  const out = into === null ? 'ignore' : openSync(into, 'w');
  const started = process.hrtime.bigint();
  const run = spawnSync(argv[0], argv.slice(1), {
    cwd,
    stdio: ['ignore', out, 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (typeof out === 'number') closeSync(out);
  if (run.status !== 0)
    throw new Error(`${argv.slice(0, 4).join(' ')} … ended with ${run.status}: ${run.stderr.slice(0, 2000)}`);
  return { seconds, mebibytes: null };
}

/** One run under GNU time, for memory; its own cost is about a millisecond. */
export function onceWithMemory(command: Command): Measured {
  if (!timed) return once(command);
  const out = command.into === null ? 'ignore' : openSync(command.into, 'w');
  const run = spawnSync(GNU_TIME, ['-f', '%e %M', ...command.argv], {
    cwd: command.cwd,
    stdio: ['ignore', out, 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (typeof out === 'number') closeSync(out);
  const said = /(\d+\.\d+) (\d+)\n$/.exec(run.stderr);
  if (run.status !== 0 || said === null)
    throw new Error(
      `${command.argv.slice(0, 4).join(' ')} … ended with ${run.status}: ${run.stderr.slice(0, 2000)}`,
    );
  return { seconds: Number(said[1]), mebibytes: Number(said[2]) / 1024 };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle];
  const low = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  if (high === undefined || low === undefined) throw new Error('the median of nothing');
  return (low + high) / 2;
}

/** Runs each in turn, `rounds` times over: what disturbs the machine disturbs all. One row of results per round. */
export function alternating<K extends string>(
  rounds: number,
  runs: Readonly<Record<K, () => Measured>>,
): readonly Readonly<Record<K, Measured>>[] {
  const names = Object.keys(runs) as K[]; // the keys of a record are what its type says
  return Array.from({ length: rounds }, () => {
    const row = {} as Record<K, Measured>; // filled in the next line
    for (const name of names) row[name] = runs[name]();
    return row;
  });
}
