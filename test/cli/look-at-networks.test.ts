import { rmSync } from 'node:fs';
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

const OTHER = `<network><name>default</name><forward mode='nat'/><bridge name='virbr0' stp='off'/><domain name='example.com'/>
<ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.2' end='10.0.0.100'/>
<host mac='52:54:00:00:00:0A' name='v1.a.example.com' ip='10.0.0.130'/>
</dhcp></ip></network>`;

describe('show', () => {
  test('the network as it stands, byte for byte', () => {
    house.write('networks/odd.xml', '<network>\r\n\t<name>odd</name><!-- \u202e -->\n</network>');
    expect(house.run(['show', 'odd'])).toEqual({
      status: 0,
      stdout: `${house.read('networks/odd.xml')}\n`,
      stderr: '',
    });
  });

  test('what a path finds, at the left edge', () => {
    expect(house.run(['show', 'default', 'ip[10.0.0.1].dhcp.host[*]']).stdout).toBe(
      `<host mac='52:54:00:00:00:0a' name='v1.a.example.com' ip='10.0.0.130'/>
<host mac='52:54:00:00:00:0b' name='v1.b.example.com' ip='10.0.0.20'/>
`,
    );
    expect(house.run(['show', 'default', 'ip']).stdout).toMatch(
      /^<ip [^\n]*>\n {2}<dhcp>\n {4}<range .*\n {2}<\/dhcp>\n<\/ip>\n$/s,
    );
    expect(house.run(['show', 'default', 'network']).stdout).toMatch(/^<network>\n {2}<name>/);
  });

  test.each([
    ['brigde', 'SL401', '<path>:1:1'],
    ['ip[10.0.0.1].dhcp.host[52:54:00:00:00:0f]', 'SL403', '<path>:1:19'],
    ['ip[10.0.0.1', 'SL303', '<path>:1:3'],
    ['ip.', 'SL', '<path>:1:'],
  ])('a path that finds nothing: %s', (path, code, place) => {
    const { status, stdout, stderr } = house.run(['show', 'default', path]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`error[${code}`);
    expect(stderr).toContain(place);
    expect(stderr).not.toContain('remove ip');
  });

  test.each(['bridge; remove ip', 'bridge@stp', 'bridge stp=off', 'bridge each', 'ip..dhcp', ' ', '<ip/>'])(
    'what is no path: %s (SL411)',
    (text) => {
      const { status, stdout, stderr } = house.run(['show', 'default', text]);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toContain(`error[SL411]: \`${text}\` is no path\n --> <path>:1:1\n`);
    },
  );

  test('what is wrong inside of a path', () => {
    const { status, stderr } = house.run(['show', 'default', 'ip[10.0.0.1']);
    expect(status).toBe(1);
    expect(stderr).toContain('error[SL303]: this `[` is never closed\n --> <path>:1:3\n');
  });

  test('the networks of the target, without a name', () => {
    house.write('networks/lab.xml', '<network><name>lab</name></network>');
    expect(house.run(['show'])).toEqual({ status: 0, stdout: 'default\nlab\n', stderr: '' });
    expect(JSON.parse(house.run(['show', '--json']).stdout)).toMatchObject({ networks: ['default', 'lab'] });
    expect(house.run(['show', '--target', 'dir:nowhere'])).toMatchObject({ status: 1, stdout: '' });
  });

  test('a network that is not there', () => {
    const { status, stderr } = house.run(['show', 'defautl']);
    expect(status).toBe(1);
    expect(stderr).toContain('did you mean `default`?');
  });

  test('--json', () => {
    expect(JSON.parse(house.run(['show', 'default', 'bridge', '--json']).stdout)).toMatchObject({
      version: 1,
      command: 'show',
      network: 'default',
      scope: 'config',
      elements: ["<bridge name='virbr0'/>"],
    });
  });
});

