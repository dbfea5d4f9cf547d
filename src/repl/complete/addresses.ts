// Free addresses of a subnet: those that no element below it has, and none beside it, such as a name in DNS; outside of its
// ranges where there are any left.

import { childrenOf } from '../../network/meaning.ts';
import type { AttrSpec, ElementSpec } from '../../network/spec.ts';
import { formatIp, type IpAddress, lastAddress, networkAddress, parseIp } from '../../network/values.ts';
import { attrOf, type XmlElement } from '../../xml/document.ts';
import { type Place, valueAt } from './places.ts';

/** An element that says which addresses there are: `address` and `prefix`. */
export type Subnet = {
  readonly spec: ElementSpec;
  readonly element: XmlElement;
  readonly name: string;
  /** The network that it is a part of. */
  readonly root: { readonly spec: ElementSpec; readonly element: XmlElement } | null;
};

/** The innermost subnet that the place lies in; null when it lies in none that the document has. */
export function subnetAround(place: Place): Subnet | null {
  for (let at: Place | null = place.above; at !== null; at = at.above) {
    const { spec, element } = at;
    const address = valueAt(at, 'address');
    const prefix = valueAt(at, 'prefix');
    if (spec === null || element === null || address === null || prefix === null) continue;
    if (parseIp(address) !== null)
      return { spec, element, name: `${address}/${prefix}`, root: rootAbove(at) };
  }
  return null;
}

function rootAbove(place: Place): Subnet['root'] {
  let top = place;
  while (top.above !== null) top = top.above;
  return top.spec === null || top.element === null || top === place
    ? null
    : { spec: top.spec, element: top.element };
}

const beside = new WeakMap<XmlElement, ReadonlySet<string>>();

/** The addresses that elements outside of all subnets have. */
function addressesBeside({ root }: Subnet): ReadonlySet<string> {
  if (root === null) return new Set();
  const cached = beside.get(root.element);
  if (cached !== undefined) return cached;
  const found = new Set<string>();
  const visit = (spec: ElementSpec, element: XmlElement): void => {
    for (const child of childrenOf(spec, element)) {
      if (child.spec === null || isSubnet(child.spec)) continue;
      for (const { name } of addressesOf(child.spec)) {
        const address = parseIp(attrOf(child.element, name)?.value ?? '');
        if (address !== null) found.add(formatIp(address));
      }
      if (child.spec.children.length > 0) visit(child.spec, child.element);
    }
  };
  visit(root.spec, root.element);
  beside.set(root.element, found);
  return found;
}

function isSubnet(spec: ElementSpec): boolean {
  return ['address', 'prefix'].every((name) => spec.attrs.some((attr) => attr.name === name));
}

/** How many addresses from the first one of the subnet are looked through: the hosts of a /8. */
const LOOKED_THROUGH = 2 ** 24;

/** Distances from the first address of a subnet. */
type Taken = {
  readonly first: IpAddress;
  readonly count: number;
  readonly used: ReadonlySet<number>;
  readonly ranges: readonly (readonly [number, number])[];
};

const known = new WeakMap<XmlElement, Taken | null>();

/** Goes through all that is below the subnet, once for each version of it. */
function takenIn({ spec, element }: Subnet): Taken | null {
  const cached = known.get(element);
  if (cached !== undefined) return cached;
  const taken = findTaken(spec, element);
  known.set(element, taken);
  return taken;
}

function findTaken(spec: ElementSpec, element: XmlElement): Taken | null {
  const place: Place = { spec, element, above: null };
  const address = parseIp(valueAt(place, 'address') ?? '');
  const prefix = Number(valueAt(place, 'prefix'));
  if (address === null || !Number.isInteger(prefix)) return null;
  const first = networkAddress(address, prefix);
  const last = distance(first, lastAddress(address, prefix)) ?? LOOKED_THROUGH;
  const used = new Set([0]);
  // the last one is the broadcast address
  if (address.length === 4) used.add(last);
  const ranges: (readonly [number, number])[] = [];
  const visit = (spec: ElementSpec, element: XmlElement): void => {
    const addresses = addressesOf(spec);
    const [start, end] = addresses;
    if (start !== undefined && end !== undefined && spec.key?.separator === '-') {
      const from = offset(first, attrOf(element, start.name)?.value ?? '');
      const to = offset(first, attrOf(element, end.name)?.value ?? '');
      if (from !== null && to !== null) ranges.push([from, to]);
    } else {
      for (const { name } of addresses) {
        const at = offset(first, attrOf(element, name)?.value ?? '');
        if (at !== null) used.add(at);
      }
    }
    if (spec.children.length > 0 && element.children.length > 0)
      for (const child of childrenOf(spec, element))
        if (child.spec !== null) visit(child.spec, child.element);
  };
  visit(spec, element);
  return { first, count: Math.min(LOOKED_THROUGH, last + 1), used, ranges };
}

