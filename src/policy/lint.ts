// What a policy says in vain: rows that can never decide, roles that nobody asks for, and what no test looks at.
//
// Each finding is a proof: where the means of this file end, it says nothing. What is judged is the policy alone, and the
// target and the tests where they are given.

import { type Diagnostic, warning } from '../diagnostics/diagnostic.ts';
import type { ElementSpec, KeySpec } from '../network/spec.ts';
import type { Source, Span } from '../source/source.ts';
import { type Condition, type Evidence, type NeededRange, readCondition, testFor } from './condition.ts';
import { type Atom, atomsOf, readsElement, syntaxOf, waysOf } from './condition-space.ts';
import type { ConditionSyntax } from './condition-syntax.ts';
import { alwaysHas, networkPatternCovers, networkPatternsMeet, rowCovers, sameAnchors } from './covering.ts';
import { type Field, fieldSpan, partOf, type Row, readRows } from './csv.ts';
import { EVERYONE, isUser } from './names.ts';
import type { PathPattern } from './path-pattern.ts';
import type { Policy, Rule } from './policy.ts';
import type { RoleLink } from './roles.ts';
import { FALSE, TRUE, type Truth } from './truth.ts';

export type Lint = {
  readonly diagnostics: readonly Diagnostic[];
  /** Lines of rows without which, one by one or all together, every decision would be the same. */
  readonly idle: ReadonlySet<number>;
  /** False when there were too many rows to hold each against each. */
  readonly complete: boolean;
};

/** What the rows of a loaded policy say in vain. `rules` is the text that it was loaded from. */
export function lintPolicy(policy: Policy, rules: Source): Lint {
  const rows = new Map(readRows(rules).rows.map((row) => [row.line, row]));
  const linkRows = [...rows.values()].filter((row) => row.fields[0]?.value === 'g');
  const links = policy.links.flatMap((link, at) => {
    const row = linkRows[at];
    return row === undefined ? [] : [{ link, row }];
  });
  const desk: Desk = {
    policy,
    rows,
    linksOf: grouped(policy.links, ({ member }) => member),
    linksTo: grouped(policy.links, ({ role }) => role),
    diagnostics: [],
    idle: new Set(),
    parts: new Map(),
    witnesses: new Map(),
  };
  lintLinks(links, desk);
  const dead = new Set(policy.rules.filter((rule) => lintAlone(rule, desk)));
  const complete = lintTogether(
    policy.rules.filter((rule) => !dead.has(rule) && rule.effect !== 'report'),
    desk,
  );
  lintLive(policy.rules, desk);
  return {
    diagnostics: desk.diagnostics.toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0)),
    idle: desk.idle,
    complete,
  };
}

/** Findings go here. */
type Desk = {
  readonly policy: Policy;
  readonly rows: ReadonlyMap<number, Row>;
  /** By member, and by role. */
  readonly linksOf: ReadonlyMap<string, readonly RoleLink[]>;
  readonly linksTo: ReadonlyMap<string, readonly RoleLink[]>;
  readonly diagnostics: Diagnostic[];
  readonly idle: Set<number>;
  /** What was found of a condition, and for each kind of element one way in which a rule decides. */
  readonly parts: Map<string, Parts>;
  readonly witnesses: Map<Rule, Map<ElementSpec | null, Witness>>;
};

type PlacedLink = { readonly link: RoleLink; readonly row: Row };

/** Columns of a `p` row. */
const COLUMN = { subject: 2, network: 3, path: 4, operation: 5, scope: 6, when: 7 } as const;

function fieldOf(rule: Rule, column: keyof typeof COLUMN, { rows }: Desk): Field {
  const field = rows.get(rule.ref.line)?.fields[COLUMN[column]];
  if (field === undefined) throw new Error('a loaded rule has its row');
  return field;
}

