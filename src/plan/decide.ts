// Assembled documents → a plan with its verdicts, through the gate.

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { gate } from '../policy/gate.ts';
import type { Assembled } from './assemble.ts';
import type { PlanContext, Planned } from './context.ts';
import type { Plan } from './plan.ts';

/** Asks the gate about all documents at once: the permit is for all or for none. */
export function decide(
  context: PlanContext,
  documents: readonly Assembled[],
  because: string | null,
  diagnostics: readonly Diagnostic[],
): Planned {
  const { target, subject, realSubject, clock, policy } = context;
  const answer = gate(policy, { target, subject, realSubject, clock, documents });
  const plan: Plan = {
    target,
    subject,
    realSubject,
    impersonation: answer.impersonation,
    because,
    policy: { name: policy.name, hash: policy.hash },
    clock,
    documents: documents.map((document, at) => ({
      network: document.network,
      scope: document.scope,
      changes: document.changes,
      verdicts: answer.verdicts[at] ?? [],
      effects: document.changes.map(() => ({ type: 'stored' })),
      baseText: document.baseText,
      resultText: document.resultText,
      baseHash: document.baseHash,
      resultHash: document.resultHash,
    })),
    allowed: answer.verdicts.every((verdicts) =>
      verdicts.every(({ decision }) => decision.type === 'allowed'),
    ),
    diagnostics,
  };
  return { plan, permit: answer.permit };
}
