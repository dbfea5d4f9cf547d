// Builds dist/: the command as one bundled file, the library as plain compiler output beside it.
//
// One file, because reading many is what makes a command start slowly (ARCHITECTURE.md, "Start-up", has the numbers).

import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

const bundle = path.join(root, 'dist/sluice.js');
await build({
  entryPoints: [path.join(root, 'src/cli/main.ts')],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'none',
  define: { SLUICE_VERSION: JSON.stringify(version) },
  banner: {
    // CommonJS packages inside an ES module ask for `require` by name (casbin asks for node:fs and crypto).
    js: "#!/usr/bin/env node\nimport { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  logLevel: 'warning',
});
chmodSync(bundle, 0o755);

rmSync(path.join(root, 'dist/lib'), { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const library = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
process.exitCode = library.status ?? 1;
