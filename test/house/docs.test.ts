// What README.md and ARCHITECTURE.md claim, where a test can ask.

import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { read, root } from './files.ts';

const scripts = (JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> })
  .scripts;
const architecture = read('ARCHITECTURE.md');
const rooms = (
  createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
    readonly forbidden: readonly { readonly name: string }[];
  }
).forbidden
  .map(({ name }) => /^(.*)-imports-only-rooms-before-it$/.exec(name)?.[1])
  .filter((room) => room !== undefined);

describe('ARCHITECTURE.md', () => {
  test('names each folder of src, in the order of imports', () => {
    const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const named = [...architecture.matchAll(/^### ([a-z]+)\/$/gm)].map((match) => match[1]);
    expect(named).toEqual(rooms.filter((room) => folders.some((folder) => folder.name === room)));
    expect(folders.map((folder) => folder.name).filter((folder) => !named.includes(folder))).toEqual([]);
  });

  test('names only files that exist', () => {
    const files = [
      ...architecture.matchAll(/`((?:src|test|bench|scripts|docs|grammar|policies|examples)\/[\w./-]+)`/g),
    ].map((match) => match[1] ?? '');
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});

describe.each(['README.md', 'ARCHITECTURE.md', 'examples/README.md', 'docs/changes.md'])('%s', (file) => {
  test('names only commands of npm that exist', () => {
    const named = [...read(file).matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('links only to what exists', () => {
    const links = [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(path.join(root, path.dirname(file), link)))).toEqual([]);
  });
});

describe('README.md', () => {
  test('starts with the two commands', () => {
    const top = read('README.md').split('\n').slice(0, 20).join('\n');
    expect(top).toContain('npm install && npm run demo');
    expect(top).toContain('npm install && npm test');
  });
});