function rowSpan(rule: Rule, { rows }: Desk): Span {
  const row = rows.get(rule.ref.line);
  if (row === undefined) throw new Error('a loaded rule has its row');
  return row.span;
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

// Roles.

function lintLinks(links: readonly PlacedLink[], desk: Desk): void {
  reportNeedlessLinks(links, desk);
  const asked = new Set(
    desk.policy.rules.flatMap(({ subject, condition, covers }) => [
      subject,
      ...condition.roles.map(({ text }) => text),
      ...(covers.type === 'subjects' ? [covers.subject] : []),
    ]),
  );
  const said = new Set<string>();
  for (const { link, row } of links) {
    const { role } = link;
    if (role === EVERYONE || said.has(role) || leadsTo(role, desk.linksOf, (one) => asked.has(one))) continue;
    said.add(role);
    const given = links.filter((one) => one.link.role === role);
    for (const { row: one } of given) desk.idle.add(one.line);
    const field = row.fields[2];
    desk.diagnostics.push(
      warning('SL688', field === undefined ? row.span : fieldSpan(field), `no rule speaks of \`${role}\``, {
        help: 'to have it changes nothing: write a rule for it, or delete the rows that give it',
      }),
    );
  }
}

/** True when the role, or one that it inherits on some network, is wanted. */
function leadsTo(
  role: string,
  linksOf: ReadonlyMap<string, readonly RoleLink[]>,
  wanted: (role: string) => boolean,
): boolean {
  const found = new Set([role]);
  for (const one of found) {
    if (wanted(one)) return true;
    for (const link of linksOf.get(one) ?? []) found.add(link.role);
  }
  return false;
}

/** Links that others imply. What was found needless counts no more, so that all of them can go together. */
function reportNeedlessLinks(links: readonly PlacedLink[], desk: Desk): void {
  const left = new Set(links);
  const ofMember = grouped(links, ({ link }) => link.member);
  // from the end, so that of equal rows the first stays
  for (const placed of links.toReversed()) {
    const { member, role, network } = placed.link;
    const cause = new Map<string, PlacedLink | null>([[member, null]]);
    for (const one of cause.keys()) {
      for (const other of ofMember.get(one) ?? []) {
        if (other === placed || !left.has(other) || cause.has(other.link.role)) continue;
        if (networkPatternCovers(other.link.network, network)) cause.set(other.link.role, other);
      }
      if (cause.has(role)) break;
    }
    const last = cause.get(role);
    if (last == null) continue;
    left.delete(placed);
    desk.idle.add(placed.row.line);
    // equal rows are told when the policy is read
    if (last.link.member === member && last.link.network === network) continue;
    const through = last.link.member === member ? '' : `, through \`${last.link.member}\``;
    desk.diagnostics.push(
      warning('SL689', placed.row.span, `\`${member}\` has \`${role}\` there already${through}`, {
        labels: [{ span: last.row.span, message: 'by this row' }],
        help: 'delete the row',
      }),
    );
  }
}

// One row.

/** True when the row can never decide, whatever the others say. */
function lintAlone(rule: Rule, desk: Desk): boolean {
  const problem = nobodyIn(rule, desk) ?? impossible(rule, desk) ?? neverHolds(rule, desk);
  if (problem === null) return false;
  desk.diagnostics.push(problem);
  desk.idle.add(rule.ref.line);
  return true;
}

const MOST_PLACES = 2_000;

/** A role that somebody has, but nobody on any network of the row. */
function nobodyIn(rule: Rule, desk: Desk): Diagnostic | null {
  const { subject, network } = rule;
  if (isUser(subject) || subject === EVERYONE) return null;
  // that nobody has it anywhere is told when the policy is read
  if (!isHeld(subject, desk)) return null;
  // who has the role, and on which networks: every pattern of the way must fit
  const places = [{ name: subject, patterns: [network] }];
  for (const place of places) {
    if (places.length > MOST_PLACES) return null;
    for (const link of desk.linksTo.get(place.name) ?? []) {
      if (!place.patterns.every((pattern) => networkPatternsMeet(pattern, link.network))) continue;
      if (isUser(link.member)) return null;
      places.push({ name: link.member, patterns: [...new Set([...place.patterns, link.network])] });
    }
  }
  const where = [...new Set((desk.linksTo.get(subject) ?? []).map((link) => `\`${link.network}\``))];
  return warning(
    'SL684',
    fieldSpan(fieldOf(rule, 'network', desk)),
    `nobody has \`${subject}\` on ${network === '*' ? 'any network' : `\`${network}\``}`,
    { help: `it is given on ${where.slice(0, 3).join(', ')}` },
  );
}

/** True when a user has the role on some network, or could if all its links met. */
function isHeld(role: string, { linksTo }: Desk): boolean {
  const found = new Set([role]);
  for (const one of found) {
    if (isUser(one)) return true;
    for (const link of linksTo.get(one) ?? []) found.add(link.member);
  }
  return false;
}

/** Operations that the path cannot have, all of them. */
function impossible(rule: Rule, desk: Desk): Diagnostic | null {
  if (rule.covers.type !== 'changes') return null;
  const { pattern } = rule.covers;
  const reasons: string[] = [];
  for (const op of rule.operations) {
    const reason = op === 'move' ? unmovable(pattern) : op === 'modify' ? unmodifiable(pattern, rule) : null;
    if (reason === null) return null;
    reasons.push(reason);
  }
  const [first = ''] = reasons;
  return warning('SL683', fieldSpan(fieldOf(rule, 'operation', desk)), first, {
    help:
      rule.operation === 'move'
        ? 'only elements of which there can be many move'
        : 'write `add`, `remove`, or `*` for every operation that there is',
  });
}

function unmovable({ leaf, anchors, below }: PathPattern): string | null {
  if (leaf !== null) return 'attributes and texts do not move';
  if (below || anchors.length === 0 || anchors.some(({ cardinality }) => cardinality === 'many')) return null;
  return `there is at most one \`${anchors[0]?.name ?? ''}\`, which cannot move`;
}

function unmodifiable({ leaf, anchors, below }: PathPattern, rule: Rule): string | null {
  if (below || anchors.length === 0) return null;
  if (leaf === null) {
    // what the table does not know is a modification, too, which a deny reaches
    if (rule.effect !== 'allow' || anchors.some((spec) => modifiable(spec).length > 0)) return null;
    return `nothing of \`${anchors[0]?.name ?? ''}\` can be modified: what is in it is decided by itself`;
  }
  if (leaf.type === 'attribute' && leaf.quoted) return null;
  const name = leaf.type === 'text' ? 'text()' : leaf.name;
  if (anchors.some((spec) => !isKey(spec.key, name))) return null;
  return `\`${name}\` is the key of \`${anchors[0]?.name ?? ''}\`: another key is another element`;
}

function modifiable(spec: ElementSpec): readonly string[] {
  const names = spec.attrs.flatMap(({ name, restates }) => (restates === null ? [name] : []));
  return [...names, ...(spec.text === null ? [] : ['text()'])].filter((name) => !isKey(spec.key, name));
}

function isKey(key: KeySpec | null, name: string): boolean {
  const [only, ...others] = key?.alternatives ?? [];
  if (only === undefined || others.length > 0) return false;
  return only.parts.some((part) => ('attr' in part ? part.attr : 'text()') === name);
}

/** The condition, held against every way in which its tests can come out. */
function neverHolds(rule: Rule, desk: Desk): Diagnostic | null {
  if (rule.when === '') return null;
  const has = alwaysHas(rule.subject, rule.network, desk.linksOf);
  if (kindsOf(rule).some((spec) => witnessOf(rule, spec, has, desk) !== 'none')) return null;
  const field = fieldOf(rule, 'when', desk);
  const what = rule.effect === 'allow' ? 'never true' : 'always false';
  const culprits = contradiction(rule, has);
  return warning('SL682', fieldSpan(field), `this condition is ${what}`, {
    labels: culprits.map(({ start, end }, at) => ({
      span: partOf(field, start, end),
      message: culprits.length === 1 ? `this is ${what}` : at === 0 ? 'this' : 'and this exclude each other',
    })),
    help: 'so the rule never decides: delete it, or correct the condition',
  });
}

function isNever(
  rule: Rule,
  condition: Condition,
  syntax: ConditionSyntax,
  has: ReadonlySet<string>,
): boolean {
  const atoms = atomsOf(syntax);
  return kindsOf(rule).every((spec) => {
    const test = testFor(condition, spec);
    const ways = waysOf(atoms, spec, has);
    return ways !== null && first(ways, (way) => decides(rule, test.truth(way))) === null;
  });
}

/** Whether a condition that came out so makes its rule decide. */
function decides({ effect }: Rule, truth: Truth): boolean {
  return effect === 'allow' ? truth === TRUE : truth !== FALSE;
}

function first<T>(all: Iterable<T>, wanted: (one: T) => boolean): T | null {
  for (const one of all) if (wanted(one)) return one;
  return null;
}

/** What the anchor can be; null for none. */
function kindsOf({ covers }: Rule): readonly (ElementSpec | null)[] {
  if (covers.type !== 'changes' || covers.pattern.anchors.length === 0) return [null];
  return covers.pattern.anchors;
}

/** The one conjunct that never holds, or the first two that exclude each other; none when it is less simple. */
function contradiction(rule: Rule, has: ReadonlySet<string>): readonly Span[] {
  const syntax = syntaxOf(rule.when);
  const parts = syntax?.type === 'and' ? syntax.parts : [];
  const never = (some: readonly ConditionSyntax[]): boolean => {
    const text = some.map(({ span: { start, end } }) => `(${rule.when.slice(start, end)})`).join(' and ');
    const part = syntaxOf(text);
    const condition = readCondition(
      { text, at: (start, end) => ({ source: { name: '<condition>', text }, start, end }) },
      {
        effect: rule.effect,
        operations: rule.operations,
        pattern: rule.covers.type === 'changes' ? rule.covers.pattern : null,
      },
      [],
    );
    return part !== null && condition !== null && isNever(rule, condition, part, has);
  };
  for (const [at, part] of parts.entries()) {
    if (never([part])) return [part.span];
    for (const other of parts.slice(0, at)) if (never([other, part])) return [other.span, part.span];
  }
  return [];
}

// Rows together.

/** More pairs of rows than these are not looked at. */
const MOST_PAIRS = 1_000_000;

/** False when there are more pairs than can be looked at. */
function lintTogether(rules: readonly Rule[], desk: Desk): boolean {
  const ofSubject = grouped(rules, ({ subject }) => subject);
  const order = new Map(rules.map((rule, at) => [rule, at]));
  let pairs = 0;
  for (const rule of rules) {
    const has = alwaysHas(rule.subject, rule.network, desk.linksOf);
    const others = [...has].flatMap((subject) => ofSubject.get(subject) ?? []);
    pairs += others.length;
    if (pairs > MOST_PAIRS) return false;
    const cover = coverOf(rule, others, has, order, desk);
    if (cover === null) continue;
    desk.idle.add(rule.ref.line);
    // equal rows are told when the policy is read
    if (cover.ref.text === rule.ref.text) continue;
    const shadowed = cover.effect !== rule.effect;
    desk.diagnostics.push(
      warning(
        shadowed ? 'SL680' : 'SL681',
        rowSpan(rule, desk),
        shadowed
          ? 'this allow can never decide: a deny hits everything that it allows'
          : `this ${rule.effect} changes nothing: another one covers all of it`,
        {
          labels: [{ span: rowSpan(cover, desk), message: shadowed ? 'this deny' : 'this one' }],
          help: shadowed ? 'delete it, or make an exception in the deny' : 'delete it',
        },
      ),
    );
  }
  return true;
}

/** The first rule because of which `rule` decides nothing. Of two that cover each other the earlier one stays. */
function coverOf(
  rule: Rule,
  others: readonly Rule[],
  has: ReadonlySet<string>,
  order: ReadonlyMap<Rule, number>,
  desk: Desk,
): Rule | null {
  let found: Rule | null = null;
  for (const other of others) {
    if (other === rule || (other.effect === 'allow' && rule.effect === 'deny')) continue;
    if (found !== null && (order.get(found) ?? 0) < (order.get(other) ?? 0)) continue;
    if (!rowCovers(other, rule) || !implies(rule, other, has, desk)) continue;
    const later = (order.get(other) ?? 0) > (order.get(rule) ?? 0);
    if (later && other.effect === rule.effect && coversBack(rule, other, desk)) continue;
    found = other;
  }
  return found;
}

function coversBack(rule: Rule, other: Rule, desk: Desk): boolean {
  const has = alwaysHas(other.subject, other.network, desk.linksOf);
  return has.has(rule.subject) && rowCovers(rule, other) && implies(other, rule, has, desk);
}

/** True when `wide` decides by its condition wherever `narrow` does. Both match by all else. */
function implies(narrow: Rule, wide: Rule, has: ReadonlySet<string>, desk: Desk): boolean {
  if (wide.when === '') return true;
  if (areApart(narrow.condition.range, wide.condition.range)) return false;
  const asks = partsOf(wide, desk);
  const same = sameAnchors(wide.covers, narrow.covers);
  if (!same && asks.readsElement) return false;
  if (wide.when === narrow.when) return true;
  const given = partsOf(narrow, desk);
  // with nothing in common, the one cannot follow from the other
  if (
    !asks.atoms.some(
      (atom) => given.topics.has(topicOf(atom)) || (atom.type === 'role' && has.has(atom.role)),
    )
  )
    return false;
  return kindsOf(narrow).every((spec) => {
    const test = testFor(narrow.condition, spec);
    const wideTest = testFor(wide.condition, same ? spec : null);
    const refutes = (way: Evidence): boolean =>
      decides(narrow, test.truth(way)) && !decides(wide, wideTest.truth(way));
    // nearly every pair is told apart by one way in which the narrow rule decides
    const witness = witnessOf(narrow, spec, has, desk);
    if (typeof witness !== 'string' && refutes(witness)) return false;
    const ways = waysOf([...given.atoms, ...asks.atoms], spec, has);
    return ways !== null && first(ways, refutes) === null;
  });
}

/** True when the two need the same address in ranges that share none. Most of thousands of tenants are told apart by this. */
function areApart(one: NeededRange | null, other: NeededRange | null): boolean {
  if (one === null || other === null) return false;
  if (one.operand.side !== other.operand.side || one.operand.name !== other.operand.name) return false;
  const [a, b] = [one.cidr, other.cidr];
  // an IPv4 address lies in ranges of IPv6, too
  if (a.address.length !== 4 || b.address.length !== 4) return false;
  const prefix = Math.min(a.prefix, b.prefix);
  for (let at = 0; at * 8 < prefix; at++) {
    const drop = Math.max(0, (at + 1) * 8 - prefix);
    if ((a.address[at] ?? 0) >> drop !== (b.address[at] ?? 0) >> drop) return true;
  }
  return false;
}

type Parts = {
  readonly atoms: readonly Atom[];
  readonly topics: ReadonlySet<string>;
  readonly readsElement: boolean;
};

function partsOf({ when }: Rule, { parts }: Desk): Parts {
  let found = parts.get(when);
  if (found === undefined) {
    const syntax = syntaxOf(when);
    const atoms = atomsOf(syntax);
    found = { atoms, topics: new Set(atoms.map(topicOf)), readsElement: readsElement(syntax) };
    parts.set(when, found);
  }
  return found;
}

/** A way in which the rule decides by its condition. `unknown`: there may be one. */
type Witness = Evidence | 'none' | 'unknown';

function witnessOf(rule: Rule, spec: ElementSpec | null, has: ReadonlySet<string>, desk: Desk): Witness {
  let of = desk.witnesses.get(rule);
  if (of === undefined) {
    of = new Map();
    desk.witnesses.set(rule, of);
  }
  let witness = of.get(spec);
  if (witness === undefined) {
    const test = testFor(rule.condition, spec);
    const ways = waysOf(partsOf(rule, desk).atoms, spec, has);
    witness = ways === null ? 'unknown' : (first(ways, (way) => decides(rule, test.truth(way))) ?? 'none');
    of.set(spec, witness);
  }
  return witness;
}

/** What a test looks at. */
function topicOf(atom: Atom): string {
  switch (atom.type) {
    case 'role':
      return atom.role;
    case 'time':
      return 'time';
    case 'count':
      return atom.text;
    default:
      return `${atom.operand.side} ${atom.operand.name}`;
  }
}

/** Allows for what runs alone, where nobody is allowed to store the same. */
function lintLive(rules: readonly Rule[], desk: Desk): void {
  const allows = rules.filter(({ effect, covers }) => effect === 'allow' && covers.type === 'changes');
  for (const rule of allows) {
    if (rule.scopes.has('config')) continue;
    const stored: Rule = { ...rule, scopes: new Set(['config']) };
    if (allows.some((other) => other.scopes.has('config') && rowCovers(other, stored))) continue;
    desk.diagnostics.push(
      warning(
        'SL687',
        fieldSpan(fieldOf(rule, 'scope', desk)),
        'no rule allows to store what this one allows live',
        {
          help: 'what it lets through is gone when the network starts again: write `live|config`, or `*`',
        },
      ),
    );
  }
}
