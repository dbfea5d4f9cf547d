// A plan as JSON: what `plan --json` prints and `apply plan.json` takes. It is no permit: apply plans and gates again.

import { type Checked, error } from '../diagnostics/diagnostic.ts';
import { type Change, stepsOf } from '../diff/change.ts';
import { changesHash } from '../diff/changes-hash.ts';
import { pathText } from '../network/path.ts';
import type { Scope } from '../network/scope.ts';
import type { RuleRef, Verdict } from '../policy/verdict.ts';
import { placeText, type Source, span } from '../source/source.ts';
import { sha256Hex } from '../std/sha256.ts';
import { unreachable } from '../std/unreachable.ts';
import type { PlanContext, Planned } from './context.ts';
import { planDocument } from './document.ts';
import { ABSENT_HASH, type Plan, type TakesEffect } from './plan.ts';

/** Fields may be added; one that changes or goes makes a new version. */
export const SAVED_PLAN_VERSION = 1;

export type SavedChange = {
  readonly op: Change['op'];
  readonly kind: Change['kind'];
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  /** `script.sluice:3:1`, innermost last. */
  readonly cause: readonly string[];
  readonly effect: TakesEffect['type'];
  /** The same, with what it costs and why it waits. */
  readonly takesEffect: TakesEffect;
  readonly verdict: SavedVerdict;
};

export type SavedVerdict = {
  readonly decision: 'allowed' | 'denied' | 'default-deny';
  readonly rule: SavedRule | null;
  readonly because: string | null;
  readonly nearest: readonly { readonly rule: SavedRule; readonly missed: string }[];
  /** Rules on trial that would have denied it. */
  readonly reports: readonly SavedRule[];
};

export type SavedRule = { readonly file: string; readonly line: number; readonly text: string };

export type SavedPlan = {
  readonly format: 'sluice-plan';
  readonly version: typeof SAVED_PLAN_VERSION;
  readonly target: string;
  readonly subject: string;
  readonly realSubject: string;
  readonly impersonation: { readonly allowed: boolean; readonly rule: SavedRule | null } | null;
  readonly because: string | null;
  readonly policy: { readonly name: string; readonly hash: string };
  /** ISO 8601, UTC. */
  readonly clock: string;
  readonly allowed: boolean;
  /** Of all changes, in their canonical text. */
  readonly changesHash: string;
  readonly documents: readonly {
    readonly network: string;
    readonly scope: Scope;
    readonly baseHash: string;
    readonly resultHash: string;
    /** The network as it will be; null when it will be deleted. */
    readonly result: string | null;
    readonly changes: readonly SavedChange[];
  }[];
};

/** The plan as a plain object, ready for JSON. */
export function savePlan(plan: Plan): SavedPlan {
  return {
    format: 'sluice-plan',
    version: SAVED_PLAN_VERSION,
    target: plan.target,
    subject: plan.subject,
    realSubject: plan.realSubject,
    impersonation:
      plan.impersonation === null
        ? null
        : {
            allowed: plan.impersonation.allowed,
            rule: plan.impersonation.rule === null ? null : savedRule(plan.impersonation.rule),
          },
    because: plan.because,
    policy: plan.policy,
    clock: new Date(plan.clock).toISOString(),
    allowed: plan.allowed,
    changesHash: changesHash(plan.documents),
    documents: plan.documents.map((document) => ({
      network: document.network,
      scope: document.scope,
      baseHash: document.baseHash,
      resultHash: document.resultHash,
      result: document.resultText,
      changes: document.changes.map((change, at) => {
        const verdict = document.verdicts[at];
        const effect = document.effects[at];
        if (verdict === undefined || effect === undefined)
          throw new Error('every change has a verdict and an effect');
        return {
          op: change.op,
          kind: change.kind,
          path: pathText(stepsOf(change.pair), change.leaf),
          before: change.before?.value ?? null,
          after: change.after?.value ?? null,
          cause: change.cause.map(placeText),
          effect: effect.type,
          takesEffect: effect,
          verdict: savedVerdict(verdict),
        };
      }),
    })),
  };
}

function savedVerdict({ decision, reports }: Verdict): SavedVerdict {
  const trial = reports.map(savedRule);
  switch (decision.type) {
    case 'allowed':
      return {
        decision: 'allowed',
        rule: savedRule(decision.rule),
        because: null,
        nearest: [],
        reports: trial,
      };
    case 'denied':
      return {
        decision: 'denied',
        rule: savedRule(decision.rule),
        because: decision.because,
        nearest: [],
        reports: trial,
      };
    case 'default-deny':
      return {
        decision: 'default-deny',
        rule: null,
        because: null,
        nearest: decision.nearest.map((near) => ({ rule: savedRule(near.rule), missed: near.missed })),
        reports: trial,
      };
    default:
      return unreachable(decision);
  }
}

