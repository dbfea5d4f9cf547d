// What changes when one policy takes the place of another: decisions on changes that were made and on
// boundary values, by the real comparison and the real gate of both.
//
// Where both have the same rows about somebody, both decide the same, so nothing is asked there.

import type { Change, Scope } from '../diff/change.ts';
import { diffDocuments } from '../diff/diff.ts';
import type { ElementSpec } from '../network/spec.ts';
import type { XmlDocument } from '../xml/document.ts';
import { askPolicy } from './ask.ts';
import { boundaryEdits } from './boundary.ts';
import { atomsOf, clocksInWeek, syntaxOf } from './condition-space.ts';
import { engineOf, startEngine } from './engine.ts';
import { gate } from './gate.ts';
import type { Hypothesis } from './hypothesis.ts';
import { EVERYONE, isRole, isUser, networkMatches } from './names.ts';
import { bareOf, mayCover, type Place, placeOf } from './path-match.ts';
import type { Policy, Rule } from './policy.ts';
import { subjectsOf } from './subjects.ts';
import { wallClockText } from './time-window.ts';
import type { RuleRef, Verdict } from './verdict.ts';
import { networkCases } from './who-can.ts';

/** An edit that somebody made. */
export type RecordedEdit = {
  /** `revision 12` */
  readonly label: string;
  readonly subject: string;
  readonly network: string;
  readonly scope: Scope;
  readonly clock: number;
  readonly base: XmlDocument | null;
  readonly result: XmlDocument | null;
};

/** Who decided: the row, or null for none. */
export type Decider = RuleRef | null;

/** Decisions that change alike. */
export type DecisionChange = {
  readonly now: 'allowed' | 'denied';
  /** `user:alice`, `role:x`; null for everybody else. */
  readonly who: readonly (string | null)[];
  /** Names, patterns, `every other network`. */
  readonly networks: readonly string[];
  readonly scopes: readonly Scope[];
  readonly what: readonly { readonly operations: readonly string[]; readonly path: string }[];
  /** Values of one of them, or where it was made: `ip=10.0.0.192`, `revision 12`. */
  readonly example: string | null;
  readonly before: Decider;
  readonly after: Decider;
  readonly count: number;
};

export type PolicyDiff = {
  readonly changes: readonly DecisionChange[];
  /** Decisions that were compared, by where they come from. */
  readonly asked: { readonly boundary: number; readonly recorded: number };
  /** False when there was too much to ask. */
  readonly complete: boolean;
};

const BOTH_SCOPES: readonly Scope[] = ['config', 'live'];

/** More changes than these are not decided twice. */
const MOST_ASKED = 400_000;

/** Compares two policies that `loadPolicy` made. */
export function diffPolicies(older: Policy, newer: Policy, recorded: readonly RecordedEdit[]): PolicyDiff {
  const both = withEverybody(older, newer);
  const ledger = newLedger();
  for (const edit of recorded) compareRecorded(both, edit, ledger);
  const complete = compareBoundaries(both, ledger);
  compareActs(both, ledger);
  return { changes: ledger.groups(rolesIn(older, newer)), asked: ledger.asked, complete };
}

// Who is asked about.

type Both = {
  readonly older: Policy;
  readonly newer: Policy;
  readonly people: readonly Person[];
  /** Rows that only one of them has. */
  readonly changed: ReadonlySet<Rule>;
};

/** `name`: as reports call them; null for whom no row speaks of. `alike`: users for whom both say the same as for this one. */
type Person = { readonly user: string; readonly name: string | null; readonly alike: readonly string[] };

/** Both policies with somebody for each role, who has this role and no other, and a stranger. */
function withEverybody(older: Policy, newer: Policy): Both {
  const subjects = new Set([...subjectsOf(older), ...subjectsOf(newer)]);
  const named = [...older.links, ...newer.links].flatMap(({ member, role }) => [member, role]);
  for (const name of named) subjects.add(name);
  subjects.delete(EVERYONE);
  const roles = [...subjects].filter(isRole).sort();
  const members = roles.map((role) => ({
    role,
    user: unused(`anyone-with-${role.slice('role:'.length)}`, subjects),
  }));
  const stranger = unused('anybody', subjects);
  const links = members.map(({ role, user }) => ({ member: user, role, network: '*' }));
  const grown = (policy: Policy): Policy => {
    const more: Policy = Object.freeze({ ...policy, links: Object.freeze([...policy.links, ...links]) });
    const fault = startEngine(more);
    if (fault !== null) throw new Error(fault);
    return more;
  };
  const people: Person[] = members.map(({ role, user }) => ({ user, name: role, alike: [role] }));
  for (const alike of alikeUsers([...subjects].filter(isUser).sort(), older, newer)) {
    const [user] = alike;
    if (user !== undefined) people.push({ user, name: user, alike });
  }
  people.push({ user: stranger, name: null, alike: [] });
  return { older: grown(older), newer: grown(newer), people, changed: changedRules(older, newer) };
}

