// Which of its states a network has now: one that does not run has no `live`, a transient one no `config`.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../network/scope.ts';
import type { Span } from '../source/source.ts';
import type { PlanContext } from './context.ts';

/** In the order of the target's scopes; empty for a network that was not read. */
export function scopesOfNetwork(
  network: string,
  context: Pick<PlanContext, 'documents' | 'targetScopes'>,
): readonly Scope[] {
  return context.targetScopes.filter((scope) =>
    context.documents.some((one) => one.network === network && one.scope === scope),
  );
}

/** The target has such a scope, and this network does not. */
export function scopeMissing(network: string, scope: Scope, at: Span | null): Diagnostic {
  return error('SL980', at, `network \`${network}\` has no \`${scope}\` state now`, {
    help:
      scope === 'live'
        ? 'it does not run: use scope `config`, or none, which is all that the network has'
        : 'it is transient, and gone when it stops: use scope `live`, or none, which is all that the network has',
  });
}
