import { chmodSync, lstatSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type House, makeHouse } from './program.ts';

const made: House[] = [];
let house: House;

beforeEach(() => {
  house = makeHouse();
  made.push(house);
});
afterAll(() => {
  for (const { folder } of made) rmSync(folder, { recursive: true, force: true });
});

const ROWS = 'g, user:alice, role:a, *\np, allow, role:a, *, domain, *, *, ""\n';
const UGLY = 'g,user:alice,role:a,*\np, allow,role:a, *, domain, *, *,""\n';
const MISTAKE = `${ROWS}p, alow, role:a, *, domian, *, *, ""\n`;
const LONELY = `${ROWS}p, deny, role:aa, *, bridge, *, *, ""\n`;

describe('policy check', () => {
  test('shows what is in a policy without mistakes', () => {
    house.write('policies/policy.csv', ROWS);
    const { status, stdout, stderr } = house.run(['policy', 'check']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('./policies: no mistakes');
    expect(stdout).toMatch(/rules +1: 1 allow, 0 deny, 0 on trial\n/);
    expect(stdout).toMatch(/role:a +1 rule +alice\n/);
    expect(stdout).toMatch(/hash +[0-9a-f]{64}\n/);
  });

  test('tells every mistake at once', () => {
    house.write('policies/policy.csv', MISTAKE);
    house.write('policies/model.conf', '[matchers]\nm = true\n');
    const { status, stdout, stderr } = house.run(['policy', 'check', 'policies']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    for (const part of [
      'SL601',
      'policies/policy.csv:3:4',
      'did you mean `allow`?',
      'did you mean `domain`?',
    ])
      expect(stderr).toContain(part);
  });

  test('trusts no warning, unless told to', () => {
    house.write('policies/policy.csv', LONELY);
    const { status, stdout, stderr } = house.run(['policy', 'check']);
    expect({ status, warned: stderr.includes('SL615') }).toEqual({ status: 1, warned: true });
    expect(stdout).toContain('before you trust it');
    expect(house.run(['policy', 'check', '--allow-warnings']).status).toBe(0);
  });

  test('of a file, of stdin, and as JSON', () => {
    house.write('other.csv', ROWS);
    expect(house.run(['policy', 'check', 'other.csv']).status).toBe(0);
    const { status, stdout } = house.run(['policy', 'check', '-', '--json'], { input: ROWS });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'policy check',
      trusted: true,
      policy: {
        name: '<stdin>',
        rules: { allow: 1, deny: 0, report: 0 },
        users: ['user:alice'],
        roles: [{ role: 'role:a', users: ['user:alice'], rules: 1 }],
      },
    });
  });

  test('a policy that is not there, or is named twice', () => {
    const missing = house.run(['policy', 'check', 'nowhere']);
    expect({ status: missing.status, said: missing.stderr.includes('SL911') }).toEqual({
      status: 1,
      said: true,
    });
    expect(house.run(['policy', 'check', 'policies', '--policy', 'other']).status).toBe(64);
  });
});

