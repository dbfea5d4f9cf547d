// Rules about identity: no result has more elements of one key than its base (rule 6 of docs/changes.md), and a dhcp host
// that was added or changed shares its new MAC, address or name with no other (rule 28).

import { attrOf, type XmlElement, type XmlNode } from '../xml/document.ts';
import { alignNodes, compareChildren, copiesIn, repeatedKeys } from './compare-children.ts';
import { childrenOf, type SemChild } from './meaning.ts';
import { type Key, keyIdentity, keyText } from './path.ts';
import { type At, type Findings, labelOn, pathOf, report, warn } from './rule-report.ts';
import type { ElementSpec, ValueType } from './spec.ts';
import { attrSpecOf, networkSpec, specAt } from './table.ts';
import { asMeant, familyOf, parseIp } from './values.ts';

/** Lists whose keys libvirt itself looks after (rules-forward.ts, rules-port.ts), and options, which may repeat. */
const OTHERWISE_CHECKED: ReadonlySet<string> = new Set([
  'forward.interface',
  'forward.address',
  'dnsmasq:options.dnsmasq:option',
]);

/**
 * Reports the elements of `result` that make more of one key than `base` had; without a base every second one. What is the
 * same object in both costs a look, what is not costs the size of its list.
 */
export function checkKeys(findings: Findings, base: XmlElement | null, result: XmlElement): void {
  walk(findings, { spec: networkSpec, path: '', element: result, parent: null }, networkSpec, base);
}

function walk(findings: Findings, at: At, spec: ElementSpec, base: XmlElement | null): void {
  if (base === at.element) return;
  if (base === null) {
    const children = childrenOf(spec, at.element);
    if (repeatedKeys(children).size > 0) countKeys(findings, at, children, [], children);
    for (const child of children) descend(findings, at, child, null);
    return;
  }
  const { was, is, isNth, from, match } = compareChildren(spec, base, at.element);
  const fresh = is.filter((_, index) => from[index]! < 0); // one for each of `is`
  if (isNth.size > 0 && fresh.length > 0) countKeys(findings, at, fresh, was, is);
  for (let index = 0; index < is.length; index++) {
    if (from[index]! >= 0) continue; // one for each of `is`
    const before = was[match[index]!]; // one for each of `is`
    descend(findings, at, is[index]!, before === undefined || before.surplus ? null : before.element);
  }
}

function descend(findings: Findings, at: At, child: SemChild, base: XmlElement | null): void {
  if (child.spec === null || child.surplus || !holdsLists(child.spec)) return;
  walk(findings, below(at, child.spec, child.element), child.spec, base);
}

function below(at: At, spec: ElementSpec, element: XmlElement): At {
  return { spec, path: at.path === '' ? spec.name : `${at.path}.${spec.name}`, element, parent: at };
}

const listHolders = new Map<ElementSpec, boolean>();

function holdsLists(spec: ElementSpec): boolean {
  let holds = listHolders.get(spec);
  if (holds === undefined) {
    holds = spec.children.some((child) => child.cardinality === 'many' || holdsLists(child));
    listHolders.set(spec, holds);
  }
  return holds;
}

function identityOf(spec: ElementSpec, key: Key | null): string {
  return key === null ? spec.name : `${spec.name}\u0000${keyIdentity(key)}`;
}

function countKeys(
  findings: Findings,
  at: At,
  fresh: readonly SemChild[],
  before: readonly SemChild[],
  children: readonly SemChild[],
): void {
  const has = copiesIn(children);
  const had = copiesIn(before);
  const left = new Map<string, number>();
  // the last ones are surplus: what came first keeps its place
  for (let i = fresh.length - 1; i >= 0; i--) {
    const child = fresh[i]!; // i is within
    const { spec, key, element } = child;
    if (spec === null || key === null || has(child) < 2) continue;
    const own = below(at, spec, element);
    if (OTHERWISE_CHECKED.has(own.path)) continue;
    const identity = identityOf(spec, key);
    const surplus = left.get(identity) ?? has(child) - Math.max(1, had(child));
    if (surplus <= 0) continue;
    left.set(identity, surplus - 1);
    const other = children.find(
      (one) =>
        one.element !== element &&
        one.spec === spec &&
        one.key !== null &&
        identityOf(spec, one.key) === identity,
    );
    report(findings, {
      code: 'SL251',
      level: 'own',
      at: own,
      message: `a second \`${spec.name}\` with the key \`${keyText(key)}\``,
      help: 'change or remove one of them: what has the same key cannot be told apart',
      labels: other === undefined ? [] : labelOn(other.element, undefined, 'the other one'),
    });
  }
}

