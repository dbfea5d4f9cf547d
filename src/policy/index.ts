// Which rows of a policy can match a request at all, so that the cost of a decision does not grow with the rules.
//
// Exact, because the matcher is a conjunction and each key here is one of its conjuncts, or one of a condition's: a row
// that is left out would not have matched. The file's order is kept: Casbin explains with the last row that allowed, or
// the first that denied.

import { getOrMake } from './get-or-make.ts';
import { networkMatches } from './names.ts';
import { type Narrow, narrowing } from './narrow.ts';
import { mayCover, type Place } from './path-match.ts';
import type { Covered, Rule } from './policy.ts';
import type { RoleClosure } from './roles.ts';

/** The rows that may match, and the place's part in why: equal requests get the very same object. */
export type Candidates = {
  /** In the order of the file. */
  readonly rows: readonly Rule[];
  /** True when no row names an attribute or text: then a decision is the same for an element and all its leaves. */
  readonly leafless: boolean;
  /** Of these rows, those that the keys and addresses of one such place leave. In the order of the file. */
  readonly narrow: Narrow;
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
export function makeIndex(rows: readonly Rule[], closure: RoleClosure): RuleIndex {
  const bySubject = new Map<string, Rule[]>();
  const quoted = new Set<string>();
  const seen = new Set<Covered>();
  for (const rule of rows) {
    getOrMake(bySubject, rule.subject, () => []).push(rule);
    const { covers } = rule;
    if (seen.has(covers)) continue;
    seen.add(covers);
    if (covers.type !== 'changes') continue;
    for (const step of covers.pattern.steps) if (step.quoted && step.name !== null) quoted.add(step.name);
  }

  const ofSubject = (subject: string, network: string): readonly Rule[] => {
    const found: Rule[] = [];
    for (const name of closure(subject, network)) {
      for (const one of bySubject.get(name) ?? []) {
        if (networkMatches(network, one.network)) found.push(one);
      }
    }
    return found.sort((a, b) => a.at - b.at);
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
      return getOrMake(byPlace, place === null ? ACT : bucketOf(place, quoted), () => {
        const fitting = own.filter(
          (rule) => rule.operations.has(op) && rule.scopes.has(scope) && fits(rule, place),
        );
        let narrow: Narrow | null = null;
        return {
          rows: fitting,
          leafless: fitting.every(({ covers }) => covers.type !== 'changes' || covers.pattern.leaf === null),
          narrow: (at) => {
            narrow ??= narrowing(fitting, at);
            return narrow(at);
          },
        };
      });
    },
  };
}

type Buckets = { readonly rows: readonly Rule[]; readonly byAct: Map<string, Map<string, Candidates>> };

/** What no place is called: names end with `/` or begin with a quote, and the root's is empty. */
const ACT = ' ';

/**
 * Unknown elements that no row names share a bucket: a document may hold thousands of names, and each bucket is a walk
 * over the rows.
 */
function bucketOf({ names }: Place, quoted: ReadonlySet<string>): string {
  const quote = names.indexOf("'");
  return quote === -1 || quoted.has(names.slice(quote + 1)) ? names : `${names.slice(0, quote)}'`;
}

function fits(rule: Rule, place: Place | null): boolean {
  if (rule.covers.type !== 'changes') return place === null;
  return place !== null && mayCover(rule.covers.pattern, place);
}
