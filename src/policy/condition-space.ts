// Every way in which the tests of some conditions can come out, as evidence to ask them with: one value for each stretch
// between the values that they compare with, each set of roles, each stretch of the week. What holds for all of it holds for
// every element, so "can never be true" is a proof, and values just inside and outside of a limit are what tests want.

import type { ElementSpec, ValueType } from '../network/spec.ts';
import { attrSpecOf } from '../network/table.ts';
import {
  canonical,
  formatIp,
  type IpAddress,
  lastAddress,
  networkAddress,
  parseCidr,
  parseIp,
} from '../network/values.ts';
import { span } from '../source/source.ts';
import { unreachable } from '../std/unreachable.ts';
import { makeAttr, makeElement, makeText, type XmlElement } from '../xml/document.ts';
import type { Evidence, Run } from './condition.ts';
import { type ConditionSyntax, type Operand, parseCondition } from './condition-syntax.ts';
import { EVERYONE } from './names.ts';
import type { Passage } from './passage.ts';
import { inWindow, type TimeWindow } from './time-window.ts';

/** The condition of a rule that loaded, as data again; null for the empty one. */
export function syntaxOf(when: string): ConditionSyntax | null {
  if (when === '') return null;
  const source = { name: '<condition>', text: when };
  const passage: Passage = { text: when, at: (start, end) => span(source, start, end) };
  const syntax = parseCondition(passage, []);
  if (syntax === null) throw new Error('the condition of a loaded rule parses');
  return syntax;
}

/** A test that looks at one thing; `count` with its path and condition as one. */
export type Atom = Exclude<ConditionSyntax, { readonly type: 'and' | 'or' | 'not' }>;

/** All tests of a condition, from left to right. Not those inside `count`: they are about other elements. */
export function atomsOf(syntax: ConditionSyntax | null): readonly Atom[] {
  if (syntax === null) return [];
  switch (syntax.type) {
    case 'and':
    case 'or':
      return syntax.parts.flatMap(atomsOf);
    case 'not':
      return atomsOf(syntax.part);
    default:
      return [syntax];
  }
}

/** True when a condition reads the element that its path names. */
export function readsElement(syntax: ConditionSyntax | null): boolean {
  return atomsOf(syntax).some((atom) => 'operand' in atom);
}

/** More ways than these, and nothing is claimed. */
const MOST_WAYS = 4_000;

/**
 * Evidence for every way in which the tests can come out on an element of that kind (null: on none), `has` being roles that
 * the subject has for sure. Also ways that no real element can have, never fewer. Null when there are too many, or a
 * test reads what this file cannot take apart.
 */
export function waysOf(
  atoms: readonly Atom[],
  spec: ElementSpec | null,
  has: ReadonlySet<string>,
): Iterable<Evidence> | null {
  const readings = readingsIn(atoms, spec);
  const clocks = clocksFor(atoms.flatMap((atom) => (atom.type === 'time' ? [atom.hours] : [])));
  if (readings === null || clocks === null) return null;
  const roles = [
    ...new Set(atoms.flatMap((atom) => (atom.type === 'role' && !has.has(atom.role) ? [atom.role] : []))),
  ];
  const counts = countsIn(atoms);
  let ways = clocks.length * 2 ** roles.length;
  for (const { values } of [...readings, ...counts]) ways *= values.length;
  if (!(ways <= MOST_WAYS)) return null;

  const runs = runsOf(roles, has, clocks, counts);
  return { [Symbol.iterator]: () => eachWay(runs, readings, spec) };
}

function* eachWay(
  runs: readonly Run[],
  readings: readonly Reading[],
  spec: ElementSpec | null,
): Generator<Evidence> {
  for (const side of sidesOf(readings, spec)) for (const run of runs) yield { ...side, run };
}

type Reading = { readonly operand: Operand; readonly values: readonly (string | null)[] };

/** What is read, each once, with its values; null when one cannot be taken apart. */
function readingsIn(atoms: readonly Atom[], spec: ElementSpec | null): readonly Reading[] | null {
  const readings: Reading[] = [];
  for (const [operand, of] of byOperand(atoms, ({ side, name }) => `${side} ${name}`)) {
    const known = valuesRead(of, operand, spec);
    if (known === null) return null;
    const attr = spec === null ? null : attrSpecOf(spec, operand.name);
    const canBeAbsent =
      operand.leaf === 'attribute' && (operand.side !== 'each' || (attr?.default ?? null) === null);
    readings.push({ operand, values: canBeAbsent ? [...known, null] : known });
  }
  return readings;
}

