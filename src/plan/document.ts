// The pipeline for whole documents (the RFC's option 1): here is the network as it shall be, find out what that changes.

import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../network/scope.ts';
import type { Source } from '../source/source.ts';
import type { XmlDocument } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import { type Assembled, assemble } from './assemble.ts';
import type { PlanContext, Planned } from './context.ts';
import { decide } from './decide.ts';

/** A network as it shall be; without a source it shall be deleted. */
export type Desired = { readonly network: string; readonly source: Source | null };

/** Plans to make each network what is desired, creating those that the target does not have. */
export function planDocument(
  desired: readonly Desired[],
  context: PlanContext,
  because: string | null = null,
): Checked<Planned | null> {
  const problems: Diagnostic[] = [];
  const assembled: Assembled[] = [];
  const seen = new Set<string>();
  for (const { network, source } of desired) {
    if (seen.has(network))
      problems.push(
        error('SL706', null, `\`${network}\` is desired twice`, { help: 'give each network once' }),
      );
    seen.add(network);
    const wanted = source === null ? null : parsed(source, problems);
    if (source !== null && wanted === null) continue;
    for (const scope of scopesOf(context)) {
      const stored = context.documents.find((one) => one.network === network && one.scope === scope);
      const base = stored === undefined ? null : parsed(stored.source, problems);
      if (stored !== undefined && base === null) continue;
      const { value, diagnostics } = assemble({
        network,
        scope,
        base,
        baseHash: stored?.hash,
        wanted,
        causes: null,
      });
      problems.push(...diagnostics);
      if (value !== null) assembled.push(value);
    }
  }
  if (hasErrors(problems)) return { value: null, diagnostics: problems };
  return { value: decide(context, assembled, because, problems), diagnostics: problems };
}

function parsed(source: Source, problems: Diagnostic[]): XmlDocument | null {
  const { value, diagnostics } = parseDocument(source);
  problems.push(...diagnostics);
  return value;
}

function scopesOf(context: PlanContext): readonly Scope[] {
  if (context.scope === null) return context.targetScopes;
  return context.scope === 'live+config' ? ['live', 'config'] : [context.scope];
}