// Dhcp hosts.

const IP = spec('ip');
const DHCP = spec('ip', 'dhcp');
const HOST = spec('ip', 'dhcp', 'host');

function spec(...names: readonly string[]): ElementSpec {
  const found = specAt(names);
  if (found === null) throw new Error(`the element table has no ${names.join('.')}`);
  return found;
}

const SHARED = ['mac', 'ip', 'name'] as const;
type Shared = (typeof SHARED)[number];

const SHARED_TYPES: Readonly<Record<Shared, ValueType>> = {
  mac: typeOf('mac'),
  ip: typeOf('ip'),
  name: typeOf('name'),
};

function typeOf(name: Shared): ValueType {
  const attr = attrSpecOf(HOST, name);
  if (attr === null) throw new Error(`the element table has no host@${name}`);
  return attr.type;
}

/** A dhcp with its children, hosts among them; hosts of one family share a name space. */
type HostList = { readonly dhcp: At; readonly family: string; readonly children: readonly SemChild[] };

function hostLists(network: XmlElement): readonly HostList[] {
  const lists: HostList[] = [];
  const root: At = { spec: networkSpec, path: '', element: network, parent: null };
  for (const ip of childrenOf(networkSpec, network)) {
    if (ip.spec !== IP) continue;
    for (const dhcp of childrenOf(IP, ip.element)) {
      if (dhcp.spec !== DHCP || dhcp.surplus) continue;
      const address = parseIp(attrOf(ip.element, 'address')?.value ?? '');
      const family = address === null ? '' : familyOf(address);
      const at = below(below(root, IP, ip.element), DHCP, dhcp.element);
      lists.push({ dhcp: at, family, children: childrenOf(DHCP, dhcp.element) });
    }
  }
  return lists;
}

function sharedValue({ element, key }: SemChild, name: Shared): string | null {
  if (key !== null && key.kind === name) return key.parts[0] ?? null;
  const written = attrOf(element, name)?.value;
  return written === undefined ? null : asMeant(SHARED_TYPES[name], written);
}

/** A host, and the dhcp that it stands in. */
type Placed = { readonly host: SemChild; readonly list: HostList };

/** Who has which MAC, address and name among the hosts of one family. Null stands for a value that somebody wants and nobody has. */
type Owners = Readonly<Record<Shared, Map<string, Placed | null>>>;

/**
 * Reports hosts of `result` whose MAC, address or name is new to them (the base's host of the same key had another, or
 * there was none) and is that of another host of the same family, under whichever ip. A base of null knows no host.
 */
export function checkSharedHosts(findings: Findings, base: XmlElement | null, result: XmlElement): void {
  const lists = hostLists(result);
  const before = base === null ? [] : hostLists(base);
  const aligned = alignNodes(nodesOf(before), nodesOf(lists));
  const fresh = hostsAmong(lists, aligned.fresh);
  if (fresh.length === 0) return;
  const was = previousHosts(hostsAmong(before, aligned.gone), fresh);
  const families = new Map<string, Owners>();
  for (const { family } of lists)
    if (!families.has(family)) families.set(family, { mac: new Map(), ip: new Map(), name: new Map() });
  const ownersOf = (list: HostList) => families.get(list.family)!; // made just now for each list
  // first what fresh hosts want, then who has it: those that are as they were, and fresh ones that had it before
  if (before.length > 0) {
    for (const { host, list } of fresh) want(ownersOf(list), host, was.get(host));
    keep(lists, ownersOf, fresh, was);
  }
  for (const one of fresh) claim(findings, ownersOf(one.list), one, was.get(one.host));
}

function nodesOf(lists: readonly HostList[]): readonly XmlNode[] {
  const [only] = lists;
  // no copy in the one case that can be long
  if (lists.length === 1 && only !== undefined) return only.dhcp.element.children;
  return lists.flatMap((list) => list.dhcp.element.children);
}

/** The hosts that stand in `nodes`, which are of the lists and in their order. */
function hostsAmong(lists: readonly HostList[], nodes: readonly XmlNode[]): readonly Placed[] {
  const elements = nodes.filter((node) => node.type === 'element' && node.local === 'host' && node.ns === '');
  const found: Placed[] = [];
  for (const list of lists) {
    for (let at = 0; at < list.children.length; at++) {
      const host = list.children[at]!; // at is within
      if (found.length === elements.length) return found;
      if (host.element === elements[found.length]) found.push({ host, list });
    }
  }
  return found;
}