/**
 * Values of an element of that kind just inside and outside of what the tests compare with, by attribute (`text()` for its
 * text); null for an absent attribute. Of what cannot be taken apart nothing.
 */
export function boundaryValues(
  atoms: readonly Atom[],
  spec: ElementSpec,
): ReadonlyMap<string, readonly (string | null)[]> {
  const values = new Map<string, readonly (string | null)[]>();
  for (const [operand, of] of byOperand(atoms, ({ name }) => name)) {
    const known = valuesRead(of, operand, spec)?.filter((value) => value !== NO_VALUE);
    if (known !== undefined) values.set(operand.name, operand.leaf === 'text' ? known : [...known, null]);
  }
  return values;
}

function byOperand(
  atoms: readonly Atom[],
  keyOf: (operand: Operand) => string,
): readonly (readonly [Operand, readonly Atom[]])[] {
  const groups = new Map<string, readonly [Operand, Atom[]]>();
  for (const atom of atoms) {
    if (!('operand' in atom)) continue;
    const key = keyOf(atom.operand);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [atom.operand, [atom]]);
    else group[1].push(atom);
  }
  return [...groups.values()];
}

function valuesRead(
  atoms: readonly Atom[],
  operand: Operand,
  spec: ElementSpec | null,
): readonly string[] | null {
  const type =
    operand.leaf === 'text' ? spec?.text : spec === null ? null : attrSpecOf(spec, operand.name)?.type;
  // a prefix may follow from other attributes, tags imply `trunk`: their values are not theirs alone
  if (type === undefined || type === null || operand.name === 'prefix' || operand.name === 'trunk')
    return null;
  return valuesFor(type, atoms);
}

/** What no type takes: a control character. */
const NO_VALUE = '\u0001';

/** One value at least for each way in which the tests can come out on values of that type; null when they are too tangled. */
function valuesFor(type: ValueType, atoms: readonly Atom[]): readonly string[] | null {
  const literals: string[] = [];
  const likes: string[] = [];
  const ranges: string[] = [];
  for (const atom of atoms) {
    if (atom.type === 'compare') literals.push(atom.value.text);
    else if (atom.type === 'in-set') literals.push(...atom.values.map(({ text }) => text));
    else if (atom.type === 'like') likes.push(atom.value.text);
    else if (atom.type === 'in-range') ranges.push(atom.value.text);
  }
  const around = valuesAround(type, literals, likes, ranges);
  if (around === null) return null;
  const found = new Set<string>();
  for (const raw of around) {
    const value = canonical(type, raw);
    if (value !== null) found.add(value);
  }
  if (canonical(type, NO_VALUE) === null) found.add(NO_VALUE);
  return [...found];
}

function valuesAround(
  type: ValueType,
  literals: readonly string[],
  likes: readonly string[],
  ranges: readonly string[],
): readonly string[] | null {
  switch (type.kind) {
    case 'uint': {
      const limits = literals.flatMap((text) => {
        const value = canonical(type, text);
        return value === null ? [] : [BigInt(value)];
      });
      const near = limits.flatMap((n) => [n - 1n, n, n + 1n]).filter((n) => n >= 0n);
      return [...near.map(String), '0', '1', String(type.min), plain(type.max)];
    }
    case 'pci': {
      const numbers = literals.flatMap((text) => {
        const value = canonical(type, text);
        return value === null ? [] : [Number.parseInt(value, 16)];
      });
      const near = numbers.flatMap((n) => [n - 1, n, n + 1]).filter((n) => n >= 0);
      return [...near, 0, type.max].map((n) => `0x${n.toString(16)}`);
    }
    case 'ip':
      return addressesAround(literals, ranges);
    case 'enum':
      return [...type.values];
    case 'stp':
      return ['on', 'off'];
    case 'text':
    case 'hostname':
    case 'name':
      return textsAround(literals, likes);
    case 'mac':
    case 'duid':
    case 'uuid': {
      if (likes.length > 0) return null;
      const other = OTHER_VALUE[type.kind].find(
        (value) => !literals.some((text) => canonical(type, text) === value),
      );
      return other === undefined ? null : [...literals, other];
    }
    case 'netmask':
      return null;
    default:
      return unreachable(type);
  }
}

