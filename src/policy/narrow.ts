// The second level of the index: of rows for the same kind of place, those that one place leaves. Thousands of rows on
// `ip[*].dhcp.host[*]`, each for a range of addresses or one host, cost as much as the few that speak of this host.
//
// A row has a literal key in its path, or its condition is `x in CIDR` joined to anything by `and`. An allow whose range
// does not hold the address cannot be true; a deny cannot fire unless the address is in its range on either side, or is
// not known: such a deny always stays.

import type { Pair } from '../diff/change.ts';
import { exactKey } from '../network/lookup.ts';
import { type Key, keyIdentity } from '../network/path.ts';
import type { XmlElement } from '../xml/document.ts';
import { addressReader } from './condition.ts';
import { getOrMake } from './get-or-make.ts';
import { anchorsOf, bareOf, type Place } from './path-match.ts';
import type { PathPattern } from './path-pattern.ts';
import type { Rule } from './policy.ts';
import { type RangeMap, rangeMap } from './range-map.ts';

/** The rows that may match at this place; null is an act, which has none. */
export type Narrow = (place: Place | null) => readonly Rule[];

/** Reads the address that a range is about; null when it is not known. */
type Read = (element: XmlElement) => string | null;

/** Rows with a literal key at the same step. */
type Keyed = { readonly at: number; readonly rows: Map<string, Rule[]> };

/** Rows that need the same thing of the same element to lie in a range. */
type Ranged = {
  readonly at: number;
  readonly side: 'each' | 'before' | 'after';
  readonly read: Read;
  readonly allows: RangeMap<Rule>;
  /** Denies and reports. */
  readonly denies: RangeMap<Rule>;
  readonly everyDeny: Rule[];
};

/** `rows` may all match at places that are called like `example`. */
export function narrowing(rows: readonly Rule[], example: Place | null): Narrow {
  if (example === null) return () => rows;
  const open: Rule[] = [];
  const keyed = new Map<number, Keyed>();
  const ranged = new Map<string, Ranged>();
  for (const rule of rows) {
    if (!addKeyed(rule, example, keyed) && !addRanged(rule, example, ranged)) open.push(rule);
  }
  const byKey = [...keyed.values()];
  const byRange = [...ranged.values()];
  return (place) => {
    if (place === null) return rows;
    const found: Rule[] = [];
    for (const { at, rows: byIdentity } of byKey) {
      const key = place.chain[at]?.step?.key ?? null;
      if (key !== null) found.push(...(byIdentity.get(keyIdentity(key)) ?? []));
    }
    for (const group of byRange) collectRanged(group, place.chain[group.at], found);
    return found.length === 0 ? open : [...open, ...found].sort((a, b) => a.at - b.at);
  };
}

/** Where in the chain the pattern's last step stands at every place called like this one; null when there are several ways. */
function anchorIndex(pattern: PathPattern, example: Place): number | null {
  const anchors = anchorsOf(bareOf(pattern), {
    place: example,
    kind: 'element',
    leaf: { type: 'element' },
  });
  const [only] = anchors;
  return only === undefined || anchors.length > 1 ? null : example.chain.indexOf(only.pair);
}

function patternOf(rule: Rule): PathPattern | null {
  return rule.covers.type === 'changes' ? rule.covers.pattern : null;
}

function addKeyed(rule: Rule, example: Place, groups: Map<number, Keyed>): boolean {
  const pattern = patternOf(rule);
  if (pattern === null) return false;
  const step = pattern.steps.findLastIndex(({ keys }) => keys !== null);
  const keys = exactKeys(pattern.steps[step]?.keys ?? []);
  if (keys.length === 0) return false;
  const anchor = anchorIndex(pattern, example);
  if (anchor === null) return false;
  const at = anchor - (pattern.steps.length - 1 - step);
  const { rows } = getOrMake(groups, at, () => ({ at, rows: new Map<string, Rule[]>() }));
  for (const identity of new Set(keys.map(keyIdentity))) getOrMake(rows, identity, () => []).push(rule);
  return true;
}

/** Empty when any of them leaves a part open. */
function exactKeys(patterns: readonly Parameters<typeof exactKey>[0][]): readonly Key[] {
  const keys = patterns.flatMap((pattern) => exactKey(pattern) ?? []);
  return keys.length === patterns.length ? keys : [];
}

function addRanged(rule: Rule, example: Place, groups: Map<string, Ranged>): boolean {
  const pattern = patternOf(rule);
  const needed = rule.condition.range;
  if (pattern === null || needed === null) return false;
  const anchor = anchorIndex(pattern, example);
  const spec = anchor === null ? null : (example.chain[anchor]?.spec ?? null);
  // at an element that the condition cannot read it is unknown, whatever the addresses
  if (anchor === null || spec === null || !pattern.anchors.includes(spec)) return false;
  const { operand, cidr } = needed;
  const read = addressReader(operand, spec);
  if (read === null) return false;
  const group = getOrMake(groups, `${anchor} ${operand.side} ${operand.name}`, () => ({
    at: anchor,
    side: operand.side,
    read,
    allows: rangeMap<Rule>(),
    denies: rangeMap<Rule>(),
    everyDeny: [],
  }));
  if (rule.effect === 'allow') {
    group.allows.add(cidr, rule);
  } else {
    group.denies.add(cidr, rule);
    group.everyDeny.push(rule);
  }
  return true;
}

function collectRanged(
  { side, read, allows, denies, everyDeny }: Ranged,
  pair: Pair | undefined,
  found: Rule[],
): void {
  if (pair === undefined) throw new Error('an anchor stands in the chain');
  const before = side === 'after' || pair.base === null ? null : read(pair.base);
  const after = side === 'before' || pair.result === null ? null : read(pair.result);
  // an allow has to be true on every side that is read, so one of them is enough to tell
  const told = side === 'before' || pair.result === null ? before : after;
  if (told !== null) found.push(...allows.find(told));
  if (everyDeny.length === 0) return;
  // a side that is read, and has no address there: whether the deny fires is for its condition to say
  const unknownBefore = before === null && (side === 'before' || (side === 'each' && pair.base !== null));
  const unknownAfter = after === null && (side === 'after' || (side === 'each' && pair.result !== null));
  if (unknownBefore || unknownAfter) {
    found.push(...everyDeny);
    return;
  }
  const hit = before === null ? [] : denies.find(before);
  if (after === null || after === before) found.push(...hit);
  else found.push(...new Set([...hit, ...denies.find(after)]));
}
