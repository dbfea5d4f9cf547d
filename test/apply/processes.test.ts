// Promise 5 on a real disk, with real processes: killed at random moments, and writing at the same time.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import { apply, directory, filesOf, line, litterOf, outcomeText, revisionsOf } from './harness.ts';
import { network } from './plans.ts';

const KILLS = 100;

const built = mkdtempSync(path.join(os.tmpdir(), 'sluice-writer-'));
const writer = path.join(built, 'writer.mjs');
buildSync({
  entryPoints: [path.join(import.meta.dirname, 'writer.ts')],
  outfile: writer,
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'error',
});
chmodSync(built, 0o755); // other users run it, too
afterAll(() => rmSync(built, { recursive: true, force: true }));

type Writer = { readonly child: ChildProcessWithoutNullStreams; readonly ready: Promise<unknown> };

type User = { readonly uid: number; readonly gid: number };

function start(root: string, times: string, user: User | null = null): Writer {
  const child = spawn(process.execPath, [writer, root, times], user ?? {});
  // what another user is told is looked at by the test
  if (user === null) child.stderr.on('data', (text: Buffer) => process.stderr.write(text));
  return { child, ready: once(child.stdout, 'data') };
}

async function finish({ child }: Writer): Promise<number> {
  let printed = '';
  child.stdout.on('data', (text: Buffer) => {
    printed += text.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  expect(status).toBe(0);
  return Number(printed.replaceAll('.', ''));
}

/** Networks that take a few milliseconds to write, all at number 0. */
function networks(...names: readonly string[]): Readonly<Record<string, string>> {
  const filling = `<!-- ${'x'.repeat(5_000)} -->\n`;
  return Object.fromEntries(names.map((name) => [`${name}.xml`, network(name, '0') + filling]));
}

/** The number in each network of the directory. */
function numbers(root: string): readonly number[] {
  return Object.values(filesOf(root)).map((text) => Number(/<title>(\d+)</.exec(text)?.[1]));
}

describe('kill -9', () => {
  test(`at ${KILLS} random moments leaves old or new`, async () => {
    const root = directory(networks('a', 'b', 'c'));
    const target = openFilesTarget(root);
    const seen = { settled: 0, rounds: 0 };
    let next = start(root, 'Infinity');
    for (let last = 0; seen.rounds < KILLS; seen.rounds++) {
      const { child, ready } = next;
      // the next one starts up while this one works
      next = start(root, 'Infinity');
      await ready;
      child.stdin.write('go\n');
      const began = performance.now();
      await once(child.stdout, 'data');
      // anywhere in its next round, which takes no longer than its first
      await pause(Math.random() * (performance.now() - began));
      child.kill('SIGKILL');
      await once(child, 'close');

      const listed = await target.list();
      if (!listed.ok) throw new Error(line(listed.error));
      expect(listed.value).toEqual(['a', 'b', 'c']);
      const [a, b, c] = numbers(root);
      expect([b, c], `after ${seen.rounds} kills, from ${last}`).toEqual([a, a]);
      expect(a).toBeGreaterThanOrEqual(last);
      // the journal has exactly what the files have
      const revisions = revisionsOf(root);
      expect(await target.foreignEdits()).toEqual({ ok: true, value: [] });

      const now = filesOf(root);
      const edits = Object.fromEntries(
        Object.entries(now).map(([name, text]) => [
          name.slice(0, -'.xml'.length),
          [text, text.replace(`<title>${a}<`, `<title>${a! + 1}<`)] as const,
        ]),
      );
      const outcome = await apply(target, edits);
      if (outcome.type !== 'applied') throw new Error(outcomeText(outcome));
      if (outcome.notes.some(({ code }) => code === 'SL817')) seen.settled++;
      expect(outcome.revision.number).toBe(revisions.length + 1);
      expect(litterOf(root)).toEqual([]);
      last = a! + 1;
    }
    next.child.kill('SIGKILL');
    await once(next.child, 'close');
    // the kills did fall into the writing, now and then
    expect(seen.settled).toBeGreaterThan(0);
  }, 240_000);

  test('of one writer lets the others go on', async () => {
    const root = directory(networks('a', 'b'));
    const writers = [start(root, 'Infinity'), start(root, 'Infinity'), start(root, 'Infinity')];
    await Promise.all(writers.map(({ ready }) => ready));
    for (const { child } of writers) child.stdin.write('go\n');
    for (const { child } of writers) {
      await pause(100 + Math.random() * 100);
      child.kill('SIGKILL');
      await once(child, 'close');
      const before = revisionsOf(root).length;
      if (child !== writers.at(-1)?.child) {
        for (let naps = 0; revisionsOf(root).length <= before; naps++) {
          expect(naps, 'the others make no progress').toBeLessThan(200);
          await pause(50);
        }
      }
    }
    const target = openFilesTarget(root);
    await target.list();
    const [a, b] = numbers(root);
    expect(a).toBe(b);
    expect(revisionsOf(root)).toHaveLength(a!);
  });
});

test('two processes at once lose nothing', async () => {
  const root = directory(networks('a', 'b'));
  const writers = [start(root, '25'), start(root, '25')];
  await Promise.all(writers.map(({ ready }) => ready));
  const done = writers.map(finish);
  for (const { child } of writers) child.stdin.write('go\n');
  expect(await Promise.all(done)).toEqual([25, 25]);
  expect(numbers(root)).toEqual([50, 50]);
  expect(revisionsOf(root)).toHaveLength(50);
  expect(litterOf(root)).toEqual([]);
});

describe.runIf(process.getuid?.() === 0)('other users', () => {
  const shared = (): string => {
    const root = directory(networks('a', 'b'));
    chownSync(root, 0, 2000);
    chmodSync(root, 0o2775);
    for (const name of ['a.xml', 'b.xml']) chownSync(path.join(root, name), 1001, 2000);
    return root;
  };
  const alice: User = { uid: 1001, gid: 2000 };
  const bob: User = { uid: 1002, gid: 2000 };
  const mallory: User = { uid: 1003, gid: 1003 };

  /** What a user's one apply came to: `1`, or what it said. */
  async function raisedBy(root: string, user: User): Promise<string> {
    const { child, ready } = start(root, '1', user);
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
    });
    await ready;
    child.stdin.write('go\n');
    await once(child, 'close');
    return said;
  }

  test('of the directory’s group write in turns; a killed one is no hindrance', async () => {
    const root = shared();
    for (const user of [alice, bob, alice]) expect(await raisedBy(root, user)).toMatch(/\.1\n$/);
    const { child, ready } = start(root, 'Infinity', alice);
    await ready;
    child.stdin.write('go\n');
    await once(child.stdout, 'data');
    await pause(Math.random() * 20);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await raisedBy(root, bob)).toMatch(/\.1\n$/);
    const [a, b] = numbers(root);
    expect(a).toBe(b);
    expect(revisionsOf(root)).toHaveLength(a!);
    expect(litterOf(root)).toEqual([]);
    expect(statSync(path.join(root, 'a.xml')).gid).toBe(2000);
  });

  test('outside of it change nothing, and are told', async () => {
    const root = shared();
    const before = filesOf(root);
    expect(await raisedBy(root, mallory)).toMatch(/"SL815".*permission denied \(EACCES\)/);
    await raisedBy(root, alice);
    expect(await raisedBy(root, mallory)).toMatch(/"SL815".*permission denied \(EACCES\)/);
    expect(revisionsOf(root)).toEqual([1]);
    expect(Object.keys(filesOf(root))).toEqual(Object.keys(before));
  });

  test('keep their files when root applies', async () => {
    const root = shared();
    const text = filesOf(root)['a.xml']!;
    chmodSync(path.join(root, 'a.xml'), 0o660);
    expect(outcomeText(await apply(openFilesTarget(root), { a: [text, `${text}<!-- -->`] }))).toBe(
      'applied 1',
    );
    const { uid, gid, mode } = statSync(path.join(root, 'a.xml'));
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 1001, gid: 2000, mode: 0o660 });
    expect(statSync(path.join(root, '.sluice/journal.jsonl'))).toMatchObject({ gid: 2000 });
    // what root made, the group can go on with
    expect(await raisedBy(root, bob)).toMatch(/\.1\n$/);
  });
});
