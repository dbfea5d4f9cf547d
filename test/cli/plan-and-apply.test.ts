import { rmSync } from 'node:fs';
import os from 'node:os';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type House, hasProgram, makeHouse, onTerminal, shell } from './program.ts';

const made: House[] = [];
let house: House;

beforeEach(() => {
  house = makeHouse();
  made.push(house);
});
afterAll(() => {
  for (const { folder } of made) rmSync(folder, { recursive: true, force: true });
});

const HOST = 'add host mac=52:54:00:00:00:0c ip=10.0.0.131 name=v2.a.example.com to ip[10.0.0.1].dhcp\n';

function network(): string {
  return house.read('networks/default.xml');
}

/** Runs and checks that the network stayed as it was. */
function writesNothing(
  words: readonly string[],
  input = '',
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const before = network();
  const ran = house.run(words, { input });
  expect(network()).toBe(before);
  return ran;
}

describe('plan', () => {
  test('prints the plan on stdout, nothing else, and exits with 0', () => {
    house.write('s.sluice', HOST);
    const { status, stdout, stderr } = writesNothing(['plan', 's.sluice', '--as', 'alice']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(
      `  + ip[10.0.0.1].dhcp.host[52:54:00:00:00:0c]  mac=52:54:00:00:00:0c name=v2.a.example.com ip=10.0.0.131  # s.sluice:1
    ✓ allowed by policies/policy.csv:5

4 changes to default, all allowed; apply stores them in the file.
`,
    );
    expect(stdout).toMatch(/ as alice, policy \.\/policies \([0-9a-f]{12}\)\n/);
  });

  test.each<readonly [string, readonly string[], string, number]>([
    ['changes', [], HOST, 0],
    ['changes, with --detailed-exitcode', ['--detailed-exitcode'], HOST, 2],
    ['nothing to do, with --detailed-exitcode', ['--detailed-exitcode'], 'set bridge stp=on\n', 0],
    ['denied', [], 'set domain name=x.example\n', 3],
    ['denied, with --detailed-exitcode', ['--detailed-exitcode'], 'set domain name=x.example\n', 3],
    ['a mistake', [], 'set brigde stp=off\n', 1],
    ['a failed assert', [], 'assert bridge@stp == off "stp is on"\n', 4],
    ['a failed expectation', [], 'expect count(ip) > 5\n', 4],
  ])('%s', (_name, options, script, status) => {
    expect(writesNothing(['plan', '-', '--as', 'alice', ...options], script).status).toBe(status);
  });

  test('reads stdin, several scripts, and variables', () => {
    house.write('one.sluice', 'param where\nset bridge stp=off\n');
    house.write('two.sluice', 'set mtu size=$where\n');
    expect(
      house.run(['plan', 'one.sluice', '-', '--var', 'where=9000', '--as', 'nina'], {
        input: 'set bridge delay=5\n',
      }).stdout,
    ).toMatch(/delay: .*# <stdin>:1/);
    expect(house.run(['plan', 'one.sluice', '--as', 'nina']).stderr).toContain('SL442');
    expect(house.run(['plan', '-', '-', '--as', 'nina']).stderr).toContain(
      'error[SL906]: stdin can be read only once',
    );
  });

  test('tells network XML by its first character', () => {
    const xml = network().replace("<bridge name='virbr0'/>", "<bridge name='virbr0' stp='off'/>");
    for (const words of [
      ['plan', '-'],
      ['plan', '--xml', '-'],
    ]) {
      const { status, stdout } = writesNothing(
        [...words, '--as', 'olga'],
        `\ufeff\n${xml}`.slice(words.length === 2 ? 2 : 0),
      );
      expect(stdout).toContain('  ~ bridge  stp: on (default) → off\n');
      expect(status).toBe(0);
    }
    expect(
      writesNothing(['plan', '-', '--as', 'olga'], xml.replace('<name>default</name>', '')).stderr,
    ).toContain('error[SL916]: this network has no name');
    expect(writesNothing(['plan', '--xml', '-'], 'set bridge stp=off').stderr).toMatch(/error\[SL1\d\d\]/);
  });

  test('--json is one document', () => {
    house.write('s.sluice', 'set domain name=x.example\n');
    const { status, stdout, stderr } = writesNothing(['plan', '--json', 's.sluice', '--as', 'alice']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      command: 'plan',
      status,
      diagnostics: [],
      plan: {
        format: 'sluice-plan',
        allowed: false,
        documents: [
          {
            network: 'default',
            changes: [
              {
                path: 'domain@name',
                verdict: { decision: 'denied', rule: { file: 'policies/policy.csv', line: 7 } },
              },
            ],
          },
        ],
      },
    });
    const bad = writesNothing(['plan', '--json', '-'], 'set brigde stp=off\n');
    expect(bad).toMatchObject({ status: 1, stderr: '' });
    expect(JSON.parse(bad.stdout)).toMatchObject({
      status: 1,
      diagnostics: [{ code: 'SL401', place: { file: '<stdin>', line: 1, column: 5 } }],
    });
  });

  test('a mistake is pointed at, on stderr', () => {
    const { stdout, stderr } = writesNothing(['plan', '-'], '# x\nset brigde stp=off\n');
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `error[SL401]: unknown element \`brigde\` in \`network\`
 --> <stdin>:2:5
  |
2 | set brigde stp=off
  |     ^^^^^^
  |
  = help: did you mean \`bridge\`?
`,
    );
  });

  test('inputs of two kinds, or of the wrong one', () => {
    house.write('s.sluice', HOST);
    expect(writesNothing(['plan', 's.sluice', 'networks/default.xml']).stderr).toContain(
      'error[SL917]: `s.sluice` and `networks/default.xml` are scripts and network XML',
    );
    const { status, stderr } = writesNothing(['plan', '-'], '{}');
    expect(status).toBe(1);
    expect(stderr).toContain('error[SL917]: a saved plan is not what this command takes');
    expect(writesNothing(['plan', 'nosuch.sluice']).stderr).toContain('`nosuch.sluice` does not exist');
  });

  test('the policy: --policy, SLUICE_POLICY, ./policies, or none', () => {
    house.write('s.sluice', HOST);
    const other = makeHouse();
    made.push(other);
    expect(house.run(['plan', 's.sluice', '--policy', `${other.folder}/policies`]).stdout).toContain(
      `policy ${other.folder}/policies (`,
    );
    expect(
      house.run(['plan', 's.sluice'], { env: { SLUICE_POLICY: `${other.folder}/policies` } }).stdout,
    ).toContain(`policy ${other.folder}/policies (`);
    rmSync(`${house.folder}/policies`, { recursive: true });
    const none = writesNothing(['plan', 's.sluice']);
    expect(none.status).toBe(1);
    expect(none.stderr).toContain('error[SL911]: no policy in `./policies`');
    expect(none.stderr).toContain('--policy');
    expect(house.run(['plan', 's.sluice'], { env: { SLUICE_POLICY: 'nowhere' } }).stderr).toContain(
      'that folder was named by SLUICE_POLICY',
    );
  });

  test('a broken policy decides nothing', () => {
    house.write('s.sluice', HOST);
    house.write('policies/policy.csv', 'p, allow, role:x\n');
    const { status, stdout, stderr } = writesNothing(['plan', 's.sluice']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('policies/policy.csv:1');
  });

  test('under sudo it is who called it, and only under sudo', () => {
    house.write('s.sluice', HOST);
    const { stdout } = house.run(['plan', 's.sluice'], {
      env: { SUDO_USER: 'alice', USER: 'olga', LOGNAME: 'olga' },
    });
    // anybody can set SUDO_USER; only root got it from sudo
    const real = process.geteuid?.() === 0 ? 'alice' : os.userInfo().username;
    expect(stdout).toContain(`\n  by ${real}, policy`);
  });

  test('a name that no policy can hold', () => {
    house.write('s.sluice', HOST);
    const { status, stderr } = writesNothing(['plan', 's.sluice', '--as', 'a b']);
    expect(status).toBe(1);
    expect(stderr).toContain("error[SL912]: `a b` cannot be a user's name in a policy");
  });

  test('a target that is none', () => {
    house.write('s.sluice', HOST);
    expect(writesNothing(['plan', 's.sluice', '--target', 'networks']).stderr).toContain(
      'error[SL905]: `networks` is no target',
    );
    expect(writesNothing(['plan', 's.sluice', '--target', 'dir:nosuch']).status).toBe(1);
  });

  test('--full shows what is otherwise counted', () => {
    const many = Array.from(
      { length: 60 },
      (_, n) =>
        `add host mac=52:54:00:00:01:${(n + 16).toString(16)} ip=10.0.0.${n + 140} to ip[10.0.0.1].dhcp\n`,
    ).join('');
    expect(house.run(['plan', '-', '--as', 'nina'], { input: many }).stdout).toContain(
      '+ 60 × ip[10.0.0.1].dhcp.host[*]\n',
    );
    expect(
      house.run(['plan', '-', '--as', 'nina', '--full'], { input: many }).stdout.match(/^ {2}\+ ip/gm),
    ).toHaveLength(60);
  });
});

describe('apply', () => {
  test('--yes shows the plan, writes, and shows what was written', () => {
    house.write('s.sluice', HOST);
    const { status, stdout, stderr } = house.run(['apply', 's.sluice', '--as', 'alice', '--yes']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Plan for default/);
    expect(stdout).toContain(`
--- default.xml
+++ default.xml
@@ -9,6 +9,7 @@
       <!-- alice's -->
       <host mac='52:54:00:00:00:0a' name='v1.a.example.com' ip='10.0.0.130'/>
       <host mac='52:54:00:00:00:0b' name='v1.b.example.com' ip='10.0.0.20'/>
+      <host mac='52:54:00:00:00:0c' name='v2.a.example.com' ip='10.0.0.131'/>
     </dhcp>
   </ip>
 </network>

✓ Applied: revision 1, default
`);
    expect(network()).toContain("<host mac='52:54:00:00:00:0c'");
    const again = house.run(['apply', '-', '--as', 'alice', '--yes'], {
      input: HOST.replace('add', 'ensure').replace(' to ', ' in '),
    });
    expect(again.status).toBe(0);
    expect(again.stdout).toContain('Nothing to do: default is so already.');
  });

  test('where nobody can be asked it needs --yes', () => {
    const { status, stdout, stderr } = writesNothing(['apply', '-', '--as', 'nina'], HOST);
    expect(status).toBe(64);
    expect(stdout).toContain('all allowed');
    expect(stderr).toContain('error[SL907]: nobody can be asked');
  });

  test('nothing to do needs no answer', () => {
    expect(writesNothing(['apply', '-', '--as', 'nina'], 'set bridge stp=on\n').status).toBe(0);
  });

  test('denied', () => {
    const { status, stdout } = writesNothing(
      ['apply', '-', '--as', 'alice', '--yes'],
      `${HOST}set domain name=x.example\n`,
    );
    expect(status).toBe(3);
    expect(stdout).toContain('4 allowed, 1 denied. Nothing will be written.');
  });

  test('as somebody else only where a rule lets you', () => {
    house.write('policies/policy.csv', house.read('policies/policy.csv').replace(/^.*impersonate.*$/m, ''));
    const { status, stdout } = writesNothing(['apply', '-', '--as', 'alice', '--yes'], HOST);
    expect(status).toBe(3);
    expect(stdout).toMatch(
      /✗ denied: \S+ may not act as alice: no rule lets them\. Nothing will be written\.\n/,
    );
  });

  test('a saved plan: exactly that, or nothing', () => {
    house.write('s.sluice', HOST);
    expect(house.run(['plan', 's.sluice', '--as', 'alice', '--out', 'plan.json']).status).toBe(0);
    const printed = house.run(['plan', 's.sluice', '--as', 'alice', '--json']).stdout;
    const applied = house.run(['apply', 'plan.json', '--as', 'alice']);
    expect(applied.stderr).toBe('');
    expect(applied.status).toBe(0);
    expect(network()).toContain('52:54:00:00:00:0c');
    const stale = writesNothing(['apply', 'plan.json', '--as', 'alice']);
    expect(stale.status).toBe(4);
    expect(stale.stderr).toContain('error[SL703]');
    expect(writesNothing(['apply', '-', '--as', 'alice'], printed).status).toBe(4);
  });

  test('a saved plan under another policy', () => {
    house.write('s.sluice', HOST);
    house.run(['plan', 's.sluice', '--as', 'alice', '--out', 'plan.json']);
    house.write('policies/policy.csv', `${house.read('policies/policy.csv')}# changed\n`);
    const { status, stderr } = writesNothing(['apply', 'plan.json', '--as', 'alice']);
    expect(status).toBe(4);
    expect(stderr).toContain('error[SL709]');
  });

  test('a plan that cannot be saved', () => {
    house.write('s.sluice', HOST);
    const { status, stderr } = house.run(['plan', 's.sluice', '--as', 'alice', '--out', 'no/such/plan.json']);
    expect(status).toBe(1);
    expect(stderr).toContain('error[SL913]: `no/such/plan.json` cannot be written');
  });

  test('a whole network; a new one', () => {
    house.write('lab.xml', "<network><name>lab</name><bridge name='virbr7'/></network>\n");
    const { status, stdout } = house.run(['apply', '--xml', 'lab.xml', '--as', 'nina', '--yes']);
    expect(status).toBe(0);
    expect(stdout).toContain('--- /dev/null\n+++ lab.xml\n');
    expect(house.read('networks/lab.xml')).toContain("<bridge name='virbr7'");
  });

  test('--json', () => {
    const { status, stdout, stderr } = house.run(['apply', '-', '--as', 'alice', '--yes', '--json'], {
      input: HOST,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      command: 'apply',
      status: 0,
      plan: { allowed: true },
      outcome: { type: 'applied', revision: { number: 1, networks: ['default'] } },
    });
  });

  test('a reader that goes away does not stop it, and is no error', () => {
    house.write('s.sluice', HOST);
    const { stdout, stderr } = shell(
      'bash',
      'set -o pipefail; sluice apply s.sluice --as alice --yes --full | head -c 1; echo " ${PIPESTATUS[0]}"',
      {
        cwd: house.folder,
      },
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'P 0\n', stderr: '' });
    expect(network()).toContain('52:54:00:00:00:0c');
  });
});

