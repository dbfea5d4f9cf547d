// A session on a real libvirt daemon with real bridges and dnsmasq, in namespaces of its own, typed into a terminal. virsh
// looks on from outside.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type House, hasProgram, makeHouse, type Ran } from '../cli/program.ts';
import {
  type PrivateLibvirtd,
  startPrivateLibvirtd,
  whyNoLibvirtd,
} from '../integration/private-libvirtd.ts';
import { openScreen, type Screen } from './screen.ts';

const ME = os.userInfo().username;
const why = whyNoLibvirtd() ?? (hasProgram('tmux') ? null : 'tmux is not installed');

const RULES = `g, user:${ME}, role:operator, *
p, allow, role:operator, *, ip[*].dhcp.host[*], *, *, ""
p, allow, role:operator, *, bridge@stp, *, *, ""
p, allow, role:operator, *, forward.interface[*], *, *, ""
`;

describe.skipIf(why !== null)(`a session on a daemon${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let libvirt: PrivateLibvirtd;
  let house: House;
  const open: Screen[] = [];
  let networks = 0;

  beforeAll(async () => {
    libvirt = await startPrivateLibvirtd();
  });
  beforeEach(() => {
    house = makeHouse();
    house.write('policies/policy.csv', RULES);
  });
  afterEach(() => {
    for (const screen of open.splice(0)) screen.close();
  });
  afterAll(() => libvirt.stop());

  function virsh(command: string): string {
    const ran = spawnSync('virsh', ['-q', '-c', libvirt.uri, command], { encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`${command}: ${ran.stderr}`);
    return ran.stdout;
  }

  /** A running network of its own for each test. */
  function network(): string {
    const name = `lab${++networks}`;
    const file = path.join(libvirt.directory, `${name}.xml`);
    const subnet = `10.55.${networks}`;
    writeFileSync(
      file,
      `<network><name>${name}</name><bridge name='${name}' stp='on'/><ip address='${subnet}.1' netmask='255.255.255.0'>
<dhcp><range start='${subnet}.100' end='${subnet}.120'/><host mac='52:54:00:00:00:01' name='one' ip='${subnet}.11'/></dhcp></ip></network>`,
    );
    virsh(`net-define ${file}; net-start ${name}`);
    return name;
  }

  const config = (name: string): string => virsh(`net-dumpxml ${name} --inactive`);
  const live = (name: string): string => virsh(`net-dumpxml ${name}`);
  const host = (name: string, n: number): string =>
    `host mac=52:54:00:00:00:0${n} ip=10.55.${name.slice(3)}.1${n}`;
  const inDhcp = (name: string): string => `ip[10.55.${name.slice(3)}.1].dhcp`;

  async function session(name: string, uri = libvirt.uri): Promise<Screen> {
    const words = ['repl', '--target', uri, '--network', name];
    const screen = openScreen({ folder: house.folder, words, columns: 140 });
    open.push(screen);
    await screen.see(/(?:>|\[y\/N\])$/);
    return screen;
  }

  async function line(screen: Screen, text: string, wanted: string | RegExp): Promise<string> {
    screen.type(text);
    screen.press('Enter');
    return screen.see(wanted);
  }

  const clean = (name: string): RegExp => new RegExp(`${ME}@${name} network:///system>$`);
  const tally = (name: string, counts: string): string => `${ME}@${name} network:///system ${counts}>`;

  test('says how each change takes effect, and defers what waits for the next start', async () => {
    const name = network();
    const screen = await session(name);
    const deferred = await line(screen, 'set bridge stp=off', tally(name, '+0 ~1 -0'));
    expect(deferred).toContain('→ when the network starts the next time: libvirt cannot change it while');
    const atOnce = await line(screen, `add ${host(name, 2)} to ${inDhcp(name)}`, '+6 ~1 -0>');
    expect(atOnce).toContain('→ at once');
    const xml = await line(screen, 'diff as xml', /\+\+\+ lab\d+\.xml\n[\s\S]*>$/);
    expect(xml.slice(xml.indexOf('(live)'), xml.lastIndexOf('---'))).not.toContain("stp='off'");
    await line(screen, 'check', 'in order: 7 changes, all allowed');
    const plan = await line(screen, 'commit', 'Apply this? [y/N]');
    expect(plan).toContain('apply changes what runs, stores what holds from the next start on');
    await line(screen, 'y', clean(name));
    expect([live(name), config(name)].map((text) => /stp='(\w+)'/.exec(text)?.[1])).toEqual(['on', 'off']);
    for (const text of [live(name), config(name)]) expect(text).toContain('52:54:00:00:00:02');
    await line(screen, 'show bridge scope live', "stp='on'");
    await line(screen, 'show bridge', "stp='off'");
    await line(screen, 'set bridge stp=off', 'comes into force when the network starts the next time');
    await line(screen, 'undo', clean(name));
    await line(screen, 'log 1', /revision 1[\s\S]*set bridge stp=off/);
    screen.press('C-d');
    await screen.see('ended: 0'); // the connection is closed: nothing keeps the process
  });

  test('a denial is put on record, and nothing is written', async () => {
    const name = network();
    const screen = await session(name);
    await line(screen, 'set bridge delay=3', '!1>');
    const before = config(name);
    const shown = await line(screen, 'commit', 'staged as before');
    expect(shown).toContain('denied');
    expect(config(name)).toBe(before);
    await line(screen, 'undo', clean(name));
    expect(await line(screen, 'log 1', clean(name))).toContain('denied');
  });

  test('a denial that comes while somebody is asked is put on record, too', async () => {
    const name = network();
    const screen = await session(name);
    await line(screen, 'set bridge stp=off', '~1');
    await line(screen, 'commit', 'Apply this? [y/N]');
    house.write('policies/policy.csv', `${RULES}p, deny, role:everyone, ${name}, bridge@stp, *, *, ""\n`);
    await line(screen, 'y', 'SL910');
    house.write('policies/policy.csv', RULES);
    expect(config(name)).toContain("stp='on'");
    await line(screen, 'log 1', /denied[\s\S]*bridge[\s\S]*>$/);
  });

  test('what others do meanwhile is moved under', async () => {
    const name = network();
    const screen = await session(name);
    await line(screen, `add ${host(name, 2)} to ${inDhcp(name)}`, '+6');
    const theirs = `<host mac='52:54:00:00:00:09' ip='10.55.${name.slice(3)}.19'/>`;
    virsh(`net-update ${name} add ip-dhcp-host "${theirs}" --live --config`);
    const plan = await line(screen, 'commit', 'Apply this? [y/N]');
    expect(plan).not.toContain('52:54:00:00:00:09');
    await line(screen, 'y', clean(name));
    for (const text of [live(name), config(name)]) expect(text.match(/<host /g)).toHaveLength(3);
  });

  test('what others do to the same place is shown with all three sides', async () => {
    const name = network();
    const screen = await session(name);
    await line(screen, `set ${inDhcp(name)}.host[52:54:00:00:00:01] name=mine`, '~2');
    const theirs = `<host mac='52:54:00:00:00:01' name='theirs' ip='10.55.${name.slice(3)}.11'/>`;
    virsh(`net-update ${name} modify ip-dhcp-host "${theirs}" --live --config`);
    const shown = await line(screen, 'commit', 'SL507');
    expect(shown).toMatch(/@name\n {4}base +one\n {4}theirs +theirs\n {4}yours +mine\n/);
  });

  test('a network that is stopped or started meanwhile', async () => {
    const name = network();
    const screen = await session(name);
    await line(screen, 'set bridge stp=off', '~1');
    virsh(`net-destroy ${name}`);
    const gone = await line(screen, 'commit', 'SL507');
    expect(gone).toContain('has no `live` state any more');
    await line(screen, 'set context scope=config', '[config] +0 ~1 -0>');
    await line(screen, 'commit', 'Apply this? [y/N]');
    await line(screen, 'y', '[config]>');
    expect(config(name)).toContain("stp='off'");
    await line(screen, 'set context scope=', clean(name));
    await line(screen, `add ${host(name, 2)} to ${inDhcp(name)}`, '+3 ~0 -0>');
    virsh(`net-start ${name}`);
    const plan = await line(screen, 'commit', /Plan for lab\d+ \(live \+ config\)[\s\S]*\[y\/N\]$/);
    expect(plan).toContain('has a live state by now: what is staged is about it, too');
    await line(screen, 'y', clean(name));
    for (const text of [live(name), config(name)]) expect(text).toContain('52:54:00:00:00:02');
  });

  test('what is staged moves under what others do, also where a part of it waits', async () => {
    const name = network();
    const screen = await session(name);
    await line(screen, 'set bridge stp=off', '~1');
    const theirs = `<host mac='52:54:00:00:00:09' ip='10.55.${name.slice(3)}.19'/>`;
    virsh(`net-update ${name} add ip-dhcp-host "${theirs}" --live --config`);
    const plan = await line(screen, 'commit', 'Apply this? [y/N]');
    expect(plan).toContain('None touches what you staged');
    expect(plan).not.toContain('come to something else');
  });

  test('a commit in one scope leaves the rest staged, and the next one writes it', async () => {
    const name = network();
    const screen = await session(name);
    await line(screen, `add ${host(name, 2)} to ${inDhcp(name)}`, '+6');
    await line(screen, 'commit scope config', 'Apply this? [y/N]');
    const kept = await line(screen, 'y', `${ME}@${name} network:///system [live] +3 ~0 -0>`);
    expect(kept).toContain('config is written; 1 statement staged for live, which is not');
    expect([config(name), live(name)].map((text) => text.includes('52:54:00:00:00:02'))).toEqual([
      true,
      false,
    ]);
    await line(screen, 'commit', /Plan for lab\d+ \(live\)[\s\S]*\[y\/N\]$/);
    await line(screen, 'y', clean(name)); // and the session is about both again
    expect(live(name)).toContain('52:54:00:00:00:02');
  });

  test('a connection that is lost loses nothing, and is made again', async () => {
    const name = network();
    const screen = await session(name);
    await line(screen, 'set bridge stp=off', '~1');
    libvirt.killDaemon();
    await line(screen, `add ${host(name, 2)} to ${inDhcp(name)}`, '~1 -0>');
    // the daemon is started again at once; only when is not known
    for (let tries = 0; !(await line(screen, 'check', />$/)).includes('in order: 7 changes'); tries++)
      if (tries === 20) throw new Error(screen.look());
    await line(screen, 'commit', 'Apply this? [y/N]');
    await line(screen, 'y', clean(name));
    expect(config(name)).toContain("stp='off'");
  });

  test('a daemon that does not answer can be left, and what is staged is offered back', async () => {
    const name = network();
    const screen = await session(name);
    await line(screen, 'set bridge stp=off', '~1');
    const pid = readFileSync(path.join(libvirt.directory, 'libvirtd.pid'), 'utf8').trim();
    libvirt.inside('kill', '-STOP', pid);
    try {
      await line(
        screen,
        `add ${host(name, 2)} to ${inDhcp(name)}`,
        'Ctrl-C leaves, and keeps what is staged',
      );
      screen.press('C-c');
      await screen.see('ended: 130');
    } finally {
      libvirt.inside('kill', '-CONT', pid);
    }
    const next = await session(name);
    expect(next.look()).toContain('staged and not committed:\n  set bridge stp=off');
    await line(next, 'y', '~1 -0>');
    await line(next, 'discard', /Forget \d staged statements?\?/);
    await line(next, 'y', clean(name));
  });

  test('Ctrl-C stops a long commit between two calls, and says what holds', async () => {
    const name = network();
    const screen = await session(name);
    const many = Array.from({ length: 90 }, (_, n) => {
      const two = String(10 + n);
      return `add host mac=52:54:00:00:01:${two} ip=10.55.${name.slice(3)}.1${two} to ${inDhcp(name)}\n`;
    });
    screen.paste(many.join(''));
    await screen.see('+540 ~0 -0>');
    await line(screen, 'commit', 'Apply this? [y/N]');
    screen.type('y');
    screen.press('Enter');
    await screen.see(/\d+ of \d+, /);
    screen.press('C-c');
    const shown = await screen.see(/what is staged stays[\s\S]*>$/);
    expect(shown).toContain('Stopping after the step that is being made');
    expect(shown).toMatch(/SL986[\s\S]*\d+ of \d+ calls made[\s\S]*holds a part/);
    expect(live(name).match(/<host /g)?.length).toBeLessThan(91);
  });

  test('from a pipe it is a strict script', () => {
    const name = network();
    const words = ['repl', '--target', libvirt.uri, '--network', name, '--yes'];
    const run = (input: string): Ran =>
      house.run(words, { input, env: { XDG_STATE_HOME: path.join(house.folder, 'state') } });
    const first = run(`set bridge stp=off\nadd ${host(name, 2)} to ${inDhcp(name)}\nstaged\ncommit\n`);
    expect([first.status, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toMatch(/1 {2}set bridge stp=off[\s\S]*when the network starts the next time/);
    expect(first.stdout).toMatch(/2 {2}add host[\s\S]*at once/);
    expect(config(name)).toContain("stp='off'");
    expect(run('set bridge delay=3\ncommit\n').status).toBe(3);
    expect(run('show domain\n').status).toBe(1);
  });

  test('Tab names the interfaces of the host', async () => {
    const uri = libvirt.uri.replace('network:///system', 'test+unix:///default');
    const words = ['repl', '--target', uri, '--network', 'default'];
    const screen = openScreen({ folder: house.folder, words, columns: 140 });
    open.push(screen);
    await screen.see(/>$/);
    screen.type('add interface dev=');
    screen.press('Tab');
    await screen.see('eth1'); // the one that libvirt's test driver has
  });
});
