// Which rows of a policy can match a request at all, so that the cost of a decision does not grow with the rules.
//
// Exact, because the matcher is a conjunction and each key here is one of its conjuncts: a row that is left out would not
// have matched. The file's order is kept: Casbin explains with the last row that allowed, or the first that denied.

import { networkMatches } from './names.ts';
import type { Rule } from './policy.ts';
import type { RoleClosure } from './roles.ts';

/** What Casbin keeps a rule as: the columns behind the `p`. */
export type PolicyRow = string[];

export type Indexed = { readonly rule: Rule; readonly row: PolicyRow };

export type RuleIndex = {
  /** `first`: the name of the first step of the changed path; '' for the root element and for acts. */
  readonly candidates: (subject: string, network: string, op: string, first: string) => readonly Indexed[];
};

/** `rows` in the order of the file. */
export function makeIndex(rows: readonly Indexed[], closure: RoleClosure): RuleIndex {
  const placed = rows.map((indexed, place) => ({ indexed, place }));
  const bySubject = new Map<string, Placed[]>();
  for (const one of placed) enter(bySubject, one.indexed.rule.subject, one);

  const ofSubject = (subject: string, network: string): readonly Placed[] => {
    const found: Placed[] = [];
    for (const name of closure(subject, network)) {
      for (const one of bySubject.get(name) ?? [])
        if (networkMatches(network, one.indexed.rule.network)) found.push(one);
    }
    return found.sort((a, b) => a.place - b.place);
  };

  const known = new Map<string, Map<string, Buckets>>();
  return {
    candidates: (subject, network, op, first) => {
      const onNetwork = getOrMake(known, network, () => new Map<string, Buckets>());
      const buckets = getOrMake(onNetwork, subject, () => ({
        rows: ofSubject(subject, network),
        byOp: new Map(),
      }));
      const byFirst = getOrMake(buckets.byOp, op, () => new Map<string, readonly Indexed[]>());
      return getOrMake(byFirst, first, () =>
        buckets.rows
          .filter(({ indexed: { rule } }) => rule.operations.has(op) && mayBegin(rule, first))
          .map(({ indexed }) => indexed),
      );
    },
  };
}

type Placed = { readonly indexed: Indexed; readonly place: number };
type Buckets = {
  readonly rows: readonly Placed[];
  readonly byOp: Map<string, Map<string, readonly Indexed[]>>;
};

/** True when the rule's path can cover something whose path begins with `first`. */
function mayBegin(rule: Rule, first: string): boolean {
  if (rule.covers.type !== 'changes') return true;
  const { anyDepth, below, steps } = rule.covers.pattern;
  const [step] = steps;
  if (step === undefined) return below || first === '';
  return anyDepth || step.name === null || step.name === first;
}

function enter<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const group = map.get(key);
  if (group === undefined) map.set(key, [value]);
  else group.push(value);
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
