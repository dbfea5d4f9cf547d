// A real libvirtd as the judge of what is foreseen: random updates of random networks do to its documents what
// predict-update.ts says, or are refused.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askUpdates, UPDATES_OF_LIBVIRT_9 } from '../../src/apply/libvirt/ask-updates.ts';
import { predictUpdate } from '../../src/apply/libvirt/predict-update.ts';
import type { Client, NetworkRef, NetworkUpdate } from '../../src/apply/libvirt/rpc/client.ts';
import { connectLibvirt, usualOptions } from '../../src/apply/libvirt/rpc/connect.ts';
import { printAsLibvirt } from '../../src/network/libvirt-print.ts';
import { checkDefine } from '../../src/network/rules.ts';
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
