// What a policy says to a hypothesis: the gate's own verdicts, every row that has a part in them, and what could not be
// decided because the question left it open. Nothing is permitted here: the gate's permit is thrown away.

import { type Run, testFor } from './condition.ts';
import { type Engine, engineOf, startEngine } from './engine.ts';
import { gate, runOf } from './gate.ts';
import type { Hypothesis, Point } from './hypothesis.ts';
import { isRole, isUser, networkMatches, userSubject } from './names.ts';
import { becauseOf, nearMisses } from './near-miss.ts';
import { type Anchor, anchorsOf, type Located, placeOf } from './path-match.ts';
import type { PathPattern } from './path-pattern.ts';
import type { Policy, Rule } from './policy.ts';
import { coverOf, type Question, sidesOf } from './question.ts';
import { subjectsOf } from './subjects.ts';
import { and, FALSE, or, TRUE, type Truth, UNKNOWN } from './truth.ts';
import type { NearMiss, RuleRef, Verdict } from './verdict.ts';

/** `depends`: on what the question left open; the gate itself then denies, or allows only as far as asked. */
export type Word = 'yes' | 'no' | 'depends';

export type Answer = {
  /** `yes` and `no` only when every part says so; else `depends` when one does, or `no`. */
  readonly word: Word;
  readonly parts: readonly Part[];
};

/** One change, or one act, that was asked about. */
export type Part = {
  /** `modify bridge@stp` */
  readonly about: string;
  readonly word: Word;
  /** The gate's verdict; null for acts, which are no changes. */
  readonly verdict: Verdict | null;
  /** The row that decides; null when none does. */
  readonly decider: RuleRef | null;
  /** Rows that hold, in the order of the file: the effect says what each of them wants. */
  readonly matched: readonly Reason[];
  /** Rows that hold or not, depending on what the question left open. */
  readonly open: readonly { readonly rule: RuleRef; readonly missing: readonly string[] }[];
  /** Allow rows that do not hold, and what each of them misses; the nearest first. */
  readonly missed: readonly NearMiss[];
  /** Rows about such a change that count elements, where the network to count in is made up. */
  readonly counting: readonly RuleRef[];
};

export type Reason = {
  readonly rule: RuleRef /** What its condition found. */;
  readonly because: string | null;
};

/**
 * Asks the real gate and explains. `subject` is `user:x` or `role:x`: a role is asked about as somebody who has this role
 * and no other. `clock` in milliseconds since 1970. The policy must come from `loadPolicy`.
 */
export function askPolicy(policy: Policy, hypothesis: Hypothesis, subject: string, clock: number): Answer {
  const asked = isUser(subject) ? { policy, user: subject } : memberOf(policy, subject);
  const engine = engineOf(asked.policy);
  if (engine === null) throw new Error('the policy was not loaded by loadPolicy');
  const run = runOf(engine, asked.user, clock, {
    network: hypothesis.network,
    scope: hypothesis.scope,
    base: null,
    result: hypothesis.type === 'changes' ? hypothesis.result : null,
    baseHash: '',
    resultHash: '',
    changes: [],
  });
  const parts =
    hypothesis.type === 'changes'
      ? changeParts(asked.policy, engine, hypothesis, run)
      : [actPart(asked.policy, engine, hypothesis, run)];
  const words = new Set(parts.map(({ word }) => word));
  const [only = 'no'] = words;
  return { word: words.size === 1 ? only : words.has('depends') ? 'depends' : 'no', parts };
}

// Roles as subjects.

type Member = { readonly policy: Policy; readonly user: string };

const members = new WeakMap<Policy, Map<string, Member>>();