describe('policy lint', () => {
  test('finds nothing, or exits with 1', () => {
    house.write('policies/policy.csv', ROWS);
    expect(house.run(['policy', 'lint'])).toEqual({
      status: 0,
      stdout: './policies: nothing is said in vain\n',
      stderr: '',
    });
    house.write('policies/policy.csv', `${ROWS}p, allow, role:a, lab, domain@name, modify, *, ""\n`);
    const { status, stdout, stderr } = house.run(['policy', 'lint']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('SL681');
    const against = house.run(['policy', 'lint', '--target', 'dir:networks', '--json']);
    const { diagnostics } = JSON.parse(against.stdout) as { diagnostics: readonly { code: string }[] };
    expect(diagnostics.map(({ code }) => code)).toEqual(['SL681', 'SL685']);
  });

  test('rules that no test reaches', () => {
    house.write('policies/policy.csv', `${ROWS}p, allow, role:a, *, bridge, *, *, ""\n`);
    house.write('policies/policy.test', 'allow alice modify domain@name\n');
    const { status, stderr } = house.run(['policy', 'lint']);
    expect({ status, said: stderr.includes('SL686'), where: stderr.includes('policy.csv:3:1') }).toEqual({
      status: 1,
      said: true,
      where: true,
    });
    house.write('policies/policy.test', 'allow alice modify domain@name\nallow alice modify bridge@stp\n');
    expect(house.run(['policy', 'lint']).stdout).toContain('and tests reach every rule');
  });

  test('a policy with mistakes', () => {
    house.write('policies/policy.csv', MISTAKE);
    const { status, stderr } = house.run(['policy', 'lint']);
    expect({ status, said: stderr.includes('SL608') }).toEqual({ status: 1, said: true });
  });
});

describe('policy fmt', () => {
  beforeEach(() => house.write('policies/policy.csv', UGLY));

  test('prints, checks and writes', () => {
    expect(house.run(['policy', 'fmt'])).toEqual({ status: 0, stdout: ROWS, stderr: '' });
    expect(house.read('policies/policy.csv')).toBe(UGLY);
    const checked = house.run(['policy', 'fmt', '--check']);
    expect({ status: checked.status, stdout: checked.stdout }).toEqual({ status: 1, stdout: '' });
    expect(checked.stderr).toContain('policy.csv:1:3');
    expect(house.run(['policy', 'fmt', '--write'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(house.read('policies/policy.csv')).toBe(ROWS);
    expect(house.run(['policy', 'fmt', '--check']).status).toBe(0);
    expect(house.run(['policy', 'fmt', '-'], { input: UGLY }).stdout).toBe(ROWS);
  });

  test('replaces the file whole: rights and links stay, and nothing is left over', () => {
    const file = path.join(house.folder, 'policies/policy.csv');
    const link = path.join(house.folder, 'link.csv');
    chmodSync(file, 0o640);
    symlinkSync('policies/policy.csv', link);
    expect(house.run(['policy', 'fmt', '--write', 'link.csv']).status).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(house.read('policies/policy.csv')).toBe(ROWS);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(path.join(house.folder, 'policies')).sort()).toEqual(['model.conf', 'policy.csv']);
  });

  test('what it cannot read it leaves alone', () => {
    house.write('policies/policy.csv', `${UGLY}p, "`);
    expect(house.run(['policy', 'fmt', '--write']).status).toBe(1);
    expect(house.read('policies/policy.csv')).toBe(`${UGLY}p, "`);
    expect(house.run(['policy', 'fmt', '--write', '--check']).status).toBe(64);
    expect(house.run(['policy', 'fmt', '--write', '-']).status).toBe(64);
  });
});

test('completion', () => {
  const words = (...line: readonly string[]): readonly string[] =>
    house
      .run(['__complete', '--', ...line])
      .stdout.split('\n')
      .map((one) => one.split('\t')[0] ?? '');
  expect(words('policy', '')).toEqual(expect.arrayContaining(['check', 'lint', 'fmt']));
  expect(words('policy', 'check', 'pol')).toContain('policies/');
  expect(words('policy', 'check', 'policies/')).toContain('policies/policy.csv');
  expect(words('policy', 'fmt', '--wr')).toContain('--write');
  expect(words('policy', 'lint', '--target', 'dir:net')).toContain('dir:networks/');
});

describe('policy diff', () => {
  const OLD = 'p, allow, user:olga, *, mtu@size, modify, *, "after.size <= 1500"\n';
  const NEW = 'p, allow, user:olga, *, mtu@size, modify, *, "after.size <= 9000"\n';

  beforeEach(() => {
    house.write('old.csv', OLD);
    house.write('new.csv', NEW);
  });

  test('names who may what now, by which rows', () => {
    const { status, stdout, stderr } = house.run(['policy', 'diff', 'old.csv', 'new.csv']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    for (const part of [
      'Newly allowed',
      '  olga on every other network',
      'modify mtu@size',
      'for example size=',
      'decided by  no row → allow new.csv:1',
      '1 newly allowed',
    ])
      expect(stdout).toContain(part);
    const same = house.run(['policy', 'diff', 'old.csv', '-'], { input: `# the same\n${OLD}` });
    expect(same.status).toBe(0);
    expect(same.stdout).toContain('No decision changes');
  });

  test('asks the cases beside the newer policy', () => {
    house.write('policies/policy.csv', NEW);
    house.write('policies/mtu.test', 'allow olga modify mtu@size before.size=1500 after.size=8000\n');
    const { status, stdout } = house.run(['policy', 'diff', 'old.csv', 'policies', '--json']);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'policy diff',
      complete: true,
      compared: { tests: 1 },
      changes: [{ now: 'allowed', who: ['user:olga'], before: null, after: { line: 1 } }],
      tests: [{ now: 'allowed', place: 'policies/mtu.test:1:1' }],
    });
  });

  test('asks again about what is on record', () => {
    const me = os.userInfo().username;
    house.write('policies/policy.csv', `p, allow, user:${me}, *, **, *, *, ""\n`);
    for (const stp of ['off', 'on'])
      expect(house.run(['do', `set bridge stp=${stp}`, '--yes']).status).toBe(0);
    const rows = `p, allow, user:${me}, *, **, *, *, "not time in mon-sun"\n`;
    const diff = (): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
      house.run(['policy', 'diff', 'policies', '-', '--target', 'dir:networks'], { input: rows });
    const { status, stdout } = diff();
    expect(status).toBe(2);
    expect(stdout).toContain('2 recorded changes');
    expect(stdout).toMatch(/on default, config only\n +modify bridge@stp\n +for example revision 1\n/);
    const objects = path.join(house.folder, 'networks/.sluice/objects');
    for (const name of readdirSync(objects)) rmSync(path.join(objects, name));
    const lost = diff();
    expect(lost.stderr).toContain('SL690');
    expect(lost.stdout).not.toContain('recorded changes');
  });

  test('policies that do not load, and a word that is no target', () => {
    house.write('bad.csv', MISTAKE);
    expect(house.run(['policy', 'diff', 'old.csv', 'bad.csv']).stderr).toContain('SL608');
    expect(house.run(['policy', 'diff', 'old.csv', 'nowhere.csv']).status).toBe(1);
    expect(house.run(['policy', 'diff', 'old.csv']).status).toBe(64);
    const other = house.run(['policy', 'diff', 'old.csv', 'new.csv', '--target', 'networks']);
    expect({ status: other.status, said: other.stderr.includes('did you mean `dir:networks`?') }).toEqual({
      status: 1,
      said: true,
    });
  });
});
