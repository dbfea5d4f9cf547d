// The client against a real libvirtd, with virsh as the witness; and virsh against the fake daemon, to show that the bytes
// which the other tests believe in are libvirt's.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CallFailure,
  type Client,
  isUnsupportedFlag,
  type LifecycleEvent,
  type NetworkRef,
} from '../../src/apply/libvirt/rpc/client.ts';
import { connectLibvirt, usualOptions } from '../../src/apply/libvirt/rpc/connect.ts';
import type { Result } from '../../src/std/result.ts';
import { type FakeUpdate, HEALTHY, startFakeServer } from '../apply/libvirt/fake-server.ts';
import { type PrivateLibvirtd, startPrivateLibvirtd, whyNoLibvirtd } from './private-libvirtd.ts';

const whyNot = whyNoLibvirtd();
const skipped = whyNot === null ? '' : ` (skipped: ${whyNot})`;

const LAB = `<network>
  <name>lab</name>
  <uuid>5e7e7eee-0527-4d9d-9d63-8129aa33cc45</uuid>
  <bridge name='virbr77' stp='on' delay='0'/>
  <mac address='52:54:00:15:44:8a'/>
  <ip address='10.213.77.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='10.213.77.10' end='10.213.77.20'/>
    </dhcp>
  </ip>
</network>
`;
const REF: NetworkRef = { name: 'lab', uuid: '5e7e7eee-0527-4d9d-9d63-8129aa33cc45' };

async function opened(uri: string, access: Client['access'] = 'read-write'): Promise<Client> {
  const connected = await connectLibvirt(uri, usualOptions(access));
  if (!connected.ok) throw new Error(connected.error.message);
  return connected.value;
}