/** The policy with one user more for each of its roles (and for the one that is asked about), who has just this role, everywhere. */
function memberOf(policy: Policy, role: string): Member {
  const known = members.get(policy)?.get(role);
  if (known !== undefined) return known;
  const all = [...new Set([role, ...subjectsOf(policy).filter(isRole)])];
  const taken = new Set(subjectsOf(policy));
  const users = all.map((one) => strangerCalled(`anyone-with-${one.slice('role:'.length)}`, taken));
  const more: Policy = Object.freeze({
    ...policy,
    links: Object.freeze([
      ...policy.links,
      ...all.map((one, at) => ({ member: users[at] ?? '', role: one, network: '*' })),
    ]),
  });
  const fault = startEngine(more);
  if (fault !== null) throw new Error(fault);
  const made = new Map(all.map((one, at) => [one, { policy: more, user: users[at] ?? '' }]));
  members.set(policy, made);
  const member = made.get(role);
  if (member === undefined) throw new Error('the role that was asked about is among all');
  return member;
}

/** A user whom the policy does not name: `user:anyone-with-tenant-a`. */
function strangerCalled(wanted: string, taken: Set<string>): string {
  for (let name = wanted.slice(0, 200); ; name += '-') {
    const user = userSubject(name);
    if (user === null || taken.has(user)) continue;
    taken.add(user);
    return user;
  }
}

/** False when no row could allow it, so that there is nothing to ask. Cheap. */
export function couldBeAllowed(policy: Policy, hypothesis: Hypothesis, subject: string): boolean {
  const { policy: asked, user } = isUser(subject) ? { policy, user: subject } : memberOf(policy, subject);
  const engine = engineOf(asked);
  if (engine === null) throw new Error('the policy was not loaded by loadPolicy');
  const { network, scope } = hypothesis;
  if (hypothesis.type !== 'changes') return true;
  return hypothesis.points.every(({ change }) =>
    engine.index
      .candidates(user, network, change.op, scope, placeOf(change.pair))
      .rows.some(({ effect }) => effect === 'allow'),
  );
}

// Changes.

type Changes = Extract<Hypothesis, { readonly type: 'changes' }>;

function changeParts(policy: Policy, engine: Engine, hypothesis: Changes, run: Run): readonly Part[] {
  const { network, scope, base, result, points } = hypothesis;
  const answer = gate(policy, {
    target: 'hypothesis',
    subject: run.subject,
    realSubject: run.subject,
    clock: run.clock,
    documents: [
      {
        network,
        scope,
        base,
        result,
        baseHash: 'hypothesis',
        resultHash: 'hypothesis',
        changes: points.map(({ change }) => change),
      },
    ],
  });
  const nearest = nearMisses(policy.rules);
  return points.map((point, at) => {
    const verdict = answer.verdicts[0]?.[at];
    if (verdict === undefined) throw new Error('the gate answers every change');
    return changePart(engine, hypothesis, { ...run, open: point.unstated }, point, verdict, nearest);
  });
}

function changePart(
  engine: Engine,
  { keyless, real }: Changes,
  run: Run,
  point: Point,
  verdict: Verdict,
  nearest: ReturnType<typeof nearMisses>,
): Part {
  const { change } = point;
  const { op, scope } = change;
  const located: Located = { place: placeOf(change.pair), kind: change.kind, leaf: change.leaf };
  const question: Question = { asked: { type: 'change', located }, run };
  const candidates = [engine.index, engine.trials].flatMap(
    (index) => index.candidates(run.subject, run.network, op, scope, located.place).rows,
  );
  const matched: Reason[] = [];
  const open: { readonly rule: RuleRef; readonly missing: readonly string[] }[] = [];
  const counting: RuleRef[] = [];
  for (const rule of candidates) {
    const standing = standingOf(rule, located, keyless, run);
    if (standing.truth === TRUE) matched.push({ rule: rule.ref, because: becauseOf(rule, question) });
    else if (standing.truth === UNKNOWN) open.push({ rule: rule.ref, missing: standing.missing });
    if (!real && COUNTS.test(rule.when) && coverOf(rule.covers, question.asked) !== null)
      counting.push(rule.ref);
  }
  matched.sort((a, b) => a.rule.line - b.rule.line);
  const word = wordOf(verdict, matched, open);
  const involved = new Set([...matched, ...open].map(({ rule }) => rule));
  return {
    about: point.about,
    word,
    verdict,
    decider: decidedBy(verdict, matched) ?? deciderOf(matched),
    matched,
    open,
    missed: word === 'yes' ? [] : nearest(run, located, op, scope).filter(({ rule }) => !involved.has(rule)),
    counting,
  };
}

