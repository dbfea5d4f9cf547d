// Where networks live: the contract that every target keeps. files/ is the embedded default.

import type { Checked, Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../diff/change.ts';
import type { PlanContext, Planned } from '../plan/context.ts';
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

/** Between who waits for an apply and the target: how far it is, and a wish that it stop. */
export type Course = {
  /** Steps; called before the first one, too. */
  readonly progress: (done: number, total: number) => void;
  /** Aborted: begin no further step, and say what is done. */
  readonly stop: AbortSignal;
};

/** Calls the listener whenever somebody wants to stop, until what it gives back is called. */
export type Interrupts = (listener: () => void) => () => void;

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
  /** True for a daemon, which gives a network what nobody wrote down: a uuid, a MAC, a name for its bridge. */
  readonly givesIdentity?: true;
  /**
   * Fits a plan to what this target can do, which it finds out by asking: how each change takes effect, and what becomes of
   * what cannot take effect now. Null when some of it cannot be done at all; the errors say what. Without it every change
   * is stored as it is.
   */
  readonly fit?: (planned: Planned, context: PlanContext) => Promise<Checked<Planned | null>>;
  /** Writes what the permit binds, all or nothing, or says why not. The plan holds the texts; the permit their hashes. */
  readonly apply: (
    plan: Plan,
    permit: Permit,
    script: Source | null,
    course?: Course,
  ) => Promise<ApplyOutcome>;
  /**
   * Puts on record that somebody tried to apply a plan that policy denies. Never fails: what stood in the way is among
   * the warnings, for the denial holds without the record.
   */
  readonly recordDenial: (plan: Plan, script: Source | null) => Promise<readonly Diagnostic[]>;
  /** The directory whose journal tells what happened to its networks: for readJournal. */
  readonly journal: string;
  /** Names of the network interfaces of a host elsewhere, where the networks run; none where that cannot be asked. */
  readonly hostInterfaces?: () => Promise<readonly string[]>;
  /** Lets go of what a target holds open, so that the process can end. Never rejects. */
  readonly close: () => Promise<void>;
};