describe('do', () => {
  test('one statement', () => {
    const { status, stdout } = house.run(['do', 'set bridge stp=off', '--as', 'olga', '--yes']);
    expect(status).toBe(0);
    expect(stdout).toContain('  ~ bridge  stp: on (default) → off  # <statement>:1\n');
    expect(network()).toContain("<bridge name='virbr0' stp='off'/>");
  });

  test.each(['-n', '--plan'])('%s only plans', (flag) => {
    expect(writesNothing(['do', flag, 'set bridge stp=off', '--as', 'olga', '--yes']).status).toBe(0);
    expect(writesNothing(['do', flag, 'set domain name=x', '--as', 'olga']).status).toBe(3);
    expect(writesNothing(['do', flag, 'set domian name=x', '--as', 'olga']).status).toBe(1);
  });
});

describe.skipIf(!hasProgram('script'))('on a terminal (skipped without script(1))', () => {
  const apply = 'sluice apply s.sluice --as alice';

  test('asks, and yes means yes', async () => {
    house.write('s.sluice', HOST);
    const { status, screen } = await onTerminal(apply, [{ seen: '[y/N] ', sent: 'y\n' }], {
      cwd: house.folder,
    });
    expect(screen).toContain('Applied');
    expect(screen).toContain('\u001b['); // colours
    expect(status).toBe(0);
    expect(network()).toContain('52:54:00:00:00:0c');
  });

  test.each([
    ['no', 'n\n'],
    ['nothing', '\n'],
    ['a word', 'yep\n'],
    ['the end', '\u0004'],
  ])('%s means no', async (_name, typed) => {
    house.write('s.sluice', HOST);
    const before = network();
    const { status, screen } = await onTerminal(apply, [{ seen: '[y/N] ', sent: typed }], {
      cwd: house.folder,
    });
    expect(screen).toContain('Nothing was written.');
    expect(status).toBe(1);
    expect(network()).toBe(before);
  });

  test('Ctrl-C writes nothing and exits with 130', async () => {
    house.write('s.sluice', HOST);
    const before = network();
    const { status } = await onTerminal(apply, [{ seen: '[y/N] ', sent: '\u0003' }], { cwd: house.folder });
    expect(status).toBe(130);
    expect(network()).toBe(before);
  });

  test.each<readonly [string, () => void, string]>([
    [
      'the network',
      () => house.write('networks/default.xml', network().replace('virbr0', 'virbr9')),
      'network `default` changed',
    ],
    [
      'the policy',
      () => house.write('policies/policy.csv', `${house.read('policies/policy.csv')}# x\n`),
      'the policy changed',
    ],
  ])('%s that moves while it asks stops it', async (_name, move, said) => {
    house.write('s.sluice', HOST);
    const moved = await onTerminal(apply, [{ seen: '[y/N] ', act: move, sent: 'y\n' }], {
      cwd: house.folder,
    });
    expect(moved.screen).toContain('SL910');
    expect(moved.screen).toContain(said);
    expect(moved.status).toBe(4);
    expect(network()).not.toContain('52:54:00:00:00:0c');
  });

  test('NO_COLOR and a narrow window', async () => {
    house.write('s.sluice', HOST);
    const { screen } = await onTerminal('stty cols 60; sluice plan s.sluice --as alice', [], {
      cwd: house.folder,
      env: { NO_COLOR: '1' },
    });
    expect(screen).not.toContain('\u001b[');
    expect(screen).toContain('\n      mac=52:54:00:00:00:0c name=v2.a.example.com\n      ip=10.0.0.131\n');
  });
});
