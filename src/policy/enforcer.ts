// Casbin's enforcer, sealed: this model, these functions, nothing built in, nothing that changes after it is made.
//
// What is used of Casbin is `enforceExSync` alone. No adapter, no eval(), no cache, nothing async: each of them lets
// something pass that it should not (test/policy/casbin.test.ts shows how).

import { Enforcer, FunctionMap, newModelFromString } from 'casbin';
import { err, ok, type Result } from '../std/result.ts';
import type { Run } from './condition.ts';
import { getOrMake } from './get-or-make.ts';
import { type Matcher, newMatcher } from './matcher.ts';
import { MODEL_TEXT } from './model-conf.ts';
import type { Rule } from './policy.ts';
import { coverOf, holds, type Question } from './question.ts';
import { type RoleClosure, roleManager } from './roles.ts';

/** What Casbin keeps a rule as: the columns behind the `p`. */
type PolicyRow = string[];

/** Frozen. */
function rowOf(rule: Rule): PolicyRow {
  const row = [rule.effect, rule.subject, rule.network, rule.path, rule.operation, rule.scope, rule.when];
  Object.freeze(row);
  return row;
}

/** Matches nobody: no role can be called `-`. It keeps Casbin out of its branch for an empty policy, which can allow. */
const SENTINEL: PolicyRow = ['deny', 'role:-', '-', '-', '-', '-', '-'];
Object.freeze(SENTINEL);
const NOTHING: PolicyRow[] = [SENTINEL];

/** `rule` is the one that decided; null when no row matched. */
type Decision = { readonly allowed: boolean; readonly rule: Rule | null };

export type Decide = (
  candidates: readonly Rule[],
  subject: string,
  network: string,
  question: Question,
  op: string,
  scope: string,
) => Result<Decision, string>;

/** Identity is real here: Casbin's extension points are protected members. */
class SealedEnforcer extends Enforcer {
  constructor(matcher: Matcher, closure: RoleClosure) {
    super();
    const functions = new FunctionMap();
    for (const [name, call] of Object.entries(matcher)) functions.addFunction(name, call);
    this.fm = functions;
    const model = newModelFromString(MODEL_TEXT);
    const roles = model.model.get('g')?.get('g');
    if (roles === undefined) throw new Error('the model has no role definition');
    roles.rm = roleManager(closure);
    this.setModel(model);
    this.putRows(NOTHING);
  }

  putRows(rows: PolicyRow[]): void {
    const policy = this.model.model.get('p')?.get('p');
    if (policy === undefined) throw new Error('the model has no policy definition');
    policy.policy = rows;
  }

  /** A disabled enforcer allows everything. */
  override enableEnforce(): never {
    throw new Error('a gate cannot be switched off');
  }
}

/**
 * Decisions over the candidates of each request; an answer that cannot be trusted is an error and never an allow.
 *
 * Within one gate run Casbin is asked once for each set of rows that match. Its answer depends on nothing else: of a row
 * it knows whether the matcher was true, and the row's effect. Thousands of hosts that the same rows speak of are one
 * question; whether they are the same rows is worked out for each of them, by the functions that Casbin calls.
 */
export function makeDecide(closure: RoleClosure): Decide {
  const ask = askingCasbin(closure);
  const answered = new WeakMap<Run, Map<string, Result<Decision, string>>>();
  return (candidates, subject, network, question, op, scope) => {
    let matching = `${op} ${scope}`;
    try {
      for (const rule of candidates) if (isMatch(rule, question)) matching += ` ${rule.at}`;
    } catch (thrown) {
      return err(thrown instanceof Error ? thrown.message : 'something was thrown that is no error');
    }
    const ofRun = getOrMake(answered, question.run, () => new Map<string, Result<Decision, string>>());
    return getOrMake(ofRun, matching, () => ask(candidates, subject, network, question, op, scope));
  };
}

/** What the matcher asks of a row that the index did not answer already. */
function isMatch(rule: Rule, question: Question): boolean {
  const cover = coverOf(rule.covers, question.asked);
  return cover !== null && holds(rule.condition, rule.effect, cover, question.run);
}

function askingCasbin(closure: RoleClosure): Decide {
  const { matcher, admit } = newMatcher([]);
  const enforcer = new SealedEnforcer(matcher, closure);
  const rows = new WeakMap<Rule, PolicyRow>();
  const ruleOf = new WeakMap<readonly string[], Rule>();
  /** The rule's row, made when Casbin is first asked about it: most of thousands never are. */
  const admitted = (rule: Rule): PolicyRow =>
    getOrMake(rows, rule, () => {
      const row = rowOf(rule);
      ruleOf.set(row, rule);
      admit(rule);
      return row;
    });
  return (candidates, subject, network, question, op, scope) => {
    let answer: unknown;
    try {
      enforcer.putRows(candidates.length === 0 ? NOTHING : candidates.map(admitted));
      answer = enforcer.enforceExSync(subject, network, question, op, scope, question);
    } catch (thrown) {
      return err(thrown instanceof Error ? thrown.message : 'something was thrown that is no error');
    } finally {
      enforcer.putRows(NOTHING);
    }
    return readAnswer(answer, ruleOf);
  };
}

/** Casbin's `[allowed, row]`, believed only where both say the same. */
function readAnswer(answer: unknown, ruleOf: WeakMap<readonly string[], Rule>): Result<Decision, string> {
  if (!Array.isArray(answer) || answer.length !== 2) return err('Casbin gave no explained answer');
  const [allowed, row]: unknown[] = answer;
  if (!Array.isArray(row)) return err('Casbin named no row');
  if (row.length === 0)
    return allowed === false ? ok({ allowed: false, rule: null }) : err('Casbin allowed without a row');
  const rule = ruleOf.get(row);
  if (rule === undefined) return err('Casbin named a row that is not in the policy');
  if (allowed === true && rule.effect === 'allow') return ok({ allowed: true, rule });
  if (allowed === false && rule.effect === 'deny') return ok({ allowed: false, rule });
  return err('Casbin named a row that says something else');
}