function unused(name: string, taken: ReadonlySet<string>): string {
  let user = `user:${name}`;
  while (taken.has(user)) user += 'x';
  return user;
}

/** Users with the same roles on the same networks in both policies, and no row of their own. */
function alikeUsers(users: readonly string[], older: Policy, newer: Policy): readonly (readonly string[])[] {
  const rolesOf = (policy: Policy): ReadonlyMap<string, readonly string[]> => {
    const map = new Map<string, string[]>();
    for (const { member, role, network } of policy.links) {
      const of = map.get(member);
      if (of === undefined) map.set(member, [`${role} ${network}`]);
      else of.push(`${role} ${network}`);
    }
    return map;
  };
  const [then, now] = [rolesOf(older), rolesOf(newer)];
  const own = new Set([...older.rules, ...newer.rules].map(({ subject }) => subject));
  const groups = new Map<string, string[]>();
  for (const user of users) {
    const key = own.has(user)
      ? user
      : JSON.stringify([[...(then.get(user) ?? [])].sort(), [...(now.get(user) ?? [])].sort()]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [user]);
    else group.push(user);
  }
  return [...groups.values()];
}

/** Rows that decide; those on trial never do. */
function deciding({ rules }: Policy): readonly Rule[] {
  return rules.filter(({ effect }) => effect !== 'report');
}

/** By what the columns say. A row that stands there twice in one of them is no change. */
function changedRules(older: Policy, newer: Policy): ReadonlySet<Rule> {
  const textOf = (rule: Rule): string =>
    [rule.effect, rule.subject, rule.network, rule.path, rule.operation, rule.scope, rule.when].join(
      '\u0000',
    );
  const [was, is] = [deciding(older), deciding(newer)];
  const [then, now] = [new Set(was.map(textOf)), new Set(is.map(textOf))];
  return new Set([
    ...was.filter((rule) => !now.has(textOf(rule))),
    ...is.filter((rule) => !then.has(textOf(rule))),
  ]);
}

/** The roles that somebody has in both policies, on whichever network. */
function rolesIn(older: Policy, newer: Policy): (subject: string) => ReadonlySet<string> {
  const held = ({ links }: Policy, subject: string): ReadonlySet<string> => {
    const found = new Set([subject]);
    for (const one of found) for (const link of links) if (link.member === one) found.add(link.role);
    found.delete(subject);
    return found;
  };
  const known = new Map<string, ReadonlySet<string>>();
  return (subject) => {
    let roles = known.get(subject);
    if (roles === undefined) {
      const now = held(newer, subject);
      roles = new Set([...held(older, subject)].filter((role) => now.has(role)));
      known.set(subject, roles);
    }
    return roles;
  };
}

// Comparing.

function compareRecorded(both: Both, edit: RecordedEdit, ledger: Ledger): void {
  const changes = diffDocuments(edit.base, edit.result, edit.scope);
  ledger.asked.recorded += changes.length;
  compare(both, edit, changes, edit.subject, (change, before, after) =>
    ledger.note({
      now: after.decision.type === 'allowed' ? 'allowed' : 'denied',
      who: [edit.subject],
      network: edit.network,
      scopes: [edit.scope],
      op: change.op,
      path: pathOf(change),
      example: edit.label,
      time: null,
      before: deciderOf(before),
      after: deciderOf(after),
    }),
  );
}

type Setting = Pick<RecordedEdit, 'network' | 'scope' | 'clock' | 'base' | 'result'>;

/** Calls back for each change that is decided otherwise. */
function compare(
  { older, newer }: Both,
  { network, scope, clock, base, result }: Setting,
  changes: readonly Change[],
  subject: string,
  differs: (change: Change, before: Verdict, after: Verdict) => void,
): void {
  if (changes.length === 0) return;
  const request = {
    target: 'policy diff',
    subject,
    realSubject: subject,
    clock,
    documents: [{ network, scope, base, result, baseHash: '', resultHash: '', changes }],
  };
  const [then = [], now = []] = [gate(older, request).verdicts[0], gate(newer, request).verdicts[0]];
  changes.forEach((change, at) => {
    const [before, after] = [then[at], now[at]];
    if (before === undefined || after === undefined) throw new Error('the gate answers every change');
    if ((before.decision.type === 'allowed') !== (after.decision.type === 'allowed'))
      differs(change, before, after);
  });
}