/** Values that nobody compares with, in their canonical form; two, should somebody compare with one. */
const OTHER_VALUE = {
  mac: ['02:00:00:00:00:01', '02:00:00:00:00:02'],
  duid: ['00:03:00:01:02:00:00:00:00:01', '00:03:00:01:02:00:00:00:00:02'],
  uuid: ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'],
} as const;

function plain(n: number): string {
  return BigInt(Math.floor(n)).toString();
}

/** Both ends of every range and the addresses just outside; IPv4 also in the form that IPv6 has for it. */
function addressesAround(literals: readonly string[], ranges: readonly string[]): readonly string[] {
  const found: IpAddress[] = [];
  const take = (first: IpAddress, last: IpAddress): void => {
    found.push(first, last);
    for (const outside of [stepped(first, -1), stepped(last, 1)]) if (outside !== null) found.push(outside);
  };
  for (const text of ranges) {
    const cidr = parseCidr(text);
    if (cidr !== null)
      take(networkAddress(cidr.address, cidr.prefix), lastAddress(cidr.address, cidr.prefix));
  }
  for (const text of literals) {
    const address = parseIp(text);
    if (address !== null) take(address, address);
  }
  found.push(
    [0, 0, 0, 0],
    [255, 255, 255, 255],
    [0, 0, 0, 0, 0, 0, 0, 0],
    Array.from({ length: 8 }, () => 0xffff),
  );
  const both = found.flatMap((address) => {
    const other = otherForm(address);
    return other === null ? [address] : [address, other];
  });
  return both.map(formatIp);
}

/** The next address, or the one before; null at the end of the family. */
function stepped(address: IpAddress, by: 1 | -1): IpAddress | null {
  const top = address.length === 4 ? 255 : 0xffff;
  const parts = [...address];
  for (let at = parts.length - 1; at >= 0; at--) {
    const part = (parts[at] ?? 0) + by;
    if (part >= 0 && part <= top) {
      parts[at] = part;
      return parts;
    }
    parts[at] = by === 1 ? 0 : top;
  }
  return null;
}

/** `10.0.0.1` as `::ffff:10.0.0.1`, and the other way round; null for an address of IPv6 alone. */
function otherForm(address: IpAddress): IpAddress | null {
  const [a = 0, b = 0, c = 0, d = 0] = address;
  if (address.length === 4) return [0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d];
  const [high = 0, low = 0] = address.slice(6);
  const mapped = address[5] === 0xffff && address.slice(0, 5).every((word) => word === 0);
  return mapped ? [high >> 8, high & 255, low >> 8, low & 255] : null;
}

/**
 * Every text that is compared with, and for every pair of a beginning and an end that patterns have one text with both and
 * a letter between that nobody uses: whatever a text is, one of these comes out the same.
 */
function textsAround(literals: readonly string[], likes: readonly string[]): readonly string[] | null {
  const used = [...literals, ...likes].join('').toLowerCase();
  const filler = [...'zqxjkvwybg0123456789'].find((letter) => !used.includes(letter));
  if (filler === undefined) return null;
  const starts = new Set(['']);
  const ends = new Set(['']);
  for (const like of likes) {
    if (like.startsWith('*')) ends.add(like.slice(1));
    else starts.add(like.slice(0, -1));
  }
  // what all patterns fit comes first: somebody looks for one way in which a condition is true
  return [
    ...[...starts].toReversed().flatMap((start) => [...ends].toReversed().map((end) => start + filler + end)),
    ...literals,
    '',
  ];
}

// Everything beside the element.

type Count = { readonly text: string; readonly values: readonly Range[] };
type Range = { readonly sure: number; readonly possible: number };

/** More than anybody compares with: a condition takes nine digits. */
const MANY = 10_000_000_000;

function countsIn(atoms: readonly Atom[]): readonly Count[] {
  const limits = new Map<string, { readonly numbers: Set<number>; readonly exact: boolean }>();
  for (const atom of atoms) {
    if (atom.type !== 'count') continue;
    // without a condition nothing about a count is unknown
    const of = limits.get(atom.text) ?? { numbers: new Set([0, MANY]), exact: atom.where === null };
    limits.set(atom.text, of);
    for (const n of [atom.value - 1, atom.value, atom.value + 1]) if (n >= 0) of.numbers.add(n);
  }
  return [...limits].map(([text, { numbers, exact }]) => ({
    text,
    values: [...numbers].flatMap((sure) =>
      [...numbers]
        .filter((possible) => (exact ? possible === sure : possible >= sure))
        .map((possible) => ({ sure, possible })),
    ),
  }));
}

