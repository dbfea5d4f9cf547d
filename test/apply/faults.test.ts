// Promise 5 at every single system call: the disk refuses it, or the machine stops there, and old or new holds for the
// whole plan; what apply says is what is so; the next run works, and leaves nothing lying about.

import { describe, expect, test } from 'vitest';
import type { Disk } from '../../src/apply/files/disk.ts';
import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import { readJournal, readRevisionText } from '../../src/apply/files/read-journal.ts';
import type { ApplyOutcome } from '../../src/apply/target.ts';
import { sha256Hex } from '../../src/std/sha256.ts';
import { line, outcomeText } from './harness.ts';
import { diskError, faulty, type MemoryDisk, memoryDisk, PowerCut } from './memory-disk.ts';
import { type Edits, network, planned } from './plans.ts';

const ROOT = '/networks';

/** Changes, creates and deletes at once, after a first revision that only changes. */
const FIRST: Edits = { a: [network('a', '1'), network('a', '2')], d: [network('d', '1'), network('d', '2')] };
const SECOND: Edits = {
  a: [network('a', '2'), network('a', '3')],
  b: [network('b', '1'), null],
  c: [null, network('c', '1')],
};

async function applied(disk: Disk, edits: Edits): Promise<ApplyOutcome> {
  const target = openFilesTarget(ROOT, { disk, wait: 0 });
  const { plan, permit } = planned(target, edits);
  return target.apply(plan, permit, { name: 'x.sluice', text: `${Object.keys(edits).join()} # a script` });
}

const prepared = new Map<boolean, Promise<MemoryDisk>>();

/** A disk with networks a, b and d, and, unless `fresh`, one revision. */
async function startingDisk(fresh: boolean): Promise<MemoryDisk> {
  let disk = prepared.get(fresh);
  if (disk === undefined) {
    disk = prepare(fresh);
    prepared.set(fresh, disk);
  }
  return (await disk).copy();
}

async function prepare(fresh: boolean): Promise<MemoryDisk> {
  const disk = memoryDisk();
  disk.makeDirectory(ROOT, 0o755);
  for (const name of ['a', 'b', 'd']) disk.writeFile(`${ROOT}/${name}.xml`, network(name, '1'));
  const root = disk.openToRead('');
  disk.fsync(root);
  disk.close(root);
  if (!fresh) expect(outcomeText(await applied(disk, FIRST))).toBe('applied 1');
  return disk;
}

function edits(fresh: boolean): Edits {
  return fresh ? FIRST : SECOND;
}

/** `old` or `new` when every network of the plan is; else each by itself. */
function holds(disk: MemoryDisk, plan: Edits): string {
  const each = Object.entries(plan).map(([name, [before, after]]) => {
    const text = disk.textOf(`${ROOT}/${name}.xml`);
    return text === before ? 'old' : text === after ? 'new' : `${name}: ${JSON.stringify(text)}`;
  });
  return new Set(each).size === 1 ? each[0]! : each.join(', ');
}

/** Looks at the directory as the next run does, which must find all well; what holds then. */
async function nextRun(disk: MemoryDisk, plan: Edits): Promise<'old' | 'new'> {
  const target = openFilesTarget(ROOT, { disk, wait: 0 });
  const listed = await target.list();
  if (!listed.ok) throw new Error(line(listed.error));
  const now = holds(disk, plan);
  if (now !== 'old' && now !== 'new') throw new Error(`a mix: ${now}`);
  // the journal says what is so, and has all that going back needs
  expect(await target.foreignEdits()).toEqual({ ok: true, value: [] });
  const known = revisions(disk);
  expectKept(disk);
  // a network that no plan touched, to see that work goes on
  const last = disk.textOf(`${ROOT}/d.xml`)!;
  const next = await applied(disk, { d: [last, `${last}<!-- next -->`] });
  if (next.type !== 'applied') throw new Error(outcomeText(next));
  expect(revisions(disk)).toEqual([...known, (known.at(-1) ?? 0) + 1]);
  const litter = disk.paths().filter((path) => /\.tmp$|\.sluice\/(lock|intent|undo)/.test(path));
  expect(litter).toEqual([]);
  return now;
}

/** Revisions of the journal, which must be sound. */
function revisions(disk: MemoryDisk): readonly number[] {
  const journal = readJournal(ROOT, disk);
  if (!journal.ok) throw new Error(line(journal.error));
  // a line cut short is moved aside by the next apply
  if (journal.value.fault !== null && journal.value.fault.code !== 'SL820')
    throw new Error(line(journal.value.fault));
  return journal.value.entries.flatMap((entry) => (entry.type === 'apply' ? [entry.revision] : []));
}