function deciderOf({ decision }: Verdict): Decider {
  return decision.type === 'default-deny' ? null : decision.rule;
}

/** `ip[*].dhcp.host[*]@ip` */
function pathOf({ pair, leaf }: Change): string {
  const { chain } = placeOf(pair);
  const steps = chain
    .slice(1)
    .map(({ spec, step }) =>
      spec === null ? `'${step?.name ?? ''}'` : `${spec.name}${spec.key === null ? '' : '[*]'}`,
    );
  const element = steps.length === 0 ? 'network' : steps.join('.');
  return leaf.type === 'element' ? element : `${element}@${leaf.type === 'text' ? 'text()' : leaf.name}`;
}

/** Where the two policies can differ for somebody on a network: what to ask about, and when. */
type Doubt = {
  readonly person: Person;
  readonly label: string;
  readonly network: string;
  readonly rules: readonly Rule[];
  readonly clocks: readonly number[];
};

function compareBoundaries(both: Both, ledger: Ledger): boolean {
  const doubts = doubtsOf(both);
  if (doubts.length === 0) return true;
  const all = [...deciding(both.older), ...deciding(both.newer)];
  const doubtful = [...new Set(doubts.flatMap(({ rules }) => rules))];
  const edits = boundaryEdits(relevant(all, doubtful), (chain) =>
    doubtful.some((rule) => reaches(rule, chain)),
  );
  // where no row tells the scopes apart, what holds for one holds for the other
  const alike = doubtful.every(({ scopes: of }) => of.size === 2);
  const scopes: readonly Scope[] = alike ? ['config'] : BOTH_SCOPES;
  for (const edit of edits) {
    const found = diffDocuments(edit.base, edit.result, 'config');
    for (const scope of scopes) {
      const changes = scope === 'config' ? found : found.map((change) => ({ ...change, scope }));
      for (const doubt of doubts) {
        if (!doubt.rules.some((rule) => rule.scopes.has(scope) && reaches(rule, edit.chain))) continue;
        for (const clock of doubt.clocks) {
          ledger.asked.boundary += changes.length;
          if (ledger.asked.boundary > MOST_ASKED) return false;
          compare(
            both,
            { ...edit, network: doubt.network, scope, clock },
            changes,
            doubt.person.user,
            (change, before, after) =>
              ledger.note({
                now: after.decision.type === 'allowed' ? 'allowed' : 'denied',
                who: doubt.person.name === null ? [null] : doubt.person.alike,
                network: doubt.label,
                scopes: alike ? BOTH_SCOPES : [scope],
                op: change.op,
                path: pathOf(change),
                example: edit.values === '' ? null : edit.values,
                time: { clock, of: doubt.clocks.length },
                before: deciderOf(before),
                after: deciderOf(after),
              }),
          );
        }
      }
    }
  }
  return true;
}

/** Rules whose values matter where the doubtful ones reach. */
function relevant(all: readonly Rule[], doubtful: readonly Rule[]): readonly Rule[] {
  const kinds = new Set<ElementSpec>();
  let everything = false;
  for (const { covers } of doubtful) {
    if (covers.type !== 'changes') continue;
    const { anchors, below, anyDepth } = covers.pattern;
    if (below || anyDepth || anchors.length === 0) everything = true;
    for (const spec of anchors) kinds.add(spec);
  }
  const seen = new Set<string>();
  return all.filter((rule) => {
    const { covers, path, when } = rule;
    if (covers.type !== 'changes' || seen.has(`${path} ${when}`)) return false;
    seen.add(`${path} ${when}`);
    const { anchors, below } = covers.pattern;
    return everything || below || anchors.length === 0 || anchors.some((spec) => kinds.has(spec));
  });
}

const places = new WeakMap<readonly ElementSpec[], Place>();

