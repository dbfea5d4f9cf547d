// The gate: changes in, verdicts out, and a permit when every one is allowed. It decides on changes, never on scripts.

import type { Change } from '../diff/change.ts';
import type { XmlDocument } from '../xml/document.ts';
import type { Permit } from './permit.ts';
import type { Policy } from './policy.ts';
import type { RuleRef, Verdict } from './verdict.ts';

export type GateRequest = {
  /** The target's canonical name: `dir:/abs/networks`. */
  readonly target: string;
  /** `user:alice`: who policy decides about; and who really asks. Built from verified names by the caller with `userSubject`. */
  readonly subject: string;
  readonly realSubject: string;
  /** Milliseconds since 1970: one clock per gate run. */
  readonly clock: number;
  readonly documents: readonly {
    readonly network: string;
    readonly scope: 'live' | 'config';
    /** Null for a network that is being created / deleted (`add` / `remove` of `network`). */
    readonly base: XmlDocument | null;
    readonly result: XmlDocument | null;
    readonly baseHash: string;
    readonly resultHash: string;
    readonly changes: readonly Change[];
  }[];
};

export type GateAnswer = {
  /** One list per document, in the order of its changes. */
  readonly verdicts: readonly (readonly Verdict[])[];
  /** The `impersonate` decision; null when nobody is impersonated. */
  readonly impersonation: { readonly allowed: boolean; readonly rule: RuleRef | null } | null;
  /** Null when anything is denied. */
  readonly permit: Permit | null;
};

export type Gate = (policy: Policy, request: GateRequest) => GateAnswer;
