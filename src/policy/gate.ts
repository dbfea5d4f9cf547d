// The gate: changes in, verdicts out, and a permit when every one is allowed. It decides on changes, never on scripts.

import type { Change, Pair } from '../diff/change.ts';
import { changesHash } from '../diff/changes-hash.ts';
import type { XmlDocument } from '../xml/document.ts';
import type { Run } from './condition.ts';
import { countIn } from './counting.ts';
import { type Engine, engineOf } from './engine.ts';
import { isUser } from './names.ts';
import { becauseOf, nearMisses } from './near-miss.ts';
import { type Located, type Place, placeOf } from './path-match.ts';
import { issuePermit, type Permit } from './permit.ts';
import type { Policy, Rule } from './policy.ts';
import { coverOf, holds, type Question } from './question.ts';
import type { RuleRef, Verdict } from './verdict.ts';

export type GateRequest = {
  /** The target's canonical name: `dir:/abs/networks`. */
  readonly target: string;
  /** `user:alice`: who policy decides about; and who really asks. Built from verified names by the caller with `userSubject`. */
  readonly subject: string;
  readonly realSubject: string;
  /** Milliseconds since 1970: one clock per gate run. */
  readonly clock: number;
  readonly documents: readonly {
    readonly network: string;
    readonly scope: 'live' | 'config';
    /** Null for a network that is being created / deleted (`add` / `remove` of `network`). */
    readonly base: XmlDocument | null;
    readonly result: XmlDocument | null;
    readonly baseHash: string;
    readonly resultHash: string;
    readonly changes: readonly Change[];
  }[];
};

export type GateAnswer = {
  /** One list per document, in the order of its changes. */
  readonly verdicts: readonly (readonly Verdict[])[];
  /** The `impersonate` decision; null when nobody is impersonated. */
  readonly impersonation: { readonly allowed: boolean; readonly rule: RuleRef | null } | null;
  /** Null when anything is denied. */
  readonly permit: Permit | null;
};

export type Gate = (policy: Policy, request: GateRequest) => GateAnswer;

/**
 * Decides every change of every document (rules 22 to 29), also behind a denial; never throws. Whatever goes wrong inside
 * is a denial that says so. The permit binds what was decided on and nothing else.
 */
export const gate: Gate = (policy, request) => {
  const engine = safely(() => engineOf(policy), null);
  const impersonation =
    request.subject === request.realSubject ? null : safely(() => mayImpersonate(engine, request), REFUSED);
  const verdicts = request.documents.map((document) => {
    try {
      return decideDocument(engine, policy, request, document);
    } catch (thrown) {
      return document.changes.map((change) => fault(change, messageOf(thrown)));
    }
  });
  const allowed = safely(
    () =>
      engine !== null &&
      isUser(request.subject) &&
      isUser(request.realSubject) &&
      (impersonation === null || impersonation.allowed) &&
      verdicts.every(
        (list, at) =>
          list.length === request.documents[at]?.changes.length &&
          list.every(({ decision }) => decision.type === 'allowed'),
      ),
    false,
  );
  return { verdicts, impersonation, permit: allowed ? safely(() => permitFor(policy, request), null) : null };
};

function permitFor(policy: Policy, request: GateRequest): Permit {
  return issuePermit({
    target: request.target,
    documents: request.documents.map(({ network, scope, baseHash, resultHash }) => ({
      network,
      scope,
      baseHash,
      resultHash,
    })),
    changesHash: changesHash(request.documents),
    policyHash: policy.hash,
    subject: request.subject,
    realSubject: request.realSubject,
    madeAt: request.clock,
  });
}

type DocumentRequest = GateRequest['documents'][number];

/** What holds for every decision about one document; each `count(…)` is taken once (rule 21). */
export function runOf(engine: Engine, subject: string, clock: number, document: DocumentRequest): Run {
  const counts = new Map<string, { readonly sure: number; readonly possible: number }>();
  const run: Run = {
    subject,
    network: document.network,
    roles: engine.closure(subject, document.network),
    clock,
    count: (counted) => {
      let found = counts.get(counted.text);
      if (found === undefined) {
        found = countIn(document.result?.root ?? null, counted, run);
        counts.set(counted.text, found);
      }
      return found;
    },
  };
  return run;
}

