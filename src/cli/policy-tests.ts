// The files of policy tests that are meant, read: those that are named, else all `*.test` beside the policy.

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { readSource } from '../apply/load-files.ts';
import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { readTests, type TestCase } from '../policy/test-file.ts';

const ENDING = '.test';

export type TestFile = { readonly name: string; readonly cases: readonly TestCase[] };

/** Every `*.test` of the policy's folder and of `tests` in it, in the order of their names. */
function testFilesBeside(folder: string): readonly string[] {
  return [folder, path.join(folder, 'tests')].flatMap(testFilesIn);
}

function testFilesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ENDING))
      .sort()
      .map((name) => path.join(folder, name));
  } catch {
    return []; // no such folder has no tests
  }
}

/** Reads the named files and all `*.test` of named folders; without names those beside the policy. All problems are told. */
export function readTestFiles(names: readonly string[], folder: string): Checked<readonly TestFile[]> {
  const diagnostics: Diagnostic[] = [];
  const files: TestFile[] = [];
  const found = names.length === 0 ? testFilesBeside(folder) : names.flatMap(filesOf);
  for (const name of found) {
    const read = readSource(name);
    if (!read.ok) {
      diagnostics.push(read.error);
      continue;
    }
    const { value, diagnostics: own } = readTests(read.value);
    diagnostics.push(...own);
    files.push({ name, cases: value });
  }
  if (diagnostics.length === 0 && files.every(({ cases }) => cases.length === 0)) {
    const where = names.length === 0 ? `\`${folder}\`` : names.map((name) => `\`${name}\``).join(', ');
    diagnostics.push(
      error('SL663', null, `no policy tests in ${where}`, {
        help: 'write cases into a file such as `policy.test` beside the policy: `deny alice modify bridge@stp`',
      }),
    );
  }
  return { value: files, diagnostics };
}

function filesOf(name: string): readonly string[] {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true ? testFilesIn(name) : [name];
}
