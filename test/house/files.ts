// The house's own files, for the tests that look at them.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** Paths of all files under `folder` (relative to `root`), relative to `root`, with `/`, sorted. */
export function filesUnder(folder: string, base: string = root): readonly string[] {
  return readdirSync(path.join(base, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(base, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