describe('diff', () => {
  test.each([
    ['<domain><name>web</name></domain>', 'the root element is `domain`, not a `<network>`'],
    [
      "<a:network xmlns:a='urn:x'/>",
      'the root element is `a:network` of another namespace, not a `<network>`',
    ],
  ])('of what is no network: %s', (text, message) => {
    house.write('b.xml', text);
    for (const words of [
      ['default', 'b.xml'],
      ['b.xml', 'default'],
    ]) {
      const { status, stdout, stderr } = house.run(['diff', ...words]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(`error[SL200]: ${message}`);
      expect(stderr).toContain('b.xml:1:1');
    }
  });

  test('by meaning, not by spelling', () => {
    house.write('b.xml', OTHER);
    const { status, stdout, stderr } = house.run(['diff', 'networks/default.xml', 'b.xml']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(
      `  ~ bridge  stp: on (default) → off
  - ip[10.0.0.1].dhcp.host[52:54:00:00:00:0b]  mac=52:54:00:00:00:0b name=v1.b.example.com ip=10.0.0.20

5 changes
`,
    );
    expect(house.run(['diff', 'default', 'b.xml']).stdout).toBe(stdout);
    expect(house.run(['diff', 'default', '-'], { input: OTHER }).stdout).toBe(stdout);
    expect(house.run(['diff', 'default', 'b.xml', '--detailed-exitcode']).status).toBe(2);
  });

  test('none', () => {
    const spelled = house.read('networks/default.xml').replace("netmask='255.255.255.0'", "prefix='24'");
    expect(house.run(['diff', 'default', '-', '--detailed-exitcode'], { input: spelled })).toEqual({
      status: 0,
      stdout: 'They mean the same.\n',
      stderr: '',
    });
  });

  test('as a script that does it', () => {
    const script = house.run(['diff', 'default', '-', '--as', 'script'], { input: OTHER });
    expect(script.status).toBe(0);
    house.write('a-to-b.sluice', script.stdout);
    expect(house.run(['apply', 'a-to-b.sluice', '--as', 'nina', '--yes']).status).toBe(0);
    expect(house.run(['diff', 'default', '-'], { input: OTHER }).stdout).toBe('They mean the same.\n');
  });

  test('as RFC 5261', () => {
    const { status, stdout } = house.run(['diff', 'default', '-', '--as', 'patch'], { input: OTHER });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^<\?xml[^\n]*\n<diff|^<diff/);
    expect(stdout).toContain('stp');
  });

  test('--json, and a file that is not XML', () => {
    expect(JSON.parse(house.run(['diff', 'default', '-', '--json'], { input: OTHER }).stdout)).toMatchObject({
      changes: [{ op: 'modify', path: 'bridge@stp', before: 'on', after: 'off' }, {}, {}, {}, {}],
    });
    expect(house.run(['diff', 'default', '-'], { input: '<network>' }).status).toBe(1);
    expect(house.run(['diff', 'default', 'nosuch.xml']).stderr).toContain('does not exist');
  });
});

describe('edit', () => {
  /** An editor that does what sed says. */
  const editor = (expression: string): Readonly<Record<string, string>> => ({
    EDITOR: `sed -i ${expression}`,
  });

  test('what was changed in the editor is planned and applied', () => {
    const { status, stdout } = house.run(['edit', 'default', '--as', 'olga', '--yes'], {
      env: editor("s/virbr0\\'/\\&\\ stp=\\'off\\'/"),
    });
    expect(stdout).toContain('  ~ bridge  stp: on (default) → off\n');
    expect(status).toBe(0);
    expect(house.read('networks/default.xml')).toContain("<bridge name='virbr0' stp='off'/>");
  });

  test('nothing changed, nothing done', () => {
    expect(
      house.run(['edit', 'default', '--as', 'olga'], { env: { VISUAL: 'true', EDITOR: 'false' } }),
    ).toMatchObject({ status: 0, stderr: '' });
  });

  test('what was denied is kept for another try', () => {
    const { status, stderr } = house.run(['edit', 'default', '--as', 'olga', '--yes'], {
      env: editor('s/example.com/example.org/'),
    });
    expect(status).toBe(3);
    expect(stderr).toMatch(/^Your text is kept in \S+default\.xml\n$/);
  });

  test('an editor that fails', () => {
    const { status, stderr } = house.run(['edit', 'default', '--as', 'olga', '--yes'], {
      env: { EDITOR: 'false' },
    });
    expect(status).toBe(1);
    expect(stderr).toContain('error[SL915]: the editor `false` answered 1');
  });

  test('what somebody else changed meanwhile is not undone', () => {
    const own = `sh -c 'sed -i s/virbr0/virbr5/ "${house.folder}/networks/default.xml"; sed -i s/nat/route/ "$1"' edit`;
    const { status, stderr } = house.run(['edit', 'default', '--as', 'nina', '--yes'], {
      env: { EDITOR: own },
    });
    expect(status).toBe(4);
    expect(stderr).toContain('error[SL910]: network `default` changed while you were editing it');
    expect(house.read('networks/default.xml')).toContain('virbr5');
  });
});

test.each([['networks'], ['leases', 'default'], ['watch', 'default']])('%s asks a daemon', (...words) => {
  const { status, stdout, stderr } = house.run([...words, '--target', 'dir:networks']);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('error[SL988]: `dir:networks` is no libvirt daemon');
});
