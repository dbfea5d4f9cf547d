// The built command, as a user runs it, for tests that need the whole of it.

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { filesUnder, root } from './house/files.ts';

export const sluicePath = path.join(root, 'dist/sluice.js');

export type Ran = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs `sluice` in `cwd`, in a plain environment: no colour, UTF-8, nothing of who runs the tests but their account. */
export function sluice(cwd: string, args: readonly string[], input = ''): Ran {
  mustBeFresh();
  const env = { PATH: process.env['PATH'], HOME: cwd, LANG: 'C.UTF-8', NO_COLOR: '1', COLUMNS: '100' };
  const run = spawnSync(process.execPath, [sluicePath, ...args], {
    cwd,
    env,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** Throws when `npm run build` is due: a test of yesterday's command says nothing. */
export function mustBeFresh(): void {
  const built = existsSync(sluicePath) ? statSync(sluicePath).mtimeMs : 0;
  const newer = filesUnder('src').filter((file) => statSync(path.join(root, file)).mtimeMs > built);
  if (newer.length > 0) throw new Error(`dist/sluice.js is older than ${newer[0]}: npm run build`);
}
