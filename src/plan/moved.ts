// A plan that somebody saw, and the same plan made again once they agreed: what is written is what was shown, or nothing.

import { decisionOf } from '../policy/decision.ts';
import type { DocumentPlan, Plan } from './plan.ts';

/** Denied, or asked for by somebody who may not act as the other. */
export function isRefused({ allowed, impersonation }: Plan): boolean {
  return !allowed || impersonation?.allowed === false;
}

/** What is not as it was shown, as the beginning of a sentence; null when all of it is. */
export function whatMoved(shown: Plan, now: Plan): string | null {
  if (shown.policy.hash !== now.policy.hash) return 'the policy';
  if (shown.documents.length !== now.documents.length) return 'the networks';
  for (const [index, before] of shown.documents.entries()) {
    const after = now.documents[index]!; // same length
    const what = `network \`${before.network}\``;
    if (before.network !== after.network || before.scope !== after.scope) return 'the networks';
    if (before.baseHash !== after.baseHash) return what;
    if (before.resultHash !== after.resultHash || before.changes.length !== after.changes.length)
      return 'the script, or what it reads,';
    if (verdictsOf(before) !== verdictsOf(after)) return `what the policy says to ${what}`;
    if (effectsOf(before) !== effectsOf(after)) return `how it takes effect in ${what}`;
  }
  return null;
}

function verdictsOf({ verdicts }: DocumentPlan): string {
  return verdicts.map(decisionOf).join('\n');
}

function effectsOf({ effects }: DocumentPlan): string {
  return effects.map((effect) => JSON.stringify(effect)).join('\n');
}
