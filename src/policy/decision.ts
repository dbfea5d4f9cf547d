// Verdicts by what was decided and why, for whoever compares or groups them.

import { unreachable } from '../std/unreachable.ts';
import type { RuleRef, Verdict } from './verdict.ts';

/** Equal for two verdicts exactly when the same was decided for the same reasons. */
export function decisionOf(verdict: Verdict): string {
  const { decision, reports } = verdict;
  const trial = reports.length === 0 ? '' : ` report ${reports.map(ruleName).join()}`;
  switch (decision.type) {
    case 'allowed':
      return ruleName(decision.rule) + trial;
    case 'denied':
      return `${roughDecisionOf(verdict)} ${decision.because ?? ''}${trial}`;
    case 'default-deny':
      return `default ${decision.fault ?? ''} ${decision.nearest.map((near) => `${ruleName(near.rule)} ${near.missed}`).join('|')}${trial}`;
    default:
      return unreachable(decision);
  }
}

/** As `decisionOf`, but without the values that a rule missed: what many denials are folded by. */
export function roughDecisionOf({ decision }: Verdict): string {
  switch (decision.type) {
    case 'allowed':
      return ruleName(decision.rule);
    case 'denied':
      return `denied ${ruleName(decision.rule)}`;
    case 'default-deny':
      return `default ${decision.nearest.map((near) => ruleName(near.rule)).join()}`;
    default:
      return unreachable(decision);
  }
}

const names = new WeakMap<RuleRef, string>();

/** `policies/policy.csv:12`. One string per rule object, because tens of thousands of verdicts share a handful of rules. */
export function ruleName(rule: RuleRef): string {
  let name = names.get(rule);
  if (name === undefined) {
    name = `${rule.file}:${rule.line}`;
    names.set(rule, name);
  }
  return name;
}