function savedRule({ file, line, text }: RuleRef): SavedRule {
  return { file, line, text };
}

/** What a saved plan must hold for being applied; the rest is for people. */
export type PlanToApply = Pick<SavedPlan, 'target' | 'because' | 'policy' | 'changesHash'> & {
  readonly source: Source;
  readonly documents: readonly Pick<
    SavedPlan['documents'][number],
    'network' | 'scope' | 'baseHash' | 'resultHash' | 'result'
  >[];
};

/** Reads what `plan --json` or `plan --out` wrote. A diagnostic when it is something else or was edited. */
export function readSavedPlan(source: Source): Checked<PlanToApply | null> {
  const wrong = (message: string): Checked<null> => ({
    value: null,
    diagnostics: [
      error('SL704', span(source, 0, 0), message, {
        help: 'make one with `sluice plan --out plan.json SCRIPT`',
      }),
    ],
  });
  let data: unknown;
  try {
    data = JSON.parse(source.text);
  } catch {
    return wrong(`\`${source.name}\` is not well-formed JSON`);
  }
  const plan = isRecord(data) && isRecord(data['plan']) ? data['plan'] : data;
  if (!isRecord(plan) || plan['format'] !== 'sluice-plan')
    return wrong(`\`${source.name}\` is not a saved plan`);
  if (plan['version'] !== SAVED_PLAN_VERSION)
    return wrong(
      `\`${source.name}\` was made by another version of sluice: format ${String(plan['version'])}, this one reads ${SAVED_PLAN_VERSION}`,
    );
  const { target, because, policy, changesHash: hash, documents } = plan;
  if (
    typeof target !== 'string' ||
    typeof hash !== 'string' ||
    !isRecord(policy) ||
    typeof policy['name'] !== 'string' ||
    typeof policy['hash'] !== 'string' ||
    !Array.isArray(documents) ||
    (because !== null && typeof because !== 'string')
  ) {
    return wrong(`\`${source.name}\` lacks a part of a saved plan`);
  }
  const read: PlanToApply['documents'][number][] = [];
  for (const item of documents as readonly unknown[]) {
    if (!isRecord(item)) return wrong(`\`${source.name}\` lacks a part of a saved plan`);
    const { network, scope, baseHash, resultHash, result } = item;
    if (
      typeof network !== 'string' ||
      (scope !== 'config' && scope !== 'live') ||
      typeof baseHash !== 'string' ||
      typeof resultHash !== 'string' ||
      (result !== null && typeof result !== 'string')
    ) {
      return wrong(`\`${source.name}\` lacks a part of a saved plan`);
    }
    if ((result === null ? ABSENT_HASH : sha256Hex(result)) !== resultHash)
      return wrong(
        `\`${source.name}\` was changed after it was made: the result of \`${network}\` has another hash`,
      );
    read.push({ network, scope, baseHash, resultHash, result });
  }
  return {
    value: {
      source,
      target,
      because,
      policy: { name: policy['name'], hash: policy['hash'] },
      changesHash: hash,
      documents: read,
    },
    diagnostics: [],
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Plans a saved plan again: same base, same policy, same changes, or a diagnostic that says what moved (SL703, SL709).
 * Whether it is still allowed is the gate's to say, now and for who applies it.
 */
export function planSaved(saved: PlanToApply, context: PlanContext): Checked<Planned | null> {
  const at = span(saved.source, 0, 0);
  const stale = (message: string, help: string): Checked<null> => ({
    value: null,
    diagnostics: [error('SL703', at, message, { help })],
  });
  const again = 'plan again, look at what changed, and apply that plan';
  if (saved.target !== context.target)
    return stale(
      `the plan is for target \`${saved.target}\`, not \`${context.target}\``,
      'give the target that it was made for with `--target`',
    );
  if (saved.policy.hash !== context.policy.hash) {
    return {
      value: null,
      diagnostics: [
        error(
          'SL709',
          at,
          `the policy is not the one that the plan was made under (\`${saved.policy.name}\`)`,
          { help: again },
        ),
      ],
    };
  }
  for (const document of saved.documents) {
    const stored = context.documents.find(
      (one) => one.network === document.network && one.scope === document.scope,
    );
    const hash = stored === undefined ? ABSENT_HASH : (stored.hash ?? sha256Hex(stored.source.text));
    if (hash !== document.baseHash)
      return stale(`\`${document.network}\` is not as it was when the plan was made`, again);
  }
  const desired = saved.documents.map(({ network, scope, result }) => ({
    network,
    scope,
    source: result === null ? null : { name: `${saved.source.name}:${network}`, text: result },
  }));
  const planned = planDocument(desired, context, saved.because);
  if (planned.value === null) return planned;
  if (changesHash(planned.value.plan.documents) !== saved.changesHash)
    return stale('the plan does not come to the changes it shows', again);
  return planned;
}
