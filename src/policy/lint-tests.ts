// Rules that no test looks at: whatever becomes of them, every test stays green.

import { type Diagnostic, warning } from '../diagnostics/diagnostic.ts';
import { lineSpan, type Source } from '../source/source.ts';
import type { Policy } from './policy.ts';

/** `exercised`: lines of the rules that decided some test case, or, on trial, would have denied one. */
export function lintTests(
  policy: Policy,
  rules: Source,
  exercised: ReadonlySet<number>,
): readonly Diagnostic[] {
  return policy.rules
    .filter(({ ref }) => !exercised.has(ref.line))
    .map(({ ref, effect }) => {
      const { source, start } = lineSpan(rules, ref.line);
      const from = start + source.text.slice(start).indexOf(ref.text);
      const wanted =
        effect === 'allow' ? 'that it allows' : effect === 'deny' ? 'that it denies' : 'that it reports';
      return warning(
        'SL686',
        { source, start: from, end: from + ref.text.length },
        'no test exercises this rule',
        {
          help: `write a case ${wanted}`,
        },
      );
    });
}
