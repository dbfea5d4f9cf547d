// Builds dist/: the command, ready to start quickly, and the library as plain compiler output.
//
// The command is three files, CommonJS all of them. sluice.js is a small start, which answers `--version` by itself; sluice-HASH.cjs is all
// the rest in one bundle; and beside it stands what V8 made of that bundle when it was compiled, so that a run need not
// compile it again. V8 refuses a cache that another version of it made, and then compiles as ever. ARCHITECTURE.md,
// "Start-up", has the numbers.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
};

/** Parts of Node that take a tenth of the start to load, and that most runs never use: loaded when one of their names is. */
const HEAVY = /^(?:node:)?(?:child_process|crypto|net|readline|timers\/promises|worker_threads|zlib)$/;

const heavyPartsLater: Plugin = {
  name: 'load heavy parts of Node when they are used',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: HEAVY }, ({ path: name, namespace }) =>
      namespace === 'later' ? { path: name, external: true } : { path: name, namespace: 'later' },
    );
    onLoad({ filter: HEAVY, namespace: 'later' }, ({ path: name }) => {
      const names = JSON.stringify(Object.keys(createRequire(import.meta.url)(name) as object));
      const load = `() => require(${JSON.stringify(name)})`;
      return {
        contents: `const load = ${load};
for (const name of ${names}) Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] });`,
      };
    });
  },
};

/** The one file that these options make. */
async function bundled(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({ ...common, ...options });
  const [only] = outputFiles ?? [];
  if (only === undefined) throw new Error('esbuild made nothing');
  return only.text;
}

const BUNDLE_URL = "const bundleUrl = require('node:url').pathToFileURL(__filename).href;";

const main = await bundled({
  entryPoints: [path.join(root, 'src/cli/run.ts')],
  format: 'cjs',
  define: { SLUICE_VERSION: JSON.stringify(version), 'import.meta.url': 'bundleUrl' },
  banner: { js: BUNDLE_URL },
  plugins: [heavyPartsLater],
});
const bundle = `sluice-${createHash('sha256').update(main).digest('hex').slice(0, 12)}.cjs`;

const start = await bundled({
  entryPoints: [path.join(root, 'src/cli/main.ts')],
  // for an ECMAScript module Node starts a second loader
  format: 'cjs',
  define: {
    SLUICE_VERSION: JSON.stringify(version),
    SLUICE_BUNDLE: JSON.stringify(bundle),
    'import.meta.url': 'bundleUrl',
  },
  banner: { js: `#!/usr/bin/env node\n${BUNDLE_URL}` },
  plugins: [
    {
      name: 'take run.ts from the bundle',
      setup({ onResolve }) {
        onResolve({ filter: /^\.\/run\.ts$/ }, () => ({ path: path.join(root, 'scripts/load-bundle.ts') }));
      },
    },
  ],
});

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
// as Node wraps a CommonJS module, so that the start need not
const wrapped = `(function (exports, require, module, __filename, __dirname) {${main}\n})`;
if (/[^\0-\x7f]/.test(wrapped))
  throw new Error('the bundle is not ASCII, as bundle-script.ts takes it to be');
writeFileSync(path.join(dist, bundle), wrapped);
writeFileSync(path.join(dist, 'sluice.js'), start);
chmodSync(path.join(dist, 'sluice.js'), 0o755);
writeFileSync(path.join(dist, 'package.json'), '{ "type": "commonjs" }\n');

// without it everything works, and starts more slowly
const warm = spawnSync(
  process.execPath,
  ['--import', 'tsx', path.join(root, 'scripts/warm-bundle.ts'), path.join(dist, bundle)],
  {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
if (warm.status !== 0) process.exitCode = 1;
const tsc = spawnSync(
  process.execPath,
  [
    createRequire(import.meta.url).resolve('typescript/bin/tsc'),
    '-p',
    path.join(root, 'tsconfig.build.json'),
  ],
  { stdio: 'inherit' },
);
if (tsc.status !== 0) process.exitCode = 1;
// the compiler leaves where it is what is JavaScript, or a declaration, already
for (const file of readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
  if (/\.js$|\.d\.ts$/.test(file)) cpSync(path.join(root, 'src', file), path.join(dist, 'lib', file));
}
writeFileSync(path.join(dist, 'lib/package.json'), '{ "type": "module" }\n');
