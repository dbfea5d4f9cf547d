// What every way of planning needs to know beside what is wanted: the target's documents, who asks, which policy, the hour.

import type { Scope } from '../network/scope.ts';
import type { Permit } from '../policy/permit.ts';
import type { Policy } from '../policy/policy.ts';
import type { Source } from '../source/source.ts';
import type { ScopeWord } from '../syntax/ast.ts';
import type { Plan } from './plan.ts';

export type PlanContext = {
  /** The target's canonical name: `dir:/abs/networks`. */
  readonly target: string;
  /** Scopes that the target has. */
  readonly targetScopes: readonly Scope[];
  /** The documents of the networks in question, as read from the target. */
  readonly documents: readonly {
    readonly network: string;
    readonly scope: Scope;
    readonly source: Source;
    /** sha256Hex of the text, from a target that knows it; else it is made here. */
    readonly hash?: string;
  }[];
  /** Names of all networks of the target. */
  readonly available: readonly string[];
  /** The target gives networks an identity by itself: a document that says nothing about it means the one there is. */
  readonly givesIdentity?: boolean;
  readonly policy: Policy;
  /** `user:NAME`; equal unless `--as` asks for another. */
  readonly subject: string;
  readonly realSubject: string;
  /** Milliseconds since 1970: the one clock of the plan. */
  readonly clock: number;
  /** `--scope`: overrides the script's. */
  readonly scope: ScopeWord | null;
  /** `--network`: the one that statements outside of `on` are about. */
  readonly network: string | null;
};

/** A plan, and the permit to apply it when everything in it is allowed. */
export type Planned = { readonly plan: Plan; readonly permit: Permit | null };
