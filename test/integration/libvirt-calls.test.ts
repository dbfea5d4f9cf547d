// A real libvirtd as the judge of what is foreseen: random updates of random networks do to its documents what
// predict-update.ts says, or are refused.

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askUpdates, UPDATES_OF_LIBVIRT_9 } from '../../src/apply/libvirt/ask-updates.ts';
import type { Call, DaemonFacts, Documents } from '../../src/apply/libvirt/calls.ts';
import { chooseCalls } from '../../src/apply/libvirt/choose-calls.ts';
import { predictCall, surprises } from '../../src/apply/libvirt/predict-call.ts';
import { predictUpdate } from '../../src/apply/libvirt/predict-update.ts';
import type { Client, NetworkRef, NetworkUpdate } from '../../src/apply/libvirt/rpc/client.ts';
import { connectLibvirt, usualOptions } from '../../src/apply/libvirt/rpc/connect.ts';
import { stepsOf } from '../../src/diff/change.ts';
import { printAsLibvirt } from '../../src/network/libvirt-print.ts';
import { pathText } from '../../src/network/path.ts';
import { checkDefine } from '../../src/network/rules.ts';
import { assemble } from '../../src/plan/assemble.ts';
import type { TakesEffect } from '../../src/plan/plan.ts';
import type { Result } from '../../src/std/result.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { type PrivateLibvirtd, startPrivateLibvirtd, whyNoLibvirtd } from './private-libvirtd.ts';
import { type Random, randomOf } from './random-network.ts';

const why = whyNoLibvirtd();

