// Every code that can be printed is explained on a page of its own, and some test provokes it.

import { expect, test } from 'vitest';
import { catalogue } from '../../src/diagnostics/catalogue.ts';
import { filesUnder, read } from './files.ts';

const codes = Object.entries(catalogue) as readonly (readonly [string, string])[];
const pages = filesUnder('docs/diagnostics');

/** The tests that could provoke a code: all but those of the house, which only list them. */
const tests = filesUnder('test')
  .filter((file) => !file.startsWith('test/house/'))
  .map(read)
  .join('\n');

/** Hundreds digit → the files that list it (src/diagnostics/catalogue.ts says whose numbers are whose). */
const files: Readonly<Record<string, readonly string[]>> = {
  1: ['xml'],
  2: ['network'],
  3: ['syntax'],
  4: ['compile'],
  5: ['repl'],
  6: ['policy'],
  7: ['plan'],
  8: ['apply', 'libvirt', 'libvirt-calls'],
  9: ['cli', 'libvirt-target'],
};

test('codes are many', () => {
  expect(codes.length).toBeGreaterThan(50);
});

test('every page explains a code', () => {
  expect(pages.filter((page) => !codes.some(([code]) => page === `docs/diagnostics/${code}.md`))).toEqual([]);
});

test('no two rooms list the same code', () => {
  const listed = Object.values(files)
    .flat()
    .flatMap((room) => read(`src/diagnostics/codes/${room}.ts`).match(/\bSL\d{3}(?=:)/g) ?? []);
  expect(listed.toSorted()).toEqual(codes.map(([code]) => code).toSorted());
});

test('a code is numbered as its room', () => {
  const strangers = codes.filter(
    ([code]) =>
      !(files[code.charAt(2)] ?? []).some((room) =>
        read(`src/diagnostics/codes/${room}.ts`).includes(`${code}:`),
      ),
  );
  expect(strangers).toEqual([]);
});

test('every code has a page, under its title', () => {
  const titled = codes.filter(([code, title]) => firstLineOf(code) !== `# ${code}: ${title}`);
  expect(
    titled.map(([code, title]) => `want "# ${code}: ${title}", found ${firstLineOf(code) ?? 'no page'}`),
  ).toEqual([]);
});

test('every page shows the message as it is printed', () => {
  const silent = pages.filter(
    (page) => !read(page).includes(`[${page.slice('docs/diagnostics/'.length, -'.md'.length)}]`),
  );
  expect(silent).toEqual([]);
});

test('every code is provoked by a test', () => {
  expect(codes.map(([code]) => code).filter((code) => !tests.includes(code))).toEqual([]);
});

function firstLineOf(code: string): string | undefined {
  const page = `docs/diagnostics/${code}.md`;
  return pages.includes(page) ? read(page).split('\n')[0] : undefined;
}