function runsOf(
  roles: readonly string[],
  has: ReadonlySet<string>,
  clocks: readonly number[],
  counts: readonly Count[],
): readonly Run[] {
  let closures: readonly ReadonlySet<string>[] = [new Set([EVERYONE, ...has])];
  for (const role of roles) closures = closures.flatMap((closure) => [closure, new Set([...closure, role])]);
  let counted: readonly ReadonlyMap<string, Range>[] = [new Map()];
  for (const { text, values } of counts)
    counted = counted.flatMap((map) => values.map((value) => new Map([...map, [text, value]])));
  const none: Range = { sure: 0, possible: MANY };
  return clocks.flatMap((clock) =>
    closures.flatMap((closure) =>
      counted.map((map) => ({
        subject: 'user:somebody',
        network: 'some-network',
        roles: closure,
        clock,
        count: ({ text }: { readonly text: string }) => map.get(text) ?? none,
      })),
    ),
  );
}

/** Monday, 6 January 2025: no zone changes to or from summer time in that week, and each has every hour of each day. */
const WEEK = Date.UTC(2025, 0, 6);
const MINUTE = 60_000;
const WEEK_MINUTES = 7 * 24 * 60;

const knownClocks = new Map<string, readonly number[]>();

/** A clock for each way in which the windows can come out; null when they are of several zones, whose distance varies. */
function clocksFor(windows: readonly TimeWindow[]): readonly number[] | null {
  const [first] = windows;
  return first === undefined || windows.every(({ zone }) => zone === first.zone)
    ? clocksInWeek(windows)
    : null;
}

/** A clock of one week for each way in which the windows come out in it. */
export function clocksInWeek(windows: readonly TimeWindow[]): readonly number[] {
  if (windows.length === 0) return [WEEK];
  const key = windows
    .map(({ days, start, end, zone }) => `${[...days].join()} ${start} ${end} ${zone}`)
    .join(';');
  const known = knownClocks.get(key);
  if (known !== undefined) return known;
  const found = new Map<string, number>();
  for (let minute = 0; minute < WEEK_MINUTES; minute++) {
    const clock = WEEK + minute * MINUTE;
    const way = windows.map((hours) => (inWindow(hours, clock) ? '1' : '0')).join('');
    if (!found.has(way)) found.set(way, clock);
  }
  const clocks = [...found.values()];
  knownClocks.set(key, clocks);
  return clocks;
}

// The element.

/** The element with every combination of the values, on the sides that are read. */
function* sidesOf(
  readings: readonly Reading[],
  spec: ElementSpec | null,
): Generator<Pick<Evidence, 'current' | 'before' | 'after'>> {
  if (spec === null) {
    yield { current: null, before: null, after: null };
    return;
  }
  const of = (side: Operand['side']): readonly Reading[] =>
    readings.filter(({ operand }) => operand.side === side);
  const [each, first, second] = [of('each'), of('before'), of('after')];
  for (const before of elements(spec, first))
    for (const after of elements(spec, second))
      for (const current of elements(spec, each)) yield { current, before, after };
}

/** libvirt's unit is minutes, and conditions read seconds. */
const SECONDS = makeAttr('unit', 'seconds');

/** One for every combination of the values. */
function* elements(spec: ElementSpec, readings: readonly Reading[]): Generator<XmlElement> {
  const at = readings.map(() => 0);
  for (;;) {
    const attrs = spec.name === 'lease' ? [SECONDS] : [];
    let text: string | null = null;
    readings.forEach(({ operand, values }, index) => {
      const value = values[at[index] ?? 0] ?? null;
      if (value === null) return;
      if (operand.leaf === 'text') text = value;
      else attrs.push(makeAttr(operand.name, value));
    });
    yield makeElement(spec, attrs, text === null ? [] : [makeText(text)]);
    let digit = 0;
    for (; digit < at.length; digit++) {
      const next = (at[digit] ?? 0) + 1;
      at[digit] = next < (readings[digit]?.values.length ?? 0) ? next : 0;
      if (at[digit] !== 0) break;
    }
    if (digit === at.length) return;
  }
}
