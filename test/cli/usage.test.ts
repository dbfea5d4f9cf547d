import { describe, expect, test } from 'vitest';
import { sluice } from './program.ts';

const COMMANDS = [
  'plan',
  'apply',
  'do',
  'edit',
  'show',
  'diff',
  'check',
  'fmt',
  'compile',
  'explain',
  'completion',
];

describe('help', () => {
  test('sluice alone lists every command, on stdout', () => {
    const { status, stdout, stderr } = sluice([]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).not.toContain('__complete');
    expect(stdout).toContain('Exit status:');
    expect(sluice(['--help']).stdout).toBe(stdout);
  });

  test.each(COMMANDS)('%s --help has examples', (command) => {
    const { status, stdout, stderr } = sluice([command, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: sluice ${command}`));
    expect(stdout).toMatch(new RegExp(`\\nExamples:\\n(.*\\n)*  .*sluice ${command}`));
    expect(stdout).not.toContain('default: false');
  });

  test('sluice help plan is plan --help', () => {
    expect(sluice(['help', 'plan']).stdout).toBe(sluice(['plan', '--help']).stdout);
  });

  test.each(['--version', '-V'])('%s', (flag) => {
    const { status, stdout } = sluice([flag]);
    expect({ status, stdout: stdout.replace(/\d+\.\d+\.\d+\S*/, 'N') }).toEqual({
      status: 0,
      stdout: 'sluice N\n',
    });
  });
});

describe('wrong usage exits with 64, says what is wrong on stderr, and nothing on stdout', () => {
  test.each<readonly [words: readonly string[], said: string, help: string]>([
    [['plna'], 'error[SL901]: unknown command `plna`', 'did you mean `plan`?'],
    [['zzzzzzzz'], 'error[SL901]: unknown command `zzzzzzzz`', 'the commands are plan, apply, do,'],
    [['help', 'nosuch'], 'error[SL901]: unknown command `nosuch`', 'the commands are'],
    [['plan', '--jsno', 'x'], 'error[SL902]: unknown option `--jsno`', 'did you mean `--json`?'],
    [['plan', '--jsno=7', 'x'], 'error[SL902]: unknown option `--jsno`', 'did you mean `--json`?'],
    [
      ['fmt', '--quite-else', 'x'],
      'error[SL902]: unknown option `--quite-else`',
      '`sluice help fmt` lists the options',
    ],
    [
      ['--target', 'plan', 'x'],
      'error[SL902]: option `--target` stands before its command',
      'write `sluice plan --target`',
    ],
    [['plan'], 'error[SL903]: `sluice plan` needs a script', 'usage: sluice plan [options] <script...>'],
    [['plan', '--var'], 'error[SL903]: option `--var <name=value>` needs a value', 'usage: sluice plan'],
    [
      ['show', 'a', 'b', 'c'],
      'error[SL904]: `sluice show` takes 2 arguments, and got 3',
      'usage: sluice show',
    ],
    [
      ['do', 'set', 'bridge'],
      'error[SL904]: `sluice do` takes one argument, and got 2',
      'put the whole statement in single quotes',
    ],
    [
      ['plan', '--color', 'blue', 'x'],
      'error[SL905]: `blue` is no value for `--color`',
      'it can be auto, always, never',
    ],
    [
      ['plan', '--color', 'nver', 'x'],
      'error[SL905]: `nver` is no value for `--color`',
      'did you mean `never`?',
    ],
    [
      ['plan', '--scope', 'confg', 'x'],
      'error[SL905]: `confg` is no value for `--scope`',
      'did you mean `config`?',
    ],
    [['plan', '--var', '=x', 'y'], 'error[SL905]: `=x` is no value for `--var`', 'write it as NAME=VALUE'],
    [['completion', 'tcsh'], 'error[SL905]: `tcsh` is no value for `shell`', 'it can be bash, zsh, fish'],
    [['fmt', '--check', '--write', 'x'], 'error[SL906]: `--check` changes no file', 'take one of them'],
    [
      ['fmt', '--write', '--libvirt', 'x'],
      'error[SL906]: `--libvirt` is no layout',
      'print it to another file',
    ],
    [['fmt', '--write', '-'], 'error[SL906]: stdin cannot be written to', 'leave `--write` out'],
  ])('%j', (words, said, help) => {
    const { status, stdout, stderr } = sluice(words);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).toContain(help);
  });

  test('with --json it is a document on stdout, and stderr is silent', () => {
    const { status, stdout, stderr } = sluice(['plan', '--json', '--nope', 'x']);
    expect({ status, stderr }).toEqual({ status: 64, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      command: 'plan',
      status: 64,
      diagnostics: [{ code: 'SL902', severity: 'error' }],
    });
  });

  test('hostile words are shown, not obeyed', () => {
    expect(sluice(['\u001b[2J']).stderr).toContain('unknown command `\\u{1b}[2J`');
  });
});

describe('colour', () => {
  const coloured = (words: readonly string[], env: Readonly<Record<string, string>>): boolean =>
    sluice(words, { env }).stderr.includes('\u001b[');

  test.each<readonly [string, readonly string[], Readonly<Record<string, string>>, boolean]>([
    ['none in a pipe', [], {}, false],
    ['--color always', ['--color', 'always'], {}, true],
    ['--color=always', ['--color=always'], {}, true],
    ['the option beats NO_COLOR', ['--color', 'always'], { NO_COLOR: '1' }, true],
    ['FORCE_COLOR', [], { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', [], { FORCE_COLOR: '0' }, false],
    ['NO_COLOR beats FORCE_COLOR', [], { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    ['an empty NO_COLOR says nothing', [], { FORCE_COLOR: '1', NO_COLOR: '' }, true],
    ['--color never beats FORCE_COLOR', ['--color', 'never'], { FORCE_COLOR: '1' }, false],
  ])('%s', (_name, words, env, expected) => {
    expect(coloured(['plan', '--nope', ...words, 'x'], env)).toBe(expected);
  });
});
