// Whether a permit is for this plan: every hash is made again here, from what would be written.

import { changesHash } from '../../diff/changes-hash.ts';
import { ABSENT_HASH, type Plan } from '../../plan/plan.ts';
import type { Permitted } from '../../policy/permit.ts';
import { hashOf } from './durable.ts';

/** Null, or in words what differs (rule 27). `target`: the name of the target that is to write. */
export function whyNotPermitted(plan: Plan, permitted: Permitted, target: string): string | null {
  if (permitted.target !== target) return `the permit is for \`${permitted.target}\``;
  if (plan.target !== target) return `the plan is for \`${plan.target}\``;
  if (permitted.subject !== plan.subject || permitted.realSubject !== plan.realSubject) {
    return `the permit is for \`${permitted.subject}\``;
  }
  if (permitted.policyHash !== plan.policy.hash) return 'the permit was given under another policy';
  if (!plan.allowed) return 'the plan is denied';
  if (permitted.documents.length !== plan.documents.length) return 'the permit is for other networks';
  const seen = new Set<string>();
  for (const [index, document] of plan.documents.entries()) {
    const bound = permitted.documents[index]!; // as many as the plan has
    const { network, scope, baseText, resultText, baseHash, resultHash } = document;
    if (bound.network !== network || bound.scope !== scope) return 'the permit is for other networks';
    if (seen.has(`${network}/${scope}`)) return `the plan has network \`${network}\` twice`;
    seen.add(`${network}/${scope}`);
    if (bound.baseHash !== baseHash || hashOfText(baseText) !== baseHash) {
      return `the permit is for another base of \`${network}\``;
    }
    if (bound.resultHash !== resultHash || hashOfText(resultText) !== resultHash) {
      return `the permit is for another result of \`${network}\``;
    }
    if (resultText !== null && /\p{Surrogate}/u.test(resultText)) {
      return `the result of \`${network}\` holds half a character, which no file can`;
    }
  }
  if (permitted.changesHash !== changesHash(plan.documents)) return 'the permit is for other changes';
  return null;
}

function hashOfText(text: string | null): string {
  return text === null ? ABSENT_HASH : hashOf(text);
}
