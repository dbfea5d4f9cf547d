// A permit: the only thing that `apply` takes. Only the gate makes one; it works once, in this process, for a minute.

import { err, ok, type Result } from '../std/result.ts';

declare const permitBrand: unique symbol;
/** Says nothing by itself: what it permits is known only to this module, so it cannot be forged or altered. */
export type Permit = { readonly [permitBrand]: true };

/** What a permit binds (rule 27). Hashes are sha256Hex of the text, or `absent` where there is none (plan.ts). */
export type Permitted = {
  readonly target: string;
  readonly documents: readonly {
    readonly network: string;
    readonly scope: 'live' | 'config';
    readonly baseHash: string;
    readonly resultHash: string;
  }[];
  /** `changesHash` (diff/changes-hash.ts) of all documents, in their order. */
  readonly changesHash: string;
  readonly policyHash: string;
  /** The subject that policy decided about, and who really asked; equal unless impersonated. Both as `user:name`. */
  readonly subject: string;
  readonly realSubject: string;
  /** Milliseconds since 1970, UTC: the clock of the gate run. */
  readonly madeAt: number;
};

/** How long a permit is good for, in milliseconds (rule 27). */
export const PERMIT_LIFE = 60_000;

const issued = new WeakMap<Permit, Permitted>();

/** For the gate alone; a rule of the import checker keeps everyone else away. */
export function issuePermit(content: Permitted): Permit {
  const permit = Object.freeze({}) as Permit; // the brand exists only in types
  issued.set(permit, Object.freeze({ ...content }));
  return permit;
}

/** Takes the permit: a second call with the same one fails. `now` in milliseconds since 1970. */
export function redeemPermit(permit: Permit, now: number): Result<Permitted, 'unknown-or-used' | 'expired'> {
  const content = issued.get(permit);
  issued.delete(permit);
  if (content === undefined) return err('unknown-or-used');
  const age = now - content.madeAt;
  if (!(age >= 0 && age <= PERMIT_LIFE)) return err('expired');
  return ok(content);
}
