// The functions of model.conf, over the texts of policy rows: what Casbin calls for each row.

import type { Condition } from './condition.ts';
import { networkMatches } from './names.ts';
import type { Covered, Rule } from './policy.ts';
import { type Cover, coverOf, holds, type Question } from './question.ts';

/** By the names that the model calls them. Arguments come in the order of the model. */
export type Matcher = {
  readonly netMatch: (network: string, pattern: string) => boolean;
  readonly opMatch: (op: string, operations: string) => boolean;
  readonly scopeMatch: (scope: string, scopes: string) => boolean;
  readonly objMatch: (question: Question, path: string) => boolean;
  readonly when: (condition: string, effect: string, question: Question) => boolean;
};

/**
 * The functions for the rows of these rules, and of all that are admitted later. A text that none of them has is our bug and throws, which the
 * gate takes for a deny.
 *
 * Casbin hands `when` no path, but the condition speaks about the element that the path matched. The model is fixed: `&&`
 * asks `objMatch` of the same row just before. So that leaves behind what it matched, and `when` takes it away.
 */
export function newMatcher(rules: readonly Rule[]): {
  readonly matcher: Matcher;
  readonly admit: (rule: Rule) => void;
} {
  const operations = new Map<string, ReadonlySet<string>>();
  const scopes = new Map<string, ReadonlySet<string>>();
  const covered = new Map<string, Covered[]>();
  const conditions = new Map<Covered, Map<string, Condition>>();
  const admit = (rule: Rule): void => {
    operations.set(rule.operation, rule.operations);
    scopes.set(rule.scope, rule.scopes);
    // `*` is one thing as a path of changes and another as whom to act as
    const same = covered.get(rule.path);
    if (same === undefined) covered.set(rule.path, [rule.covers]);
    else if (!same.includes(rule.covers)) same.push(rule.covers);
    const of = conditions.get(rule.covers);
    if (of === undefined) conditions.set(rule.covers, new Map([[rule.when, rule.condition]]));
    else of.set(rule.when, rule.condition);
  };
  for (const rule of rules) admit(rule);
  let matched: { readonly question: Question; readonly covered: Covered; readonly cover: Cover } | null =
    null;
  const matcher: Matcher = {
    netMatch: networkMatches,
    opMatch: (op, text) => known(operations, text).has(op),
    scopeMatch: (scope, text) => known(scopes, text).has(scope),
    objMatch: (question, text) => {
      matched = null;
      for (const one of known(covered, text)) {
        const cover = coverOf(one, question.asked);
        if (cover !== null) {
          matched = { question, covered: one, cover };
          return true;
        }
      }
      return false;
    },
    when: (text, effect, question) => {
      const taken = matched;
      matched = null;
      if (taken === null || taken.question !== question) throw new Error('`when` asked without `objMatch`');
      const condition = known(known(conditions, taken.covered), text);
      return holds(condition, effect === 'allow' ? 'allow' : 'deny', taken.cover, question.run);
    },
  };
  return { matcher, admit };
}

function known<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error('a policy row holds a text that was not loaded');
  return value;
}