/** What a fresh host was before: a host of its family and key that is gone. Of equal keys the first is the first, and so on. */
function previousHosts(gone: readonly Placed[], fresh: readonly Placed[]): ReadonlyMap<SemChild, SemChild> {
  const was = new Map<SemChild, SemChild>();
  if (gone.length === 0) return was;
  const byKey = new Map<string, SemChild[]>();
  for (const { host, list } of gone) {
    const identity = `${list.family} ${identityOf(HOST, host.key)}`;
    const same = byKey.get(identity);
    if (same === undefined) byKey.set(identity, [host]);
    else same.push(host);
  }
  for (const same of byKey.values()) same.reverse();
  for (const { host, list } of fresh) {
    const old = byKey.get(`${list.family} ${identityOf(HOST, host.key)}`)?.pop();
    if (old !== undefined) was.set(host, old);
  }
  return was;
}

/** Asks for the values of a host that it did not have before. */
function want(owners: Owners, host: SemChild, was: SemChild | undefined): void {
  for (const name of SHARED) {
    const value = sharedValue(host, name);
    if (value !== null && (was === undefined || sharedValue(was, name) !== value))
      owners[name].set(value, null);
  }
}

/** Hosts keep the values that they had before, if somebody wants them; the first owner stays the owner. */
function keep(
  lists: readonly HostList[],
  ownersOf: (list: HostList) => Owners,
  fresh: readonly Placed[],
  was: ReadonlyMap<SemChild, SemChild>,
): void {
  let next = 0;
  for (const list of lists) {
    const { mac, ip, name } = ownersOf(list);
    for (let at = 0; at < list.children.length; at++) {
      const host = list.children[at]!; // at is within
      const isFresh = host === fresh[next]?.host;
      if (isFresh) next++;
      if (host.spec !== HOST) continue;
      const old = isFresh ? was.get(host) : host;
      if (old === undefined) continue;
      // one pass over 65,000 hosts and their attributes, most of which nobody wants
      const { attrs } = host.element;
      for (let i = 0; i < attrs.length; i++) {
        const { name: attr, value: written } = attrs[i]!; // i is within
        const owners = attr === 'mac' ? mac : attr === 'ip' ? ip : attr === 'name' ? name : null;
        if (owners === null || owners.size === 0) continue;
        const shared = attr as Shared; // one of the three
        const value =
          host.key?.kind === shared ? (host.key.parts[0] ?? '') : asMeant(SHARED_TYPES[shared], written);
        if (owners.get(value) === null && (old === host || sharedValue(old, shared) === value))
          owners.set(value, { host, list });
      }
    }
  }
}

/** Takes what is new to the host, and reports, once for each other host, what that one has already. */
function claim(findings: Findings, owners: Owners, placed: Placed, was: SemChild | undefined): void {
  const { host } = placed;
  const { dhcp } = placed.list;
  let taken: Map<XmlElement, { readonly other: At; readonly names: Shared[] }> | null = null;
  for (const name of SHARED) {
    const value = sharedValue(host, name);
    if (value === null || (was !== undefined && sharedValue(was, name) === value)) continue;
    const owner = owners[name].get(value) ?? null;
    if (owner === null) {
      owners[name].set(value, placed);
      continue;
    }
    taken ??= new Map();
    const known = taken.get(owner.host.element);
    if (known === undefined)
      taken.set(owner.host.element, {
        other: below(owner.list.dhcp, HOST, owner.host.element),
        names: [name],
      });
    else known.names.push(name);
  }
  for (const { other, names } of taken?.values() ?? []) {
    const values = names.map((name) => `\`${name}\` \`${attrOf(host.element, name)?.value}\``).join(' and ');
    const [first] = names;
    // rule 28 is about mac and ip; that libvirt's own update refuses an equal name too is worth a word
    const tell = names.every((name) => name === 'name') ? warn : report;
    tell(findings, {
      code: 'SL252',
      level: 'own',
      at: below(dhcp, HOST, host.element),
      attr: names.length === 1 && first !== undefined ? attrOf(host.element, first) : undefined,
      detail: names.join(' '),
      message: `another host of this network has ${values} already`,
      help: `choose another value, or change or remove \`${pathOf(other)}\` first`,
      labels: labelOn(other.element, undefined, 'the other host'),
    });
  }
}
