// Rules about identity: no result has more elements of one key than its base (rule 6 of docs/changes.md), and a dhcp host
// that was added or changed shares its new MAC, address or name with no other (rule 28).

import { attrOf, type XmlElement, type XmlNode } from '../xml/document.ts';
import { alignNodes, compareChildren, repeatedKeys } from './compare-children.ts';
import { childrenOf, type SemChild } from './meaning.ts';
import { type Key, keyIdentity, keyText } from './path.ts';
import { type At, type Findings, labelOn, pathOf, report, warn } from './rule-report.ts';
import type { ElementSpec, ValueType } from './spec.ts';
import { attrSpecOf, networkSpec, specAt } from './table.ts';
import { canonical, familyOf, parseIp } from './values.ts';

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

/** How many elements there are of each key, kept apart by spec and kind so that no string is built for a key of one part. */
class KeyCounts {
  readonly #bySpec = new Map<ElementSpec, Map<string, Map<string, number>>>();

  of(spec: ElementSpec, kind: string): Map<string, number> {
    const kinds = this.#bySpec.get(spec) ?? new Map<string, Map<string, number>>();
    this.#bySpec.set(spec, kinds);
    const counts = kinds.get(kind) ?? new Map<string, number>();
    kinds.set(kind, counts);
    return counts;
  }

