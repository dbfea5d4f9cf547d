// Random networks whose lists change: interfaces, records, ranges, hosts and portgroups, from few values, so that they meet.

import type { Random } from './random-network.ts';

export type Case = { readonly name: string; readonly before: string; readonly after: string };

type Host = { mac: string; name: string; ip: string; lease: string };
type Shape = {
  mode: string;
  stp: string;
  interfaces: string[];
  txt: [string, string][];
  srv: { service: string; domain: string; target: string; port: string }[];
  dns: { ip: string; names: string[] }[];
  ranges: [number, number, string][][];
  hosts: Host[][];
  portgroups: { name: string; isDefault: boolean; average: number }[];
};

/** A network before and after some edits. */
export function randomCase(random: Random, name: string): Case {
  const [before = '', after = ''] = randomVersions(random, name, 2);
  return { name, before, after };
}

/** One network in several versions, each some edits away from the one before. */
export function randomVersions(random: Random, name: string, count: number): readonly string[] {
  const shape = randomShape(random);
  const versions = [printed(shape, name)];
  while (versions.length < count) {
    const edits = 1 + random.below(6);
    for (let i = 0; i < edits; i++) edit(random, shape);
    versions.push(printed(shape, name));
  }
  return versions;
}

function several<T>({ below }: Random, most: number, make: (at: number) => T): T[] {
  return Array.from({ length: below(most + 1) }, (_, at) => make(at));
}

const randomHost = ({ below, pick, chance }: Random): Host => ({
  mac: chance(0.8) ? `52:54:00:00:00:0${below(6)}` : '',
  name: chance(0.8) ? pick(['a', 'b', 'c', 'd', 'e']) : '',
  ip: `.${10 + below(6)}`,
  lease: chance(0.2) ? String(2 + below(3)) : '',
});

function randomShape(random: Random): Shape {
  const { below, pick, chance } = random;
  const mode = pick(['nat', 'passthrough', 'nat', 'private']);
  return {
    mode,
    stp: pick(['on', 'off']),
    interfaces:
      mode === 'nat' ? (chance(0.5) ? ['eth0'] : []) : unique(several(random, 4, () => `eth${below(5)}`)),
    txt: uniqueBy(
      several(
        random,
        4,
        () => [pick(['t1', 't2', 't3']), pick(["it's", 'a "b"', '', 'v'])] as [string, string],
      ),
      ([name]) => name,
    ),
    srv: uniqueBy(
      several(random, 4, () => randomSrv(random)),
      (one) => JSON.stringify(one),
    ),
    dns: uniqueBy(
      several(random, 4, () => randomDns(random)),
      ({ ip }) => ip,
    ),
    ranges: [[], []].map((_, at) =>
      at === 0
        ? uniqueBy(
            several(random, 3, () => randomRange(random)),
            ([a, b]) => `${a} ${b}`,
          )
        : [],
    ),
    hosts: [several(random, 5, () => randomHost(random)), []],
    portgroups: uniqueBy(
      several(random, 3, (at) => ({
        name: pick(['p1', 'p2', 'p3']),
        isDefault: at === 0 && chance(0.5),
        average: below(3),
      })),
      ({ name }) => name,
    ),
  };
}

const randomRange = ({ below, pick }: Random): [number, number, string] => {
  const start = 20 + below(5);
  return [start, start + below(5), pick(['', '', '60'])];
};
const randomSrv = ({ pick }: Random) => ({
  service: pick(['ldap', 'sip']),
  domain: pick(['', 'd1', 'd2']),
  target: pick(['', 't1', 't2']),
  port: pick(['', '389']),
});
const randomDns = (random: Random) => ({
  ip: `10.9.0.${random.below(5)}`,
  names: unique([random.pick(['w', 'q']), ...several(random, 2, () => random.pick(['x', 'y', 'z']))]),
});

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}

function uniqueBy<T>(list: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(list.map((item) => [key(item), item])).values()];
}

