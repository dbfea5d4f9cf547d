// What the house's files say: what each is for, and nothing about the machine they were written on.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { filesUnder, read, root } from './files.ts';

const sources = filesUnder('src');
const texts = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .stdout.split('\n')
  .filter(
    (file) =>
      /\.(ts|cjs|mjs|json|md|sluice|xml|txt|csv|conf|ebnf|sh)$|^\.ci\//.test(file) &&
      file !== 'package-lock.json',
  );

test('every source file opens by saying what it is for', () => {
  const silent = sources.filter((file) => {
    const first = read(file).split('\n')[0] ?? '';
    return !/^(\/\/ |\/\*\* ?)\S.{20,}/.test(first) || /biome-ignore|eslint|@ts-/.test(first);
  });
  expect(silent).toEqual([]);
});

describe('the texts', () => {
  test('are there', () => {
    expect(texts).toEqual(
      expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'src/plan/plan.ts', '.ci/run']),
    );
  });

  test('name no path of the machine they were written on', () => {
    const home = /\/work\/|\/home\/(?!alice|bob|olga|nina|user|you)\w+\//;
    expect(
      texts.filter(
        (file) => !file.startsWith('test/house/') && (read(file).includes(root) || home.test(read(file))),
      ),
    ).toEqual([]);
  });

  test('know what lies beside the house in tests only', () => {
    const outside = texts.filter((file) => !/^(test|bench)\/|^\.ci\//.test(file));
    expect(outside.filter((file) => /\.\.\/shared\b/.test(read(file)))).toEqual([]);
  });
});
