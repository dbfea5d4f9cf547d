// Five minutes to a policy of your own: README.md's section, walked step by step in an empty folder; and the shipped policy
// with its tests.

import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shell, sluice } from '../cli/program.ts';
import { read, root } from '../house/files.ts';
import { outcomesOf, runCases } from './cases.ts';
import { policyOf } from './decide.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-policy-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const readme = read('README.md');
const section = readme.slice(readme.indexOf('## Five minutes'), readme.indexOf('## Exit status'));

/** The commands of a block and what they print. */
function walked(block: string): string {
  return block
    .split('\n')
    .filter((line) => line.startsWith('$ '))
    .map((line) => `${line}\n${shell('sh', `exec 2>&1; ${line.slice(2)}`, { cwd: folder }).stdout}`)
    .join('');
}

test('README.md: five minutes to a policy of your own', () => {
  const steps = [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', block = '']) => ({
      language,
      block,
    }),
  );
  expect(steps.map(({ language }) => language)).toEqual(['sh', 'csv', 'test', 'text']);
  for (const { language, block } of steps) {
    if (language === 'sh') expect(shell('sh', block, { cwd: folder }).status).toBe(0);
    else if (language === 'csv') appendFileSync(path.join(folder, 'policies/policy.csv'), `\n${block}`);
    else if (language === 'test') appendFileSync(path.join(folder, 'policies/policy.test'), `\n${block}`);
    else expect(walked(block)).toBe(block);
  }
});

describe('policy init', () => {
  test('touches nothing that is there', () => {
    const before = readFileSync(path.join(folder, 'policies/policy.csv'), 'utf8');
    const again = sluice(['policy', 'init'], { cwd: folder });
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('is there already');
    expect(readFileSync(path.join(folder, 'policies/policy.csv'), 'utf8')).toBe(before);
  });
  test('writes what loads, tests and lints without a word', () => {
    expect(sluice(['policy', 'init', 'fresh'], { cwd: folder }).status).toBe(0);
    for (const command of ['check', 'lint', 'test'])
      expect(sluice(['policy', command, '--policy', 'fresh'], { cwd: folder })).toMatchObject({
        status: 0,
        stderr: '',
      });
  });
});

describe('the shipped policy', () => {
  const rows = read('policies/policy.csv');
  const cases = read('policies/policy.test');
  test('passes its tests, which need every row of it', () => {
    const run = runCases(policyOf(rows), cases);
    expect(run.outcomes.flatMap(({ problems }) => problems)).toEqual([]);
    expect(run.outcomes.length).toBeGreaterThan(100);
    expect(run.unexercised.map(({ ref }) => ref.line)).toEqual([]);
    expect(run.unused).toEqual([]);
  });
  test('cannot lose a row unseen', () => {
    const lines = rows.split('\n');
    lines.forEach((line, at) => {
      if (line === '' || line.startsWith('#')) return;
      const without = policyOf(lines.with(at, '').join('\n'));
      expect(
        outcomesOf(without, cases).some((outcome) => outcome !== 'pass'),
        line,
      ).toBe(true);
    });
  });
});

describe('docs/policy.md', () => {
  test('shows tests that pass', () => {
    const page = read('docs/policy.md');
    const [, block = ''] = /```test\n([\s\S]*?)```/.exec(page) ?? [];
    expect(outcomesOf(policyOf(read('policies/policy.csv')), block)).toEqual(Array(6).fill('pass'));
  });
  test('shows questions that have answers', () => {
    const page = read('docs/policy.md');
    const [, block = ''] = /## Asking the policy[\s\S]*?```sh\n([\s\S]*?)```/.exec(page) ?? [];
    const lines = block.trim().split('\n');
    expect(lines.length).toBe(3);
    for (const line of lines) {
      const { status, stderr, stdout } = shell('sh', line, { cwd: root });
      expect({ stderr, ok: status === 0 || status === 3 }, line).toEqual({ stderr: '', ok: true });
      expect(stdout).not.toBe('');
    }
  });
});

