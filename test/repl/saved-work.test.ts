// Staged work on disk: for nobody else's eyes, offered back once its process is gone, and told where it cannot be kept.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { markName, ownMark } from '../../src/apply/files/process-mark.ts';
import { lostWork, openKeeper, type Work } from '../../src/repl/saved-work.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'sluice-work-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const WORK: Work = {
  target: 'dir:/networks',
  realSubject: 'user:olga',
  folder: '/home/olga',
  network: 'default',
  scope: null,
  vars: [],
  at: 0,
  units: [{ name: '<session>', text: 'set bridge stp=off', network: 'default' }],
};

/** A process that is gone for sure. */
function goneMark(): string {
  const { pid } = spawnSync('true');
  return markName({ ...ownMark(), pid, started: '1' });
}

test('is kept for this user alone, and goes with the last unit', () => {
  const folder = path.join(root, 'own');
  const keeper = openKeeper(folder);
  expect(keeper.keep(WORK)).toBeNull();
  const [file = ''] = readdirSync(folder);
  expect([statSync(folder).mode & 0o777, statSync(path.join(folder, file)).mode & 0o777]).toEqual([
    0o700, 0o600,
  ]);
  expect(keeper.keep({ ...WORK, units: [] })).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test('is lost only when its process is gone, and only for the same target and user', () => {
  const folder = path.join(root, 'lost');
  openKeeper(folder).keep(WORK);
  const [file = ''] = readdirSync(folder);
  expect(lostWork(folder, WORK.target, WORK.realSubject)).toEqual([]);
  renameSync(path.join(folder, file), path.join(folder, `${goneMark()}.json`));
  writeFileSync(path.join(folder, `${goneMark()}.json`), '{"version":1,"target"');
  expect(lostWork(folder, 'dir:/others', WORK.realSubject)).toEqual([]);
  expect(lostWork(folder, WORK.target, 'user:nina')).toEqual([]);
  const [found] = lostWork(folder, WORK.target, WORK.realSubject);
  expect(found?.work.units).toEqual(WORK.units);
  found?.forget();
  expect(lostWork(folder, WORK.target, WORK.realSubject)).toEqual([]);
});

test('SL509 is told once where it cannot be kept', () => {
  const file = path.join(root, 'no-folder');
  writeFileSync(file, '');
  const keeper = openKeeper(path.join(file, 'work'));
  expect(keeper.keep(WORK)?.code).toBe('SL509');
  expect(keeper.keep(WORK)).toBeNull();
});
