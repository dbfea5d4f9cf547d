// A session from a pipe is a strict script: it stops at the first mistake, with the exit status of `apply`.

import os from 'node:os';
import { describe, expect, test } from 'vitest';
import { type House, makeHouse, type Ran } from '../cli/program.ts';

const ME = os.userInfo().username;

function house(): House {
  const made = makeHouse();
  made.write('policies/policy.csv', `${made.read('policies/policy.csv')}g, user:${ME}, role:operator, *\n`);
  return made;
}

function session(input: string, words: readonly string[] = ['--yes'], at: House = house()): Ran {
  return at.run(['repl', ...words], { input, env: { XDG_STATE_HOME: at.folder } });
}

/** The codes on stderr. */
function codes({ stderr }: Ran): readonly string[] {
  return [...stderr.matchAll(/\[(SL\d+)\]/g)].map(([, code]) => code ?? '');
}

test('stages, answers what is asked, and commits', () => {
  const at = house();
  const ran = session('set bridge stp=off\nstaged\ncommit comment "ticket 7"\n', ['--yes'], at);
  expect(ran.status).toBe(0);
  expect(ran.stdout).toContain('1  set bridge stp=off\n  ~ bridge  stp: on (default) → off\n');
  expect(ran.stdout).toContain('because ticket 7');
  expect(at.read('networks/default.xml')).toContain("stp='off'");
  expect(at.run(['log']).stdout).toContain('ticket 7');
});

test('what is not committed is not written, and said', () => {
  const at = house();
  const before = at.read('networks/default.xml');
  const ran = session('set bridge stp=off\n', ['--yes'], at);
  expect([ran.status, ran.stderr]).toEqual([
    0,
    '1 statement staged and never committed: nothing of it was written\n',
  ]);
  expect(at.read('networks/default.xml')).toBe(before);
});

test('a mistake is shown at its line of the script', () => {
  const script = 'set bridge stp=off\n\n# a block\non network default {\n  set bridge sp=on\n}\n';
  expect(session(script).stderr).toContain('\n --> <stdin>:5:14\n  |\n5 |   set bridge sp=on\n');
  expect(session('staged\nundo many\n').stderr).toContain('\n --> <stdin>:2:6\n');
});

describe('ends with', () => {
  test.each([
    ['1 at a mistake', 'set bridge stp=off\nset bridge sp=on\ncommit\n', 1, ['SL402']],
    ['1 at a word that it does not know', 'stagd\n', 1, ['SL500']],
    ['1 at a command in another form', 'diff as patc\n', 1, ['SL501']],
    ['1 at a path that is none', 'show bridge@stp\n', 1, ['SL411']],
    ['1 at an unfinished command', 'drop\n', 1, ['SL502']],
    ['1 where a bracket is never closed', 'on network default {\nset bridge stp=off\n', 1, ['SL303']],
    ['1 at a number that is none', 'undo x\n', 1, ['SL501']],
    ['1 at a statement that is not there', 'set bridge stp=off\ndrop 7\n', 1, ['SL504']],
    ['1 where a later statement needs it', 'let d = 3\nset bridge delay=$d\ndrop 1\n', 1, ['SL505', 'SL440']],
    ['1 at a setting that is none', 'set context scope=running\n', 1, ['SL508']],
    ['1 at a network that is not there', 'use lab\n', 1, ['SL451']],
    ['1 while asking what if', 'as alice\nset bridge stp=off\ncommit\n', 1, ['SL506']],
    ['1 where only a terminal helps', 'edit\n', 1, ['SL907']],
    ['3 where the policy denies', 'set bridge delay=3\ncommit\n', 3, []],
    ['4 where an assertion fails', 'assert bridge@stp == off\n', 4, ['SL701']],
    [
      '4 where an expectation is not met',
      'expect bridge@stp == off\nset bridge delay=3\ncommit\n',
      4,
      ['SL702'],
    ],
    ['0 at quit', 'quit\nset bridge sp=1\n', 0, []],
  ] as const)('%s', (_name, input, status, expected) => {
    const ran = session(input);
    expect([ran.status, codes(ran)]).toEqual([status, expected]);
  });

  test('64 where nobody can be asked', () => {
    const ran = session('set bridge stp=off\ncommit\n', []);
    expect([ran.status, codes(ran)]).toEqual([64, ['SL907']]);
  });
});

