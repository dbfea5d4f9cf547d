// libvirt's own faults, each twice: plain virsh does the wrong thing and says that all is well, and Sluice does not. The list
// is that of docs/libvirt-target.md. Where this libvirt does not show a fault, the test says what it does instead.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { effectLines, mustPlan, planned, planScript, run, told } from '../apply/libvirt/on-daemon.ts';
import { onLibvirtd } from './on-libvirtd.ts';
import { whyNoLibvirtd } from './private-libvirtd.ts';

const why = whyNoLibvirtd();

describe.skipIf(why !== null)(`faults of libvirt${why === null ? '' : ` (skipped: ${why})`}`, () => {
  const on = onLibvirtd();
  const { tried, virsh, define, running, restart, update, dump, dnsmasqFile, dnsmasqPid, applied } = on;
  const stored = (name: string): string => dump(name, 'config');

  /** Codes of the errors that stand in the way of a plan; throws when there is a plan. */
  async function refusal(network: string, script: string): Promise<readonly string[]> {
    const { value, diagnostics } = await planScript(on.target, script, { network });
    if (value !== null) throw new Error(`there is a plan: ${script}`);
    return diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  }
  /** What a plan says of the elements that change, without their attributes. */
  async function planLines(network: string, script: string): Promise<readonly string[]> {
    const { plan } = await mustPlan(on.target, script, { network });
    return effectLines(plan).filter((line) => !line.includes('@'));
  }

  const V4 = (net: number, dhcp = ''): string =>
    `<ip address='10.44.${net}.1' netmask='255.255.255.0'>${dhcp === '' ? '' : `<dhcp>${dhcp}</dhcp>`}</ip>`;
  const BRIDGE = (name: string): string => `<bridge name='${name}'/>`;
  const RANGE = (net: number): string => `<range start='10.44.${net}.100' end='10.44.${net}.120'/>`;
  const MACLESS = "<host name='first' ip='10.44.1.10'/>";
  const WITH_MAC = "<host mac='52:54:00:44:00:01' name='second' ip='10.44.1.11'/>";

  describe('another element is hit', () => {
    test('a delete by mac takes the first host that has none', async () => {
      define('wild', V4(1, MACLESS + WITH_MAC));
      const byMac = "<host mac='52:54:00:44:00:01'/>";
      expect(update('wild', 'delete', 'ip-dhcp-host', byMac, '--config').status).toBe(0);
      expect(stored('wild')).not.toContain("name='first'");
      expect(stored('wild')).toContain("name='second'");

      define('tame', V4(1, MACLESS + WITH_MAC));
      await applied('tame', 'remove ip[10.44.1.1].dhcp.host[52:54:00:44:00:01]');
      expect(stored('tame')).toContain("name='first'");
      expect(stored('tame')).not.toContain("name='second'");
    });

    test('a modify takes the first host of that mac or ip or name, and makes twins', async () => {
      const two = "<host mac='52:54:00:44:00:02' name='h2' ip='10.44.2.12'/>";
      const one = "<host mac='52:54:00:44:00:01' name='h1' ip='10.44.2.11'/>";
      define('twins', V4(2, one + two));
      const renamed = "<host mac='52:54:00:44:00:02' name='h1' ip='10.44.2.12'/>";
      expect(update('twins', 'modify', 'ip-dhcp-host', renamed, '--config').status).toBe(0);
      expect(stored('twins')).not.toContain('52:54:00:44:00:01');
      expect(stored('twins').match(/52:54:00:44:00:02/g)).toHaveLength(2);
      // and of two names that were one each
      define('namesakes', V4(2, one + two));
      const second = "<host mac='52:54:00:44:00:01' name='h2' ip='10.44.2.11'/>";
      expect(update('namesakes', 'modify', 'ip-dhcp-host', second, '--config').status).toBe(0);
      expect(stored('namesakes').match(/name='h2'/g)).toHaveLength(2);

      define('single', V4(2, one + two));
      // two hosts that trade their names are no twins, and no update of libvirt's can do it
      await applied(
        'single',
        'set ip[10.44.2.1].dhcp.host[52:54:00:44:00:01] name=h2\nset ip[10.44.2.1].dhcp.host[52:54:00:44:00:02] name=h1',
      );
      expect(stored('single')).toMatch(/44:00:01' name='h2'.*\n.*44:00:02' name='h1'/);
      // a name that is taken is told of, and nothing is hit but what was meant
      const { plan, diagnostics } = await mustPlan(
        on.target,
        'set ip[10.44.2.1].dhcp.host[52:54:00:44:00:01] name=h1',
        { network: 'single' },
      ).then((made) => ({ plan: made.plan, diagnostics: made.plan.diagnostics }));
      expect(told(diagnostics)).toContain('h1');
      expect(plan.documents[0]?.resultText).toMatch(/44:00:01' name='h1'.*\n.*44:00:02' name='h1'/);
    });

    test('a txt is deleted by its name, whatever value was meant', async () => {
      const dns = "<dns><txt name='v' value='kept'/></dns>";
      define('blind', dns + V4(3));
      expect(update('blind', 'delete', 'dns-txt', "<txt name='v' value='another'/>", '--config').status).toBe(
        0,
      );
      expect(stored('blind')).not.toContain('kept');

      define('seeing', dns + V4(3));
      expect(await refusal('seeing', "remove <txt name='v' value='another'/> from dns")).toHaveLength(1);
    });
  });

  test('an update lets through what no define accepts, and the network cannot be stored any more', async () => {
    const inner = `<forward mode='nat'/>${V4(4)}`;
    const group = "<portgroup name='g'><vlan><tag id='5'/></vlan></portgroup>";
    define('stuck', inner);
    expect(update('stuck', 'add', 'portgroup', group, '--config').status).toBe(0);
    const again = path.join(on.libvirt.directory, 'again.xml');
    writeFileSync(again, stored('stuck'));
    expect(tried(`net-define ${again}`).status).toBe(1);

    define('sound', inner);
    expect(await refusal('sound', 'add portgroup name=g { vlan { tag id=5 } }')).toEqual(['SL826']);
  });

  describe('lines and attributes are smuggled in', () => {
    test('a txt writes lines into the configuration that dnsmasq reads as root', async () => {
      running('open', BRIDGE('open') + V4(5));
      const evil = "<txt name='v' value='a&#10;address=/evil/10.6.6.6'/>";
      expect(update('open', 'add', 'dns-txt', evil, '--live').status).toBe(0);
      expect(dnsmasqFile('open', 'conf')).toMatch(/^address=\/evil/m);

      running('shut', BRIDGE('shut') + V4(6));
      expect(await refusal('shut', 'add txt name=v value="a\\naddress=/evil/10.6.6.6" to dns')).toEqual([
        'SL420',
      ]);
    });

    test('the name of a host writes lines into the hosts file', async () => {
      running('leak', BRIDGE('leak') + V4(7, RANGE(7)));
      const evil =
        "<host mac='52:54:00:44:07:01' name='x&#10;52:54:00:44:07:02,10.44.7.66,evil' ip='10.44.7.2'/>";
      expect(update('leak', 'add', 'ip-dhcp-host', evil, '--live').status).toBe(0);
      expect(dnsmasqFile('leak', 'hostsfile')).toMatch(/^52:54:00:44:07:02,10\.44\.7\.66,evil$/m);
      // the same by way of a whole document
      running('tight', BRIDGE('tight') + V4(8, RANGE(8)));
      const text = stored('tight').replace('</dhcp>', `${evil.replaceAll('44.7.', '44.8.')}</dhcp>`);
      const documents = [{ network: 'tight', source: { name: 'tight.xml', text } }];
      const { value, diagnostics } = await planned(
        on.target,
        { type: 'documents', documents },
        { network: 'tight' },
      );
      expect(value).toBeNull();
      expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
      expect(
        await refusal(
          'tight',
          'add host mac=52:54:00:44:08:01 name="x\\n52:54:00:44:08:02,10.44.8.66,evil" ip=10.44.8.2 to ip[10.44.8.1].dhcp',
        ),
      ).toEqual(['SL420']);
    });

    const QUOTED: readonly (readonly [string, string, string, string, string])[] = [
      [
        'host',
        'ip-dhcp-host',
        `<host name=\\"a' mac='52:54:00:44:09:66\\" ip='10.44.9.66'/>`,
        "<host name='a' mac='52:54:00:44:09:66' ip='10.44.9.66'/>",
        `add host name="a' mac='52:54:00:44:09:66" ip=10.44.9.66 to ip[10.44.9.1].dhcp`,
      ],
      [
        'portgroup',
        'portgroup',
        `<portgroup name=\\"a' default='yes\\"/>`,
        "<portgroup name='a' default='yes'>",
        `add portgroup name="a' default='yes"`,
      ],
    ];
    test.each(QUOTED)(
      'the name of a %s brings an attribute along',
      async (what, section, xml, becomes, script) => {
        define(`quote-${what}`, V4(9, RANGE(9)));
        expect(update(`quote-${what}`, 'add', section, xml, '--config').status).toBe(0);
        expect(stored(`quote-${what}`)).toContain(becomes);
        define(`plain-${what}`, V4(9, RANGE(9)));
        expect(await refusal(`plain-${what}`, script)).toEqual(['SL420']);
      },
    );

    test('a domain does both, by a define', async () => {
      define('dom', `<domain name="d.org' localOnly='yes"/>${V4(10)}`);
      expect(stored('dom')).toContain("<domain name='d.org' localOnly='yes'/>");
      running('domline', `<domain name="d.org&#10;address=/evil/10.6.6.6"/>${BRIDGE('domline')}${V4(11)}`);
      expect(dnsmasqFile('domline', 'conf')).toMatch(/^address=\/evil/m);
      define('domsafe', V4(12));
      for (const name of [`d.org' localOnly='yes`, 'd.org\\naddress=/evil/10.6.6.6'])
        expect(await refusal('domsafe', `add domain name="${name}"`)).toEqual(['SL420']);
    });

    test('the family of an address does not: libvirt refuses it since it reads what it printed', async () => {
      expect(() =>
        define('family', `<ip address='10.44.13.1' prefix='24' family="ipv4' localPtr='yes"/>`),
      ).toThrow('Unrecognized family');
      define('kin', V4(13));
      expect(await refusal('kin', `set ip[10.44.13.1] family="ipv4' localPtr='yes"`)).toEqual(['SL420']);
    });
  });

  test.each([
    [
      'an address outside of the network',
      "<host mac='52:54:00:44:14:01' ip='10.9.9.9'/>",
      'add host mac=52:54:00:44:14:01 ip=10.9.9.9',
      'SL214',
    ],
    [
      "the network's own address",
      "<host mac='52:54:00:44:14:02' ip='10.44.14.1'/>",
      'add host mac=52:54:00:44:14:02 ip=10.44.14.1',
      'SL215',
    ],
    [
      'ranges that overlap',
      "<range start='10.44.14.110' end='10.44.14.130'/>",
      'add range start=10.44.14.110 end=10.44.14.130',
      'SL212',
    ],
  ])('%s: taken without a word', async (_, xml, statement, code) => {
    define('far', V4(14, RANGE(14)));
    const section = xml.startsWith('<host') ? 'ip-dhcp-host' : 'ip-dhcp-range';
    expect(update('far', 'add', section, xml, '--config')).toEqual({ status: 0, out: expect.any(String) });
    virsh('net-undefine far');
    define('far', V4(14, RANGE(14)));
    const { diagnostics } = await planScript(on.target, `${statement} to ip[10.44.14.1].dhcp`, {
      network: 'far',
    });
    expect(diagnostics.map((one) => one.code)).toContain(code);
    virsh('net-undefine far');
  });

  describe('noted down, and not served', () => {
    const SIX = (net: number) => `<ip family='ipv6' address='fd00:44:${net}::1' prefix='64'/>`;
    const TFTP = (net: number) =>
      `<ip address='10.44.${net}.1' netmask='255.255.255.0'><tftp root='/tmp'/></ip>`;

    test('the first host of an IPv6 address', async () => {
      running('mute', BRIDGE('mute') + V4(15) + SIX(15));
      const host = "<host name='six' ip='fd00:44:15::6'/>";
      expect(update('mute', 'add', 'ip-dhcp-host', host, '--live --parent-index 1').status).toBe(0);
      expect(dnsmasqFile('mute', 'hostsfile')).toContain('fd00:44:15::6');
      expect(dnsmasqFile('mute', 'conf')).not.toMatch(/dhcp-hostsfile|,static/);

      // Sluice cannot make libvirt do it either; it says so before
      running('frank', BRIDGE('frank') + V4(16) + SIX(16));
      const script = 'add host name=six ip=fd00:44:16::6 to ip[fd00:44:16::1].dhcp';
      expect(await planLines('frank', script)).toEqual([
        'live add ip[fd00:44:16::1].dhcp: next-start',
        'live add ip[fd00:44:16::1].dhcp.host[six]: next-start',
        'config add ip[fd00:44:16::1].dhcp: next-start',
        'config add ip[fd00:44:16::1].dhcp.host[six]: next-start',
      ]);
      await applied('frank', script);
      expect(dnsmasqFile('frank', 'conf')).not.toContain(',static');
      restart('frank');
      expect(dnsmasqFile('frank', 'conf')).toMatch(/dhcp-range=fd00:44:16::1,static/);
    });

    test('the first host of an address that only gives out files', async () => {
      running('files', BRIDGE('files') + TFTP(17));
      const pid = dnsmasqPid('files');
      const host = "<host mac='52:54:00:44:17:02' ip='10.44.17.2'/>";
      expect(update('files', 'add', 'ip-dhcp-host', host, '--live').status).toBe(0);
      expect(dnsmasqFile('files', 'hostsfile')).toContain('10.44.17.2');
      expect(dnsmasqFile('files', 'conf')).not.toMatch(/dhcp-hostsfile|,static/);
      expect(dnsmasqPid('files')).toBe(pid);

      running('told', BRIDGE('told') + TFTP(18));
      const script = 'add host mac=52:54:00:44:18:02 ip=10.44.18.2 to ip[10.44.18.1].dhcp';
      expect(await planLines('told', script)).toContain(
        'live add ip[10.44.18.1].dhcp.host[52:54:00:44:18:02]: next-start',
      );
      await applied('told', script);
      restart('told');
      expect(dnsmasqFile('told', 'conf')).toMatch(/dhcp-range=10\.44\.18\.1,static/);
      // with something in the same plan that starts dnsmasq anew, it is at once, and is
      running('helped', BRIDGE('helped') + TFTP(19));
      const lines = await applied(
        'helped',
        'add host mac=52:54:00:44:19:02 ip=10.44.19.2 to ip[10.44.19.1].dhcp\nadd txt name=v value=1 to dns',
      );
      expect(lines).toContain(
        'live add ip[10.44.19.1].dhcp.host[52:54:00:44:19:02]: at-once +dnsmasq +firewall',
      );
      expect(dnsmasqFile('helped', 'conf')).toMatch(/dhcp-range=10\.44\.19\.1,static/);
    });
  });

  describe('dnsmasq that was killed behind its back', () => {
    const kill = (name: string): void => {
      on.libvirt.inside(
        'sh',
        '-c',
        `kill -KILL ${dnsmasqPid(name)}; while kill -0 ${dnsmasqPid(name)} 2>/dev/null; do sleep 0.05; done`,
      );
    };

    test('and started by somebody else: a failed update stays in the network', async () => {
      running('theirs', BRIDGE('theirs') + V4(20));
      kill('theirs');
      on.libvirt.inside('sh', '-c', 'dnsmasq --conf-file=/var/lib/libvirt/dnsmasq/theirs.conf');
      const record = (ip: string, name: string): string =>
        `<host ip='${ip}'><hostname>${name}</hostname></host>`;
      const { status, out } = update('theirs', 'add', 'dns-host', record('10.44.20.9', 'nine'), '--live');
      expect(status).toBe(1);
      expect(out).toContain('Address already in use');
      expect(dump('theirs', 'live')).toContain('nine');
      const { outcome } = await run(on.target, 'add host ip=10.44.20.10 { hostname=ten } to dns', {
        network: 'theirs',
      });
      if (outcome.type !== 'partial') throw new Error(`${outcome.type} is not what happened`);
      expect(outcome.diagnostic.message).toMatch(/Address already in use \(libvirt error 1/);
      expect(outcome.diagnostic.message).toContain('theirs (live) holds what it held before\n');
      expect(outcome.diagnostic.message).toContain(
        'dnsmasq and the firewall may not be as the documents say',
      );
      for (const scope of ['live', 'config'] as const) expect(dump('theirs', scope)).not.toContain('ten');
      kill('theirs');
    });

    test('and not started at all: the next update starts it, of virsh and of Sluice', async () => {
      for (const how of ['virsh', 'sluice']) {
        running(how, BRIDGE(how) + V4(how === 'virsh' ? 21 : 22));
        const before = dnsmasqPid(how);
        kill(how);
        if (how === 'virsh')
          update(how, 'add', 'dns-host', "<host ip='10.44.21.9'><hostname>nine</hostname></host>", '--live');
        else await applied(how, 'add host ip=10.44.22.9 { hostname=nine } to dns');
        expect(dnsmasqPid(how)).not.toBe(before);
        expect(dnsmasqFile(how, 'addnhosts')).toContain('nine');
      }
    });
  });

  test('a pool forgets which devices guests hold, and gives one to two of them', async () => {
    const guest = (name: string, n: number): void => {
      const file = path.join(on.libvirt.directory, 'port.xml');
      const uuid = `12345678-3332-1111-4444-00000000000${n}`;
      writeFileSync(
        file,
        `<networkport><uuid>${uuid}</uuid><owner><name>guest${n}</name><uuid>${uuid}</uuid></owner><mac address='52:54:00:7b:35:0${n}'/></networkport>`,
      );
      virsh(`net-port-create ${name} ${file}`);
    };
    const plugged = (name: string): readonly string[] =>
      virsh(`net-port-list ${name}`)
        .split(/\s+/)
        .filter((uuid) => uuid !== '')
        .map((uuid) => / dev='(.*?)'/.exec(virsh(`net-port-dumpxml ${name} ${uuid}`))?.[1] ?? '');
    const POOL = (dev: string): string =>
      `<forward mode='passthrough'><interface dev='${dev}0'/><interface dev='${dev}1'/></forward>`;
    // somewhere for a guest to be plugged in
    on.libvirt.inside('ip', 'link', 'add', 'hlv0', 'type', 'veth', 'peer', 'name', 'hlv1');
    on.libvirt.inside('ip', 'link', 'add', 'hlw0', 'type', 'veth', 'peer', 'name', 'hlw1');

    running('lossy', POOL('hlv'));
    guest('lossy', 1);
    expect(dump('lossy', 'live')).toContain("<interface dev='hlv0' connections='1'/>");
    expect(update('lossy', 'add', 'portgroup', "<portgroup name='x'/>", '--live').status).toBe(0);
    expect(dump('lossy', 'live')).not.toContain('connections');
    guest('lossy', 2);
    expect(plugged('lossy')).toEqual(['hlv0', 'hlv0']);
    expect(update('lossy', 'delete', 'forward-interface', "<interface dev='hlv0'/>", '--live').status).toBe(
      0,
    );

    running('careful', POOL('hlw'));
    guest('careful', 3);
    for (const script of ['add portgroup name=x', 'remove forward.interface[hlw0]'])
      expect(await refusal('careful', script)).toEqual(['SL829']);
    const { outcome } = await run(on.target, 'add portgroup name=x', { network: 'careful', scope: 'config' });
    expect(outcome.type).toBe('applied');
    guest('careful', 4);
    expect(plugged('careful').toSorted()).toEqual(['hlw0', 'hlw1']);
  });

  test('a NAT network whose interface is replaced forwards through any meanwhile, which is said', async () => {
    const forward = "<forward mode='nat'><interface dev='eth7'/></forward>";
    /** Through which interface the firewall lets guests of a network out; its rules are those of iptables or of nftables. */
    const wayOut = (bridge: string): string => {
      const [, device = 'any'] = new RegExp(
        `^-A LIBVIRT_FWO .*-i ${bridge}(?: -o (\\S+))? -j ACCEPT`,
        'm',
      ).exec(on.libvirt.inside('iptables', '-S')) ??
        new RegExp(`iif(?:name)? "?${bridge}"?(?: oif(?:name)? "?([^" ]+)"?)? .*accept`, 'm').exec(
          on.libvirt.inside('sh', '-c', 'nft list ruleset 2>/dev/null || true'),
        ) ?? [undefined, 'none'];
      return device;
    };
    running('nat', forward + BRIDGE('nat') + V4(23));
    expect(wayOut('nat')).toBe('eth7');
    expect(update('nat', 'delete', 'forward-interface', "<interface dev='eth7'/>", '--live').status).toBe(0);
    expect(wayOut('nat')).toBe('any');
    expect(update('nat', 'add', 'forward-interface', "<interface dev='eth8'/>", '--live').status).toBe(0);

    virsh('net-destroy nat');
    running('nut', forward + BRIDGE('nut') + V4(24));
    const made = await mustPlan(on.target, 'replace forward.interface[eth7] with interface dev=eth8', {
      network: 'nut',
    });
    expect(made.plan.diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning SL833',
    ]);
    await applied('nut', 'replace forward.interface[eth7] with interface dev=eth8');
    expect(wayOut('nut')).toBe('eth8');
  });

  test('an update that fails is kept all the same', async () => {
    running('crowded', BRIDGE('crowded') + V4(25));
    // somebody else sits on its address; virsh is told of an error and keeps the record
    on.libvirt.inside('sh', '-c', `kill -KILL ${dnsmasqPid('crowded')}`);
    on.libvirt.inside(
      'sh',
      '-c',
      'dnsmasq --conf-file=/dev/null --port=53 --listen-address=10.44.25.1 --bind-interfaces --pid-file=/run/other.pid --no-resolv',
    );
    expect(update('crowded', 'add', 'dns-txt', "<txt name='v' value='1'/>", '--live').status).toBe(1);
    expect(dump('crowded', 'live')).toContain('<txt');
    const { outcome } = await run(on.target, 'add txt name=w value=1 to dns', { network: 'crowded' });
    if (outcome.type !== 'partial') throw new Error(`${outcome.type} is not what happened`);
    expect(outcome.diagnostic.code).toBe('SL984');
    expect(outcome.diagnostic.message).toContain('taking it back failed');
    for (const scope of ['live', 'config'] as const) {
      expect(outcome.diagnostic.message).toContain(`crowded (${scope}) holds what it held before\n`);
      expect(dump('crowded', scope)).not.toContain("name='w'");
    }
    on.libvirt.inside('sh', '-c', 'kill $(cat /run/other.pid)');
  });
});
