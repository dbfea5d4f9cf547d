// What dist/sluice.js has in the place of src/cli/run.ts: the bundle beside it, compiled already if this Node built it.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, evaluate } from './bundle-script.ts';

/** The bundle's name, from scripts/build.ts. */
declare const SLUICE_BUNDLE: string;

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), SLUICE_BUNDLE);

function cache(): Buffer | undefined {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined; // an installation without it starts more slowly, and that is all
  }
}

export const { run } = evaluate(file, compile(file, cache()));
