// The pipeline for whole documents (the RFC's option 1): here is the network as it shall be, find out what that changes.

import { noSuchScope, wordScopes } from '../compile/run.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../network/scope.ts';
import type { Source } from '../source/source.ts';
import type { XmlDocument } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import { type Assembled, assemble } from './assemble.ts';
import type { PlanContext, Planned } from './context.ts';
import { withDaemonGiven } from './daemon-given.ts';
import { decide } from './decide.ts';
import { scopeMissing, scopesOfNetwork } from './network-scopes.ts';

/** A network as it shall be; without a source it shall be deleted. `scope`: in this one only, else in all that are asked for. */
export type Desired = { readonly network: string; readonly source: Source | null; readonly scope?: Scope };

/** Plans to make each network what is desired, creating those that the target does not have. */
export function planDocument(
  networks: readonly Desired[],
  context: PlanContext,
  because: string | null = null,
): Checked<Planned | null> {
  const problems: Diagnostic[] = [];
  const assembled: Assembled[] = [];
  const seen = new Set<string>();
  for (const { network, source, scope: only } of networks) {
    const key = `${network}/${only ?? ''}`;
    if (seen.has(key))
      problems.push(
        error('SL706', null, `\`${network}\` is desired twice`, { help: 'give each network once' }),
      );
    seen.add(key);
    const desired = source === null ? null : parsed(source, problems);
    if (source !== null && desired === null) continue;
    for (const scope of only === undefined ? scopesOf(network, context, problems) : [only]) {
      const stored = context.documents.find((one) => one.network === network && one.scope === scope);
      const base = stored === undefined ? null : parsed(stored.source, problems);
      if (stored !== undefined && base === null) continue;
      const wanted =
        desired === null || base === null || context.givesIdentity !== true
          ? desired
          : withDaemonGiven(desired, base);
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

/** What is asked for, else what the network has; a network that is not there yet is stored, and runs when somebody starts it. */
function scopesOf(network: string, context: PlanContext, problems: Diagnostic[]): readonly Scope[] {
  const has = scopesOfNetwork(network, context);
  if (context.scope === null) return has.length === 0 ? ['config'] : has;
  const wanted = wordScopes(context.scope);
  for (const scope of wanted) {
    if (!context.targetScopes.includes(scope)) problems.push(noSuchScope(scope, context.targetScopes, null));
    else if (!has.includes(scope) && (has.length > 0 || scope === 'live'))
      problems.push(scopeMissing(network, scope, null));
  }
  return wanted.filter((scope) => has.includes(scope) || (has.length === 0 && scope === 'config'));
}
