// What dist/sluice.js has in the place of src/cli/run.ts: the bundle beside it, compiled already if this Node built it.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
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

const script = compile(file, cache());

// A run is short and meets much code once. V8 optimises it on other threads, mostly to put small functions into each other:
// half of the processor time of a big plan, on machines where another thread is the same core. A tenth of V8's limit keeps
// what matters. Behind compile(), for a code cache is refused by a V8 with other flags.
setFlagsFromString('--max-inlined-bytecode-size-cumulative=100');
// From 1 MB, in which the start takes place, to what V8 allows at once: growing in doublings copies a big document each time.
setFlagsFromString('--semi-space-growth-factor=16');

export const { run } = evaluate(file, script);
