// What an installation brings: JavaScript that everybody can read, from the public registry, run by nobody on the way in.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { read, root } from './files.ts';

type Lock = {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly dev?: boolean;
        readonly resolved?: string;
        readonly integrity?: string;
        readonly hasInstallScript?: boolean;
      }
    >
  >;
};

const lock = JSON.parse(read('package-lock.json')) as Lock;
const packages = Object.entries(lock.packages).filter(([name]) => name !== '');

/** Folders of the packages that `npm install --omit=dev` would bring. */
function productionFolders(): readonly string[] {
  const run = spawnSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: root, encoding: 'utf8' });
  return run.stdout.split('\n').filter((line) => line.includes('node_modules'));
}

test('no package of the product is machine code', () => {
  const folders = productionFolders();
  const names = folders.map((folder) => folder.split('node_modules/').at(-1));
  expect(names).toEqual(expect.arrayContaining(['casbin', 'chevrotain', '@xmldom/xmldom', 'lodash-es']));
  expect(names).not.toContain('esbuild');
  const machine = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(node|wasm|so|dll|dylib|exe)$/.test(file))
      .map((file) => path.join(folder, file)),
  );
  expect(machine).toEqual([]);
});

test('the look-through would find a .node file', () => {
  const native = readdirSync(path.join(root, 'node_modules'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.node'),
  );
  expect(native, 'vitest brings one, for development').not.toEqual([]);
});

test('no package of the product runs a script when it is installed', () => {
  expect(
    packages
      .filter(([, entry]) => entry.dev !== true && entry.hasInstallScript === true)
      .map(([name]) => name),
  ).toEqual([]);
});

test('the lock file names no registry but the public one, and pins every byte', () => {
  const elsewhere = packages.filter(
    ([, entry]) => entry.resolved !== undefined && !entry.resolved.startsWith('https://registry.npmjs.org/'),
  );
  expect(elsewhere.map(([name, entry]) => `${name}: ${entry.resolved}`)).toEqual([]);
  expect(packages.filter(([, entry]) => entry.integrity === undefined).map(([name]) => name)).toEqual([]);
});
