// Where networks live: the contract that every target keeps. files/ is the embedded default.

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../diff/change.ts';
import type { Plan } from '../plan/plan.ts';
import type { Permit } from '../policy/permit.ts';
import type { Source } from '../source/source.ts';
import type { Result } from '../std/result.ts';

/** A network as it is stored now. `hash` is sha256Hex of the text: the revision that a permit binds. */
export type Stored = {
  readonly network: string;
  readonly scope: Scope;
  readonly source: Source;
  readonly hash: string;
  /** What a reader should know: changed outside Sluice, an interrupted apply was finished. Never errors. */
  readonly notes: readonly Diagnostic[];
};

/** `at` in milliseconds since 1970, UTC. */
export type Revision = { readonly number: number; readonly at: number; readonly networks: readonly string[] };

/**
 * What apply did. `unchanged`: the plan has no change, nothing written. `conflict`: base moved since the plan, nothing
 * written. `failed`: nothing changed. `partial` says what holds now, from reading back. `notes` are warnings and notes
 * beside it: an earlier apply that was settled first, an edit by other hands.
 */
export type ApplyOutcome = { readonly notes: readonly Diagnostic[] } & (
  | { readonly type: 'applied'; readonly revision: Revision }
  | { readonly type: 'unchanged' }
  | { readonly type: 'conflict'; readonly diagnostic: Diagnostic }
  | { readonly type: 'failed'; readonly diagnostic: Diagnostic }
  | {
      readonly type: 'partial';
      readonly diagnostic: Diagnostic;
      readonly applied: readonly string[];
      readonly pending: readonly string[];
    }
);

export type Target = {
  /** Canonical name: `dir:/abs/path`. */
  readonly name: string;
  /** Scopes that its networks can have: files: `config` alone. */
  readonly scopes: readonly Scope[];
  /** Those that this network has now: an inactive one has no `live`, a transient one no `config`. */
  readonly scopesOf: (network: string) => Promise<Result<readonly Scope[], Diagnostic>>;
  /** Names of networks, sorted. */
  readonly list: () => Promise<Result<readonly string[], Diagnostic>>;
  readonly read: (network: string, scope: Scope) => Promise<Result<Stored, Diagnostic>>;
  /** Writes what the permit binds, all or nothing, or says why not. The plan holds the texts; the permit their hashes. */
  readonly apply: (plan: Plan, permit: Permit, script: Source | null) => Promise<ApplyOutcome>;
  /**
   * Puts on record that somebody tried to apply a plan that policy denies. Never fails: what stood in the way is among
   * the warnings, for the denial holds without the record.
   */
  readonly recordDenial: (plan: Plan, script: Source | null) => Promise<readonly Diagnostic[]>;
};