function got<T>(result: Result<T, CallFailure>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function codeOf(result: Result<unknown, CallFailure>): string {
  if (result.ok) return 'ok';
  const { outcome, reason } = result.error;
  return `${outcome} ${reason.type === 'libvirt' ? reason.error.code : reason.type}`;
}

describe.skipIf(whyNot !== null)(`a real daemon${skipped}`, () => {
  let daemon: PrivateLibvirtd;
  let client: Client;
  const virsh = (...args: readonly string[]): string => {
    const run = spawnSync('virsh', ['-q', '-c', daemon.uri, ...args], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    return run.stdout;
  };

  beforeAll(async () => {
    daemon = await startPrivateLibvirtd();
    client = await opened(daemon.uri);
  });
  afterAll(async () => {
    await client?.close();
    await daemon?.stop();
  });

  test('says who it is', async () => {
    expect(got(await client.canonicalUri())).toBe('network:///system');
    // the daemon and virsh are of one package
    expect(virsh('--version').trim()).toBe(got(await client.libraryVersion()));
    expect(client).toMatchObject({ driver: 'network', access: 'read-write', place: daemon.socket });
    expect(got(await client.supportsFeature(9999))).toBe(false);
  });

  test('takes a network through its life, and tells of it', async () => {
    const events: LifecycleEvent[] = [];
    const listening = got(await client.onLifecycle((event) => events.push(event)));
    expect(got(await client.define(LAB, true))).toEqual({ network: REF, validated: true });
    expect(got(await client.listNetworks())).toEqual([REF]);
    expect(got(await client.lookupByName('lab'))).toEqual(REF);
    expect(got(await client.lookupByUuid(REF.uuid))).toEqual(REF);
    expect(got(await client.isActive(REF))).toBe(false);
    expect(got(await client.xml(REF, 'config'))).toBe(LAB);
    expect(got(await client.xml(REF, 'live'))).toBe(LAB);

    expect(codeOf(await client.start(REF))).toBe('ok');
    expect(codeOf(await client.start(REF))).toBe('refused 55');
    expect(got(await client.isActive(REF))).toBe(true);
    expect(got(await client.isPersistent(REF))).toBe(true);
    expect(got(await client.bridgeName(REF))).toBe('virbr77');
    expect(codeOf(await client.setAutostart(REF, true))).toBe('ok');
    expect(got(await client.autostart(REF))).toBe(true);
    expect(virsh('net-info', 'lab')).toMatch(/Autostart: +yes/);
    expect(codeOf(await client.setAutostart(REF, false))).toBe('ok');
    expect(got(await client.autostart(REF))).toBe(false);

    expect(codeOf(await client.undefine(REF))).toBe('ok');
    expect(got(await client.isPersistent(REF))).toBe(false);
    expect(codeOf(await client.destroy(REF))).toBe('ok');
    expect(codeOf(await client.isActive(REF))).toBe('nothing 43');
    expect(codeOf(await listening.stop())).toBe('ok');
    expect(events.map(({ event }) => event)).toEqual(['defined', 'started', 'undefined', 'stopped']);
    expect(events.every(({ network }) => network.uuid === REF.uuid)).toBe(true);
  });

  test('keeps its errors whole', async () => {
    const none = await client.lookupByName('nix');
    expect(none).toMatchObject({
      error: {
        call: 'NetworkLookupByName',
        reason: {
          error: { code: 43, domain: 19, level: 2, strings: ['Network not found: %s', /nix/, null] },
        },
      },
    });
    expect(codeOf(await client.define('<network/>', false))).toBe('refused 21');
    expect(codeOf(await client.define('<network', false))).toBe('refused 35');
    expect(codeOf(await client.define(LAB.replace('<bridge', '<brigde/><bridge'), true))).toBe('refused 92');
  });

  describe('with a running network', () => {
    beforeAll(async () => {
      got(await client.define(LAB, false));
      got(await client.start(REF));
    });
    afterAll(async () => {
      await client.destroy(REF);
      await client.undefine(REF);
    });

    test('carries out updates as they are meant', async () => {
      const update = (
        command: 'add-first' | 'add-last' | 'modify' | 'delete',
        ip: string,
        scope: 'live' | 'config' | 'live+config',
      ) =>
        client.update(REF, {
          command,
          section: 'ip-dhcp-host',
          parentIndex: 0,
          xml: `<host mac='52:54:00:00:00:${ip.padStart(2, '0')}' name='h${ip}' ip='10.213.77.${ip}'/>`,
          scope,
        });
      expect(codeOf(await update('add-last', '41', 'live+config'))).toBe('ok');
      expect(codeOf(await update('add-first', '42', 'config'))).toBe('ok');
      expect(codeOf(await update('add-last', '43', 'live'))).toBe('ok');
      expect(codeOf(await update('add-last', '41', 'config'))).toBe('refused 55');
      const names = (xml: string): string => [...xml.matchAll(/name='(h\d+)'/g)].map((one) => one[1]).join();
      expect(names(got(await client.xml(REF, 'live')))).toBe('h41,h43');
      expect(names(got(await client.xml(REF, 'config')))).toBe('h42,h41');
      expect(names(virsh('net-dumpxml', 'lab', '--inactive'))).toBe('h42,h41');
      expect(codeOf(await update('delete', '42', 'config'))).toBe('ok');
      expect(names(got(await client.xml(REF, 'config')))).toBe('h41');
    });

    test('knows sections and commands by the names that virsh has for them', async () => {
      const sections = {
        bridge: '<bridge/>',
        domain: '<domain/>',
        ip: '<ip/>',
        'ip-dhcp-host': '<host/>',
        'ip-dhcp-range': '<range/>',
        forward: '<forward/>',
        'forward-interface': '<interface/>',
        'forward-pf': '<pf/>',
        portgroup: '<portgroup/>',
        'dns-host': '<host/>',
        'dns-txt': '<txt/>',
        'dns-srv': '<srv/>',
      } as const;
      for (const [section, xml] of Object.entries(sections)) {
        for (const [command, word] of [
          ['modify', 'modify'],
          ['delete', 'delete'],
        ] as const) {
          const answer = await client.update(REF, {
            command,
            section: section as keyof typeof sections, // Object.entries forgets the keys
            parentIndex: -1,
            xml,
            scope: 'config',
          });
          const ours =
            answer.ok || answer.error.reason.type !== 'libvirt' ? '' : answer.error.reason.error.message;
          const run = spawnSync(
            'virsh',
            ['-q', '-c', daemon.uri, 'net-update', 'lab', word, section, xml, '--config'],
            { encoding: 'utf8' },
          );
          expect(ours).not.toBe('');
          expect(run.stderr, `${command} ${section}`).toContain(ours);
        }
      }
    });

    test('tells leases as virsh does', async () => {
      // what dnsmasq's helper would have written, had a guest asked
      const inside = daemonDirectory(daemon, 'var/lib/libvirt/dnsmasq/virbr77.status');
      const expiry = Math.floor(Date.now() / 1000) + 3600;
      mkdirSync(path.dirname(inside), { recursive: true });
      writeFileSync(
        inside,
        JSON.stringify([
          {
            'ip-address': '10.213.77.11',
            'mac-address': '52:54:00:00:00:11',
            hostname: 'vm1',
            'client-id': 'ff:00:11',
            'expiry-time': expiry,
          },
          { 'ip-address': '10.213.77.12', 'mac-address': '52:54:00:00:00:12', 'expiry-time': expiry },
        ]),
      );
      const leases = got(await client.leases(REF));
      expect(leases).toEqual([
        {
          bridge: 'virbr77',
          expiry,
          family: 'ipv4',
          mac: '52:54:00:00:00:11',
          iaid: null,
          ip: '10.213.77.11',
          prefix: 24,
          hostname: 'vm1',
          clientId: 'ff:00:11',
        },
        {
          bridge: 'virbr77',
          expiry,
          family: 'ipv4',
          mac: '52:54:00:00:00:12',
          iaid: null,
          ip: '10.213.77.12',
          prefix: 24,
          hostname: null,
          clientId: null,
        },
      ]);
      const table = virsh('net-dhcp-leases', 'lab');
      for (const { mac, ip, prefix } of leases)
        expect(table).toMatch(new RegExp(`${mac} +ipv4 +${ip}/${prefix}`));
    });

    test('takes a document of thousands of hosts, and gives it back', async () => {
      const hosts = Array.from(
        { length: 20_000 },
        (_, at) =>
          `      <host mac='52:54:01:${[at >> 16, (at >> 8) & 255, at & 255].map((n) => n.toString(16).padStart(2, '0')).join(':')}' ip='10.${100 + (at >> 14)}.${(at >> 7) & 127}.${at & 127}'/>\n`,
      ).join('');
      const big = LAB.replace('    </dhcp>', `${hosts}    </dhcp>`);
      expect(big.length).toBeGreaterThan(1_000_000);
      got(await client.define(big, false));
      expect(got(await client.xml(REF, 'config'))).toBe(big);
      got(await client.define(LAB, false));
    });
  });

  test('lets the socket for reading read only', async () => {
    got(await client.define(LAB, false));
    const reading = await opened(daemon.uri.replace('libvirt-sock', 'libvirt-sock-ro'));
    expect(reading.access).toBe('read-only');
    expect(got(await reading.xml(REF, 'config'))).toBe(LAB);
    expect(codeOf(await reading.setAutostart(REF, true))).toBe('refused 29');
    expect(codeOf(await reading.define(LAB, true))).toBe('refused 29');
    await reading.close();

    const asked = await opened(daemon.uri, 'read-only');
    expect(codeOf(await asked.undefine(REF))).toBe('refused 29');
    await asked.close();
    got(await client.undefine(REF));
  });

  test('has libvirt’s test driver, which shows one document', async () => {
    const testing = await opened(`test:///default?socket=${daemon.socket}`);
    const [network] = got(await testing.listNetworks());
    if (network === undefined) throw new Error('it has no network');
    expect(network.name).toBe('default');
    expect(got(await testing.xml(network, 'live'))).toContain('<name>default</name>');
    const config = await testing.xml(network, 'config');
    expect(!config.ok && isUnsupportedFlag(config.error)).toBe(true);
    expect(
      codeOf(
        await testing.update(network, {
          command: 'add-last',
          section: 'dns-host',
          parentIndex: -1,
          xml: "<host ip='192.168.122.5'><hostname>a</hostname></host>",
          scope: 'live+config',
        }),
      ),
    ).toBe('ok');
    expect(got(await testing.xml(network, 'live'))).toContain('<hostname>a</hostname>');
    await testing.close();
    // nobody was connected: the driver has begun anew
    const again = await opened(`test:///default?socket=${daemon.socket}`);
    expect(got(await again.xml(network, 'live'))).not.toContain('<hostname>');
    await again.close();
  });

  test('refuses to open what is none of its drivers', async () => {
    const connected = await connectLibvirt(
      `xen:///system?socket=${daemon.socket}`,
      usualOptions('read-write'),
    );
    expect(connected.ok ? 'opened' : connected.error.code).toBe('SL876');
  });

  const noHelper =
    spawnSync('sh', ['-c', 'command -v virt-ssh-helper']).status === 0
      ? ''
      : ' (skipped: it is not installed)';
  test.skipIf(noHelper !== '')(`is reached through virt-ssh-helper${noHelper}`, async () => {
    // its sockets stand where they stand on any machine, for this program and what it starts alone
    const ssh = path.join(daemon.directory, 'ssh');
    writeFileSync(
      ssh,
      `#!/bin/sh
while [ "$1" != -- ]; do shift; done; shift 2
export COMMAND="$*"
exec unshare --mount sh -c 'mount -t tmpfs tmpfs /run && mkdir /run/libvirt && mount --bind ${path.dirname(daemon.socket)} /run/libvirt && exec sh -c "$COMMAND"'
`,
      { mode: 0o755 },
    );
    const remote = await opened(`network+ssh://root@host1/system?command=${ssh}`);
    expect(got(await remote.canonicalUri())).toBe('network:///system');
    await remote.close();
  });

  test('killed in the middle of an update leaves its outcome unknown', async () => {
    const victim = await startPrivateLibvirtd();
    try {
      const doomed = await opened(victim.uri);
      got(await doomed.define(LAB.replace('<bridge', "<forward mode='nat'/><bridge"), false));
      got(await doomed.start(REF));
      const update = doomed.update(REF, {
        command: 'add-last',
        section: 'ip-dhcp-host',
        parentIndex: 0,
        xml: "<host mac='52:54:00:00:00:31' ip='10.213.77.31'/>",
        scope: 'live+config',
      });
      // an update of a NAT network takes some hundred milliseconds
      await new Promise((resolve) => setTimeout(resolve, 20));
      await victim.stop();
      expect(codeOf(await update)).toBe('unknown lost');
      expect(await doomed.ended).not.toBeNull();
      const late = await connectLibvirt(victim.uri, usualOptions('read-write'));
      expect(late.ok ? 'connected' : late.error.code).toBe('SL872');
    } finally {
      await victim.stop();
    }
  });

  test('is connected to within a tenth of a second', async () => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const started = performance.now();
      const one = await opened(daemon.uri);
      await one.listNetworks();
      times.push(performance.now() - started);
      await one.close();
    }
    expect(Math.min(...times)).toBeLessThan(100);
  });
});

