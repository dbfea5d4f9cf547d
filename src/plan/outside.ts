// What happened to a network by other hands, as changes, and what policy would have said to each: to look at, not to permit.

import type { Change } from '../diff/change.ts';
import { diffDocuments } from '../diff/diff.ts';
import type { Scope } from '../network/scope.ts';
import { gate } from '../policy/gate.ts';
import type { Policy } from '../policy/policy.ts';
import type { Verdict } from '../policy/verdict.ts';
import { sha256Hex } from '../std/sha256.ts';
import type { XmlDocument } from '../xml/document.ts';
import { ABSENT_HASH } from './plan.ts';

export type Outside = {
  readonly changes: readonly Change[];
  /** In the order of the changes; null when nobody was asked. */
  readonly verdicts: readonly Verdict[] | null;
};

/** Whom policy is asked about: as if they had done it. `clock` in milliseconds since 1970. */
export type Suspect = { readonly policy: Policy; readonly subject: string; readonly clock: number };

/** Null for a document that was not there, or is gone. */
export function outsideChanges(
  target: string,
  network: string,
  scope: Scope,
  before: XmlDocument | null,
  after: XmlDocument | null,
  suspect: Suspect | null,
): Outside {
  const changes = diffDocuments(before, after, scope);
  if (suspect === null || changes.length === 0) return { changes, verdicts: null };
  const { policy, subject, clock } = suspect;
  const hash = (document: XmlDocument | null): string =>
    document === null ? ABSENT_HASH : sha256Hex(document.source.text);
  const document = { network, scope, base: before, result: after, changes };
  const answer = gate(policy, {
    target,
    subject,
    realSubject: subject,
    clock,
    documents: [{ ...document, baseHash: hash(before), resultHash: hash(after) }],
  });
  return { changes, verdicts: answer.verdicts[0] ?? [] };
}
