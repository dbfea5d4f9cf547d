// The pipeline for scripts: run on each document, assemble, decide. A pure function of what it is given.

import { networksOf, type Prepared } from '../compile/prepare.ts';
import { noSuchScope, type RunOutput, runScript, wordScopes } from '../compile/run.ts';
import { type Checked, type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../network/scope.ts';
import type { Patch } from '../patch/patch.ts';
import type { XmlDocument } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import { type Assembled, assemble } from './assemble.ts';
import type { PlanContext, Planned } from './context.ts';
import { decide } from './decide.ts';
import { scopeMissing, scopesOfNetwork } from './network-scopes.ts';

/** Plans a prepared script on the documents of the context. Null when anything is wrong; everything wrong is told. */
export function planScript(prepared: Prepared, context: PlanContext): Checked<Planned | null> {
  const { runs, problems } = runAll(prepared, context, false);
  if (hasErrors(problems)) return { value: null, diagnostics: problems };
  const assembled: Assembled[] = [];
  const reasons = new Set<string>(prepared.because === null ? [] : [prepared.because]);
  for (const run of runs) {
    const { value, diagnostics } = assemble({
      network: run.network,
      scope: run.scope,
      base: run.base,
      baseHash: run.baseHash,
      wanted: run.output.result,
      causes: run.output.causes,
    });
    problems.push(...diagnostics);
    for (const reason of run.output.reasons) reasons.add(reason);
    if (value !== null) assembled.push(value);
  }
  if (hasErrors(problems)) return { value: null, diagnostics: problems };
  const because = reasons.size === 0 ? null : [...reasons].join('; ');
  return { value: decide(context, assembled, because, problems), diagnostics: problems };
}

/** What the script compiles to on each document, without asking policy. */
export function compileScript(
  prepared: Prepared,
  context: Omit<PlanContext, 'policy' | 'subject' | 'realSubject' | 'clock'>,
): Checked<readonly Compiled[] | null> {
  const { runs, problems } = runAll(prepared, context, true);
  if (hasErrors(problems)) return { value: null, diagnostics: problems };
  return {
    value: runs.map(({ network, scope, base, output }) => ({
      network,
      scope,
      base,
      result: output.result,
      patches: output.patches,
    })),
    diagnostics: problems,
  };
}

export type Compiled = {
  readonly network: string;
  readonly scope: Scope;
  readonly base: XmlDocument;
  readonly result: XmlDocument;
  readonly patches: readonly Patch[];
};

type DocumentRun = {
  readonly network: string;
  readonly scope: Scope;
  readonly base: XmlDocument;
  readonly baseHash: string | undefined;
  readonly output: RunOutput;
};

function runAll(
  prepared: Prepared,
  context: Omit<PlanContext, 'policy' | 'subject' | 'realSubject' | 'clock'>,
  recordPatches: boolean,
): { readonly runs: readonly DocumentRun[]; readonly problems: Diagnostic[] } {
  const problems: Diagnostic[] = [];
  const chosen = networksOf(prepared, context.available, context.network);
  problems.push(...chosen.diagnostics);
  const scopes = new Map(
    chosen.value.map((network) => [network, scopesOf(network, prepared, context, problems)]),
  );
  if (hasErrors(problems)) return { runs: [], problems };
  const defaultNetwork =
    context.network ?? (context.available.length === 1 ? (context.available[0] ?? null) : null);
  const runs: DocumentRun[] = [];
  for (const network of chosen.value) {
    for (const scope of scopes.get(network) ?? []) {
      const document = context.documents.find((one) => one.network === network && one.scope === scope);
      if (document === undefined) throw new Error(`the ${scope} document of ${network} was not read`);
      const parsed = parseDocument(document.source);
      // two scopes and two runs of one script tell the same things once
      problems.push(...parsed.diagnostics);
      if (parsed.value === null) continue;
      const output = runScript({
        prepared,
        network,
        available: context.available,
        isDefault: network === defaultNetwork,
        scope,
        targetScopes: scopesOfNetwork(network, context),
        document: parsed.value,
        recordPatches,
      });
      problems.push(
        ...output.diagnostics.filter(
          (one) =>
            !problems.some(
              (told) =>
                told.code === one.code &&
                told.message === one.message &&
                told.span?.source === one.span?.source &&
                told.span?.start === one.span?.start,
            ),
        ),
      );
      runs.push({ network, scope, base: parsed.value, baseHash: document.hash, output });
    }
  }
  return { runs, problems };
}

/** `--scope`, else the script's, else all that the network has. */
function scopesOf(
  network: string,
  prepared: Prepared,
  context: Pick<PlanContext, 'scope' | 'targetScopes' | 'documents'>,
  problems: Diagnostic[],
): readonly Scope[] {
  const has = scopesOfNetwork(network, context);
  const word = context.scope ?? prepared.scope?.word ?? null;
  if (word === null) return has;
  const wanted = wordScopes(word);
  const at = context.scope === null ? (prepared.scope?.span ?? null) : null;
  for (const scope of wanted) {
    if (!context.targetScopes.includes(scope)) problems.push(noSuchScope(scope, context.targetScopes, at));
    else if (!has.includes(scope)) problems.push(scopeMissing(network, scope, at));
  }
  return wanted;
}