const noVirsh = spawnSync('virsh', ['--version']).status === 0 ? null : 'virsh is not installed';
describe.skipIf(noVirsh !== null)(
  `virsh takes the fake daemon for a real one${noVirsh === null ? '' : ` (skipped: ${noVirsh})`}`,
  () => {
    /** Not spawnSync: the fake daemon lives in this process. */
    const virsh = (uri: string, ...args: readonly string[]): Promise<string> =>
      new Promise((resolve) => {
        const child = spawn('virsh', ['-q', '-c', uri, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
        let out = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (chunk: Buffer) => {
            out += chunk.toString();
          });
        child.on('close', () => resolve(out.trim()));
      });

    test.each([
      ['today', [10, 16]],
      ['the old order of arguments', [10]],
    ])('of %s', async (_, features) => {
      const updates: FakeUpdate[] = [];
      const server = await startFakeServer({
        ...HEALTHY,
        features,
        networks: [{ name: 'lab', live: LAB, config: LAB }],
        onUpdate: (update) => updates.push(update),
      });
      try {
        expect(await virsh(server.uri, 'net-list', '--name')).toBe('lab');
        expect(await virsh(server.uri, 'net-dumpxml', 'lab')).toBe(LAB.trim());
        expect(await virsh(server.uri, 'net-uuid', 'nix')).toContain("no network with matching name 'nix'");
        expect(
          await virsh(
            server.uri,
            'net-update',
            'lab',
            'add-last',
            'dns-txt',
            "<txt name='a'/>",
            '--live',
            '--config',
          ),
        ).toBe('');
        expect(updates).toMatchObject([{ command: 3, section: 11, xml: "<txt name='a'/>", flags: 3 }]);
      } finally {
        await server.stop();
      }
    });
  },
);

/** A path of the daemon's own mount namespace, as this process sees it. */
function daemonDirectory(daemon: PrivateLibvirtd, inside: string): string {
  const pidFile = path.join(daemon.directory, 'libvirtd.pid');
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(pidFile))
        return `/proc/${pid}/root/${inside}`;
    } catch {
      // it has ended meanwhile
    }
  }
  throw new Error('the daemon is not running');
}