/** True when the rule may cover something at that place, or a stranger in it. */
function reaches({ covers }: Rule, chain: readonly ElementSpec[]): boolean {
  if (covers.type !== 'changes') return false;
  let place = places.get(chain);
  if (place === undefined) {
    let pair: Parameters<typeof placeOf>[0] | null = null;
    for (const spec of chain)
      pair = {
        parent: pair,
        spec,
        step: pair === null ? null : { name: spec.name, key: null, nth: 1 },
        base: null,
        result: null,
      };
    if (pair === null) throw new Error('a chain begins with the root');
    place = placeOf(pair);
    places.set(chain, place);
  }
  const pattern = bareOf(covers.pattern);
  if (mayCover(pattern, place)) return true;
  const last = pattern.steps[pattern.steps.length - 1];
  if (last?.quoted !== true) return false;
  const parent = { ...pattern, steps: pattern.steps.slice(0, -1) };
  return parent.steps.length === 0 ? pattern.anyDepth || chain.length === 1 : mayCover(parent, place);
}

function doubtsOf({ older, newer, people, changed }: Both): readonly Doubt[] {
  const [then, now] = [engineOf(older), engineOf(newer)];
  if (then === null || now === null) throw new Error('both policies were made ready');
  const cases = new Map(
    [...networkCases(older), ...networkCases(newer)].map((one) => [one.label, one.network]),
  );
  const all = [...deciding(older), ...deciding(newer)];
  const doubts: Doubt[] = [];
  for (const [label, network] of cases) {
    const there = all.filter((rule) => networkMatches(network, rule.network));
    for (const person of people) {
      const [had, has] = [then.closure(person.user, network), now.closure(person.user, network)];
      const differs = (role: string): boolean => had.has(role) !== has.has(role);
      const rules = there.filter((rule) => {
        const { subject, condition } = rule;
        if (!had.has(subject) && !has.has(subject)) return false;
        return changed.has(rule) || differs(subject) || condition.roles.some(({ text }) => differs(text));
      });
      if (rules.length === 0) continue;
      doubts.push({ person, label, network, rules, clocks: clocksOf(rules) });
    }
  }
  return doubts;
}

/** A time for each way in which the windows of the rules come out. */
function clocksOf(rules: readonly Rule[]): readonly number[] {
  return clocksInWeek(
    rules.flatMap(({ when }) =>
      atomsOf(syntaxOf(when)).flatMap((atom) => (atom.type === 'time' ? [atom.hours] : [])),
    ),
  );
}

// Acts.

/** Acting as somebody else, starting and stopping: asked about everybody whom a row names. */
function compareActs(both: Both, ledger: Ledger): void {
  const rules = [...deciding(both.older), ...deciding(both.newer)].filter(
    ({ covers }) => covers.type !== 'changes',
  );
  if (rules.length === 0) return;
  const clocks = clocksOf(rules);
  const acts = (['start', 'stop', 'autostart'] as const).filter((act) =>
    rules.some(({ operations }) => operations.has(act)),
  );
  const others = rules.some(({ operations }) => operations.has('impersonate'))
    ? [...new Set(both.people.flatMap(({ name }) => (name === null ? [] : [name])))]
    : [];
  const cases = new Map(
    [...networkCases(both.older), ...networkCases(both.newer)].map((one) => [one.label, one.network]),
  );
  for (const [label, network] of cases) {
    const about: readonly Hypothesis[] = [
      ...acts.map((act) => ({ type: 'act', network, scope: 'config', act }) as const),
      ...others.map((other) => ({ type: 'impersonate', network, scope: 'config', other }) as const),
    ];
    for (const hypothesis of about) {
      for (const person of both.people) {
        for (const clock of clocks) {
          const [before, after] = [
            askPolicy(both.older, hypothesis, person.user, clock),
            askPolicy(both.newer, hypothesis, person.user, clock),
          ];
          ledger.asked.boundary++;
          if ((before.word === 'yes') === (after.word === 'yes')) continue;
          ledger.note({
            now: after.word === 'yes' ? 'allowed' : 'denied',
            who: person.name === null ? [null] : person.alike,
            network: label,
            scopes: BOTH_SCOPES,
            op: hypothesis.type === 'act' ? hypothesis.act : 'impersonate',
            path: hypothesis.type === 'impersonate' ? hypothesis.other : 'network',
            example: null,
            time: { clock, of: clocks.length },
            before: before.parts[0]?.decider ?? null,
            after: after.parts[0]?.decider ?? null,
          });
        }
      }
    }
  }
}

// Keeping account.

type Note = {
  readonly now: DecisionChange['now'];
  readonly who: readonly (string | null)[];
  readonly network: string;
  readonly scopes: readonly Scope[];
  readonly op: string;
  readonly path: string;
  readonly example: string | null;
  /** When, and of how many times that were asked about. */
  readonly time: { readonly clock: number; readonly of: number } | null;
  readonly before: Decider;
  readonly after: Decider;
};

