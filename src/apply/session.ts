// The library's two acts: plan on a target, apply to it. They read the target and the clock; all else is the pure pipeline.

import { networksOf, type Prepared, prepareScript } from '../compile/prepare.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { PlanContext, Planned } from '../plan/context.ts';
import { type Desired, planDocument } from '../plan/document.ts';
import { type NodeSpecFlags, planNodeSpec } from '../plan/node-spec.ts';
import { planScript } from '../plan/script.ts';
import type { Policy } from '../policy/policy.ts';
import type { Source } from '../source/source.ts';
import type { ScopeWord } from '../syntax/ast.ts';
import { readBeside } from './load-files.ts';
import type { ApplyOutcome, Target } from './target.ts';

/** What is wanted: one of the RFC's three options, or a script. */
export type Request =
  | { readonly type: 'script'; readonly script: Source; readonly vars?: ReadonlyMap<string, string> }
  /** Option 1: whole networks; a null source deletes the network. */
  | { readonly type: 'documents'; readonly documents: readonly Desired[] }
  /** Option 3: XPath to the parent, XML, flags. */
  | {
      readonly type: 'node-spec';
      readonly nodeSpec: string;
      readonly xml: string;
      readonly flags: NodeSpecFlags;
    };

export type Asker = {
  readonly policy: Policy;
  /** `user:NAME` (userSubject makes one): who policy decides about. */
  readonly subject: string;
  /** Who really asks, when that is somebody else. */
  readonly realSubject?: string;
  /** Of several networks, the one that is meant where none is named. */
  readonly network?: string;
  readonly scope?: ScopeWord;
};

/** Reads what the request needs from the target, plans it and asks the gate. Null when anything is wrong. */
export async function plan(target: Target, request: Request, asker: Asker): Promise<Checked<Planned | null>> {
  switch (request.type) {
    case 'script': {
      const prepared = prepareScript([request.script], { load: readBeside, vars: request.vars ?? new Map() });
      if (prepared.value === null) return { value: null, diagnostics: prepared.diagnostics };
      const script: Prepared = prepared.value;
      const ground = await readGround(target, (available) =>
        networksOf(script, available, asker.network ?? null),
      );
      return then(target, asker, ground, prepared.diagnostics, (context) => planScript(script, context));
    }
    case 'documents': {
      const names = request.documents.map(({ network }) => network);
      const ground = await readGround(target, (available) => ({
        value: names.filter((name) => available.includes(name)),
        diagnostics: [],
      }));
      return then(target, asker, ground, [], (context) => planDocument(request.documents, context));
    }
    case 'node-spec': {
      const ground = await readGround(target, (available) => onlyOne(available, asker.network ?? null));
      return then(target, asker, ground, [], (context) =>
        planNodeSpec(request.nodeSpec, request.xml, request.flags, context),
      );
    }
  }
}

/**
 * Writes what was planned, all or nothing. A plan that was denied has no permit, and nothing is done without one, but that
 * it was tried goes on record; `notes` say when it could not.
 */
export async function apply(
  target: Target,
  planned: Planned,
  script: Source | null = null,
): Promise<ApplyOutcome | { readonly type: 'denied'; readonly notes: readonly Diagnostic[] }> {
  if (planned.permit !== null) return target.apply(planned.plan, planned.permit, script);
  return { type: 'denied', notes: await target.recordDenial(planned.plan, script) };
}

/** What planning needs of a target. */
export type Ground = Pick<
  PlanContext,
  'target' | 'targetScopes' | 'documents' | 'available' | 'givesIdentity'
>;

/** Reads the networks that `choose` picks among those of the target, in every scope that it has. */
export async function readGround(
  target: Target,
  choose: (available: readonly string[]) => Checked<readonly string[]>,
): Promise<Checked<Ground | null>> {
  const listed = await target.list();
  if (!listed.ok) return { value: null, diagnostics: [listed.error] };
  const available = listed.value;
  const chosen = choose(available);
  const diagnostics: Diagnostic[] = [...chosen.diagnostics];
  const documents: PlanContext['documents'][number][] = [];
  if (hasErrors(diagnostics)) return { value: null, diagnostics };
  for (const network of chosen.value) {
    const scopes = await target.scopesOf(network);
    if (!scopes.ok) diagnostics.push(scopes.error);
    for (const scope of scopes.ok ? scopes.value : []) {
      const stored = await target.read(network, scope);
      if (stored.ok) {
        documents.push({ network, scope, source: stored.value.source, hash: stored.value.hash });
        diagnostics.push(...stored.value.notes);
      } else diagnostics.push(stored.error);
    }
  }
  if (hasErrors(diagnostics)) return { value: null, diagnostics };
  const { name, scopes, givesIdentity = false } = target;
  return { value: { target: name, targetScopes: scopes, documents, available, givesIdentity }, diagnostics };
}

function onlyOne(available: readonly string[], chosen: string | null): Checked<readonly string[]> {
  const name = chosen ?? (available.length === 1 ? available[0] : undefined);
  if (name !== undefined && available.includes(name)) return { value: [name], diagnostics: [] };
  return {
    value: [],
    diagnostics: [
      error(
        chosen === null ? 'SL450' : 'SL451',
        null,
        chosen === null
          ? `the target has ${available.length} networks, and none is named`
          : `no network \`${chosen}\``,
        { help: `there are ${available.slice(0, 8).join(', ')}` },
      ),
    ],
  };
}

function contextOf(ground: Ground, asker: Asker): PlanContext {
  return {
    ...ground,
    policy: asker.policy,
    subject: asker.subject,
    realSubject: asker.realSubject ?? asker.subject,
    clock: Date.now(),
    scope: asker.scope ?? null,
    network: asker.network ?? null,
  };
}

async function then(
  target: Target,
  asker: Asker,
  ground: Checked<Ground | null>,
  before: readonly Diagnostic[],
  planOn: (context: PlanContext) => Checked<Planned | null>,
): Promise<Checked<Planned | null>> {
  const diagnostics = [...before, ...ground.diagnostics];
  if (ground.value === null) return { value: null, diagnostics };
  const { value, diagnostics: told } = await planFitted(target, contextOf(ground.value, asker), planOn);
  return { value, diagnostics: [...new Set([...diagnostics, ...told])] };
}

/** Plans, and fits the plan to the target. */
export async function planFitted(
  target: Target,
  context: PlanContext,
  planOn: (context: PlanContext) => Checked<Planned | null>,
): Promise<Checked<Planned | null>> {
  const planned = planOn(context);
  if (planned.value === null || target.fit === undefined) return planned;
  const fitted = await target.fit(planned.value, context);
  return { value: fitted.value, diagnostics: [...planned.diagnostics, ...fitted.diagnostics] };
}
