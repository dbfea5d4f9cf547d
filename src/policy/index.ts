// Which rows of a policy can match a request at all, so that the cost of a decision does not grow with the rules.
//
// Exact, because the matcher is a conjunction and each key here is one of its conjuncts: a row that is left out would not
// have matched. The file's order is kept: Casbin explains with the last row that allowed, or the first that denied.

import { getOrMake } from './get-or-make.ts';
import { networkMatches } from './names.ts';
import { mayCover, type Place } from './path-match.ts';
import type { Rule } from './policy.ts';
import type { RoleClosure } from './roles.ts';

/** What Casbin keeps a rule as: the columns behind the `p`. */
export type PolicyRow = string[];

export type Indexed = { readonly rule: Rule; readonly row: PolicyRow };

/** The rows that may match, and the place's part in why: equal requests get the very same object. */
export type Candidates = {
  /** In the order of the file. */
  readonly rows: readonly Indexed[];
  /** True when no row names an attribute or text: then a decision is the same for an element and all its leaves. */
  readonly leafless: boolean;
};

export type RuleIndex = {
  /** `place`: of the changed element; null for an act. */
  readonly candidates: (
    subject: string,
    network: string,
    op: string,
    scope: string,
    place: Place | null,
  ) => Candidates;
};

/** `rows` in the order of the file. */
export function makeIndex(rows: readonly Indexed[], closure: RoleClosure): RuleIndex {
  const bySubject = new Map<string, Placed[]>();
  rows.forEach((indexed, at) => {
    const { subject } = indexed.rule;
    const group = bySubject.get(subject);
    if (group === undefined) bySubject.set(subject, [{ indexed, at }]);
    else group.push({ indexed, at });
  });

  const ofSubject = (subject: string, network: string): readonly Indexed[] => {
    const found: Placed[] = [];
    for (const name of closure(subject, network)) {
      for (const one of bySubject.get(name) ?? []) {
        if (networkMatches(network, one.indexed.rule.network)) found.push(one);
      }
    }
    return found.sort((a, b) => a.at - b.at).map(({ indexed }) => indexed);
  };

  const known = new Map<string, Map<string, Buckets>>();
  return {
    candidates: (subject, network, op, scope, place) => {
      const onNetwork = getOrMake(known, network, () => new Map<string, Buckets>());
      const { rows: own, byAct } = getOrMake(onNetwork, subject, () => ({
        rows: ofSubject(subject, network),
        byAct: new Map(),
      }));
      const byPlace = getOrMake(byAct, `${op} ${scope}`, () => new Map<string, Candidates>());
      return getOrMake(byPlace, place?.names ?? ACT, () => {
        const fitting = own.filter(
          ({ rule }) => rule.operations.has(op) && rule.scopes.has(scope) && fits(rule, place),
        );
        return {
          rows: fitting,
          leafless: fitting.every(
            ({ rule }) => rule.covers.type !== 'changes' || rule.covers.pattern.leaf === null,
          ),
        };
      });
    },
  };
}

type Placed = { readonly indexed: Indexed; readonly at: number };
type Buckets = { readonly rows: readonly Indexed[]; readonly byAct: Map<string, Map<string, Candidates>> };

/** What no place is called: names end with `/` or begin with a quote, and the root's is empty. */
const ACT = ' ';

function fits(rule: Rule, place: Place | null): boolean {
  if (rule.covers.type !== 'changes') return place === null;
  return place !== null && mayCover(rule.covers.pattern, place);
}
