import { rmSync } from 'node:fs';
import os from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, hasProgram, makeHouse, onTerminal, shell, sluice } from './program.ts';

let house: House;
beforeAll(() => {
  house = makeHouse();
  house.write('hosts.sluice', '');
  house.write('with blank.sluice', '');
  house.write('notes.txt', '');
  house.write('networks/lab.xml', '<network><name>lab</name></network>');
});
afterAll(() => rmSync(house.folder, { recursive: true, force: true }));

/** Candidates for the line up to the cursor, as the shells ask for them. */
function candidates(...words: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = sluice(['__complete', '--', ...words], { cwd: house.folder });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

function words(...line: readonly string[]): readonly string[] {
  return candidates(...line).map((candidate) => candidate.split('\t')[0] ?? '');
}

describe('what can stand where the cursor is', () => {
  test('commands, with what they do', () => {
    expect(candidates('')).toContain('plan\tshow what would change, and what policy says to it');
    expect(words('')).toEqual([
      'plan',
      'apply',
      'do',
      'repl',
      'edit',
      'show',
      'diff',
      'log',
      'networks',
      'leases',
      'watch',
      'check',
      'fmt',
      'compile',
      'policy',
      'explain',
      'completion',
      'help',
    ]);
    expect(words('com')).toEqual(['compile', 'completion']);
    expect(words('help', 'ex')).toEqual(['explain']);
    expect(words('nosuch', '')).toEqual([]);
  });

  test.each<readonly [readonly string[], readonly string[]]>([
    [['plan', '--sc'], ['--scope']],
    [['--v'], ['--version']],
    [
      ['plan', '--scope', ''],
      ['live', 'config', 'live+config'],
    ],
    [
      ['plan', '--color', 'a'],
      ['auto', 'always'],
    ],
    [
      ['plan', '--color=a'],
      ['--color=auto', '--color=always'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['compile', '--as', ''],
      ['rfc5261', 'virsh'],
    ],
    [
      ['plan', '--as', ''],
      ['alice', 'nina', 'olga'],
    ],
    [['plan', '--as', 'o'], ['olga']],
    [['plan', '--policy', 'nowhere', '--as', ''], []],
    [
      ['plan', '--network', ''],
      ['default', 'lab'],
    ],
    [['plan', '--network=l'], ['--network=lab']],
    [['show', 'd'], ['default']],
    [['show', '--target', 'dir:nosuch', ''], []],
    [['show', '--target=dir:nosuch', ''], []],
    [['show', 'default', ''], []],
    [
      ['explain', 'SL90'],
      ['SL901', 'SL902', 'SL903', 'SL904', 'SL905', 'SL906', 'SL907', 'SL908', 'SL909'],
    ],
    [
      ['plan', ''],
      ['hosts.sluice', 'networks/', 'policies/', 'with blank.sluice'],
    ],
    [['plan', 'hosts.sluice', 'w'], ['with blank.sluice']],
    [
      ['plan', 'networks/'],
      ['networks/default.xml', 'networks/lab.xml'],
    ],
    [
      ['plan', '--target', ''],
      ['dir:', 'qemu:///system', 'qemu:///session', 'network:///system', 'qemu+ssh://', 'test:///default'],
    ],
    [['leases', '--target', 'net'], ['network:///system']],
    [['plan', '--target', 'dir:n'], ['dir:networks/']],
    [['plan', '--policy', 'p'], ['policies/']],
    [['diff', 'd'], ['default']],
    [['plan', '--', '--f'], []],
  ])('%j', (line, expected) => {
    // the policy also knows who runs the tests
    expect(words(...line).filter((word) => word !== os.userInfo().username)).toEqual(expected);
  });

  test('commands of commands, paths and values', () => {
    expect(words('policy', '')).toContain('who-can');
    expect(words('policy', 'ca')).toEqual(['can']);
    expect(words('help', 'policy', 'wh')).toEqual(['why', 'who-can']);
    expect(words('policy', 'can', 'role:net')).toEqual(['role:netadmin']);
    expect(words('policy', 'can', 'nina', 'mo')).toEqual(['modify', 'move']);
    expect(words('policy', 'can', 'nina', 'modify', 'ip[*].dhcp.h')).toEqual([
      'ip[*].dhcp.host[*]',
      'ip[*].dhcp.host[*].lease',
    ]);
    expect(words('policy', 'can', 'nina', 'modify', 'bridge@s')).toEqual(['bridge@stp']);
    expect(words('policy', 'can', 'nina', 'add', 'ip[10.0.0.1].dhcp.host[*]', 'm')).toEqual(['mac=']);
    expect(words('policy', 'who-can', 'modify', 'forward', 'after.mode=ro')).toEqual(['after.mode=route']);
    expect(words('policy', 'can', 'nina', 'modify', 'nosuch', '')).toEqual([]);
  });

  test('an option is offered once, but --var again', () => {
    const offered = words('plan', '--json', '--var', 'a=b', '--');
    expect(offered).toContain('--var');
    expect(offered).not.toContain('--json');
    expect(offered).toContain('--full');
  });
});

describe('bash', () => {
  /** COMPREPLY for a line with the cursor at its end. */
  function reply(line: string): readonly string[] {
    const { stdout, stderr } = shell(
      'bash',
      `source <(sluice completion bash)
       compopt() { printf '(%s)\\n' "$2"; }
       COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}
       _sluice sluice; printf '%s\\n' "\${COMPREPLY[@]}"`,
      { cwd: house.folder },
    );
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  }

  test.each<readonly [string, readonly string[]]>([
    ['sluice exp', ['explain']],
    ['sluice show ', ['default', 'lab']],
    ['sluice plan --color=al', ['always']],
    ['sluice plan --target d', ['(nospace)', 'dir:']],
    ['sluice plan --target dir:n', ['(filenames)', '(nospace)', 'networks/']],
    ['sluice plan w', ['(filenames)', 'with blank.sluice']],
    ['sluice nosuch ', []],
  ])('%s', (line, expected) => {
    expect(reply(line)).toEqual(expected);
  });

  test.skipIf(!hasProgram('script'))('the tab key (skipped without script(1))', async () => {
    const { screen } = await onTerminal(
      'bash --norc --noprofile -i',
      [
        { seen: 'ready> ', sent: 'source <(sluice completion bash)\n' },
        { seen: 'ready> ', sent: 'sluice sho\tdef\t\n' },
        { seen: '</network>', sent: 'exit\n' },
      ],
      { cwd: house.folder, env: { PS1: 'ready> ' } },
    );
    expect(screen).toContain('sluice show default');
    expect(screen).toContain('<name>default</name>');
  });
});

describe.skipIf(!hasProgram('zsh'))('zsh (skipped where it is not installed)', () => {
  test('the lines are zsh, and hand over what there is', () => {
    const { stdout, stderr, status } = shell(
      'zsh',
      `compdef() { print "compdef $*"; }
       source <(sluice completion zsh)
       compadd() { print -r -- "compadd \${@[1,-2]} \${(P)\${@[-1]}}"; }
       words=(sluice plan --target dir:n); CURRENT=4; _sluice
       words=(sluice show ''); CURRENT=3; _sluice`,
      { cwd: house.folder },
    );
    expect({ stdout, stderr, status }).toEqual({
      stdout:
        'compdef _sluice sluice\ncompadd -l -S  -d openShown -a dir:networks/\ncompadd -l -d closedShown -a default lab\n',
      stderr: '',
      status: 0,
    });
  });
});

describe.skipIf(!hasProgram('fish'))('fish (skipped where it is not installed)', () => {
  test.each([
    ['sluice exp', 'explain\texplain a diagnostic code\n'],
    ['sluice show ', 'default\tnetwork\nlab\tnetwork\n'],
    ['sluice plan --color=al', '--color=always\tcolours\n'],
    ['sluice plan --network l', 'lab\tnetwork\n'],
  ])('%s', (line, expected) => {
    const { stdout, stderr } = shell(
      'fish',
      `sluice completion fish | source; complete -C ${JSON.stringify(line)}`,
      {
        cwd: house.folder,
        env: { HOME: house.folder },
      },
    );
    expect({ stdout, stderr }).toEqual({ stdout: expected, stderr: '' });
  });
});