const addressAttributes = new WeakMap<ElementSpec, readonly AttrSpec[]>();

function addressesOf(spec: ElementSpec): readonly AttrSpec[] {
  let found = addressAttributes.get(spec);
  if (found === undefined) {
    found = spec.attrs.filter(({ type }) => type.kind === 'ip');
    addressAttributes.set(spec, found);
  }
  return found;
}

/** How far the address is behind the first one; null for another family, one before it, or one too far away to count. */
function offset(first: IpAddress, text: string): number | null {
  const address = parseIp(text);
  return address === null ? null : distance(first, address);
}

function distance(first: IpAddress, address: IpAddress): number | null {
  if (first.length !== address.length) return null;
  const base = first.length === 4 ? 256 : 65536;
  let far = 0;
  for (let at = 0; at < first.length; at++) {
    far = far * base + (address[at] ?? 0) - (first[at] ?? 0);
    if (Math.abs(far) > 2 ** 40) return null;
  }
  return far < 0 ? null : far;
}

function behind(first: IpAddress, steps: number): IpAddress {
  const base = first.length === 4 ? 256 : 65536;
  const address = [...first];
  let carry = steps;
  for (let at = address.length - 1; at >= 0 && carry > 0; at--) {
    const sum = (address[at] ?? 0) + carry;
    address[at] = sum % base;
    carry = Math.floor(sum / base);
  }
  return address;
}

export type FreeAddress = { readonly address: string; readonly inRange: boolean };

/** The first free addresses that begin so, those outside of ranges before those inside. */
export function freeAddresses(subnet: Subnet, begun: string, most: number): readonly FreeAddress[] {
  const taken = takenIn(subnet);
  if (taken === null) return [];
  const { first, used, ranges } = taken;
  const named = addressesBeside(subnet);
  const outside: FreeAddress[] = [];
  const inside: FreeAddress[] = [];
  for (const [from, to] of stretches(taken, begun)) {
    for (let at = from; at <= to && outside.length < most; at++) {
      if (used.has(at)) continue;
      const range = ranges.find(([start, end]) => start <= at && at <= end);
      if (range !== undefined && inside.length >= most) {
        at = range[1]; // on to what is behind it
        continue;
      }
      const address = formatIp(behind(first, at));
      if (!address.startsWith(begun) || named.has(address)) continue;
      if (range === undefined) outside.push({ address, inRange: false });
      else inside.push({ address, inRange: true });
    }
  }
  return [...outside, ...inside].slice(0, most);
}

/** The offsets where addresses that begin so can be; for what is not IPv4, the front of the subnet. */
function stretches({ first, count }: Taken, begun: string): readonly (readonly [number, number])[] {
  const last = count - 1;
  if (first.length !== 4) return [[0, Math.min(last, 4096)]];
  const written = begun.split('.');
  const partial = written.pop() ?? '';
  if (written.length > 3 || !/^(\d{1,3}(\.|$))*\d{0,3}$/.test(begun)) return [];
  const size = 256 ** (3 - written.length);
  const found: [number, number][] = [];
  for (let part = 0; part < 256; part++) {
    if (!String(part).startsWith(partial)) continue;
    const start = [...written.map(Number), part];
    while (start.length < 4) start.push(0);
    const from = start.reduce((sum, one, at) => sum * 256 + one - (first[at] ?? 0), 0);
    if (from + size - 1 < 0 || from > last) continue;
    found.push([Math.max(0, from), Math.min(last, from + size - 1)]);
  }
  return found;
}
