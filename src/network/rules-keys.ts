// Rules about identity: no result has more elements of one key than its base (rule 6 of docs/changes.md), and a dhcp host
// that was added or changed shares its new MAC, address or name with no other (rule 28).

import { attrOf, type XmlElement } from '../xml/document.ts';
import { childrenOf, keyOf, type SemChild } from './meaning.ts';
import { type Key, keyIdentity, keyText } from './path.ts';
import { type At, type Findings, labelOn, pathOf, report } from './rule-report.ts';
import type { ElementSpec, ValueType } from './spec.ts';
import { attrSpecOf, networkSpec, specAt } from './table.ts';
import { canonical, familyOf, parseIp } from './values.ts';

/** Lists whose keys libvirt itself looks after (rules-forward.ts, rules-port.ts), and options, which may repeat. */
const OTHERWISE_CHECKED: ReadonlySet<string> = new Set([
  'forward.interface',
  'forward.address',
  'portgroup',
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
  const before = base === null ? [] : childrenOf(spec, base);
  const children = childrenOf(spec, at.element);
  const old = new Set(before.map((child) => child.element));
  const fresh = children.filter((child) => !old.has(child.element));
  if (fresh.length === 0) return;
  countKeys(findings, at, fresh, before, children);
  const counterpart = counterparts(before);
  for (const child of fresh) {
    if (child.spec === null || child.surplus || !holdsLists(child.spec)) continue;
    walk(findings, below(at, child.spec, child.element), child.spec, counterpart(child.spec, child.key));
  }
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

/** Finds the base's element of a spec and key, the first of equals. Indexed when it is first asked. */
function counterparts(
  before: readonly SemChild[],
): (spec: ElementSpec, key: Key | null) => XmlElement | null {
  let index: Map<string, XmlElement> | null = null;
  return (spec, key) => {
    if (index === null) {
      index = new Map();
      for (const child of before) {
        if (child.spec === null || child.surplus || !holdsLists(child.spec)) continue;
        const identity = identityOf(child.spec, child.key);
        if (!index.has(identity)) index.set(identity, child.element);
      }
    }
    return index.get(identityOf(spec, key)) ?? null;
  };
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
  const asked = new KeyCounter();
  for (const { spec, key } of fresh) {
    if (spec !== null && key !== null && !OTHERWISE_CHECKED.has(below(at, spec, at.element).path))
      asked.ask(spec, key);
  }
  const had = asked.collect(before);
  const has = asked.collect(children);
  for (const [identity, elements] of has) {
    const allowed = Math.max(1, had.get(identity)?.length ?? 0);
    if (elements.length <= allowed) continue;
    const isFresh = new Set(fresh.map((child) => child.element));
    const surplus = elements.filter((one) => isFresh.has(one.element)).slice(allowed - elements.length);
    for (const { spec, key, element } of surplus) {
      if (spec === null || key === null) continue;
      const other = elements.find((one) => one.element !== element);
      report(findings, {
        code: 'SL251',
        level: 'own',
        at: below(at, spec, element),
        message: `a second \`${spec.name}\` with the key \`${keyText(key)}\``,
        help: 'change or remove one of them: what has the same key cannot be told apart',
        labels: other === undefined ? [] : labelOn(other.element, undefined, 'the other one'),
      });
    }
  }
}

/** Collects elements by key, but only those with keys that were asked for. */
class KeyCounter {
  /** By the key's first part, so that most elements are told apart without building a string. */
  readonly #asked = new Map<string, Set<string>>();

  ask(spec: ElementSpec, key: Key): void {
    const first = key.parts[0] ?? '';
    const identities = this.#asked.get(first);
    if (identities === undefined) this.#asked.set(first, new Set([identityOf(spec, key)]));
    else identities.add(identityOf(spec, key));
  }

  collect(children: readonly SemChild[]): ReadonlyMap<string, readonly SemChild[]> {
    const found = new Map<string, SemChild[]>();
    for (const child of children) {
      if (child.spec === null || child.key === null) continue;
      const identities = this.#asked.get(child.key.parts[0] ?? '');
      if (identities === undefined) continue;
      const identity = identityOf(child.spec, child.key);
      if (!identities.has(identity)) continue;
      const same = found.get(identity);
      if (same === undefined) found.set(identity, [child]);
      else same.push(child);
    }
    return found;
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

type HostList = { readonly dhcp: At; readonly family: string; readonly hosts: readonly XmlElement[] };

function hostLists(network: XmlElement): readonly HostList[] {
  const lists: HostList[] = [];
  const root: At = { spec: networkSpec, path: '', element: network, parent: null };
  for (const ip of childrenOf(networkSpec, network)) {
    if (ip.spec !== IP) continue;
    for (const dhcp of childrenOf(IP, ip.element)) {
      if (dhcp.spec !== DHCP || dhcp.surplus) continue;
      const hosts = childrenOf(DHCP, dhcp.element)
        .filter((child) => child.spec === HOST)
        .map((child) => child.element);
      const address = parseIp(attrOf(ip.element, 'address')?.value ?? '');
      const family = address === null ? '' : familyOf(address);
      lists.push({ dhcp: below(below(root, IP, ip.element), DHCP, dhcp.element), family, hosts });
    }
  }
  return lists;
}

function sharedValue(host: XmlElement, name: Shared): string | null {
  const written = attrOf(host, name)?.value;
  return written === undefined ? null : (canonical(SHARED_TYPES[name], written) ?? written);
}

type Claim = { readonly at: At; readonly name: Shared; readonly slot: string };

/**
 * Reports hosts of `result` whose MAC, address or name is new to them (the base's host of the same key had another, or
 * there was none) and is that of another host of the same family, under whichever ip. A base of null knows no host.
 */
export function checkSharedHosts(findings: Findings, base: XmlElement | null, result: XmlElement): void {
  const lists = hostLists(result);
  const before = base === null ? [] : hostLists(base);
  const old = new Set(before.flatMap((list) => list.hosts));
  if (lists.every((list) => list.hosts.every((host) => old.has(host)))) return;

  const still = new Set(lists.flatMap((list) => list.hosts));
  const replaced = new Map<string, XmlElement[]>();
  for (const { family, hosts } of before) {
    for (const host of hosts) {
      if (still.has(host)) continue;
      const identity = `${family} ${identityOf(HOST, keyOf(HOST, host))}`;
      const same = replaced.get(identity);
      if (same === undefined) replaced.set(identity, [host]);
      else same.push(host);
    }
  }

  const claims: Claim[] = [];
  const wanted = new Set<string>();
  /** Who has a value, of those that had it before. */
  const owners = new Map<string, At>();
  for (const { family, hosts, dhcp } of lists) {
    for (const element of hosts) {
      if (old.has(element)) continue;
      const at = below(dhcp, HOST, element);
      const mine = replaced.get(`${family} ${identityOf(HOST, keyOf(HOST, element))}`) ?? [];
      for (const name of SHARED) {
        const value = sharedValue(element, name);
        if (value === null) continue;
        const slot = `${family} ${name} ${value}`;
        if (mine.some((host) => sharedValue(host, name) === value)) {
          if (!owners.has(slot)) owners.set(slot, at);
        } else {
          claims.push({ at, name, slot });
          wanted.add(slot);
        }
      }
    }
  }
  if (claims.length === 0) return;
  for (const { family, hosts, dhcp } of lists) {
    for (const element of hosts) {
      if (!old.has(element)) continue;
      for (const name of SHARED) {
        const value = sharedValue(element, name);
        const slot = `${family} ${name} ${value}`;
        if (value !== null && wanted.has(slot) && !owners.has(slot))
          owners.set(slot, below(dhcp, HOST, element));
      }
    }
  }
  reportClaims(findings, claims, owners);
}

/** One finding for each host and other host, whatever they share. */
function reportClaims(findings: Findings, claims: readonly Claim[], owners: Map<string, At>): void {
  const shared = new Map<
    XmlElement,
    Map<XmlElement, { readonly at: At; readonly other: At; readonly names: Shared[] }>
  >();
  for (const { at, name, slot } of claims) {
    const other = owners.get(slot);
    if (other === undefined) {
      owners.set(slot, at);
      continue;
    }
    const others = shared.get(at.element) ?? new Map();
    shared.set(at.element, others);
    const known = others.get(other.element);
    if (known === undefined) others.set(other.element, { at, other, names: [name] });
    else known.names.push(name);
  }
  for (const others of shared.values()) {
    for (const { at, other, names } of others.values()) {
      const [first] = names;
      const values = names.map((name) => `\`${name}\` \`${attrOf(at.element, name)?.value}\``).join(' and ');
      report(findings, {
        code: 'SL252',
        level: 'own',
        at,
        attr: names.length === 1 && first !== undefined ? attrOf(at.element, first) : undefined,
        detail: names.join(' '),
        message: `another host of this network has ${values} already`,
        help: `choose another value, or change or remove \`${pathOf(other)}\` first`,
        labels: labelOn(other.element, undefined, 'the other host'),
      });
    }
  }
}
