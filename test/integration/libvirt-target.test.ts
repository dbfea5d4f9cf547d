// The libvirt target against a real daemon with real bridges and dnsmasq, in namespaces of their own. virsh looks on from
// outside: what it prints afterwards has to be what the plan said.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readJournal } from '../../src/apply/files/read-journal.ts';
import { apply } from '../../src/apply/session.ts';
import {
  differences,
  effectLines,
  mustPlan,
  planned,
  planScript,
  run,
  told,
} from '../apply/libvirt/on-daemon.ts';
import { onLibvirtd } from './on-libvirtd.ts';
import { whyNoLibvirtd } from './private-libvirtd.ts';

const why = whyNoLibvirtd();

describe.skipIf(why !== null)(`a libvirt daemon as target${why === null ? '' : ` (skipped: ${why})`}`, () => {
  const on = onLibvirtd();
  const { virsh, define, running, restart, dump, dnsmasqFile, applied } = on;

  const V4 = (net: number, inner = ''): string =>
    `<ip address='10.33.${net}.1' netmask='255.255.255.0'>${inner}</ip>`;
  const stpOf = (bridge: string): string =>
    / stp_state (\d)/.exec(on.libvirt.inside('ip', '-d', 'link', 'show', bridge))?.[1] ?? '';

  describe('the seven wanted changes', () => {
    test('1 interfaces of a forward pool: for new guests, without a restart', async () => {
      running('pool', "<forward mode='private'><interface dev='hlv20'/><interface dev='hlv21'/></forward>");
      const at = (lines: readonly string[]): readonly string[] =>
        lines.filter((line) => line.startsWith('live') && !line.includes('@'));
      expect(at(await applied('pool', 'add interface dev=hlv25 to forward'))).toEqual([
        'live add forward.interface[hlv25]: new-guests-only',
      ]);
      // there is nothing to modify in an interface but its key
      await applied('pool', 'replace forward.interface[hlv21] with interface dev=hlv22');
      expect(at(await applied('pool', 'remove forward.interface[hlv20]'))).toContain(
        'live remove forward.interface[hlv20]: new-guests-only',
      );
      expect(dump('pool', 'live').match(/<interface dev='(.*?)'/g)).toHaveLength(2);
    });

    test('2 portgroups: for new guests, definition only', async () => {
      running('groups', `<bridge name='groups'/>${V4(2)}`);
      const first = await applied('groups', 'add portgroup name=eng { bandwidth { inbound average=1000 } }');
      expect(first).toContain('live add portgroup[eng]: new-guests-only');
      await applied('groups', 'set portgroup[eng].bandwidth.inbound average=2000');
      await applied('groups', 'remove portgroup[eng]');
      expect(dump('groups', 'live')).not.toContain('portgroup');
    });

    test('3 static hosts: at once in the hosts file, and the same dnsmasq reads it', async () => {
      running(
        'hosts',
        `<bridge name='hosts'/>${V4(3, "<dhcp><range start='10.33.3.100' end='10.33.3.120'/></dhcp>")}`,
      );
      const pid = dnsmasqFile('hosts', 'pid') || on.libvirt.inside('cat', '/run/libvirt/network/hosts.pid');
      const first = await applied(
        'hosts',
        'add host mac=52:54:00:00:03:01 ip=10.33.3.11 name=one to ip[10.33.3.1].dhcp',
      );
      expect(first).toContain('live add ip[10.33.3.1].dhcp.host[52:54:00:00:03:01]: at-once +firewall');
      expect(dnsmasqFile('hosts', 'hostsfile')).toBe('52:54:00:00:03:01,10.33.3.11,one\n');
      await applied('hosts', 'set ip[10.33.3.1].dhcp.host[52:54:00:00:03:01] ip=10.33.3.12');
      expect(dnsmasqFile('hosts', 'hostsfile')).toBe('52:54:00:00:03:01,10.33.3.12,one\n');
      await applied('hosts', 'remove ip[10.33.3.1].dhcp.host[52:54:00:00:03:01]');
      expect(dnsmasqFile('hosts', 'hostsfile')).toBe('');
      expect(on.libvirt.inside('cat', '/run/libvirt/network/hosts.pid')).toBe(pid);
    });

    test('4 names of dns: hosts at once, txt and srv with another dnsmasq', async () => {
      running('names', `<bridge name='names'/>${V4(4)}`);
      const pid = (): string => on.libvirt.inside('cat', '/run/libvirt/network/names.pid');
      const before = pid();
      await applied('names', 'add host ip=10.33.4.9 { hostname=nine } to dns');
      expect(dnsmasqFile('names', 'addnhosts')).toBe('10.33.4.9\tnine\n');
      await applied(
        'names',
        'replace dns.host[10.33.4.9] with host ip=10.33.4.9 { hostname=nine; hostname=neun }',
      );
      expect(dnsmasqFile('names', 'addnhosts')).toBe('10.33.4.9\tnine\tneun\n');
      await applied('names', 'remove dns.host[10.33.4.9]');
      expect(dnsmasqFile('names', 'addnhosts')).toBe('');
      expect(pid()).toBe(before);

      const txt = await applied('names', 'add txt name=v value=one to dns');
      expect(txt).toContain('live add dns.txt[v]: at-once +dnsmasq');
      expect(dnsmasqFile('names', 'conf')).toContain('txt-record=v,one');
      expect(pid()).not.toBe(before);
      await applied('names', 'set dns.txt[v] value=two');
      expect(dnsmasqFile('names', 'conf')).toContain('txt-record=v,two');
      await applied(
        'names',
        'add srv service=ldap protocol=tcp domain=x.org target=l1 port=389 to dns\nremove dns.txt[v]',
      );
      expect(dnsmasqFile('names', 'conf')).toContain('srv-host=_ldap._tcp.x.org,l1,389');
      expect(dnsmasqFile('names', 'conf')).not.toContain('txt-record');
      await applied('names', 'set dns.srv[ldap/tcp] port=636');
      expect(dnsmasqFile('names', 'conf')).toContain('srv-host=_ldap._tcp.x.org,l1,636');
      await applied('names', 'remove dns.srv[ldap/tcp]');
      expect(dnsmasqFile('names', 'conf')).not.toContain('srv-host');
    });

    /** A change that waits: it is not there, and is there once the network was started again. */
    async function waits(name: string, script: string, look: () => boolean): Promise<void> {
      const lines = await applied(name, script);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toMatch(/^config .*: next-start$/);
      expect(look()).toBe(false);
      restart(name);
      expect(look()).toBe(true);
    }

    test('5 the domain: at the next start', async () => {
      running('domain', `<bridge name='domain'/>${V4(5)}`);
      const conf = (): string => dnsmasqFile('domain', 'conf');
      await waits('domain', 'add domain name=a.example', () => conf().includes('domain=a.example'));
      await waits('domain', 'set domain name=b.example', () => conf().includes('domain=b.example'));
      await waits('domain', 'remove domain', () => !conf().includes('domain='));
    });

    test('6 a whole ip: at the next start', async () => {
      running('whole', `<bridge name='whole'/>${V4(6)}`);
      const has = (text: string): boolean => on.libvirt.inside('ip', 'addr', 'show', 'whole').includes(text);
      const range = 'range start=10.33.16.10 end=10.33.16.20';
      await waits('whole', `add ip address=10.33.16.1 prefix=24 { dhcp { ${range} } }`, () =>
        has('10.33.16.1/24'),
      );
      expect(dnsmasqFile('whole', 'conf')).toContain('dhcp-range=10.33.16.10,10.33.16.20');
      await waits('whole', 'set ip[10.33.16.1] prefix=25', () => has('10.33.16.1/25'));
      await waits('whole', 'remove ip[10.33.16.1]', () => !has('10.33.16.1'));
    });

    test('7 stp of the bridge: at the next start', async () => {
      running('stp', `<bridge name='stp'/>${V4(7)}`);
      await waits('stp', 'set bridge stp=off', () => stpOf('stp') === '0');
      await waits('stp', 'set bridge stp=on', () => stpOf('stp') === '1');
      await waits('stp', 'replace bridge with bridge name=stp stp=off', () => stpOf('stp') === '0');
    });
  });

  test('what waits and what does not, in one script: LIVE is told of what it can have', async () => {
    running('mixed', `<bridge name='mixed'/>${V4(8)}`);
    const lines = await applied(
      'mixed',
      'set bridge stp=off\nadd host ip=10.33.8.9 { hostname=nine } to dns',
    );
    expect(lines).toContain('config modify bridge@stp: next-start');
    expect(lines).toContain('live add dns.host[10.33.8.9]: at-once');
    expect(lines).toContain('config add dns.host[10.33.8.9]: stored');
    expect(lines.filter((line) => line.startsWith('live') && line.includes('bridge'))).toEqual([]);
    expect(stpOf('mixed')).toBe('1');
  });

  test('asked for what runs alone, what cannot be is said before', async () => {
    running('onlylive', `<bridge name='onlylive'/>${V4(9)}`);
    const { value, diagnostics } = await planScript(on.target, 'set bridge stp=off', {
      network: 'onlylive',
      scope: 'live',
    });
    expect(value).toBeNull();
    expect(told(diagnostics)).toMatch(/^SL827 `bridge@stp` of `onlylive` cannot change/);
  });

  test('a network that does not run has one document, and so does a transient one', async () => {
    define('asleep', `<bridge name='asleep'/>${V4(10)}`);
    expect(await applied('asleep', 'add txt name=a value=1 to dns')).toContain(
      'config add dns.txt[a]: next-start',
    );
    const wanted = await planScript(on.target, 'remove dns.txt[a]', {
      network: 'asleep',
      scope: 'live+config',
    });
    expect(told(wanted.diagnostics)).toBe('SL980 network `asleep` has no `live` state now');

    const file = path.join(on.libvirt.directory, 'passing.xml');
    writeFileSync(file, `<network><name>passing</name><bridge name='passing'/>${V4(11)}</network>`);
    virsh(`net-create ${file}`);
    expect(await applied('passing', 'add txt name=a value=1 to dns')).toContain(
      'live add dns.txt[a]: at-once +dnsmasq',
    );
  });

  test('a thousand hosts are stored with one define', async () => {
    const dhcp = "<dhcp><range start='10.40.9.1' end='10.40.9.9'/></dhcp>";
    define('many', `<bridge name='many'/><ip address='10.40.0.1' prefix='16'>${dhcp}</ip>`);
    const hosts = Array.from({ length: 1000 }, (_, i) => {
      const [high, low] = [Math.floor(i / 250), i % 250];
      return `host mac=52:54:00:01:0${high}:${low.toString(16).padStart(2, '0')} ip=10.40.${high + 1}.${low + 1}`;
    });
    const steps: number[] = [];
    const { outcome } = await run(
      on.target,
      hosts.map((host) => `add ${host} to ip[10.40.0.1].dhcp`).join('\n'),
      { network: 'many' },
      { progress: (_, total) => steps.push(total), stop: new AbortController().signal },
    );
    expect(outcome.type).toBe('applied');
    expect(steps).toEqual([1, 1]);
    expect(dump('many', 'config').match(/<host /g)).toHaveLength(1000);
  });

  test('whole documents: made, made otherwise, and what the daemon gave is no wish of anybody', async () => {
    const text = (stp: string): string =>
      `<network>\n  <name>made</name>\n  <bridge stp='${stp}'/>\n  ${V4(12)}\n</network>\n`;
    const request = (stp: string) => ({
      type: 'documents' as const,
      documents: [{ network: 'made', source: { name: 'made.xml', text: text(stp) } }],
    });
    const create = await planned(on.target, request('on'), { network: 'made' });
    if (create.value === null) throw new Error(told(create.diagnostics));
    expect((await apply(on.target, create.value)).type).toBe('applied');
    virsh('net-start made');
    const again = await planned(on.target, request('on'), { network: 'made' });
    expect(again.value?.plan.documents.map(({ scope, changes }) => [scope, changes.length])).toEqual([
      ['live', 0],
      ['config', 0],
    ]);
    const other = await planned(on.target, request('off'), { network: 'made' });
    if (other.value === null) throw new Error(told(other.diagnostics));
    expect(effectLines(other.value.plan)).toEqual(['config modify bridge@stp: next-start']);
  });

  test('a whole document in which something waits already: it goes on waiting', async () => {
    running('waiting', `<bridge name='waiting'/>${V4(18)}`);
    await applied('waiting', 'set bridge stp=off');
    const text = dump('waiting', 'config').replace('</network>', "<portgroup name='g'/></network>");
    const request = {
      type: 'documents' as const,
      documents: [{ network: 'waiting', source: { name: 'waiting.xml', text } }],
    };
    const made = await planned(on.target, request, { network: 'waiting' });
    if (made.value === null) throw new Error(told(made.diagnostics));
    expect(effectLines(made.value.plan).filter((line) => !line.includes('@'))).toEqual([
      'live add portgroup[g]: new-guests-only',
      'config add portgroup[g]: stored',
    ]);
    expect((await apply(on.target, made.value)).type).toBe('applied');
    expect(dump('waiting', 'live')).toContain("stp='on'");
  });

  test('what a killed daemon leaves is read back, and nothing is taken for done', async () => {
    running('killed', `<bridge name='killed'/>${V4(13)}`);
    const script = Array.from(
      { length: 8 },
      (_, i) => `add host ip=10.33.13.${20 + i} { hostname=h${i} } to dns`,
    ).join('\n');
    let killed = false;
    const { plan, outcome } = await run(
      on.target,
      script,
      { network: 'killed' },
      {
        progress: (done) => {
          if (done < 4 || killed) return;
          killed = true;
          on.libvirt.killDaemon();
        },
        stop: new AbortController().signal,
      },
    );
    expect(['failed', 'partial']).toContain(outcome.type);
    // taken back by the daemon that came after it, or told exactly
    for (const { scope, baseText } of plan.documents) {
      const left = differences(baseText, dump('killed', scope), scope);
      if (outcome.type === 'failed') expect(left).toEqual([]);
    }
    // and it goes on
    await applied('killed', 'add host ip=10.33.13.99 { hostname=last } to dns');
  });

  test('another who writes between plan and apply is never overwritten', async () => {
    running('contested', `<bridge name='contested'/>${V4(15)}`);
    const made = await mustPlan(on.target, 'set domain name=mine.example', { network: 'contested' });
    virsh(
      'net-update contested add dns-host "<host ip=\'10.33.15.5\'><hostname>x</hostname></host>" --config',
    );
    const outcome = await apply(on.target, made);
    expect(outcome).toMatchObject({ type: 'conflict', diagnostic: { code: 'SL813' } });
    expect(dump('contested', 'config')).toContain('10.33.15.5');
    expect(dump('contested', 'config')).not.toContain('mine.example');
  });

  test('the journal knows who did it, and what others did is noticed', async () => {
    running('recorded', `<bridge name='recorded'/>${V4(16)}`);
    await applied('recorded', 'because "ticket 7"\nset bridge stp=off');
    const journal = readJournal(on.target.journal);
    if (!journal.ok) throw new Error(journal.error.message);
    expect(journal.value.entries.at(-1)).toMatchObject({
      type: 'apply',
      realSubject: 'user:olga',
      because: 'ticket 7',
      networks: [{ network: 'recorded', scope: 'config' }],
    });
    const quiet = await on.target.read('recorded', 'config');
    expect(quiet.ok && quiet.value.notes).toEqual([]);
    virsh(
      'net-update recorded add dns-host "<host ip=\'10.33.16.5\'><hostname>x</hostname></host>" --config',
    );
    const noticed = await on.target.read('recorded', 'config');
    expect(noticed.ok && noticed.value.notes.map(({ code }) => code)).toEqual(['SL821']);
  });

  test('killed with the tests, it takes all of its bridges and processes along', async () => {
    const script = `
      import { startPrivateLibvirtd } from ${JSON.stringify(path.resolve('test/integration/private-libvirtd.ts'))};
      import { spawnSync } from 'node:child_process';
      const daemon = await startPrivateLibvirtd();
      const made = spawnSync('virsh', ['-q', '-c', daemon.uri, 'net-create ${on.libvirt.directory}/doomed.xml']);
      if (made.status !== 0) throw new Error(String(made.stderr));
      console.log('ready ' + daemon.directory);
      setInterval(() => {}, 1000);`;
    writeFileSync(
      path.join(on.libvirt.directory, 'doomed.xml'),
      `<network><name>doomed</name><bridge name='doomed'/>${V4(19)}</network>`,
    );
    const file = path.join(on.libvirt.directory, 'dies.mts');
    writeFileSync(file, script);
    const child = spawn(process.execPath, ['--import', 'tsx', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const folder = await new Promise<string>((resolve) =>
      child.stdout.on('data', (chunk: Buffer) => {
        const ready = /ready (.*)/.exec(chunk.toString())?.[1];
        if (ready !== undefined) resolve(ready);
      }),
    );
    const running = (): string =>
      spawnSync('sh', ['-c', `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '`], {
        encoding: 'utf8',
      }).stdout;
    const alive = (): boolean =>
      running().includes(`${folder}/libvirtd.conf`) || running().includes('/dnsmasq/doomed.conf');
    expect(running()).toContain('/dnsmasq/doomed.conf');
    child.kill('SIGKILL');
    for (let tries = 0; alive() && tries < 100; tries++) await pause(50);
    expect(alive()).toBe(false);
    expect(existsSync(folder)).toBe(false);
    expect(spawnSync('ip', ['link', 'show', 'doomed']).status).not.toBe(0);
  });

  test('an error names near networks, and lists say what runs', async () => {
    const read = await on.target.read('hots', 'config');
    expect(read.ok ? '' : `${read.error.code} ${read.error.help}`).toBe('SL875 did you mean `hosts`?');
    const listed = await on.target.networks();
    if (!listed.ok) throw new Error(listed.error.message);
    expect(listed.value.find(({ name }) => name === 'asleep')).toMatchObject({
      active: false,
      persistent: true,
    });
    expect(listed.value.find(({ name }) => name === 'passing')).toMatchObject({
      active: true,
      persistent: false,
    });
    expect(await on.target.leases('hosts')).toEqual({ ok: true, value: [] });
  });
});
