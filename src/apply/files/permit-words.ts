// What is said of a permit that does not let an apply through.

import { type Diagnostic, error } from '../../diagnostics/diagnostic.ts';

export function permitTooOld(): Diagnostic {
  return error('SL811', null, 'the permit for this plan is not fresh: it is good for one minute', {
    help: 'plan again: what is there, and what policy allows, may have changed',
  });
}

export function permitUsed(): Diagnostic {
  return error('SL811', null, 'this permit was used before, or no gate gave it', {
    help: 'plan again: every apply needs a permit of its own',
  });
}

/** `why` as whyNotPermitted tells it; null for a permit that fits. */
export function notPermitted(why: string | null): Diagnostic | null {
  return why === null
    ? null
    : error('SL812', null, `nothing was written: ${why}`, {
        help: 'plan again, and apply that plan as it is',
      });
}
