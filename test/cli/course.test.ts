// What somebody who waits for a long apply is told, and what Ctrl-C does to it.

import { expect, test } from 'vitest';
import { progressText, withCourse } from '../../src/cli/course.ts';

test.each<readonly [done: number, total: number, seconds: number, text: string]>([
  [0, 200, 0, '0 of 200'],
  [2, 200, 1, '2 of 200'],
  [12, 200, 6, '12 of 200, 2.0 a second, 1min 34s to go'],
  [1500, 2000, 30, '1,500 of 2,000, 50 a second, 10s to go'],
  [200, 200, 100, '200 of 200, 2.0 a second, 0s to go'],
])('%i of %i after %i s', (done, total, seconds, text) => {
  expect(progressText(done, total, seconds)).toBe(text);
});

test('nothing is shown of what is over at once, and what was shown is taken away', async () => {
  const shown: (string | null)[] = [];
  const console = { progress: (text: string | null) => void shown.push(text), say: () => {} };
  let now = 0;
  await withCourse(
    console,
    async ({ progress }) => {
      for (const at of [0, 100, 2000, 3000]) {
        now = at;
        progress(at / 100, 30);
      }
    },
    () => now,
  );
  expect(shown).toEqual(['20 of 30, 10 a second, 1s to go', '30 of 30, 10 a second, 0s to go', null]);
});

test('the first Ctrl-C stops it between two steps', async () => {
  const said: string[] = [];
  const console = { progress: () => {}, say: (text: string) => void said.push(text) };
  const before = process.listenerCount('SIGINT');
  const stopped = await withCourse(console, async ({ stop }) => {
    const listener = process.listeners('SIGINT').at(-1);
    listener?.('SIGINT');
    return stop.aborted;
  });
  expect(stopped).toBe(true);
  expect(said.join('')).toContain('Ctrl-C again');
  expect(process.listenerCount('SIGINT')).toBe(before);
});
