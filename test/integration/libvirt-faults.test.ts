// libvirt's own faults, each twice: plain virsh does the wrong thing, and Sluice does not.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LibvirtTarget, openLibvirtTarget } from '../../src/apply/libvirt/libvirt-target.ts';
import { effectLines, mustPlan, planScript, run, told } from '../apply/libvirt/on-daemon.ts';
import { programFile, sluice } from '../cli/program.ts';
import { type PrivateLibvirtd, startPrivateLibvirtd, whyNoLibvirtd } from './private-libvirtd.ts';

const why = whyNoLibvirtd();

describe.skipIf(why !== null)(`faults of libvirt${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let libvirt: PrivateLibvirtd;
  let target: LibvirtTarget;
  beforeAll(async () => {
    libvirt = await startPrivateLibvirtd();
    const opened = openLibvirtTarget(libvirt.uri, path.join(libvirt.directory, 'state'));
    if (!opened.ok) throw new Error(opened.error.message);
    target = opened.value;
  });
  afterAll(async () => {
    await target.close();
    await libvirt.stop();
  });

  function virsh(command: string): { readonly status: number | null; readonly out: string } {
    const ran = spawnSync('virsh', ['-q', '-c', libvirt.uri, command], { encoding: 'utf8' });
    return { status: ran.status, out: ran.stdout + ran.stderr };
  }
  function define(name: string, inner: string, start = false): void {
    const file = path.join(libvirt.directory, `${name}.xml`);
    writeFileSync(file, `<network><name>${name}</name>${inner}</network>`);
    const done = virsh(`net-define ${file}${start ? `; net-start ${name}` : ''}`);
    if (done.status !== 0) throw new Error(done.out);
  }
  const stored = (name: string): string => virsh(`net-dumpxml ${name} --inactive`).out;
  const update = (name: string, command: string, section: string, xml: string, flags = '--config') =>
    virsh(`net-update ${name} ${command} ${section} "${xml}" ${flags}`);
  async function applied(name: string, script: string): Promise<void> {
    const { outcome } = await run(target, script, { network: name });
    expect(outcome.type).toBe('applied');
  }

  const V4 = (net: number, dhcp: string): string =>
    `<ip address='10.44.${net}.1' netmask='255.255.255.0'><dhcp>${dhcp}</dhcp></ip>`;
  const MACLESS = "<host name='first' ip='10.44.1.10'/>";
  const WITH_MAC = "<host mac='52:54:00:44:00:01' name='second' ip='10.44.1.11'/>";

  test('deleting by mac takes the first host that has none', async () => {
    define('wild', V4(1, MACLESS + WITH_MAC));
    expect(update('wild', 'delete', 'ip-dhcp-host', "<host mac='52:54:00:44:00:01'/>").status).toBe(0);
    expect(stored('wild')).not.toContain("name='first'");
    expect(stored('wild')).toContain("name='second'");

    define('tame', V4(1, MACLESS + WITH_MAC));
    await applied('tame', 'remove ip[10.44.1.1].dhcp.host[52:54:00:44:00:01]');
    expect(stored('tame')).toContain("name='first'");
    expect(stored('tame')).not.toContain("name='second'");
  });

  test('modifying takes the first host of that mac or ip or name, and so another one', async () => {
    const two = "<host mac='52:54:00:44:00:02' name='h2' ip='10.44.2.12'/>";
    const one = "<host mac='52:54:00:44:00:01' name='h1' ip='10.44.2.11'/>";
    define('twins', V4(2, one + two));
    const renamed = "<host mac='52:54:00:44:00:02' name='h1' ip='10.44.2.12'/>";
    expect(update('twins', 'modify', 'ip-dhcp-host', renamed).status).toBe(0);
    expect(stored('twins')).not.toContain('52:54:00:44:00:01');
    expect(stored('twins').match(/52:54:00:44:00:02/g)).toHaveLength(2);

    define('single', V4(2, one + two));
    // two hosts that trade their names are no twins, and no update of libvirt's can do it
    await applied(
      'single',
      'set ip[10.44.2.1].dhcp.host[52:54:00:44:00:01] name=h2\nset ip[10.44.2.1].dhcp.host[52:54:00:44:00:02] name=h1',
    );
    expect(stored('single')).toMatch(/44:00:01' name='h2'.*\n.*44:00:02' name='h1'/);
  });

  test('a txt is deleted by its name, whatever value was meant', async () => {
    const dns = "<dns><txt name='v' value='kept'/></dns>";
    define('blind', dns + V4(3, ''));
    expect(update('blind', 'delete', 'dns-txt', "<txt name='v' value='another'/>").status).toBe(0);
    expect(stored('blind')).not.toContain('kept');

    define('seeing', dns + V4(3, ''));
    const { value } = await planScript(target, "remove <txt name='v' value='another'/> from dns", {
      network: 'seeing',
    });
    expect(value).toBeNull();
  });

  test('an update lets through what no define accepts, and the network cannot be stored any more', async () => {
    const inner = `<forward mode='nat'/>${V4(4, '')}`;
    const group = "<portgroup name='g'><vlan><tag id='5'/></vlan></portgroup>";
    define('stuck', inner);
    expect(update('stuck', 'add', 'portgroup', group).status).toBe(0);
    writeFileSync(path.join(libvirt.directory, 'again.xml'), stored('stuck'));
    expect(virsh(`net-define ${path.join(libvirt.directory, 'again.xml')}`).status).toBe(1);

    define('sound', inner);
    const { value, diagnostics } = await planScript(target, 'add portgroup name=g { vlan { tag id=5 } }', {
      network: 'sound',
    });
    expect(value).toBeNull();
    expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
  });

  test('a line feed in a txt writes lines into the configuration that dnsmasq reads as root', async () => {
    define('open', `<bridge name='open'/>${V4(5, '')}`, true);
    expect(
      update('open', 'add', 'dns-txt', "<txt name='v' value='a&#10;address=/evil/10.6.6.6'/>", '--live')
        .status,
    ).toBe(0);
    expect(libvirt.inside('cat', '/var/lib/libvirt/dnsmasq/open.conf')).toMatch(/^address=\/evil/m);

    define('shut', `<bridge name='shut'/>${V4(6, '')}`, true);
    const { value, diagnostics } = await planScript(
      target,
      'add txt name=v value="a\\naddress=/evil/10.6.6.6" to dns',
      { network: 'shut' },
    );
    expect(value).toBeNull();
    expect(told(diagnostics)).not.toBe('');
  });

  test('an address that the network does not have is taken without a word', async () => {
    define('far', V4(7, "<range start='10.44.7.10' end='10.44.7.20'/>"));
    expect(update('far', 'add', 'ip-dhcp-host', "<host mac='52:54:00:44:07:01' ip='10.9.9.9'/>").status).toBe(
      0,
    );
    const { diagnostics } = await planScript(
      target,
      'add host mac=52:54:00:44:07:02 ip=10.9.9.8 to ip[10.44.7.1].dhcp',
      { network: 'far' },
    );
    expect(told(diagnostics)).toContain('10.9.9.8');
  });

  test('the first host of an address without dhcp is noted down, and not served', async () => {
    define(
      'mute',
      `<bridge name='mute'/>${V4(8, '')}<ip family='ipv6' address='fd00:44::1' prefix='64'/>`,
      true,
    );
    const host = "<host name='six' ip='fd00:44::6'/>";
    expect(virsh(`net-update mute add ip-dhcp-host "${host}" --live --parent-index 1`).status).toBe(0);
    expect(libvirt.inside('cat', '/var/lib/libvirt/dnsmasq/mute.conf')).not.toContain('dhcp-hostsfile');
    // Sluice cannot make libvirt do it either; it says so before
    define(
      'frank',
      `<bridge name='frank'/>${V4(9, '')}<ip family='ipv6' address='fd00:45::1' prefix='64'/>`,
      true,
    );
    const { plan } = await mustPlan(target, 'add host name=six ip=fd00:45::6 to ip[fd00:45::1].dhcp', {
      network: 'frank',
    });
    expect(effectLines(plan).filter((line) => line.includes('@ip'))).toEqual([
      'live add ip[fd00:45::1].dhcp.host[six]@ip: next-start',
      expect.stringMatching(/^config add /),
    ]);
  });

  test('the command line: networks, drift, an apply, and somebody who watches it', async () => {
    define('cli', `<bridge name='cli'/>${V4(20, '')}`, true);
    const env = { XDG_STATE_HOME: path.join(libvirt.directory, 'xdg') };
    const policy = path.join(libvirt.directory, 'policies');
    mkdirSync(policy);
    cpSync('policies/model.conf', path.join(policy, 'model.conf'));
    writeFileSync(path.join(policy, 'policy.csv'), 'p, allow, role:everyone, *, dns.**, *, *, ""\n');
    const on = ['--target', libvirt.uri];
    const words = (...more: readonly string[]) => sluice([...more, ...on], { env });

    expect(words('networks').stdout).toMatch(/^cli +running +yes +no +cli$/m);
    expect(words('diff', 'cli', '--live', '--config').stdout).toBe('They mean the same.\n');

    const watcher = spawn(
      process.execPath,
      [programFile, 'watch', 'cli', '--json', '--interval', '0.2', '--policy', policy, ...on],
      { env: { PATH: process.env['PATH'] ?? '', ...env } },
    );
    let seen = '';
    watcher.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const until = async (text: string): Promise<void> => {
      for (let tries = 0; !seen.includes(text); tries++) {
        if (tries > 200) throw new Error(`never saw ${text}: ${seen}`);
        await pause(50);
      }
    };
    await until('"type":"watching"');
    const done = words(
      'do',
      'add host ip=10.44.20.7 { hostname=seven } to dns',
      '--network',
      'cli',
      '--yes',
      '--policy',
      policy,
    );
    expect(done.stderr).toBe('');
    expect(done.stdout).toContain('at once');
    expect(done.status).toBe(0);
    await until('"revision":{"number":1');
    expect(update('cli', 'delete', 'dns-host', "<host ip='10.44.20.7'/>", '--live').status).toBe(0);
    await until('"revision":null');
    watcher.kill('SIGINT');
    expect(await new Promise((resolve) => watcher.once('close', resolve))).toBe(0);
    const events = seen
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; scope?: string; changes?: { policy: unknown }[] });
    expect(events.map(({ type }) => type).at(-1)).toBe('end');
    const foreign = events.filter(({ type }) => type === 'changes').at(-1);
    expect(foreign).toMatchObject({ scope: 'live' });
    expect(foreign?.changes?.[0]?.policy).toMatchObject({ allows: true });

    expect(words('diff', 'cli', '--live', '--config').stdout).toContain('host[10.44.20.7]  ip=10.44.20.7');
    expect(words('log').stdout).toContain('cli');
    // what runs has lost the host, so an edit is about what is stored
    const edited = sluice(['edit', 'cli', '--yes', '--policy', policy, ...on], {
      env: { ...env, EDITOR: 'sed -i s/seven/sieben/' },
    });
    expect(edited.stderr).toContain('note[SL990]');
    expect(edited.status).toBe(0);
    expect(stored('cli')).toContain('sieben');
    expect(virsh('net-dumpxml cli').out).not.toContain('sieben');
    for (const command of [['networks'], ['leases', 'cli'], ['watch', 'cli']])
      expect(sluice([...command, '--target', 'dir:networks'], { env }).stderr).toContain('error[SL988]');
    expect(words('show', 'cli', '--scope', 'live').status).toBe(0);
  });
});
