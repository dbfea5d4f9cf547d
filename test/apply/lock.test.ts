// One writer at a time, and no lock outlives its holder.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realDisk } from '../../src/apply/files/disk.ts';
import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import { layoutOf } from '../../src/apply/files/layout.ts';
import { withLock } from '../../src/apply/files/lock.ts';
import {
  fateOf,
  markName,
  ownMark,
  type ProcessMark,
  parseMarkName,
} from '../../src/apply/files/process-mark.ts';
import { apply, directory, filesOf, litterOf, outcomeText } from './harness.ts';
import { network } from './plans.ts';

/** A process that does nothing, dead after the test. */
function sleeper(command = 'exec sleep 60'): ChildProcess & { readonly pid: number } {
  const child = spawn('sh', ['-c', command]);
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('no process');
  return child as ChildProcess & { readonly pid: number }; // checked above
}

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}

/** A directory that is locked by a process with this mark, made as Sluice makes it. */
function lockedBy(mark: ProcessMark): string {
  const root = directory({ 'a.xml': network('a', '1') });
  const folder = path.join(root, '.sluice/lock');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, markName(mark)), 'apply by user:bob, since 2026-01-01T00:00:00.000Z\n');
  return root;
}

const edits = { a: [network('a', '1'), network('a', '2')] } as const;

function tried(root: string): Promise<string> {
  return apply(openFilesTarget(root, { wait: 30 }), edits).then(outcomeText);
}

const linux = process.platform === 'linux';

describe('a lock', () => {
  const me = ownMark();

  test.runIf(linux)('of a living process is kept, and named', async () => {
    const { pid } = sleeper();
    const root = lockedBy({ ...me, pid, started: startOf(pid) });
    expect(await tried(root)).toMatch(
      new RegExp(
        `^failed; error\\[SL814\\]: .* is being written by process ${pid} \\(apply by user:bob, since 2026`,
      ),
    );
    expect(filesOf(root)).toEqual({ 'a.xml': network('a', '1') });
    expect(readdirSync(path.join(root, '.sluice'))).toEqual(['lock']);
  });

  test('of a dead process is taken over', async () => {
    const child = sleeper('exit 0');
    await once(child, 'close');
    const root = lockedBy({ ...me, pid: child.pid, started: '1' });
    expect(await tried(root)).toBe('applied 1');
    expect(litterOf(root)).toEqual([]);
  });

  test.runIf(linux)('of a dead process whose number came back is taken over', async () => {
    const { pid } = sleeper();
    expect(await tried(lockedBy({ ...me, pid, started: '1' }))).toBe('applied 1');
  });

  test.runIf(linux)('of a process that was killed and not yet buried is taken over', async () => {
    // the shell becomes a process that never asks after its children
    const child = sleeper('sleep 0.05 & echo $!; exec sleep 60');
    const [printed] = (await once(child.stdout!, 'data')) as [Buffer];
    const pid = Number(printed.toString());
    const started = startOf(pid);
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
      await new Promise((done) => setTimeout(done, 10));
    expect(fateOf({ ...me, pid, started }, me)).toBe('gone');
  });

  test('from before the last boot is taken over', async () => {
    expect(await tried(lockedBy({ ...me, boot: 'b007' }))).toBe('applied 1');
  });

  test.each([
    ['another machine', { boot: 'b007', machine: 'dead' }],
    ['another container', { space: '1' }],
  ])('of a process of %s is kept', async (where, differs) => {
    expect(await tried(lockedBy({ ...me, ...differs }))).toMatch(
      new RegExp(`^failed; error\\[SL814\\].*of ${where} \\(apply by user:bob`),
    );
  });

  test('of another thread of this process is kept; one that this thread forgot is not', async () => {
    expect(await tried(lockedBy({ ...me, thread: me.thread + 1 }))).toMatch(/^failed; error\[SL814\]/);
    expect(await tried(lockedBy(me))).toBe('applied 1');
  });

  test('that Sluice did not make is kept', async () => {
    const root = lockedBy(me);
    writeFileSync(path.join(root, '.sluice/lock/stray'), '');
    expect(await tried(root)).toMatch(/^failed; error\[SL814\].*stray`, which Sluice did not make/);
  });

  test('is left empty by one who died while releasing it: the next takes it', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    mkdirSync(path.join(root, '.sluice/lock'), { recursive: true });
    expect(await tried(root)).toBe('applied 1');
    expect(litterOf(root)).toEqual([]);
  });

  test('that was never taken is swept away', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const dead = markName({ ...me, boot: 'b007' });
    mkdirSync(path.join(root, '.sluice', `lock.${dead}`), { recursive: true });
    writeFileSync(path.join(root, '.sluice', `lock.${dead}`, dead), '');
    expect(await tried(root)).toBe('applied 1');
    expect(litterOf(root)).toEqual([]);
  });

  test('is given back when the work throws', async () => {
    const root = directory();
    const layout = layoutOf(root);
    const work = (): never => {
      throw new Error('a bug');
    };
    await expect(withLock(realDisk, layout, 0, 'test', work)).rejects.toThrow('a bug');
    expect(litterOf(root)).toEqual([]);
  });

  test('lets one of many in a process write', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => tried(root)));
    expect(outcomes.filter((one) => one === 'applied 1')).toHaveLength(1);
    expect(outcomes.filter((one) => one.startsWith('conflict'))).toHaveLength(9);
    expect(litterOf(root)).toEqual([]);
  });
});

test('a mark is read as it was written', () => {
  const marks: readonly ProcessMark[] = [
    ownMark(),
    { pid: 1, thread: 0, started: '', boot: '', space: '', machine: '' },
    {
      pid: 4_194_304,
      thread: 12,
      started: '18446744073709551615',
      boot: 'f'.repeat(32),
      space: '4026531836',
      machine: '0'.repeat(16),
    },
  ];
  for (const mark of marks) {
    expect(parseMarkName(markName(mark))).toEqual(mark);
    expect(markName(mark).length).toBeLessThan(200);
    expect(markName(mark)).not.toBe(markName(mark));
  }
  for (const name of ['', 'x', '1.2.3', '1.2.3.4.5.6', '../../x']) expect(parseMarkName(name)).toBeNull();
});

test('a process without /proc is judged by its number alone', () => {
  const blind = { ...ownMark(), started: '', boot: '', space: '' };
  expect(fateOf({ ...blind, pid: process.ppid }, blind)).not.toBe('unknown');
  expect(fateOf({ ...blind, machine: 'dead' }, blind)).toBe('unknown');
});
