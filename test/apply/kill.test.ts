// Promise 5 on a real disk, with real processes: killed at random moments, and writing at the same time.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
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
afterAll(() => rmSync(built, { recursive: true, force: true }));

type Writer = { readonly child: ChildProcessWithoutNullStreams; readonly ready: Promise<unknown> };

function start(root: string, times: string): Writer {
  const child = spawn(process.execPath, [writer, root, times]);
  child.stderr.on('data', (text: Buffer) => process.stderr.write(text));
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
