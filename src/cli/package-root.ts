// Where this installation of Sluice is, for the pages that come with it.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above this file whose package.json is that of Sluice: from src/cli as well as from the bundle. */
export function packageRoot(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    if (isOurs(path.join(folder, 'package.json'))) return folder;
    if (folder === path.dirname(folder))
      throw new Error('no package.json of sluice above this file: the installation is incomplete');
  }
}

function isOurs(file: string): boolean {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name === 'sluice';
  } catch {
    return false; // not there, or not ours to understand
  }
}