function edit(random: Random, shape: Shape): void {
  const { below, pick, chance } = random;
  const change = <T>(list: T[], make: () => T, key: (item: T) => string): void => {
    const at = below(list.length + 1);
    switch (below(4)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1: {
        const made = make();
        if (!list.some((one) => key(one) === key(made))) list.splice(at, 0, made);
        break;
      }
      case 2: {
        const made = make();
        if (list[at] !== undefined && !list.some((one, i) => i !== at && key(one) === key(made)))
          list[at] = made;
        break;
      }
      default: {
        const [moved] = list.splice(at, 1);
        if (moved !== undefined) list.splice(below(list.length + 1), 0, moved);
      }
    }
  };
  switch (below(9)) {
    case 0:
      if (shape.mode === 'nat') shape.interfaces = chance(0.7) ? [`eth${below(3)}`] : [];
      else
        change(
          shape.interfaces,
          () => `eth${below(5)}`,
          (one) => one,
        );
      break;
    case 1:
      change(
        shape.txt,
        (): [string, string] => [pick(['t1', 't2', 't3', 't4']), pick(['v', 'w'])],
        ([name]) => name,
      );
      break;
    case 2:
      change(
        shape.srv,
        () => randomSrv(random),
        (one) => JSON.stringify({ ...one, port: '' }),
      );
      break;
    case 3:
      change(
        shape.dns,
        () => randomDns(random),
        ({ ip }) => ip,
      );
      break;
    case 4:
      change(
        shape.ranges[0] ?? [],
        () => randomRange(random),
        ([a, b]) => `${a} ${b}`,
      );
      break;
    case 5:
      change(
        shape.portgroups,
        () => ({
          name: pick(['p1', 'p2', 'p3', 'p4']),
          isDefault: chance(0.3) && !shape.portgroups.some((one) => one.isDefault),
          average: below(3),
        }),
        ({ name }) => name,
      );
      break;
    case 6:
      if (chance(0.4)) shape.stp = shape.stp === 'on' ? 'off' : 'on';
      else {
        // dhcp goes to the other address
        shape.hosts.reverse();
        shape.ranges.reverse();
      }
      break;
    case 7: {
      // names go round
      const [hosts = []] = shape.hosts;
      const [a, b] = [hosts[below(hosts.length)], hosts[below(hosts.length)]];
      if (a !== undefined && b !== undefined) [a.name, b.name] = [b.name, a.name];
      break;
    }
    default:
      change(
        shape.hosts[0] ?? [],
        () => randomHost(random),
        (one) => JSON.stringify(one),
      );
  }
}

function printed(shape: Shape, name: string): string {
  const attr = (key: string, value: string) =>
    value === '' ? '' : ` ${key}='${value.replaceAll("'", '&apos;')}'`;
  const isNat = shape.mode === 'nat';
  const host = (net: string) => (one: Host) => {
    // libvirt wants a name or a mac
    const known = one.mac === '' && one.name === '' ? { ...one, name: 'z' } : one;
    return `<host${attr('mac', known.mac)}${attr('name', known.name)} ip='${net}${known.ip}'>${known.lease === '' ? '' : `<lease expiry='${known.lease}' unit='hours'/>`}</host>`;
  };
  const ip = (at: number) => {
    const net = `10.0.${at}`;
    const dhcp = [
      ...(shape.ranges[at] ?? []).map(
        ([a, b, lease]) =>
          `<range start='${net}.${a}' end='${net}.${b}'>${lease === '' ? '' : `<lease expiry='${lease}'/>`}</range>`,
      ),
      ...(shape.hosts[at] ?? []).map(host(net)),
    ].join('');
    return `<ip address='${net}.1' netmask='255.255.255.0'>${dhcp === '' ? '' : `<dhcp>${dhcp}</dhcp>`}</ip>`;
  };
  const dns = [
    ...shape.txt.map(([key, value]) => `<txt name='${key}' value='${value.replaceAll("'", '&apos;')}'/>`),
    ...shape.srv.map(
      (one) =>
        `<srv service='${one.service}' protocol='tcp'${attr('domain', one.domain)}${attr('target', one.target)}${one.target === '' ? '' : attr('port', one.port)}/>`,
    ),
    ...shape.dns.map(
      (one) =>
        `<host ip='${one.ip}'>${one.names.map((text) => `<hostname>${text}</hostname>`).join('')}</host>`,
    ),
  ].join('');
  return `<network><name>${name}</name><uuid>81ff0d90-c91e-6742-64da-${name.slice(1).padStart(12, '0')}</uuid>
    <forward mode='${shape.mode}'>${shape.interfaces.map((dev) => `<interface dev='${dev}'/>`).join('')}</forward>
    ${isNat ? `<bridge name='br${name}' stp='${shape.stp}' delay='0'/>` : ''}
    <dns>${dns}</dns>${isNat ? `<ip address='fd00::1' family='ipv6' prefix='64'/>${ip(0)}${ip(1)}` : ''}
    ${shape.portgroups.map((one) => `<portgroup name='${one.name}'${one.isDefault ? " default='yes'" : ''}>${one.average === 0 ? '' : `<bandwidth><inbound average='${one.average}'/></bandwidth>`}</portgroup>`).join('')}</network>`;
}
