// What can be wrong with a journal, for people.

import { type Diagnostic, error, warning } from '../../diagnostics/diagnostic.ts';
import type { Fault, Heads } from './journal.ts';
import type { Layout } from './layout.ts';

export function journalBroken(layout: Layout, fault: Fault & { readonly type: 'broken' }): Diagnostic {
  return error('SL819', null, `line ${fault.line} of \`${layout.journal}\` is broken: ${fault.why}`, {
    help: 'find out who touched it; then move the file elsewhere, and the next apply begins a new one',
  });
}

type Torn = Fault & { readonly type: 'torn' };

/** For a reader, who leaves it as it is. */
export function journalCutShort(layout: Layout, fault: Torn): Diagnostic {
  return warning('SL820', null, cutShort(layout, fault), {
    help: 'all revisions before it are sound; the next apply moves it aside',
  });
}

/** For a writer, who has moved it to `aside`. */
export function journalTorn(layout: Layout, fault: Torn, aside: string): Diagnostic {
  return warning('SL820', null, cutShort(layout, fault), {
    help: `it was moved to \`${aside}\`; all revisions before it are sound`,
  });
}

function cutShort(layout: Layout, fault: Torn): string {
  return `line ${fault.line} of \`${layout.journal}\`, the last, was cut short`;
}

export function journalGone(layout: Layout, heads: Heads): Diagnostic {
  return warning(
    'SL824',
    null,
    `\`${layout.journal}\` is not there any more: a new one begins${heads.revision === 0 ? '' : ` behind revision ${heads.revision}`}`,
    {
      help: 'keep the old one if you moved it: it is the history until then',
    },
  );
}