describe('a value for a parameter', () => {
  const script = 'param rack = 1\nset bridge delay=$rack\n';

  test('that was given to another name by a slip is told where it is needed', () => {
    const ran = session('param rack\n', ['--yes', '--var', 'rakc=7']);
    expect([ran.status, codes(ran)]).toEqual([1, ['SL442']]);
    expect(ran.stderr).toContain('give it one: `set context rack=…`; `rakc` has one, is that a slip?');
  });

  test('is told before a default is written in its place', () => {
    const at = house();
    const before = at.read('networks/default.xml');
    const ran = session(`${script}commit\n`, ['--yes', '--var', 'rakc=7'], at);
    expect([ran.status, codes(ran)]).toEqual([1, ['SL443']]);
    expect(ran.stderr).toContain('did you mean `rack`?');
    expect(at.read('networks/default.xml')).toBe(before);
  });

  test('that nothing asks for is told, and writes on', () => {
    const ran = session('set bridge stp=off\ncheck\ncommit\n', ['--yes', '--var', 'color=7']);
    expect([ran.status, codes(ran)]).toEqual([0, ['SL443', 'SL443']]);
    expect(ran.stderr).toContain('warning[SL443]: nothing staged has a parameter `color`');
  });
});

test('a commit in the only scope that there is leaves nothing staged', () => {
  const at = house();
  const ran = session('set bridge stp=off\ncommit scope config\nstaged\n', ['--yes'], at);
  expect([ran.status, ran.stderr]).toEqual([0, 'nothing is staged\n']);
  expect(at.read('networks/default.xml')).toContain("stp='off'");
  expect(codes(session('set bridge stp=off\ncommit scope live\n', ['--yes'], at))).toEqual(['SL452']);
});

describe('with two networks', () => {
  const two = (): House => {
    const at = house();
    at.write('networks/lab.xml', at.read('networks/default.xml').replace('default', 'lab'));
    return at;
  };

  test('one has to be in use', () => {
    expect(codes(session('show bridge\n', [], two()))).toEqual(['SL503']);
    expect(session('set bridge stp=off\n', [], two()).stderr).toContain('`use NET` first');
  });

  test('a session about both is saved as one script', () => {
    const at = two();
    const lines = 'use lab\nset bridge stp=off\nuse default\nset bridge stp=off\nsave both.sluice\ncommit\n';
    expect(session(lines, ['--yes'], at).status).toBe(0);
    expect(at.read('both.sluice')).toBe(
      'on network lab {\n  set bridge stp=off\n}\n\non network default {\n  set bridge stp=off\n}\n',
    );
    const other = two();
    other.write('both.sluice', at.read('both.sluice'));
    expect(other.run(['apply', '--yes', 'both.sluice']).status).toBe(0);
    for (const file of ['networks/lab.xml', 'networks/default.xml'])
      expect(other.read(file)).toBe(at.read(file));
  });
});

test('every form of a difference is printed', () => {
  const forms = ['changes', 'script', 'patch', 'virsh', 'xml', 'json'];
  const { status, stdout } = session(
    `set bridge stp=off\n${forms.map((form) => `diff as ${form}\n`).join('')}`,
  );
  expect(status).toBe(0);
  for (const text of [
    '~ bridge  stp',
    'set bridge stp=off',
    '<add sel="/network/bridge" type=\'@stp\'>off</add>',
    '# bridge@stp',
    "+  <bridge name='virbr0' stp='off'/>",
    '"allowed": true',
  ])
    expect(stdout).toContain(text);
});

test('what the policy says is asked about what is staged', () => {
  const ran = session(
    'set bridge delay=3\nwhy\ncan modify bridge@stp\ncan alice modify bridge@stp\nwho-can modify domain@name\nwhoami\n',
  );
  expect(ran.status).toBe(0);
  for (const text of ['no: no row allows it', 'yes, by', 'user:nina', `${ME}\n  role:operator on default`])
    expect(ran.stdout).toContain(text);
});

test('a file is sourced as one unit, with the names of files that it means', () => {
  const at = house();
  at.write('networks/../hosts.csv', 'delay\n4\n');
  at.write('rack.sluice', 'for h in csv("hosts.csv") {\n  set bridge delay=$h.delay\n}\n');
  const { stdout, status } = session('source rack.sluice\nstaged\nundo\nstaged\nredo\nshow bridge\n', [], at);
  expect(status).toBe(0);
  expect(stdout).toContain('1  rack.sluice: for h in csv("hosts.csv") {  (and 2 lines more)');
  expect(stdout).toContain("<bridge name='virbr0' delay='4'/>");
});
