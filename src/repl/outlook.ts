// What the staged work comes to: the changes from the base to what is staged, as `plan` would find them, and what the
// policy says to them. Found when somebody asks, and remembered as long as the session stands so.

import { judgeExpects } from '../compile/run.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { withCauses } from '../diff/cause.ts';
import type { Change } from '../diff/change.ts';
import { diffDocuments } from '../diff/diff.ts';
import { checkResult } from '../network/rules.ts';
import { gate } from '../policy/gate.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { XmlDocument } from '../xml/document.ts';
import {
  type Base,
  causesOf,
  draftOf,
  namespacesOf,
  type Session,
  type Staged,
  standingOf,
  type Unit,
} from './session.ts';

export type Prospect = {
  readonly base: Base;
  readonly current: XmlDocument;
  readonly changes: readonly Change[];
  /** Same order as `changes`. */
  readonly verdicts: readonly Verdict[];
};

/** Changes of one document that belong together, with their verdicts. */
export type Told = Omit<Prospect, 'current'>;

/** The documents that change, in the order of a plan. */
export function outlookOf(session: Session): readonly Prospect[] {
  let outlook = outlooks.get(session);
  if (outlook === undefined) {
    outlook = judged(session, changed(session));
    outlooks.set(session, outlook);
  }
  return outlook;
}

const outlooks = new WeakMap<Session, readonly Prospect[]>();

type Changed = Omit<Prospect, 'verdicts'>;

function changed(session: Session): readonly Changed[] {
  const known = lists.get(session.staged);
  if (known !== undefined && known.bases === session.bases) return known.changed;
  const found = standingOf(session).flatMap(({ base, current }) => {
    const changes = compared(base, current);
    return changes.length === 0
      ? []
      : [{ base, current, changes: withCauses(changes, causesOf(session, base)) }];
  });
  lists.set(session.staged, { bases: session.bases, changed: found });
  return found;
}

/** A session under another policy, or asked about somebody else, has the same changes. */
const lists = new WeakMap<
  readonly Staged[],
  { readonly bases: readonly Base[]; readonly changed: readonly Changed[] }
>();

function compared(base: Base, current: XmlDocument): readonly Change[] {
  const known = comparisons.get(current);
  if (known !== undefined && known.base === base) return known.changes;
  const changes = diffDocuments(base.document, current, base.scope);
  comparisons.set(current, { base, changes });
  return changes;
}

const comparisons = new WeakMap<XmlDocument, { readonly base: Base; readonly changes: readonly Change[] }>();

/** What the policy says. The gate's permit is thrown away: it binds no result, and nothing is applied by it. */
function judged({ setting }: Session, documents: readonly Changed[]): readonly Prospect[] {
  if (documents.length === 0) return [];
  const { verdicts } = gate(setting.policy, {
    target: setting.target,
    subject: setting.subject,
    realSubject: setting.realSubject,
    clock: setting.clock,
    documents: documents.map(({ base, current, changes }) => ({
      network: base.network,
      scope: base.scope,
      base: base.document,
      result: current,
      baseHash: base.hash,
      resultHash: '',
      changes,
    })),
  });
  return documents.map((one, at) => ({ ...one, verdicts: verdicts[at] ?? [] }));
}

/** What `commit` would stumble over, or warn about: rules of libvirt that the documents break so far, and expectations not met. */
export function examine(session: Session): readonly Diagnostic[] {
  const prepared = session.staged.at(-1)?.prepared;
  if (prepared === undefined) return [];
  const namespaces = namespacesOf(session);
  return standingOf(session).flatMap(({ base, current, expects }) => [
    ...ruleProblems(base, current),
    ...(expects.length === 0
      ? []
      : judgeExpects({ prepared: { ...prepared, namespaces } }, draftOf(session, base), expects)),
  ]);
}

function ruleProblems(base: Base, current: XmlDocument): readonly Diagnostic[] {
  const known = examined.get(current);
  if (known !== undefined && known.base === base) return known.problems;
  const problems = current.root === base.document.root ? [] : checkResult(base.document, current);
  examined.set(current, { base, problems });
  return problems;
}

const examined = new WeakMap<
  XmlDocument,
  { readonly base: Base; readonly problems: readonly Diagnostic[] }
>();

/** The changes that a unit caused and that are still there. */
export function toldOf(session: Session, unit: Unit): readonly Told[] {
  return outlookOf(session).flatMap(({ base, changes, verdicts }) => {
    const own = changes.flatMap(({ cause }, at) =>
      cause.some(({ source }) => source === unit.source) ? [at] : [],
    );
    if (own.length === 0) return [];
    return [
      {
        base,
        changes: own.flatMap((at) => changes[at] ?? []),
        verdicts: own.flatMap((at) => verdicts[at] ?? []),
      },
    ];
  });
}

export function countChanges(documents: readonly Pick<Told, 'changes'>[]): number {
  return documents.reduce((sum, { changes }) => sum + changes.length, 0);
}

export function isDenied({ decision }: Verdict): boolean {
  return decision.type !== 'allowed';
}

export function countDenied(documents: readonly Pick<Told, 'verdicts'>[]): number {
  return documents.reduce((sum, { verdicts }) => sum + verdicts.filter(isDenied).length, 0);
}
