// The built command starts from what V8 compiled when it was built, and works as well without it.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../scripts/bundle-script.ts';
import { mustBeFresh } from '../built.ts';
import { root } from './files.ts';

let house: string;
let bundle: string;
beforeAll(() => {
  mustBeFresh();
  house = mkdtempSync(path.join(os.tmpdir(), 'sluice-start-'));
  cpSync(path.join(root, 'package.json'), path.join(house, 'package.json'));
  cpSync(path.join(root, 'dist'), path.join(house, 'dist'), {
    recursive: true,
    filter: (file) => !file.includes('dist/lib'),
  });
  const [only, ...others] = readdirSync(path.join(house, 'dist')).filter((file) => file.endsWith('.cjs'));
  expect(others).toEqual([]);
  bundle = path.join(house, 'dist', only ?? '');
});
afterAll(() => rmSync(house, { recursive: true, force: true }));

function help(): { readonly status: number | null; readonly stdout: string } {
  const run = spawnSync(process.execPath, [path.join(house, 'dist/sluice.js'), 'help'], { encoding: 'utf8' });
  return { status: run.status, stdout: run.stdout.split('\n')[0] ?? '' };
}
const WORKS = { status: 0, stdout: 'Usage: sluice [options] [command]' };

test('V8 takes its own cache', () => {
  expect(compile(bundle, readFileSync(`${bundle}.cache`)).cachedDataRejected).toBe(false);
});

test('the command runs from the cache', () => {
  expect(help()).toEqual(WORKS);
});

test('the command runs where another V8 made the cache', () => {
  const cache = readFileSync(`${bundle}.cache`);
  cache.fill(0, 0, 64); // its head names the V8 that made it
  writeFileSync(`${bundle}.cache`, cache);
  expect(compile(bundle, cache).cachedDataRejected).toBe(true);
  expect(help()).toEqual(WORKS);
});

test('the command runs without a cache', () => {
  rmSync(`${bundle}.cache`);
  expect(help()).toEqual(WORKS);
});
