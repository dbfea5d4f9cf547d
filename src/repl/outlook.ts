// What the staged work comes to: the changes from the base to what is staged, as `plan` would find them, what the policy
// says to them, and how they take effect. Found when somebody asks, and remembered as long as the session stands so.
//
// A daemon has to be asked what it can do in a running network, and that takes a while: `fitOutlook` asks, and the outlook
// is the fitted one from then on. What waits for the next start of a network is then no change of what runs, as in a plan.

import { planFitted } from '../apply/session.ts';
import type { Target } from '../apply/target.ts';
import { judgeExpects } from '../compile/run.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { withCauses } from '../diff/cause.ts';
import type { Change } from '../diff/change.ts';
import { diffDocuments } from '../diff/diff.ts';
import { checkResult } from '../network/rules.ts';
import type { Assembled } from '../plan/assemble.ts';
import type { PlanContext } from '../plan/context.ts';
import { decide } from '../plan/decide.ts';
import type { Plan, TakesEffect } from '../plan/plan.ts';
import { gate } from '../policy/gate.ts';
import type { Verdict } from '../policy/verdict.ts';
import { sha256Hex } from '../std/sha256.ts';
import type { XmlDocument } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import { printDocument } from '../xml/print.ts';
import {
  type Base,
  causesOf,
  draftOf,
  inOrder,
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
  /** Same order as `changes`; empty where the target was not asked. */
  readonly effects: readonly TakesEffect[];
};

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

type Changed = Omit<Prospect, 'verdicts' | 'effects'>;

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
  return documents.map((one, at) => ({ ...one, verdicts: verdicts[at] ?? [], effects: [] }));
}

type Fitted = {
  /** As it would be if everything could be done at once. */
  readonly wanted: readonly Prospect[];
  readonly outlook: readonly Prospect[];
  readonly problems: readonly Diagnostic[];
};

const fits = new WeakMap<Session, Fitted>();

/** Asks the target how what is staged takes effect there. At once where a target stores every change as it is. */
export async function fitOutlook(session: Session, target: Target): Promise<void> {
  if (target.fit === undefined || session.staged.length === 0 || fits.has(session)) return;
  const found = outlookOf(session);
  if (found.length === 0) return;
  const touched = new Set(session.staged.flatMap(({ causes }) => [...causes.keys()]));
  const documents = inOrder(session, [...touched]).map((base) =>
    assembledOf(base, found.find((one) => one.base === base) ?? null),
  );
  const { value, diagnostics } = await planFitted(target, contextOf(session, target), (context) => ({
    value: decide(context, documents, null, []),
    diagnostics: [],
  }));
  const outlook = value === null ? found : found.flatMap((one) => fitted(one, value.plan));
  fits.set(session, { wanted: found, outlook, problems: diagnostics });
  outlooks.set(session, outlook);
}

/** The outlook of `session` is that of `before`, which differs in the hour alone: nobody is asked again. */
export function keepFit(before: Session, session: Session): void {
  const known = fits.get(before);
  if (known === undefined) return;
  fits.set(session, known);
  outlooks.set(session, known.outlook);
}

/** A document as a plan would have it. One that nothing changed in is told, too: it may say already what another waits for. */
function assembledOf(base: Base, found: Prospect | null): Assembled {
  const { network, scope, source, hash, document } = base;
  const resultText = found === null ? source.text : printDocument(found.current);
  return {
    network,
    scope,
    base: document,
    result: found?.current ?? document,
    changes: found?.changes ?? [],
    baseText: source.text,
    resultText,
    baseHash: hash,
    resultHash: found === null ? hash : sha256Hex(resultText),
  };
}

function fitted(found: Prospect, { documents }: Plan): readonly Prospect[] {
  const { network, scope } = found.base;
  const document = documents.find((one) => one.network === network && one.scope === scope);
  if (document === undefined) throw new Error(`the fitted plan lost ${network} (${scope})`);
  const { changes, verdicts, effects, resultText } = document;
  if (changes.length === 0) return [];
  if (changes === found.changes) return [{ ...found, verdicts, effects }];
  const { value } = parseDocument({ name: found.base.source.name, text: resultText ?? '' });
  return [{ base: found.base, current: value ?? found.current, changes, verdicts, effects }];
}

/** What the session is planned under, on the documents as they were read. */
export function contextOf({ setting, bases }: Session, target: Target): PlanContext {
  return {
    target: setting.target,
    targetScopes: setting.targetScopes,
    documents: bases,
    available: setting.available,
    givesIdentity: target.givesIdentity ?? false,
    policy: setting.policy,
    subject: setting.subject,
    realSubject: setting.realSubject,
    clock: setting.clock,
    scope: null,
    network: null,
  };
}

/** What `commit` would stumble over, or warn about: rules of libvirt that the documents break so far, and expectations not met. */
export function examine(session: Session): readonly Diagnostic[] {
  const prepared = session.staged.at(-1)?.prepared;
  if (prepared === undefined) return [];
  const namespaces = namespacesOf(session);
  const staged = standingOf(session).flatMap(({ base, current, expects }) => [
    ...ruleProblems(base, current),
    ...(expects.length === 0
      ? []
      : judgeExpects({ prepared: { ...prepared, namespaces } }, draftOf(session, base), expects)),
  ]);
  return [...staged, ...(fits.get(session)?.problems ?? [])];
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

/** Of the outlook, the changes that a unit caused and that are still there. */
export function toldOf(session: Session, unit: Unit): readonly Prospect[] {
  return causedBy(unit, outlookOf(session));
}

/** Whether a unit wants something that is stored already and comes with the next start of its network. */
export function waitsForStart(session: Session, unit: Unit): boolean {
  const known = fits.get(session);
  return known !== undefined && known.problems.length === 0 && causedBy(unit, known.wanted).length > 0;
}

function causedBy(unit: Unit, documents: readonly Prospect[]): readonly Prospect[] {
  return documents.flatMap((one) => {
    const own = one.changes.flatMap(({ cause }, at) =>
      cause.some(({ source }) => source === unit.source) ? [at] : [],
    );
    if (own.length === 0) return [];
    return [
      {
        ...one,
        changes: own.flatMap((at) => one.changes[at] ?? []),
        verdicts: own.flatMap((at) => one.verdicts[at] ?? []),
        effects: own.flatMap((at) => one.effects[at] ?? []),
      },
    ];
  });
}

export function countChanges(documents: readonly Pick<Prospect, 'changes'>[]): number {
  return documents.reduce((sum, { changes }) => sum + changes.length, 0);
}

export function isDenied({ decision }: Verdict): boolean {
  return decision.type !== 'allowed';
}

export function countDenied(documents: readonly Pick<Prospect, 'verdicts'>[]): number {
  return documents.reduce((sum, { verdicts }) => sum + verdicts.filter(isDenied).length, 0);
}