describe.skipIf(why !== null)(`a private libvirtd judges${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let libvirt: PrivateLibvirtd;
  let client: Client;
  beforeAll(async () => {
    libvirt = await startPrivateLibvirtd();
    const connected = await connectLibvirt(libvirt.uri, usualOptions('read-write'));
    if (!connected.ok) throw new Error(connected.error.message);
    client = connected.value;
  });
  afterAll(async () => {
    await client.close();
    await libvirt.stop();
  });

  async function got<T, E>(answer: Promise<Result<T, E>>): Promise<T> {
    const result = await answer;
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return result.value;
  }

  async function read(network: NetworkRef, scope: 'live' | 'config'): Promise<XmlDocument> {
    return parsed(await got(client.xml(network, scope)));
  }

  test('the daemon says which updates it knows, and nothing happens', async () => {
    const { network } = await got(client.define(`<network><name>asked</name>${V4('')}</network>`, false));
    const before = await got(client.xml(network, 'config'));
    const answer = await got(
      askUpdates(new Set(UPDATES_OF_LIBVIRT_9.keys()), (update) => client.update(network, update)),
    );
    expect(await got(client.xml(network, 'config'))).toBe(before);
    if ((await got(client.libraryVersion())).startsWith('9.')) expect(answer).toEqual(UPDATES_OF_LIBVIRT_9);
    await got(client.undefine(network));
  });

  test('random updates are foreseen', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    let done = 0;
    let refused = 0;
    for (let round = 0; round < 60; round++) {
      const random = randomOf(seed + round);
      const { network } = await got(client.define(base(random, `u${round}`), false));
      let document = await read(network, 'config');
      for (let at = 0; at < 12; at++) {
        const update = randomUpdate(random);
        const foreseen = predictUpdate(document, update, 'config', UPDATES_OF_LIBVIRT_9);
        const answer = await client.update(network, update);
        const context = `seed ${seed} round ${round}: ${update.command} ${update.section} ${update.parentIndex} ${update.xml}\n${document.source.text}`;
        document = await read(network, 'config');
        if (!answer.ok) {
          refused++;
          const { reason } = answer.error;
          const code = reason.type === 'libvirt' ? reason.error.code : reason.type;
          const ours = foreseen.ok ? 'done' : kindOf(foreseen.error.code);
          const message = reason.type === 'libvirt' ? reason.error.message : '';
          // that nothing can be modified is said with one number or another, and before or after it is looked for
          const isSame = ours === kindOf(code) || (update.command === 'modify' && ours === 'unsupported');
          expect(
            isSame,
            `${context}libvirt: ${code} ${message}, foreseen ${foreseen.ok ? 'done' : foreseen.error.message}`,
          ).toBe(true);
          continue;
        }
        done++;
        expect(foreseen.ok ? '' : foreseen.error.message, context).toBe('');
        if (foreseen.ok) expect(printAsLibvirt(foreseen.value), context).toBe(document.source.text);
      }
      await got(client.undefine(network));
    }
    expect(done).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(50);
  });

  /** The processes of the network's dnsmasq, as this machine numbers them. */
  function dnsmasqOf(name: string): readonly string[] {
    return readdirSync('/proc').filter((pid) => {
      try {
        return (
          /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`/dnsmasq/${name}.conf`)
        );
      } catch {
        // it ended meanwhile
        return false;
      }
    });
  }

  /** What dnsmasq was told, from its own files. */
  function served(name: string, file: 'conf' | 'hostsfile' | 'addnhosts'): string {
    const [pid] = dnsmasqOf(name);
    try {
      return readFileSync(`/proc/${pid}/root/var/lib/libvirt/dnsmasq/${name}.${file}`, 'utf8');
    } catch {
      return '';
    }
  }

  async function documentsOf(network: NetworkRef): Promise<Documents> {
    return { live: await read(network, 'live'), config: await read(network, 'config') };
  }

  /** Makes the calls; reads both documents back after each, and holds them against what was foreseen. */
  async function made(network: NetworkRef, calls: readonly Call[], before: Documents): Promise<Documents> {
    let now = before;
    for (const call of calls) {
      const foreseen = predictCall(call, now, UPDATES_OF_LIBVIRT_9);
      if (!foreseen.ok) throw new Error(`${call.says}: ${foreseen.error.message}`);
      const running = dnsmasqOf(network.name);
      if (call.type === 'update') await got(client.update(network, call.update));
      else if (call.type === 'define') await got(client.define(call.xml, false));
      else throw new Error(`${call.type} is not expected here`);
      now = await documentsOf(network);
      for (const scope of ['live', 'config'] as const)
        expect(
          surprises(foreseen.value[scope], now[scope], scope).map(
            ({ op, pair, leaf }) => `${op} ${pathText(stepsOf(pair), leaf)}`,
          ),
          `${call.says}: ${scope}`,
        ).toEqual([]);
      if (running.length === 0) continue;
      if (!call.restartsDnsmasq) expect(dnsmasqOf(network.name), call.says).toEqual(running);
      // the old one takes its time to go
      else
        await expect
          .poll(() => dnsmasqOf(network.name).filter((pid) => running.includes(pid)), {
            timeout: 5000,
            message: call.says,
          })
          .toEqual([]);
    }
    return now;
  }

  const FACTS: DaemonFacts = { active: true, persistent: true, updates: UPDATES_OF_LIBVIRT_9, busy: [] };

  /** Plans the change of both documents and makes it. Returns the effects in LIVE, each once. */
  async function changed(
    network: NetworkRef,
    edit: (text: string) => string,
  ): Promise<readonly TakesEffect['type'][]> {
    const before = await documentsOf(network);
    const plans = (['live', 'config'] as const).map((scope) => {
      const base = before[scope];
      if (base === null) throw new Error(`no ${scope}`);
      const text = edit(base.source.text);
      expect(text, `nothing to change in ${scope}:\n${base.source.text}`).not.toBe(base.source.text);
      return assemble({
        network: network.name,
        scope,
        base,
        baseHash: undefined,
        wanted: parsed(text),
        causes: null,
      }).value;
    });
    const [live = null, config = null] = plans;
    const chosen = chooseCalls(network.name, FACTS, { live, config });
    // what is told of is done all the same
    expect(chosen.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    const after = await made(network, chosen.calls, before);
    expect(surprises(config?.result ?? null, after.config, 'config')).toEqual([]);
    const effects = [...new Set(chosen.effects.live.map((effect) => effect.type))];
    if (effects.includes('next-start')) {
      await got(client.destroy(network));
      await got(client.start(network));
    }
    expect(surprises(live?.result ?? null, await read(network, 'live'), 'live')).toEqual([]);
    return effects;
  }

  // other daemons of this machine have networks, too
  const LAB_NAME = `calls${process.pid}`;
  const LAB = (mode: string, inner: string) =>
    `<network><name>${LAB_NAME}</name>${mode === 'passthrough' ? `<forward mode='passthrough'><interface dev='eth9'/></forward>` : `<forward mode='${mode}'><nat><port start='1024' end='65535'/></nat></forward><bridge name='sluicetest'/>`}${inner}</network>`;
  const DHCP = `<dhcp><range start='10.9.0.50' end='10.9.0.90'/><host mac='52:54:00:00:00:01' name='one' ip='10.9.0.2'/></dhcp>`;
  const LAB_IP = `<ip address='10.9.0.1' netmask='255.255.255.0'>${DHCP}</ip>`;
  const put = (before: string, added: string) => (text: string) => text.replace(before, added + before);
  const change = (before: string | RegExp, after: string) => (text: string) => text.replace(before, after);
  const out = (gone: string | RegExp) => change(gone, '');

  /** One update as virsh sends it, and what somebody means by it. `wrong` is what libvirt makes of it, with success. */
  type Fault = {
    readonly base: string;
    readonly update: Pick<NetworkUpdate, 'section' | 'command' | 'xml'>;
    readonly wrong: (after: string) => boolean;
    readonly meant: (text: string) => string;
    /** The code of the refusal; null where Sluice does it, and right. */
    readonly refused: string | null;
  };
  const ONE = `<host mac='52:54:00:00:00:01' name='one' ip='10.9.0.2'/>`;
  const TWO = `<host mac='52:54:00:00:00:02' name='two' ip='10.9.0.3'/>`;
  const IP_WITH = (dhcp: string) =>
    `<ip address='10.9.0.1' netmask='255.255.255.0'><dhcp>${dhcp}</dhcp></ip>`;

  test.each<[string, Fault]>([
    [
      'a delete by mac takes a host that has none',
      {
        base: IP_WITH(`<host name='none' ip='10.9.0.9'/>${ONE}`),
        update: { section: 'ip-dhcp-host', command: 'delete', xml: `<host mac='52:54:00:00:00:01'/>` },
        wrong: (after) => !after.includes('none') && after.includes(`name='one'`),
        meant: out(/<host mac='52:54:00:00:00:01'.*/),
        refused: null,
      },
    ],
    [
      'a modify hits the first that shares mac, name or ip',
      {
        base: IP_WITH(ONE + TWO),
        update: {
          section: 'ip-dhcp-host',
          command: 'modify',
          xml: TWO.replace('two', 'one'),
        },
        wrong: (after) => after.split('52:54:00:00:00:02').length === 3,
        meant: (text) => text.replace(`'one'`, `'x'`).replace(`'two'`, `'one'`).replace(`'x'`, `'two'`),
        refused: null,
      },
    ],
    [
      'a text goes by its name, whatever its value',
      {
        base: `<dns><txt name='t' value='mine'/></dns>${IP_WITH(ONE)}`,
        update: { section: 'dns-txt', command: 'delete', xml: `<txt name='t' value='yours'/>` },
        wrong: (after) => !after.includes('mine'),
        meant: change('mine', 'yours'),
        refused: null,
      },
    ],
    [
      'an update takes what no define takes again',
      {
        base: IP_WITH(ONE),
        update: {
          section: 'portgroup',
          command: 'add-last',
          xml: `<portgroup name='p'><vlan><tag id='5'/></vlan></portgroup>`,
        },
        wrong: (after) => checkDefine(parsed(after)).length > 0,
        meant: put('</network>', `<portgroup name='p'><vlan><tag id='5'/></vlan></portgroup>`),
        refused: 'SL826',
      },
    ],
    [
      'a text of two lines is a line of its own for dnsmasq',
      {
        base: IP_WITH(ONE),
        update: {
          section: 'dns-txt',
          command: 'add-last',
          xml: `<txt name='t' value='v&#10;address=/evil/10.9.0.66'/>`,
        },
        wrong: (after) => after.includes('evil'),
        meant: put('  <ip', `<dns><txt name='t' value='v&#10;address=/evil/10.9.0.66'/></dns>`),
        refused: 'no plan',
      },
    ],
    [
      'a name brings an attribute along',
      {
        base: IP_WITH(ONE),
        update: {
          section: 'ip-dhcp-host',
          command: 'add-last',
          xml: `<host name="a' mac='52:54:00:00:00:66" ip='10.9.0.66'/>`,
        },
        wrong: (after) => after.includes(`mac='52:54:00:00:00:66'`),
        meant: put('</dhcp>', `<host name="a' mac='52:54:00:00:00:66" ip='10.9.0.66'/>`),
        refused: 'no plan',
      },
    ],
  ])(
    'libvirt does the wrong thing, Sluice does not: %s',
    async (_, { base: inner, update, wrong, meant, refused }) => {
      const { network } = await got(
        client.define(`<network><name>${LAB_NAME}</name>${inner}</network>`, false),
      );
      try {
        const stored = await got(client.xml(network, 'config'));
        await got(client.update(network, { ...update, parentIndex: -1, scope: 'config' }));
        expect(wrong(await got(client.xml(network, 'config')))).toBe(true);
        await client.undefine(network);
        await got(client.define(stored, false));

        const before = parsed(stored);
        const plan = assemble({
          network: network.name,
          scope: 'config',
          base: before,
          baseHash: undefined,
          wanted: parsed(meant(stored)),
          causes: null,
        }).value;
        if (plan === null) {
          expect('no plan').toBe(refused);
          return;
        }
        const facts = { ...FACTS, active: false };
        const chosen = chooseCalls(network.name, facts, { live: null, config: plan });
        expect(chosen.problems.find((one) => one.severity === 'error')?.code ?? null).toBe(refused);
        if (refused !== null) return;
        for (const call of chosen.calls)
          if (call.type === 'update') await got(client.update(network, call.update));
        expect(surprises(plan.result, await read(network, 'config'), 'config')).toEqual([]);
      } finally {
        await client.undefine(network);
      }
    },
  );

  type Wish = readonly [string, (text: string) => string, TakesEffect['type'], (() => void)?];
  const shows =
    (file: 'conf' | 'hostsfile' | 'addnhosts', text: string, is = true) =>
    () =>
      expect(served(LAB_NAME, file).includes(text), `${file}: ${text}`).toBe(is);

  test.each<[string, string, readonly Wish[]]>([
    [
      'interfaces of a pool',
      LAB('passthrough', ''),
      [
        ['add', put('</forward>', `<interface dev='eth8'/>`), 'new-guests-only'],
        ['modify', change(`<interface dev='eth8'/>`, `<interface dev='eth7'/>`), 'new-guests-only'],
        ['remove', out(`<interface dev='eth7'/>`), 'new-guests-only'],
      ],
    ],
    [
      'the interface of a NAT network',
      LAB('nat', LAB_IP),
      [
        ['add', put('</forward>', `<interface dev='eth8'/>`), 'at-once'],
        ['modify', (text) => text.replaceAll('eth8', 'eth7'), 'at-once'],
        [
          'remove',
          (text) => text.replace(`dev='eth7' `, '').replace(`<interface dev='eth7'/>`, ''),
          'at-once',
        ],
      ],
    ],
    [
      'portgroups',
      LAB('nat', LAB_IP),
      [
        ['add', put('</network>', `<portgroup name='p'/>`), 'new-guests-only'],
        ['modify', change(`<portgroup name='p'>`, `<portgroup name='p' default='yes'>`), 'new-guests-only'],
        ['remove', out(/<portgroup[\s\S]*portgroup>/), 'new-guests-only'],
      ],
    ],
    [
      'hosts of dhcp',
      LAB('nat', LAB_IP),
      [
        [
          'add',
          put('</dhcp>', `<host mac='52:54:00:00:00:02' name='two' ip='10.9.0.3'/>`),
          'at-once',
          shows('hostsfile', '10.9.0.3'),
        ],
        ['modify', change(`name='one'`, `name='uno'`), 'at-once', shows('hostsfile', 'uno')],
        [
          'exchange',
          (text) => text.replace('.0.2', '.0.x').replace('.0.3', '.0.2').replace('.0.x', '.0.3'),
          'at-once',
        ],
        ['remove', out(/<host mac='52:54:00:00:00:02'.*/), 'at-once', shows('hostsfile', 'two', false)],
        ['modify a range', change('10.9.0.90', '10.9.0.91'), 'at-once', shows('conf', '10.9.0.91')],
      ],
    ],
    [
      'records of dns',
      LAB('nat', `<dns><txt name='t' value='v'/><txt name='u' value='v'/></dns>${LAB_IP}`),
      [
        [
          'add',
          put(
            '</dns>',
            `<srv service='ldap' protocol='tcp' target='x' port='389'/><host ip='10.9.0.7'><hostname>seven</hostname></host>`,
          ),
          'at-once',
          shows('addnhosts', 'seven'),
        ],
        [
          'modify a text',
          change(`name='t' value='v'`, `name='t' value='w'`),
          'at-once',
          shows('conf', 't,w'),
        ],
        ['modify a service', change(`port='389'`, `port='390'`), 'at-once', shows('conf', '390')],
        ['modify a host', change('seven', 'sept'), 'at-once', shows('addnhosts', 'sept')],
        ['remove', out(/<dns>[\s\S]*dns>/), 'at-once', shows('conf', 'txt-record', false)],
      ],
    ],
    [
      'the domain',
      LAB('nat', LAB_IP),
      [
        [
          'add',
          put('  <ip', `<domain name='example.org'/>`),
          'next-start',
          shows('conf', 'domain=example.org'),
        ],
        ['modify', change('example.org', 'example.net'), 'next-start', shows('conf', 'domain=example.net')],
        ['remove', out(/<domain.*/), 'next-start', shows('conf', 'domain=', false)],
      ],
    ],
    [
      'a whole address',
      LAB('nat', LAB_IP),
      [
        [
          'add',
          put('</network>', `<ip address='10.8.0.1' prefix='24'/>`),
          'next-start',
          shows('conf', 'x', true),
        ],
        ['modify', change(`address='10.8.0.1' prefix='24'`, `address='10.8.0.1' prefix='25'`), 'next-start'],
        ['remove', out(/<ip address='10.8[\s\S]*?ip>/), 'next-start'],
      ],
    ],
    [
      'spanning tree',
      LAB('nat', LAB_IP),
      [
        ['modify', change(`stp='on'`, `stp='off'`), 'next-start'],
        ['back', change(`stp='off'`, `stp='on'`), 'next-start'],
      ],
    ],
  ])(
    '%s: what is planned is what is there',
    async (_, text, wishes) => {
      const { network } = await got(client.define(text, false));
      await got(client.start(network));
      try {
        for (const [name, edit, effect, look] of wishes) {
          expect(await changed(network, edit), name).toEqual([effect]);
          look?.();
        }
      } finally {
        await client.destroy(network);
        await client.undefine(network);
      }
    },
    120_000,
  );
});

/** What cannot be read has several numbers. */
function kindOf(code: number | string): string {
  return code === 55 ? 'invalid' : code === 84 ? 'unsupported' : 'unreadable';
}

function parsed(text: string): XmlDocument {
  const { value } = parseDocument({ name: 'x', text });
  if (value === null) throw new Error(`not well-formed: ${text}`);
  return value;
}

const V4 = (dhcp: string) =>
  `<ip address='10.9.0.1' prefix='24'>${dhcp === '' ? '' : `<dhcp>${dhcp}</dhcp>`}</ip>`;

// ---- few values, so that they meet ----

const macOf = ({ below, chance }: Random) => {
  const mac = `52:54:00:00:00:0${'abc'.charAt(below(3))}`;
  return chance(0.2) ? mac.toUpperCase() : mac;
};
const attr = (name: string, value: string) => (value === '' ? '' : ` ${name}='${value}'`);
const some = (random: Random, probability: number, make: (random: Random) => string) =>
  random.chance(probability) ? make(random) : '';

function host(random: Random, six: boolean, partial: boolean): string {
  const { below, pick, chance } = random;
  const odd = chance(0.05);
  const mac = some(
    random,
    six ? 0.03 : 0.75,
    odd ? () => pick(['01:00:00:00:00:01', 'x', '52:54:0:0:0:a']) : macOf,
  );
  const name = some(random, partial ? 0.5 : 0.75, () =>
    odd ? pick(['-a', 'a b', '9x']) : pick(['a', 'b', 'c']),
  );
  const id = six ? some(random, 0.5, () => pick(['0:4:a', '0:4:b'])) : '';
  const ip = some(random, partial ? 0.6 : 0.97, () =>
    chance(0.03)
      ? pick(['x', '10.9.1.9', 'fd00::1'])
      : six
        ? `fd00::${1 + below(3)}`
        : `10.9.0.${10 + below(3)}`,
  );
  const lease = some(random, 0.1, () =>
    pick([`<lease expiry='60'/>`, `<lease expiry='1' unit='seconds'/>`, `<lease expiry='0'/>`]),
  );
  return `<host${attr('mac', mac)}${attr('id', id)}${attr('name', name)}${attr('ip', ip)}>${lease}</host>`;
}

function range(random: Random, six: boolean): string {
  const start = 100 + random.below(3);
  const end = start + random.below(3) - (random.chance(0.05) ? 3 : 0);
  const net = random.chance(0.05) ? '10.9.1.' : six ? 'fd00::' : '10.9.0.';
  return `<range start='${net}${start}' end='${net}${end}'>${some(random, 0.1, () => `<lease expiry='5' unit='hours'/>`)}</range>`;
}

const device = ({ below }: Random) => `<interface dev='eth${below(3)}'/>`;
const txt = (random: Random) =>
  `<txt name='${random.pick(['t', 'u', 'v', random.chance(0.1) ? 'a b' : 'w'])}'${some(random, 0.9, () => ` value='${random.pick(['1', '2', 'it&apos;s', 'a &lt; b'])}'`)}/>`;

function srv(random: Random, partial: boolean): string {
  const { pick } = random;
  const most = partial ? 0.6 : 0.98;
  const target = some(random, 0.6, () => pick(['x', 'y']));
  return `<srv${attr(
    'service',
    some(random, most, () => pick(['ldap', 'sip'])),
  )}${attr(
    'protocol',
    some(random, most, () => pick(['tcp', 'udp'])),
  )}${attr(
    'domain',
    some(random, 0.3, () => 'd'),
  )}${attr('target', target)}${
    target === ''
      ? ''
      : attr(
          'port',
          some(random, 0.5, () => pick(['389', '0', '70000', '1'])),
        )
  }/>`;
}

function dnsHost(random: Random, partial: boolean): string {
  const { below, pick, chance } = random;
  const ip = some(random, partial ? 0.7 : 0.97, () => (chance(0.03) ? 'x' : `10.0.0.${1 + below(3)}`));
  const names = Array.from(
    { length: below(3) },
    () => `<hostname>${chance(0.03) ? '' : pick(['a', 'b', 'c', 'd'])}</hostname>`,
  );
  return `<host${attr('ip', ip)}>${names.join('')}</host>`;
}

const portgroup = (random: Random) =>
  `<portgroup${attr(
    'name',
    some(random, 0.97, () => random.pick(['p', 'q', 'r'])),
  )}${attr(
    'default',
    some(random, 0.3, () => random.pick(['yes', 'YES', 'no', 'true'])),
  )}>${some(random, 0.3, () => `<bandwidth><inbound average='${1 + random.below(3)}' peak='9'/></bandwidth>`)}${some(random, 0.2, () => `<virtualport type='openvswitch'/>`)}</portgroup>`;

function several(random: Random, most: number, make: () => string): string[] {
  return Array.from({ length: random.below(most + 1) }, make);
}

/** A network that libvirt defines. */
function base(random: Random, name: string): string {
  for (;;) {
    const text = careless(random, name);
    if (checkDefine(parsed(text)).length === 0) return text;
  }
}

function careless(random: Random, name: string): string {
  const { pick, chance } = random;
  const mode = pick(['nat', 'open', 'none', 'bridge', 'passthrough', 'route']);
  const owns = ['nat', 'open', 'none', 'route'].includes(mode);
  const devices =
    mode === 'nat' || mode === 'route'
      ? several(random, 1, () => device(random))
      : owns
        ? []
        : several(random, 3, () => device(random));
  const forward = mode === 'none' ? '' : `<forward mode='${mode}'>${devices.join('')}</forward>`;
  if (!owns) return `<network><name>${name}</name>${forward}${groups(random)}</network>`;
  const dhcp = (six: boolean) =>
    [
      ...several(random, 2, () => range(random, six)),
      ...several(random, 3, () => host(random, six, false)),
    ].join('');
  const ips = [
    ipOf(false, chance(0.6) ? dhcp(false) : ''),
    ...(chance(0.5) ? [ipOf(true, chance(0.5) ? dhcp(true) : '')] : []),
    ...(chance(0.4) ? [`<ip address='10.8.0.1' prefix='24'/>`] : []),
  ];
  const dns = chance(0.1)
    ? `<dns enable='no'/>`
    : `<dns>${[
        ...several(random, 2, () => txt(random)),
        ...several(random, 2, () => srv(random, false)),
        ...several(random, 3, () => dnsHost(random, false)),
      ].join('')}</dns>`;
  return `<network><name>${name}</name>${forward}<bridge name='br-${name}'/>${dns}${(chance(0.5) ? ips : ips.toReversed()).join('')}${groups(random)}</network>`;
}

const ipOf = (six: boolean, dhcp: string) =>
  six
    ? `<ip family='ipv6' address='fd00::1' prefix='64'>${dhcp === '' ? '' : `<dhcp>${dhcp}</dhcp>`}</ip>`
    : V4(dhcp);

const groups = (random: Random) => several(random, 2, () => portgroup(random)).join('');

function randomUpdate(random: Random): NetworkUpdate {
  const command = random.pick(['add-first', 'add-last', 'modify', 'delete'] as const);
  const section = random.pick([
    'ip-dhcp-host',
    'ip-dhcp-host',
    'ip-dhcp-host',
    'ip-dhcp-range',
    'forward-interface',
    'portgroup',
    'dns-host',
    'dns-txt',
    'dns-srv',
    'bridge',
  ] as const);
  const parentIndex = random.pick([-1, 0, 0, 1, 2, -5]);
  const six = random.chance(0.3);
  const partial = command === 'delete';
  const xml = (): string => {
    switch (section) {
      case 'ip-dhcp-host':
        return host(random, six, partial);
      case 'ip-dhcp-range':
        return range(random, six);
      case 'forward-interface':
        return device(random);
      case 'portgroup':
        return portgroup(random);
      case 'dns-host':
        return dnsHost(random, partial);
      case 'dns-txt':
        return txt(random);
      case 'dns-srv':
        return srv(random, partial);
      case 'bridge':
        return `<bridge name='x'/>`;
    }
  };
  return { section, command, parentIndex, xml: random.chance(0.02) ? '<other/>' : xml(), scope: 'config' };
}