  /** Counts the elements, but with `asked` only those whose keys it holds. */
  count(children: readonly SemChild[], asked: KeyCounts | null): void {
    for (const { spec, key } of children) {
      if (spec === null || key === null) continue;
      const value = joined(key);
      if (asked?.of(spec, key.kind).has(value) === false) continue;
      const counts = this.of(spec, key.kind);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }

  get(spec: ElementSpec, key: Key): number {
    return this.of(spec, key.kind).get(joined(key)) ?? 0;
  }

  hasSeveral(): boolean {
    for (const kinds of this.#bySpec.values()) {
      for (const counts of kinds.values()) for (const count of counts.values()) if (count > 1) return true;
    }
    return false;
  }
}

function joined(key: Key): string {
  const [only = ''] = key.parts;
  return key.parts.length === 1 ? only : key.parts.join('\u0000');
}

function countKeys(
  findings: Findings,
  at: At,
  fresh: readonly SemChild[],
  before: readonly SemChild[],
  children: readonly SemChild[],
): void {
  const added = new KeyCounts();
  added.count(fresh, null);
  const has = fresh.length === children.length ? added : new KeyCounts();
  if (has !== added) has.count(children, added);
  if (!has.hasSeveral()) return;
  const had = new KeyCounts();
  had.count(before, added);
  const left = new Map<string, number>();
  // the last ones are surplus: what came first keeps its place
  for (let i = fresh.length - 1; i >= 0; i--) {
    const { spec, key, element } = fresh[i]!; // i is within
    if (spec === null || key === null || has.get(spec, key) < 2) continue;
    const own = below(at, spec, element);
    if (OTHERWISE_CHECKED.has(own.path)) continue;
    const identity = identityOf(spec, key);
    const surplus = left.get(identity) ?? has.get(spec, key) - Math.max(1, had.get(spec, key));
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
  return written === undefined ? null : (canonical(SHARED_TYPES[name], written) ?? written);
}

type Owner = { readonly host: SemChild; readonly dhcp: At };

/** Who has which MAC, address and name among the hosts of one family. Null stands for a value that somebody wants and nobody has. */
class Owners {
  readonly #owners: Readonly<Record<Shared, Map<string, Owner | null>>> = {
    mac: new Map(),
    ip: new Map(),
    name: new Map(),
  };

  find(name: Shared, value: string): Owner | null {
    return this.#owners[name].get(value) ?? null;
  }

  own(name: Shared, value: string, owner: Owner): void {
    this.#owners[name].set(value, owner);
  }

  /** Asks for the values of a host that it did not have before. */
  want(host: SemChild, was: SemChild | undefined): void {
    for (const name of SHARED) {
      const value = sharedValue(host, name);
      if (value !== null && (was === undefined || sharedValue(was, name) !== value))
        this.#owners[name].set(value, null);
    }
  }

  /** The host keeps the values that it had before, if somebody wants them; the first owner stays the owner. */
  keep(host: SemChild, was: SemChild, dhcp: At): void {
    for (const name of SHARED) {
      const owners = this.#owners[name];
      if (owners.size === 0) continue;
      const value = sharedValue(host, name);
      if (value === null || owners.get(value) !== null) continue;
      if (host === was || sharedValue(was, name) === value) this.#owners[name].set(value, { host, dhcp });
    }
  }
}

/**
 * Reports hosts of `result` whose MAC, address or name is new to them (the base's host of the same key had another, or
 * there was none) and is that of another host of the same family, under whichever ip. A base of null knows no host.
 */
export function checkSharedHosts(findings: Findings, base: XmlElement | null, result: XmlElement): void {
  const lists = hostLists(result);
  const before = base === null ? [] : hostLists(base);
  const { fresh, gone } = alignNodes(nodesOf(before), nodesOf(lists));
  if (fresh.length === 0) return;
  const changed = new Set<XmlNode>(fresh);
  const was = previousHosts(before, gone, lists, changed);
  const families = new Map<string, Owners>();
  for (const { family } of lists) if (!families.has(family)) families.set(family, new Owners());
  const each = (visit: (owners: Owners, host: SemChild, list: HostList, isFresh: boolean) => void): void => {
    for (const list of lists) {
      const owners = families.get(list.family)!; // made above for each list
      for (const child of list.children) {
        if (child.spec === HOST) visit(owners, child, list, changed.has(child.element));
      }
    }
  };
  // first what fresh hosts want, then who has it: those that are as they were, and fresh ones that had it before
  if (before.length > 0) {
    each((owners, host, _list, isFresh) => {
      if (isFresh) owners.want(host, was.get(host));
    });
    each((owners, host, { dhcp }, isFresh) => {
      const old = isFresh ? was.get(host) : host;
      if (old !== undefined) owners.keep(host, old, dhcp);
    });
  }
  each((owners, host, { dhcp }, isFresh) => {
    if (isFresh) claim(findings, owners, dhcp, host, was.get(host));
  });
}

function nodesOf(lists: readonly HostList[]): readonly XmlNode[] {
  const [only] = lists;
  // no copy in the one case that can be long
  if (lists.length === 1 && only !== undefined) return only.dhcp.element.children;
  return lists.flatMap((list) => list.dhcp.element.children);
}

/** What a fresh host was before: a host of its family and key that is gone. Of equal keys the first is the first, and so on. */
function previousHosts(
  before: readonly HostList[],
  gone: readonly XmlNode[],
  lists: readonly HostList[],
  changed: ReadonlySet<XmlNode>,
): ReadonlyMap<SemChild, SemChild> {
  const was = new Map<SemChild, SemChild>();
  if (gone.length === 0) return was;
  const isGone = new Set<XmlNode>(gone);
  const byKey = new Map<string, SemChild[]>();
  for (const { family, children } of before) {
    for (const host of children) {
      if (host.spec !== HOST || !isGone.has(host.element)) continue;
      const identity = `${family} ${identityOf(HOST, host.key)}`;
      const same = byKey.get(identity);
      if (same === undefined) byKey.set(identity, [host]);
      else same.push(host);
    }
  }
  for (const same of byKey.values()) same.reverse();
  for (const { family, children } of lists) {
    for (const host of children) {
      if (host.spec !== HOST || !changed.has(host.element)) continue;
      const old = byKey.get(`${family} ${identityOf(HOST, host.key)}`)?.pop();
      if (old !== undefined) was.set(host, old);
    }
  }
  return was;
}

/** Takes what is new to the host, and reports, once for each other host, what that one has already. */
function claim(
  findings: Findings,
  owners: Owners,
  dhcp: At,
  host: SemChild,
  was: SemChild | undefined,
): void {
  let taken: Map<XmlElement, { readonly other: At; readonly names: Shared[] }> | null = null;
  for (const name of SHARED) {
    const value = sharedValue(host, name);
    if (value === null || (was !== undefined && sharedValue(was, name) === value)) continue;
    const owner = owners.find(name, value);
    if (owner === null) {
      owners.own(name, value, { host, dhcp });
      continue;
    }
    taken ??= new Map();
    const known = taken.get(owner.host.element);
    if (known === undefined)
      taken.set(owner.host.element, { other: below(owner.dhcp, HOST, owner.host.element), names: [name] });
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
