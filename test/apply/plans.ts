// Plans with real permits, for networks of a few bytes. Runs in child processes, too.

import type { Target } from '../../src/apply/target.ts';
import type { Change } from '../../src/diff/change.ts';
import { changesHash } from '../../src/diff/changes-hash.ts';
import { ABSENT_HASH, type DocumentPlan, type Plan } from '../../src/plan/plan.ts';
import { issuePermit, type Permit, type Permitted } from '../../src/policy/permit.ts';
import { sha256Hex } from '../../src/std/sha256.ts';

/** A network whose text says `what`. */
export function network(name: string, what: string): string {
  return `<network>\n  <name>${name}</name>\n  <title>${what}</title>\n</network>\n`;
}

/** Network → its text before and after; null for none. */
export type Edits = Readonly<Record<string, readonly [before: string | null, after: string | null]>>;

export type Planned = { readonly plan: Plan; readonly permit: Permit; readonly permitted: Permitted };

const rule = { file: 'policies/policy.csv', line: 3, text: 'p, allow, …', effect: 'allow' as const };

function hash(text: string | null): string {
  return text === null ? ABSENT_HASH : sha256Hex(text);
}

/** Cut short: a large network must not make a large journal. */
function shortValue(text: string | null): Change['before'] {
  return text === null ? null : { value: text.slice(0, 60), written: text.slice(0, 60) };
}

/** One change per edit, of the text. */
function documentOf(name: string, before: string | null, after: string | null): DocumentPlan {
  const change: Change = {
    op: before === null ? 'add' : after === null ? 'remove' : 'modify',
    kind: 'text',
    scope: 'config',
    pair: { parent: null, spec: null, step: null, base: null, result: null },
    leaf: { type: 'text' },
    before: shortValue(before),
    after: shortValue(after),
    position: null,
    cause: [],
  };
  const changes = before === after ? [] : [change];
  return {
    network: name,
    scope: 'config',
    changes,
    verdicts: changes.map((one) => ({ change: one, decision: { type: 'allowed', rule }, reports: [] })),
    effects: changes.map(() => ({ type: 'stored' })),
    baseText: before,
    resultText: after,
    baseHash: hash(before),
    resultHash: hash(after),
  };
}

/** A plan, and the permit that the gate would give for it. */
export function planned(target: Target, edits: Edits, clock = Date.now(), subject = 'user:olga'): Planned {
  const documents = Object.entries(edits).map(([name, [before, after]]) => documentOf(name, before, after));
  return permitFor({
    target: target.name,
    subject,
    realSubject: subject,
    impersonation: null,
    because: 'a test',
    policy: { name: 'policies', hash: sha256Hex('policy') },
    clock,
    documents,
    allowed: true,
    diagnostics: [],
  });
}

export function permitFor(plan: Plan): Planned {
  const permitted: Permitted = {
    target: plan.target,
    documents: plan.documents.map(({ network: name, scope, baseHash, resultHash }) => ({
      network: name,
      scope,
      baseHash,
      resultHash,
    })),
    changesHash: changesHash(plan.documents),
    policyHash: plan.policy.hash,
    subject: plan.subject,
    realSubject: plan.realSubject,
    madeAt: plan.clock,
  };
  return { plan, permit: issuePermit(permitted), permitted };
}