function decideDocument(
  engine: Engine | null,
  policy: Policy,
  request: GateRequest,
  document: DocumentRequest,
): readonly Verdict[] {
  if (engine === null)
    return document.changes.map((change) => fault(change, 'this policy was not loaded by Sluice'));
  if (!isUser(request.subject))
    return document.changes.map((change) => fault(change, `\`${request.subject}\` is no user`));
  const run = runOf(engine, request.subject, request.clock, document);
  const nearest = nearMisses(policy.rules);
  let last: Settled | null = null;
  return document.changes.map((change) => {
    try {
      if (change.scope !== document.scope)
        return fault(change, 'a change of one scope stands among those of another');
      const place: Place = last !== null && last.pair === change.pair ? last.place : placeOf(change.pair);
      const located: Located = { place, kind: change.kind, leaf: change.leaf };
      const settled: Settled =
        last !== null && sameRequest(last, change) ? last : settle(engine, run, change, located);
      last = settled;
      const { reports } = settled;
      const decision = settled.decision ?? {
        type: 'default-deny',
        nearest: safely(() => nearest(run, located, change.op, change.scope), []),
        fault: null,
      };
      return { change, decision, reports };
    } catch (thrown) {
      last = null;
      return fault(change, messageOf(thrown));
    }
  });
}

/** What was decided about a change, kept for the next: an element and its attributes come together. */
type Settled = {
  readonly pair: Pair;
  readonly place: Place;
  readonly op: Change['op'];
  readonly unknown: boolean;
  /** True when no rule that could match looks at the leaf. */
  readonly leafless: boolean;
  /** Null when no rule decided. */
  readonly decision: Verdict['decision'] | null;
  readonly reports: readonly RuleRef[];
};

/**
 * True when the model cannot tell the two requests apart: the same element (hence path, keys and all that a condition
 * reads), operation and scope, both known or both unknown, and no candidate row has a leaf in its path.
 */
function sameRequest(last: Settled, change: Change): boolean {
  return (
    last.leafless &&
    last.pair === change.pair &&
    last.op === change.op &&
    last.unknown === (change.kind === 'unknown')
  );
}

function settle(engine: Engine, run: Run, change: Change, located: Located): Settled {
  const { op, scope, pair } = change;
  const { place } = located;
  const question: Question = { asked: { type: 'change', located }, run };
  const candidates = engine.index.candidates(run.subject, run.network, op, scope, place);
  const trials = engine.trials.candidates(run.subject, run.network, op, scope, place);
  const answer = engine.decide(candidates.narrow(place), run.subject, run.network, question, op, scope);
  if (!answer.ok) throw new Error(answer.error);
  const { allowed, rule } = answer.value;
  const reports = reportsOf(trials.narrow(place), question);
  const decided = {
    pair,
    place,
    op,
    unknown: change.kind === 'unknown',
    leafless: candidates.leafless && trials.leafless,
    reports,
  };
  if (rule === null) return { ...decided, decision: null };
  if (allowed) return { ...decided, decision: { type: 'allowed', rule: rule.ref } };
  return {
    ...decided,
    decision: { type: 'denied', rule: rule.ref, because: safely(() => becauseOf(rule, question), null) },
  };
}

/** Rules on trial that would have denied (rule 29): apart from Casbin, because they decide nothing. */
function reportsOf(trials: readonly Rule[], question: Question): readonly RuleRef[] {
  if (trials.length === 0) return NO_REPORTS;
  return trials.flatMap((rule) => {
    const cover = coverOf(rule.covers, question.asked);
    return cover !== null && holds(rule.condition, 'report', cover, question.run) ? [rule.ref] : [];
  });
}

const NO_REPORTS: readonly RuleRef[] = [];

/** Something that fails gives what is safe: an explanation that fails must not turn a rule's denial into another. */
function safely<T>(make: () => T, otherwise: T): T {
  try {
    return make();
  } catch {
    return otherwise;
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : 'something was thrown that is no error';
}

function fault(change: Change, what: string): Verdict {
  return { change, decision: { type: 'default-deny', nearest: [], fault: what }, reports: NO_REPORTS };
}

type Impersonation = { readonly allowed: boolean; readonly rule: RuleRef | null };
const REFUSED: Impersonation = { allowed: false, rule: null };

/** Rule 25: the real subject needs an `impersonate` rule on every network and scope of the plan, with no deny. */
function mayImpersonate(engine: Engine | null, request: GateRequest): Impersonation {
  if (
    engine === null ||
    !isUser(request.subject) ||
    !isUser(request.realSubject) ||
    request.documents.length === 0
  )
    return REFUSED;
  let rule: RuleRef | null = null;
  for (const document of request.documents) {
    const { network, scope } = document;
    const asked: Question['asked'] = {
      type: 'impersonate',
      other: request.subject,
      roles: engine.closure(request.subject, network),
    };
    const question: Question = { asked, run: runOf(engine, request.realSubject, request.clock, document) };
    const { rows } = engine.index.candidates(request.realSubject, network, 'impersonate', scope, null);
    const decision = engine.decide(rows, request.realSubject, network, question, 'impersonate', scope);
    if (!decision.ok) return REFUSED;
    rule = decision.value.rule?.ref ?? null;
    if (!decision.value.allowed) return { allowed: false, rule };
  }
  return { allowed: true, rule };
}
