// Cases of policy tests that two policies answer differently. Whether a case passes is not asked: that is `policy test`.

import type { Load } from '../compile/prepare.ts';
import type { Policy } from '../policy/policy.ts';
import type { TestCase } from '../policy/test-file.ts';
import type { RuleRef } from '../policy/verdict.ts';
import { runPolicyTests } from './policy-test.ts';

export type CaseChange = {
  readonly test: TestCase;
  readonly now: 'allowed' | 'denied';
  /** The rows that decided, each once; none where no row did. */
  readonly before: readonly RuleRef[];
  readonly after: readonly RuleRef[];
};

/** `asked`: cases that both policies could answer. */
export function diffPolicyTests(
  older: Policy,
  newer: Policy,
  cases: readonly TestCase[],
  load: Load,
): { readonly changes: readonly CaseChange[]; readonly asked: number } {
  // which row decides is no matter here, and the older policy may not have it
  const bare = cases.map((test) => ({ ...test, by: null, reported: null }));
  const then = runPolicyTests(older, bare, load).outcomes;
  const now = runPolicyTests(newer, bare, load).outcomes;
  let asked = 0;
  const changes = cases.flatMap((test, at): readonly CaseChange[] => {
    const [before, after] = [then[at], now[at]];
    if (before === undefined || after === undefined || before.got === null || after.got === null) return [];
    asked++;
    if (before.got === after.got) return [];
    return [
      {
        test,
        now: after.got === 'allow' ? 'allowed' : 'denied',
        before: before.deciders,
        after: after.deciders,
      },
    ];
  });
  return { changes, asked };
}