/** Every text and script that the journal names. */
function expectKept(disk: MemoryDisk): void {
  const journal = readJournal(ROOT, disk);
  if (!journal.ok) throw new Error(line(journal.error));
  for (const entry of journal.value.entries) {
    if (entry.type !== 'apply') continue;
    expect(disk.textOf(`${ROOT}/.sluice/scripts/${entry.script?.hash}`)).toMatch(/# a script$/);
    for (const hash of entry.networks.flatMap(({ before, after }) => [before, after])) {
      if (hash === null) continue;
      const text = readRevisionText(ROOT, hash, disk);
      expect(text.ok && text.value !== null && sha256Hex(text.value)).toBe(hash);
    }
  }
}

async function countCalls(fresh: boolean): Promise<number> {
  let calls = 0;
  const disk = faulty(await startingDisk(fresh), (call) => {
    calls = call;
    return null;
  });
  expect((await applied(disk, edits(fresh))).type).toBe('applied');
  return calls;
}

/** Does what a process does that dies: everything up to call `k`, nothing after it. */
async function stopAt(disk: MemoryDisk, k: number, plan: Edits): Promise<void> {
  const dying = faulty(disk, (call) => (call >= k ? new PowerCut() : null));
  await expect(applied(dying, plan)).rejects.toThrow(PowerCut);
}

const GROWS: ReadonlySet<keyof Disk> = new Set(['create', 'write', 'makeDirectory']);
const WRITES: ReadonlySet<keyof Disk> = new Set([
  ...GROWS,
  'openToAppend',
  'truncate',
  'chmod',
  'chown',
  'rename',
  'remove',
  'removeDirectory',
]);

/** Which calls say no (null: any), from the k-th of them on or just there. */
type Fault = {
  readonly name: string;
  readonly code: string;
  readonly calls: ReadonlySet<keyof Disk> | null;
  readonly sticky: boolean;
};
const faults: readonly Fault[] = [
  { name: 'one input/output error', code: 'EIO', calls: null, sticky: false },
  { name: 'a disk that dies', code: 'EIO', calls: null, sticky: true },
  { name: 'a disk that is full', code: 'ENOSPC', calls: GROWS, sticky: true },
  { name: 'a file system that becomes read-only', code: 'EROFS', calls: WRITES, sticky: true },
  { name: 'a missing permission', code: 'EACCES', calls: WRITES, sticky: false },
  { name: 'an fsync that fails for good', code: 'EIO', calls: new Set(['fsync']), sticky: true },
  { name: 'a rename that fails for good', code: 'EIO', calls: new Set(['rename']), sticky: true },
];

const starts = [
  ['the first revision ever', true],
  ['a later revision', false],
] as const;

describe.each(starts)('at each system call of %s', (_, fresh) => {
  const plan = edits(fresh);

  test('a process that is killed there leaves old or new', async () => {
    const calls = await countCalls(fresh);
    expect(calls).toBeGreaterThan(60);
    const seen = new Set<string>();
    let last = 'old';
    for (let k = 1; k <= calls; k++) {
      const disk = await startingDisk(fresh);
      await stopAt(disk, k, plan);
      const now = await nextRun(disk, plan);
      // once decided, decided
      expect(`${last} ${now}`).not.toBe('new old');
      last = now;
      seen.add(now);
    }
    expect(seen).toEqual(new Set(['old', 'new']));
  });

  test('a machine that loses its power there leaves old or new', async () => {
    const calls = await countCalls(fresh);
    for (let k = 1; k <= calls; k++) {
      for (let seed = 1; seed <= 2; seed++) {
        const disk = await startingDisk(fresh);
        await stopAt(disk, k, plan);
        try {
          await nextRun(disk.afterPowerCut(randomFrom(k * 100 + seed)), plan);
        } catch (thrown) {
          throw new Error(`at call ${k}, seed ${seed}`, { cause: thrown });
        }
      }
    }
  });

  test('a machine that loses its power while it recovers leaves old or new', async () => {
    const calls = await countCalls(fresh);
    for (let k = 1; k <= calls; k += 5) {
      for (let again = 1; again < 60; again += 9) {
        const random = randomFrom(k * 1000 + again);
        const disk = await startingDisk(fresh);
        await stopAt(disk, k, plan);
        const second = disk.afterPowerCut(random);
        const dying = faulty(second, (call) => (call >= again ? new PowerCut() : null));
        await openFilesTarget(ROOT, { disk: dying, wait: 0 })
          .list()
          .catch((thrown: unknown) => expect(thrown).toBeInstanceOf(PowerCut));
        await nextRun(second.afterPowerCut(random), plan);
      }
    }
  });

  test('what was applied is there after a power cut', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const disk = await startingDisk(fresh);
      expect((await applied(disk, plan)).type).toBe('applied');
      const after = disk.afterPowerCut(randomFrom(seed));
      expect(holds(after, plan)).toBe('new');
      expect(revisions(after)).toEqual(fresh ? [1] : [1, 2]);
      expect(await nextRun(after, plan)).toBe('new');
    }
  });

  test.each(faults)('$name is told truly', async ({ code, calls, sticky }) => {
    const types = new Set<string>();
    // until the fault comes too late to happen
    for (let k = 1, fired = true; fired; k++) {
      fired = false;
      let seen = 0;
      const fault = (_: number, call: keyof Disk): unknown => {
        if (calls !== null && !calls.has(call)) return null;
        seen++;
        if (sticky ? seen < k : seen !== k) return null;
        fired = true;
        return diskError(code, call, ROOT);
      };
      const disk = await startingDisk(fresh);
      const outcome = await applied(faulty(disk, fault), plan);
      types.add(outcome.type);
      const now = holds(disk, plan);
      const told = { applied: 'new', failed: 'old', partial: now, conflict: 'no conflict', unchanged: 'no' };
      expect(`${k}: ${now}`, outcomeText(outcome)).toBe(`${k}: ${told[outcome.type]}`);
      if (outcome.type === 'partial') {
        for (const name of outcome.applied) expect(disk.textOf(`${ROOT}/${name}.xml`)).toBe(plan[name]![1]);
        expect([...outcome.applied, ...outcome.pending].sort()).toEqual(Object.keys(plan).sort());
      }
      const cut = disk.afterPowerCut(randomFrom(k));
      const later = await nextRun(disk, plan);
      expect(revisions(disk)).toHaveLength((fresh ? 1 : 2) + (later === 'new' ? 1 : 0));
      if (outcome.type === 'partial') continue;
      // what was told as final is final, for the next run and after a power cut
      expect(`${k}: ${later}`).toBe(`${k}: ${now}`);
      expect(`${k}: ${await nextRun(cut, plan)}`).toBe(`${k}: ${now}`);
    }
    expect(types).toContain('failed');
    expect(types).toContain('applied');
  });
});

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
