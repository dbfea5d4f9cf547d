// Every folder of examples/ runs: what `plan` prints is its plan.txt, and what `apply` leaves is its after.xml.
// examples/README.md describes the folders. UPDATE=1 writes both anew.

import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Ran, sluice } from './built.ts';
import { root } from './house/files.ts';

const update = process.env['UPDATE'] === '1';
const examples = path.join(root, 'examples');
const names = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const houses: string[] = [];
afterAll(() => {
  for (const house of houses) rmSync(house, { recursive: true, force: true });
});

type Example = {
  readonly folder: string;
  /** A copy of the folder, with networks/ and policies/ in it, where the command runs. */
  readonly house: string;
  readonly args: readonly string[];
  /** File in networks/ → where the example keeps it as it is afterwards. */
  readonly after: ReadonlyMap<string, string>;
};

function setUp(name: string): Example {
  const folder = path.join(examples, name);
  const house = realpathSync(mkdtempSync(path.join(os.tmpdir(), `sluice-example-${name}-`)));
  houses.push(house);
  cpSync(folder, house, { recursive: true });
  const own = path.join(folder, 'policy');
  cpSync(existsSync(own) ? own : path.join(root, 'policies'), path.join(house, 'policies'), {
    recursive: true,
  });
  const after = new Map<string, string>();
  if (existsSync(path.join(folder, 'before.xml'))) {
    const text = readFileSync(path.join(folder, 'before.xml'), 'utf8');
    const file = `${/<name>([^<]+)<\/name>/.exec(text)?.[1]}.xml`;
    mkdirSync(path.join(house, 'networks'));
    writeFileSync(path.join(house, 'networks', file), text);
    after.set(file, path.join(folder, 'after.xml'));
  } else {
    for (const file of readdirSync(path.join(folder, 'networks')))
      after.set(file, path.join(folder, 'after', file));
  }
  const options = path.join(folder, 'args');
  const args = existsSync(options)
    ? readFileSync(options, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
  return { folder, house, args, after };
}

function run({ house, args }: Example, verb: string, ...more: readonly string[]): Ran {
  return sluice(house, [
    verb,
    'script.sluice',
    '--target',
    'dir:networks',
    '--policy',
    'policies',
    ...args,
    ...more,
  ]);
}

/** What a plan says, without where and by whom the test happens to run. */
function settled(text: string, { house }: Example): string {
  return (
    text
      .replaceAll(`${house}/`, '')
      .replace(/^( {2}by )\S+( as )/m, '$1you$2')
      // it follows from the shipped policy, which has tests of its own
      .replace(/(?<=^ {2}by you as .*\()[0-9a-f]{12}(?=\)$)/m, 'its hash')
      .replace(/^(What if: )\S+/m, '$1you')
  );
}

/** Compares with the file, or writes it. */
function matches(file: string, text: string): void {
  if (update) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(
    existsSync(file) ? readFileSync(file, 'utf8') : `no ${path.relative(root, file)}: UPDATE=1 writes it`,
  );
}

describe.each(names)('%s', (name) => {
  test('says what it is', () => {
    expect(readFileSync(path.join(examples, name, 'README.md'), 'utf8')).toMatch(/^# \S.*\n\n\S/);
    expect(readFileSync(path.join(examples, 'README.md'), 'utf8')).toContain(`(${name}/README.md)`);
  });

  test('plans and applies as it says', () => {
    const example = setUp(name);
    const planned = run(example, 'plan');
    expect({ stderr: planned.stderr, answered: planned.status === 0 || planned.status === 3 }).toEqual({
      stderr: '',
      answered: true,
    });
    matches(path.join(example.folder, 'plan.txt'), settled(planned.stdout, example));

    appendFileSync(
      path.join(example.house, 'policies/policy.csv'),
      `\np, allow, user:${os.userInfo().username}, *, *, impersonate, *, ""\n`,
    );
    const applied = run(example, 'apply', '--yes');
    expect(applied.status, applied.stderr).toBe(planned.status);
    for (const [file, after] of example.after) {
      matches(after, readFileSync(path.join(example.house, 'networks', file), 'utf8'));
    }
  });
});
