// What README.md shows is what happens: its commands run and print that, its script checks, its policy decides, and its
// program compiles and works. UPDATE=1 writes anew what the commands print.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mustBeFresh, sluice, sluicePath } from './built.ts';
import { read, root } from './house/files.ts';

const readme = read('README.md');

/** The fenced blocks of one language. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    (match) => match[1] ?? '',
  );
}

/** The directory that the tour speaks of: one network, and the policy of the repository. */
let house: string;
beforeAll(() => {
  house = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'sluice-readme-')));
  mkdirSync(path.join(house, 'networks'));
  mkdirSync(path.join(house, 'bin'));
  cpSync(path.join(root, 'examples/demo/before.xml'), path.join(house, 'networks/default.xml'));
  cpSync(path.join(root, 'policies'), path.join(house, 'policies'), { recursive: true });
  writeFileSync(
    path.join(house, 'bin/sluice'),
    `#!/bin/sh\nexec '${process.execPath}' '${sluicePath}' "$@"\n`,
    { mode: 0o755 },
  );
});
afterAll(() => rmSync(house, { recursive: true, force: true }));

/** What a command prints, without who runs it, where, and the state of the policy's comments. */
function settled(text: string): string {
  return text
    .replaceAll(`${house}/`, '')
    .replace(/^( {2}by )\S+( as )/m, '$1you$2')
    .replace(/^(What if: )\S+/m, '$1you')
    .replaceAll(/^(.* policy \S+ )\([0-9a-f]{12}\)$/gm, '$1(90d76a9f394f)');
}

describe('the tour', () => {
  test('shows what the commands print', () => {
    mustBeFresh();
    const env = {
      PATH: `${house}/bin:${process.env['PATH']}`,
      HOME: house,
      LANG: 'C.UTF-8',
      NO_COLOR: '1',
      COLUMNS: '100',
    };
    const shown = blocks('console');
    expect(shown.length).toBeGreaterThan(2);
    const printed = shown.map((block) =>
      block
        .split('\n')
        .filter((line) => line.startsWith('$ '))
        .map((line) => {
          const run = spawnSync('sh', ['-c', `${line.slice(2)} 2>&1`], { cwd: house, env, encoding: 'utf8' });
          return `${line}\n${settled(run.stdout)}`;
        })
        .join(''),
    );
    if (process.env['UPDATE'] === '1') {
      const text = shown.reduce((all, block, i) => all.replace(block, () => printed[i] ?? ''), readme);
      writeFileSync(path.join(root, 'README.md'), text);
    } else expect(shown).toEqual(printed);
  });
});

describe('the language in one screen', () => {
  test('is a script without mistakes, as `fmt` lays it out', () => {
    const [script] = blocks('sluice');
    writeFileSync(path.join(house, 'screen.sluice'), script ?? '');
    writeFileSync(
      path.join(house, 'hosts.csv'),
      'mac,ip,name\n52:54:00:07:00:01,10.0.0.71,rack-7-1\n52:54:00:07:00:02,10.0.0.72,\n',
    );
    expect(sluice(house, ['check', 'screen.sluice'])).toMatchObject({ status: 0, stderr: '' });
    expect(sluice(house, ['fmt', 'screen.sluice']).stdout).toBe(script);
  });
});

describe('the policy in one screen', () => {
  const asked = (statement: string, who: string): number | null => {
    const [rules] = blocks('csv');
    const folder = path.join(house, 'one-screen');
    mkdirSync(folder, { recursive: true });
    cpSync(path.join(root, 'policies/model.conf'), path.join(folder, 'model.conf'));
    writeFileSync(path.join(folder, 'policy.csv'), rules ?? '');
    return sluice(house, ['do', '-n', statement, '--policy', 'one-screen', '--as', who]).status;
  };

  test.each([
    ['set bridge stp=off', 'olga', 0],
    ['set bridge stp=off', 'alice', 3],
    ['add host mac=52:54:00:0a:00:09 ip=10.0.0.140 name=v.a.example.com to ip[10.0.0.1].dhcp', 'alice', 0],
    ['add host mac=52:54:00:0a:00:09 ip=10.0.0.254 name=v.a.example.com to ip[10.0.0.1].dhcp', 'alice', 3],
    ['set domain name=example.org', 'olga', 3],
    ['set domain name=example.org', 'nina', 0],
  ])('answers %s by %s with %i', (statement, who, status) => {
    expect(asked(statement, who)).toBe(status);
  });
});

describe('the program', () => {
  test('compiles against the built library, and does what it says', () => {
    mustBeFresh();
    const [program] = blocks('ts');
    mkdirSync(path.join(house, 'node_modules'));
    symlinkSync(root, path.join(house, 'node_modules/sluice'));
    symlinkSync(path.join(root, 'node_modules/@types'), path.join(house, 'node_modules/@types'));
    writeFileSync(path.join(house, 'package.json'), '{ "type": "module" }');
    writeFileSync(path.join(house, 'program.ts'), program ?? '');
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const compiled = spawnSync(
      process.execPath,
      [
        tsc,
        '--strict',
        '--skipLibCheck',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--types',
        'node',
        'program.ts',
      ],
      { cwd: house, encoding: 'utf8' },
    );
    expect(compiled.stdout).toBe('');
    const run = spawnSync(process.execPath, ['program.js'], { cwd: house, encoding: 'utf8' });
    expect({ stdout: run.stdout, stderr: run.stderr.trim() }).toEqual({
      stdout: 'default 1\napplied\n',
      stderr: '',
    });
    expect(readFileSync(path.join(house, 'networks/default.xml'), 'utf8')).toContain(`stp='off'`);
  });
});

describe('the commands', () => {
  test('are all there, and no others', () => {
    const listed = new Set(
      [...readme.matchAll(/^\| ((?:`[a-z]+` ?)+) \|/gm)].flatMap(
        (match) => (match[1] ?? '').match(/[a-z]+/g) ?? [],
      ),
    );
    const help = sluice(house, ['help']).stdout;
    const offered = [...help.matchAll(/^ {2}([a-z]+)(?: [[<]| {2})/gm)]
      .map((match) => match[1] ?? '')
      .filter((name) => name !== 'help');
    expect([...listed].toSorted()).toEqual(offered.toSorted());
  });
});