describe('the command', () => {
  const house = (): string => {
    const made = mkdtempSync(path.join(folder, 'house-'));
    cpSync(path.join(root, 'policies'), path.join(made, 'policies'), { recursive: true });
    return made;
  };
  test.each<readonly [readonly string[], number, string]>([
    [['can', 'olga', 'modify', 'bridge@stp'], 0, 'yes, by policies/policy.csv:33\n'],
    [
      ['can', 'olga', 'modify', 'domain@name'],
      3,
      'no, by policies/policy.csv:43: `user:olga` does not have `role:netadmin` on `default`\n',
    ],
    [
      ['can', 'alice', 'add', 'ip.dhcp.host', 'ip=10.0.0.5'],
      3,
      'no: no row allows it\n  nearest: policies/policy.csv:18: condition false after: `ip` is 10.0.0.5\n  policies/policy.csv:24 counts elements, here in a network without any others; --target asks about a real one\n',
    ],
    [['can', 'otto', 'impersonate', 'user:nina', '--at', 'wed 12:00'], 3, 'no: no row allows it\n'],
    [['can', 'otto', 'impersonate', 'user:nina', '--at', 'sun 12:00'], 0, 'yes, by policies/policy.csv:58\n'],
    [['can', 'nina', 'start', 'network'], 3, 'no: no row allows it\n'],
  ])('%j exits with %i', (words, status, stdout) => {
    const ran = sluice(['policy', ...words], { cwd: root });
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status, stderr: '' });
    expect(ran.stdout.startsWith(stdout.trimEnd()), ran.stdout).toBe(true);
  });
  test('asks about a network as it stands', () => {
    const cwd = house();
    cpSync(path.join(root, 'examples/demo/before.xml'), path.join(cwd, 'networks/default.xml'));
    const own = ['ip[10.0.0.1].dhcp.host[52:54:00:0a:00:01]', '--target', 'dir:networks'];
    expect(sluice(['policy', 'can', 'alice', 'remove', ...own], { cwd })).toMatchObject({
      status: 0,
      stdout: 'yes, by policies/policy.csv:18\n',
    });
    expect(sluice(['policy', 'can', 'bob', 'remove', ...own], { cwd }).status).toBe(3);
    const elsewhere = sluice(
      ['policy', 'can', 'alice', 'add', 'bridge', '--target', 'dir:networks', '--network', 'defualt'],
      { cwd },
    );
    expect(elsewhere.status).toBe(1);
    expect(elsewhere.stderr).toContain('did you mean `default`?');
  });
  test('tells machines', () => {
    const ran = sluice(['policy', 'can', 'alice', 'add', 'ip.dhcp.host', 'ip=10.0.0.131', '--json'], {
      cwd: root,
    });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      command: 'policy can',
      status: 3,
      answer: 'depends',
      who: 'user:alice',
      scopes: [{ changes: [{ open: [{ line: 18, missing: ['name'] }] }, {}] }],
    });
    expect(
      JSON.parse(sluice(['policy', 'who-can', 'modify', 'domain@name', '--json'], { cwd: root }).stdout),
    ).toMatchObject({
      scopes: [{ holders: [{ who: 'role:netadmin' }, { who: 'user:nina', networks: null }] }],
    });
    expect(JSON.parse(sluice(['policy', 'test', '--json'], { cwd: root }).stdout)).toMatchObject({
      failed: 0,
      coverage: { unexercised: [], unusedRoles: [] },
    });
  });
  test('does not pass where there is nothing to test', () => {
    const cwd = house();
    rmSync(path.join(cwd, 'policies/policy.test'));
    const ran = sluice(['policy', 'test'], { cwd });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain('error[SL663]: no policy tests in `./policies`');
  });
  test('writes JUnit', () => {
    const cwd = house();
    writeFileSync(
      path.join(cwd, 'policies/policy.test'),
      'allow alice modify bridge@stp\nallow olga modify bridge@stp\n',
    );
    const ran = sluice(['policy', 'test', '--junit', 'out.xml'], { cwd });
    expect(ran.status).toBe(1);
    const xml = readFileSync(path.join(cwd, 'out.xml'), 'utf8');
    expect(xml).toContain('tests="2" failures="1"');
    expect(xml).toContain(
      '<failure message="expected `allow`, got `deny`: no row allows `modify bridge@stp`">',
    );
  });
  test('tells what is wrong with its words', () => {
    expect(sluice(['policy'], { cwd: root })).toMatchObject({ status: 64 });
    expect(sluice(['policy', 'cna'], { cwd: root }).stderr).toContain('did you mean `can`?');
    expect(sluice(['policy', 'can', 'olga'], { cwd: root }).stderr).toContain(
      '`sluice policy can` needs an operation',
    );
    expect(sluice(['help', 'policy', 'can'], { cwd: root }).stdout).toContain('Usage: sluice policy can');
  });
});
