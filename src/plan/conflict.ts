// Which problems of a plan mean that the world is not as was thought, rather than that something was written wrong.

import type { Diagnostic } from '../diagnostics/diagnostic.ts';

/** Assertions and expectations that do not hold, plans that no longer fit, and work that others overtook. */
const CONFLICTS: ReadonlySet<string> = new Set(['SL507', 'SL701', 'SL702', 'SL703', 'SL709', 'SL910']);

/** True when nothing but conflicts stands in the way; false also when nothing does. */
export function isConflict(diagnostics: readonly Diagnostic[]): boolean {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return errors.length > 0 && errors.every(({ code }) => CONFLICTS.has(code));
}