type Ledger = {
  readonly asked: { boundary: number; recorded: number };
  readonly note: (note: Note) => void;
  /** `rolesOf`: what a user or role has in both policies, on whichever network. */
  readonly groups: (rolesOf: (subject: string) => ReadonlySet<string>) => readonly DecisionChange[];
};

type Group = {
  readonly now: DecisionChange['now'];
  readonly who: Set<string | null>;
  readonly networks: Set<string>;
  readonly scopes: Set<Scope>;
  /** Path → operations. */
  readonly what: Map<string, Set<string>>;
  example: string | null;
  /** True when no values are needed to see the difference. */
  plain: boolean;
  readonly times: Set<number>;
  readonly ofTimes: number;
  readonly before: Decider;
  readonly after: Decider;
  count: number;
};

function newLedger(): Ledger {
  const groups = new Map<string, Group>();
  return {
    asked: { boundary: 0, recorded: 0 },
    note: ({ now, who, network, scopes, op, path, example, time, before, after }) => {
      const key = JSON.stringify([now, before?.line, after?.line, network, who]);
      let group = groups.get(key);
      if (group === undefined) {
        group = {
          now,
          who: new Set(who),
          networks: new Set([network]),
          scopes: new Set(),
          what: new Map(),
          example,
          plain: false,
          times: new Set(),
          ofTimes: time?.of ?? 0,
          before,
          after,
          count: 0,
        };
        groups.set(key, group);
      }
      for (const scope of scopes) group.scopes.add(scope);
      const ops = group.what.get(path) ?? new Set();
      group.what.set(path, ops.add(op));
      if (example === null) group.plain = true;
      group.example ??= example;
      if (time !== null) group.times.add(time.clock);
      group.count++;
    },
    groups: (rolesOf) => {
      const byWho = merged([...groups.values()], ({ networks }) => [...networks]);
      for (const { who } of byWho) leaveOutMembers(who, rolesOf);
      return merged(byWho, ({ who }) => [...who]).map(shown);
    },
  };
}

/** Groups that are alike in all but their people and networks, and in `also`, are one. */
function merged(
  groups: readonly Group[],
  also: (group: Group) => readonly (string | null)[],
): readonly Group[] {
  const found = new Map<string, Group>();
  for (const group of groups) {
    const { now, scopes, what, before, after } = group;
    const said = [...what].map(([path, ops]) => `${path} ${[...ops].sort().join('|')}`).sort();
    const key = JSON.stringify([
      now,
      before?.line,
      after?.line,
      [...scopes].sort(),
      said,
      [...also(group)].sort(),
    ]);
    const known = found.get(key);
    if (known === undefined) {
      found.set(key, group);
      continue;
    }
    for (const one of group.who) known.who.add(one);
    for (const network of group.networks) known.networks.add(network);
    known.count += group.count;
  }
  return [...found.values()];
}

/** Who is named by a role need not be named again. */
function leaveOutMembers(who: Set<string | null>, rolesOf: (user: string) => ReadonlySet<string>): void {
  if (who.has(null)) {
    // what changes for a stranger changes for everybody
    who.clear();
    who.add(null);
    return;
  }
  for (const one of who) {
    if (one === null) continue;
    const has = rolesOf(one);
    if ([...who].some((role) => role !== null && role !== one && has.has(role))) who.delete(one);
  }
}

const ORDER = ['add', 'remove', 'modify', 'move'];

function shown(group: Group): DecisionChange {
  const { now, who, networks, scopes, what, before, after, count } = group;
  const rank = (op: string): number => ORDER.indexOf(op);
  return {
    now,
    who: [...who],
    networks: [...networks],
    scopes: [...scopes],
    what: [...what].map(([path, ops]) => ({ operations: [...ops].sort((a, b) => rank(a) - rank(b)), path })),
    example: exampleOf(group),
    before,
    after,
    count,
  };
}

/** Values and a time with which the difference shows, where it does not show with any. */
function exampleOf({ example, plain, times, ofTimes }: Group): string | null {
  const [clock] = times;
  const words = [
    ...(plain || example === null ? [] : [example]),
    ...(clock === undefined || times.size === ofTimes ? [] : [wallClockText(clock, 'UTC')]),
  ];
  return words.length === 0 ? null : words.join(', ');
}
