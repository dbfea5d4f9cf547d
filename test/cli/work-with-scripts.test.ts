import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type House, makeHouse, programFile, shell } from './program.ts';

const made: House[] = [];
let house: House;

beforeEach(() => {
  house = makeHouse();
  made.push(house);
});
afterAll(() => {
  for (const { folder } of made) rmSync(folder, { recursive: true, force: true });
});

const HOST = 'add host mac=52:54:00:00:00:0c ip=10.0.0.131 to ip[10.0.0.1].dhcp\n';

describe('check', () => {
  test('finds nothing, and asks no policy', () => {
    rmSync(`${house.folder}/policies`, { recursive: true });
    house.write('s.sluice', HOST);
    expect(house.run(['check', 's.sluice'])).toEqual({
      status: 0,
      stdout: 's.sluice: no mistakes\n',
      stderr: '',
    });
  });

  test.each<readonly [string, string, number, string]>([
    ['a mistake', 'set brigde stp=off\nset bridge spt=off\n', 1, '2 errors'],
    ['what only the network shows', 'remove portgroup[x]\n', 1, 'SL403'],
    [
      'what only the result shows',
      'add host mac=52:54:00:00:00:0c ip=10.0.0.130 to ip[10.0.0.1].dhcp\n',
      1,
      'error[SL2',
    ],
    ['a failed assert', 'assert bridge@stp == off\n', 4, 'SL701'],
  ])('%s', (_name, script, status, said) => {
    const ran = house.run(['check', '-'], { input: script });
    expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status, stdout: '' });
    expect(ran.stderr).toContain(said);
  });

  test('network XML', () => {
    expect(house.run(['check', 'networks/default.xml']).stdout).toBe('networks/default.xml: no mistakes\n');
    expect(
      house.run(['check', '-'], {
        input: "<network><name>x</name><bridge stp='no'/><ip address='x'/></network>",
      }).status,
    ).toBe(1);
  });

  test('--json', () => {
    const { status, stdout, stderr } = house.run(['check', '-', '--json'], { input: 'set brigde stp=off\n' });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      command: 'check',
      diagnostics: [{ code: 'SL401' }],
    });
  });
});

