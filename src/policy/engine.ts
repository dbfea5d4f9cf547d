// A policy made ready to decide: its rows in Casbin behind the index, and its rules on trial beside them.

import { ALWAYS } from './condition.ts';
import { type Decide, makeDecide } from './enforcer.ts';
import { makeIndex, type RuleIndex } from './index.ts';
import { EVERYONE } from './names.ts';
import { placeOf } from './path-match.ts';
import { everythingPattern } from './path-pattern.ts';
import type { Policy, Rule } from './policy.ts';
import type { Question } from './question.ts';
import { type RoleClosure, roleClosure } from './roles.ts';

export type Engine = {
  readonly closure: RoleClosure;
  readonly decide: Decide;
  /** Rows that decide: allow and deny. */
  readonly index: RuleIndex;
  /** Rows on trial: report. */
  readonly trials: RuleIndex;
};

const engines = new WeakMap<Policy, Engine>();

/** The engine of a policy that `loadPolicy` made; null for anything else. */
export function engineOf(policy: Policy): Engine | null {
  return engines.get(policy) ?? null;
}

/** Makes the engine and tries it; the text says what the self test found wrong, null that all is well. */
export function startEngine(policy: Policy): string | null {
  const closure = roleClosure(policy.links);
  const engine: Engine = {
    closure,
    decide: makeDecide(closure),
    index: makeIndex(
      policy.rules.filter(({ effect }) => effect !== 'report'),
      closure,
    ),
    trials: makeIndex(
      policy.rules.filter(({ effect }) => effect === 'report'),
      closure,
    ),
  };
  const fault = selfTest();
  if (fault === null) engines.set(policy, engine);
  return fault;
}

/**
 * Asks the real enforcer what must be allowed, what must be denied by a rule, and what nothing allows: a Casbin that
 * was replaced or broken is found before it decides anything.
 */
function selfTest(): string | null {
  const rule = (effect: 'allow' | 'deny', subject: string, at: number): Rule => ({
    effect,
    subject,
    network: 'lab-*',
    path: '**',
    operation: 'add',
    scope: 'config',
    when: '',
    covers: { type: 'changes', pattern: everythingPattern },
    operations: new Set(['add']),
    scopes: new Set(['config']),
    condition: ALWAYS,
    ref: { file: 'self test', line: 1, text: '', effect },
    at,
  });
  const allow = rule('allow', 'role:tester', 0);
  const deny = rule('deny', EVERYONE, 1);
  const closure = roleClosure([{ member: 'user:tester', role: 'role:tester', network: '*' }]);
  const decide = makeDecide(closure);
  // a run for each question: within one, equal questions are asked once
  const question = (): Question => ({
    asked: {
      type: 'change',
      located: {
        place: placeOf({ parent: null, spec: null, step: null, base: null, result: null }),
        kind: 'element',
        leaf: { type: 'element' },
      },
    },
    run: {
      subject: 'user:tester',
      network: 'lab-1',
      roles: new Set(),
      clock: 0,
      count: () => ({ sure: 0, possible: 0 }),
    },
  });
  const ask = (rules: readonly Rule[], subject: string, network: string, op: string): string => {
    const answer = decide(rules, subject, network, question(), op, 'config');
    return answer.ok ? `${answer.value.allowed} ${answer.value.rule?.effect ?? 'no rule'}` : answer.error;
  };
  const cases: readonly (readonly [string, string])[] = [
    [ask([allow], 'user:tester', 'lab-1', 'add'), 'true allow'],
    [ask([allow, deny], 'user:tester', 'lab-1', 'add'), 'false deny'],
    [ask([deny, allow], 'user:tester', 'lab-1', 'add'), 'false deny'],
    [ask([allow], 'user:other', 'lab-1', 'add'), 'false no rule'],
    [ask([allow], 'user:tester', 'default', 'add'), 'false no rule'],
    [ask([allow], 'user:tester', 'lab-1', 'remove'), 'false no rule'],
    [ask([], 'user:tester', 'lab-1', 'add'), 'false no rule'],
    [ask([], '', '', ''), 'false no rule'],
  ];
  const failed = cases.find(([answer, wanted]) => answer !== wanted);
  return failed === undefined ? null : `expected \`${failed[1]}\`, got \`${failed[0]}\``;
}
