// The bundle as a script of V8's, with its code cache when there is one that fits: for the start, and for the build.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';

type Exports = { readonly run: (words: readonly string[]) => Promise<0 | 1> };

// A run is short and meets much code once. V8 optimises it on other threads, mostly to put small functions into each other:
// half of the processor time of a big plan, on machines where another thread is the same core. A tenth of V8's limit keeps
// what matters. Before compile(), in the build as in a run, for a code cache is refused by a V8 with other flags.
setFlagsFromString('--max-inlined-bytecode-size-cumulative=100');
// From 1 MB to what V8 allows at once: growing in doublings copies a big document each time.
setFlagsFromString('--semi-space-growth-factor=16');

/** Compiles the bundle; `cached` is what V8 made of it before, or undefined. */
export function compile(file: string, cached: Buffer | undefined): vm.Script {
  // ASCII, for the build escapes what is not: read without decoding
  return new vm.Script(readFileSync(file, 'latin1'), { filename: file, cachedData: cached });
}

/** Runs the compiled bundle and gives what src/cli/run.ts exports. */
export function evaluate(file: string, script: vm.Script): Exports {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports as Exports; // the bundle's entry is src/cli/run.ts
}