/** A condition that counts. A quoted value with such a text in it does no harm: this only words a remark. */
const COUNTS = /\bcount\s*\(/;

/** As the gate decides, and only where no open row could change it. */
function wordOf(
  { decision }: Verdict,
  matched: readonly Reason[],
  open: readonly { readonly rule: RuleRef }[],
): Word {
  const has = (list: readonly { readonly rule: RuleRef }[], effect: RuleRef['effect']): boolean =>
    list.some(({ rule }) => rule.effect === effect);
  if (has(matched, 'deny')) return 'no';
  if (has(matched, 'allow'))
    return has(open, 'deny') ? 'depends' : decision.type === 'allowed' ? 'yes' : 'no';
  return has(open, 'allow') ? 'depends' : 'no';
}

/** The gate's own word, unless it rests on a row that hangs on what was not given. */
function decidedBy({ decision }: Verdict, matched: readonly Reason[]): RuleRef | null {
  if (decision.type === 'default-deny') return null;
  return matched.some(({ rule }) => rule === decision.rule) ? decision.rule : null;
}

/** Casbin names the first row that denies, else the last that allows. */
function deciderOf(matched: readonly Reason[]): RuleRef | null {
  const rules = matched.map(({ rule }) => rule);
  return (
    rules.find(({ effect }) => effect === 'deny') ??
    rules.findLast(({ effect }) => effect === 'allow') ??
    null
  );
}

/** UNKNOWN: it hangs on what is missing. */
type Standing = { readonly truth: Truth; readonly missing: readonly string[] };

const FAILS: Standing = { truth: FALSE, missing: [] };
const HOLDS: Standing = { truth: TRUE, missing: [] };

/** Whether the row holds, if what the question left open may be anything. */
function standingOf(rule: Rule, located: Located, keyless: ReadonlySet<string>, run: Run): Standing {
  if (rule.covers.type !== 'changes') return FAILS;
  const [freed, names] = withoutKeys(rule.covers.pattern, keyless);
  const anchors = anchorsOf(freed, located);
  if (anchors.length === 0) return FAILS;
  const standing = conditionStanding(rule, anchors, run);
  return standing.truth === FALSE || names.length === 0
    ? standing
    : { truth: UNKNOWN, missing: [...names.map((name) => `the key of \`${name}\``), ...standing.missing] };
}

/** The pattern for elements of which nobody said the key, and the names of those. */
function withoutKeys(pattern: PathPattern, keyless: ReadonlySet<string>): [PathPattern, readonly string[]] {
  const names = pattern.steps.flatMap(({ name, keys }) =>
    name !== null && keys !== null && keyless.has(name) ? [name] : [],
  );
  const steps = pattern.steps.map((step) =>
    step.name !== null && keyless.has(step.name) ? { ...step, keys: null } : step,
  );
  return [{ ...pattern, steps }, names];
}

/** Rules 16 and 18, with a third outcome for what was not given. */
function conditionStanding(rule: Rule, anchors: readonly Anchor[], run: Run): Standing {
  const allow = rule.effect === 'allow';
  const asked = anchors.filter((anchor) => !allow || anchor.named);
  if (asked.length === 0) return FAILS;
  if (rule.condition.text === '') return HOLDS;
  const missing = new Set<string>();
  let truth: Truth = allow ? TRUE : FALSE;
  for (const anchor of asked) {
    const test = testFor(rule.condition, anchor.pair.spec);
    for (const { evidence } of sidesOf(anchor, run)) {
      const touched = new Set<string>();
      const recording: Run = {
        ...run,
        open: (element, leaf) => {
          if (run.open?.(element, leaf) !== true) return false;
          const where =
            anchor.pair.base === null ||
            anchor.pair.result === null ||
            anchor.pair.base === anchor.pair.result
              ? ''
              : element === anchor.pair.base
                ? 'before.'
                : 'after.';
          touched.add(`\`${where}${leaf}\``);
          return true;
        },
      };
      const found = test.truth({ ...evidence, run: recording });
      // unknown because it is absent is settled: it satisfies no allow and escapes no deny
      const settled: Truth = found !== UNKNOWN ? found : touched.size > 0 ? UNKNOWN : allow ? FALSE : TRUE;
      if (settled === UNKNOWN) for (const name of touched) missing.add(name);
      truth = allow ? and(truth, settled) : or(truth, settled);
    }
  }
  return { truth, missing: truth === UNKNOWN ? [...missing] : [] };
}

// Acts.

type ActAsked = Exclude<Hypothesis, { readonly type: 'changes' }>;

function actPart(policy: Policy, engine: Engine, hypothesis: ActAsked, run: Run): Part {
  const { network, scope } = hypothesis;
  let whom = '';
  let asked: Question['asked'] = { type: 'act' };
  let from = engine;
  let word: Word | null = null;
  if (hypothesis.type === 'impersonate') {
    const other = isUser(hypothesis.other)
      ? { policy, user: hypothesis.other }
      : memberOf(policy, hypothesis.other);
    from = engineOf(other.policy) ?? engine;
    whom = hypothesis.other;
    asked = { type: 'impersonate', other: other.user, roles: from.closure(other.user, network) };
    const { impersonation } = gate(other.policy, {
      target: 'hypothesis',
      subject: other.user,
      realSubject: run.subject,
      clock: run.clock,
      documents: [{ network, scope, base: null, result: null, baseHash: '', resultHash: '', changes: [] }],
    });
    // who asks to act as themselves needs no rule
    word = impersonation === null || impersonation.allowed ? 'yes' : 'no';
  }
  const op = hypothesis.type === 'act' ? hypothesis.act : 'impersonate';
  const question: Question = { asked, run };
  const { rows } = from.index.candidates(run.subject, network, op, scope, null);
  const decision = from.decide(rows, run.subject, network, question, op, scope);
  const matched = rows.flatMap((rule): readonly Reason[] => {
    const cover = coverOf(rule.covers, asked);
    if (cover === null) return [];
    const evidence = { current: null, before: null, after: null, run };
    const test = testFor(rule.condition, null);
    const truth = test.truth(evidence);
    if (rule.effect === 'allow' ? truth !== TRUE : truth === FALSE) return [];
    return [{ rule: rule.ref, because: test.because(evidence).join(' and ') || null }];
  });
  word ??= decision.ok && decision.value.allowed ? 'yes' : 'no';
  return {
    about: whom === '' ? `${op} network` : `${op} ${whom}`,
    word,
    verdict: null,
    decider: deciderOf(matched),
    matched,
    open: [],
    missed: word === 'yes' ? [] : actMisses(policy.rules, asked, op, run),
    counting: [],
  };
}

/** Allow rows about such an act that are for somebody else, another network, other people or other hours. */
function actMisses(
  rules: readonly Rule[],
  asked: Question['asked'],
  op: string,
  run: Run,
): readonly NearMiss[] {
  return rules
    .flatMap((rule) => {
      if (rule.effect !== 'allow' || !rule.operations.has(op)) return [];
      const missed: string[] = [];
      if (coverOf(rule.covers, asked) === null) missed.push(`is about \`${rule.path}\``);
      if (rule.subject !== run.subject && !run.roles.has(rule.subject))
        missed.push(`is for \`${rule.subject}\``);
      if (!networkMatches(run.network, rule.network)) missed.push(`is for networks \`${rule.network}\``);
      const test = testFor(rule.condition, null);
      const evidence = { current: null, before: null, after: null, run };
      if (test.truth(evidence) !== TRUE)
        missed.push(`condition false: ${test.because(evidence).join(' and ')}`);
      return missed.length === 0 ? [] : [{ rule: rule.ref, missed: missed.join('; '), count: missed.length }];
    })
    .sort((a, b) => a.count - b.count)
    .slice(0, 3)
    .map(({ rule, missed }) => ({ rule, missed }));
}