describe('fmt', () => {
  const UGLY = 'set   bridge stp=off;set mtu size=9000\n';
  const NEAT = 'set bridge stp=off\nset mtu size=9000\n';

  test('scripts, from files and stdin', () => {
    house.write('s.sluice', UGLY);
    expect(house.run(['fmt', 's.sluice'])).toEqual({ status: 0, stdout: NEAT, stderr: '' });
    expect(house.run(['fmt', '-'], { input: UGLY }).stdout).toBe(NEAT);
    expect(house.read('s.sluice')).toBe(UGLY);
  });

  test('--check names them and shows where', () => {
    house.write('s.sluice', UGLY);
    house.write('neat.sluice', NEAT);
    const { status, stdout, stderr } = house.run(['fmt', '--check', 'neat.sluice', 's.sluice']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(
      'error[SL909]: `s.sluice` is laid out differently from here on\n --> s.sluice:1:5\n',
    );
    expect(stderr).toContain('sluice fmt --write s.sluice');
    expect(stderr).not.toContain('neat');
    expect(house.run(['fmt', '--check', 'neat.sluice'])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('--write changes the files', () => {
    house.write('s.sluice', UGLY);
    expect(house.run(['fmt', '--write', 's.sluice'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(house.read('s.sluice')).toBe(NEAT);
  });

  test('network XML: layout only; --libvirt as libvirt', () => {
    const xml = "<network><name>x</name><!-- kept --><bridge name='virbr1'/></network>";
    expect(house.run(['fmt', '-'], { input: xml }).stdout).toBe(
      "<network>\n  <name>x</name>\n  <!-- kept -->\n  <bridge name='virbr1'/>\n</network>\n",
    );
    expect(house.run(['fmt', '--libvirt', '-'], { input: xml }).stdout).toBe(
      "<network>\n  <name>x</name>\n  <bridge name='virbr1' stp='on' delay='0'/>\n</network>\n",
    );
  });

  test('what cannot be laid out', () => {
    expect(house.run(['fmt', '-'], { input: 'set bridge stp=\n' }).status).toBe(1);
    expect(house.run(['fmt', '--libvirt', '-'], { input: UGLY }).stderr).toContain(
      'error[SL917]: `--libvirt` prints network XML',
    );
    expect(house.run(['fmt', '--libvirt', '-'], { input: '<network/>' }).status).toBe(1);
    expect(house.run(['fmt', 'nosuch.sluice', '-'], { input: UGLY })).toMatchObject({
      status: 1,
      stdout: NEAT,
    });
  });

  test('--json', () => {
    expect(JSON.parse(house.run(['fmt', '--json', '-'], { input: UGLY }).stdout)).toMatchObject({
      command: 'fmt',
      files: [{ file: '-', changed: true, text: NEAT }],
    });
  });
});

describe('compile', () => {
  test('RFC 5261', () => {
    const { status, stdout, stderr } = house.run(['compile', '-'], { input: 'set bridge stp=off\n' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.replaceAll('"', "'")).toBe(
      "<diff>\n  <add sel='/network/bridge' type='@stp'>off</add>\n</diff>\n",
    );
  });

  test('several networks', () => {
    house.write('networks/lab.xml', "<network><name>lab</name><bridge name='virbr3'/></network>");
    const { stdout } = house.run(['compile', '-'], { input: 'on network * { set bridge stp=off }\n' });
    expect(stdout.match(/<!-- (default|lab) \(config\) -->/g)).toEqual([
      '<!-- default (config) -->',
      '<!-- lab (config) -->',
    ]);
  });

  test('virsh: a shell script, and what no command does as comments in it', () => {
    const { status, stdout } = house.run(['compile', '-', '--as', 'virsh'], {
      input: `${HOST}set mtu size=9000\n`,
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^virsh net-update default add\S* ip-dhcp-host '<host mac=.*' .*--config\n# add mtu: .*\n$/,
    );
    expect(
      JSON.parse(house.run(['compile', '-', '--as', 'virsh', '--json'], { input: HOST }).stdout),
    ).toMatchObject({
      documents: [{ network: 'default', commands: [expect.stringContaining('ip-dhcp-host')], remainder: [] }],
    });
  });

  test('mistakes, and --json', () => {
    expect(house.run(['compile', '-'], { input: 'set brigde stp=off' }).status).toBe(1);
    const refused = house.run(['compile', '-', '--as', 'virsh'], {
      input: 'add host mac=52:54:00:00:00:0c ip=10.0.0.130 to ip[10.0.0.1].dhcp\n',
    });
    expect({ status: refused.status, stdout: refused.stdout }).toEqual({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('SL252');
    expect(house.run(['compile', 'networks/default.xml']).stderr).toContain('SL917');
    expect(
      JSON.parse(house.run(['compile', '-', '--json'], { input: 'set bridge stp=off' }).stdout),
    ).toMatchObject({
      command: 'compile',
      form: 'rfc5261',
      documents: [{ network: 'default', scope: 'config' }],
    });
  });
});

describe('explain', () => {
  test('a code, in capitals or not', () => {
    const { status, stdout } = house.run(['explain', 'SL907']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^# SL907: nobody to ask for confirmation\n/);
    expect(house.run(['explain', 'sl907']).stdout).toBe(stdout);
  });

  test('with colours it is laid out for a terminal', () => {
    const { stdout } = house.run(['explain', 'SL907', '--color', 'always']);
    expect(stdout).toMatch(/^\u001b\[1mSL907: nobody to ask for confirmation\u001b\[0m\n/);
    expect(stdout).not.toContain('```');
  });

  test('all of them', () => {
    const { stdout } = house.run(['explain']);
    expect(stdout).toContain('\nSL907  nobody to ask for confirmation\n');
    const codes = stdout.match(/^SL\d{3}/gm) ?? [];
    expect(codes.length).toBeGreaterThan(100);
    expect(codes).toEqual([...codes].sort());
  });

  test('one that is not there', () => {
    const { status, stderr } = house.run(['explain', 'SL90l']);
    expect(status).toBe(1);
    expect(stderr).toContain('error[SL908]: unknown code `SL90l`');
    expect(stderr).toContain('did you mean `SL901`?');
  });

  test('--json', () => {
    expect(JSON.parse(house.run(['explain', 'SL907', '--json']).stdout)).toMatchObject({
      code: 'SL907',
      page: expect.stringContaining('# SL907'),
    });
  });
});

describe('a bug of ours', () => {
  /** A program that was torn from its package: no page can be found. */
  const torn = (more: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof shell> => {
    cpSync(path.dirname(programFile), path.join(house.folder, 'torn'), { recursive: true });
    return shell('sh', `${process.execPath} torn/sluice.js explain SL901 ${more}`, {
      cwd: house.folder,
      env,
    });
  };

  test('is one short message', () => {
    const { status, stdout, stderr } = torn('');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error\[SL999\]: internal error, this is a bug in sluice: .*\n {2}help: SLUICE_DEBUG=1 .*\n$/,
    );
  });

  test('has its stack where somebody asks for it', () => {
    expect(torn('', { SLUICE_DEBUG: '1' }).stderr).toMatch(/\n {4}at /);
  });

  test('is a JSON document with --json', () => {
    expect(JSON.parse(torn('--json').stdout)).toMatchObject({ status: 1, diagnostics: [{ code: 'SL999' }] });
  });
});
