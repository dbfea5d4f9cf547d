// `sluice policy fmt`: policy.csv in its usual layout, printed, checked or written.

import { type Diagnostic, error, hasErrors } from '../../diagnostics/diagnostic.ts';
import { formatPolicy } from '../../policy/format.ts';
import type { Source } from '../../source/source.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { conclude, fail } from '../outcome.ts';
import type { FmtPolicyFlags } from '../policy-keep-flags.ts';
import { namedOnce, readPolicySources } from '../policy-sources.ts';
import { replaceFile } from '../replace-file.ts';
import { forOutput } from '../terminal-text.ts';

export function policyFmt(given: string | null, flags: FmtPolicyFlags, console: Console): ExitStatus {
  const command = 'policy fmt';
  const option = flags.policy ?? null;
  const wrong = namedOnce(given, option) ?? impossible(given, flags);
  if (wrong !== null) return fail(console, command, flags.json, EXIT.usage, [wrong]);
  const sources = readPolicySources(given ?? option, process.env);
  if (sources.value === null) return fail(console, command, flags.json, EXIT.error, sources.diagnostics);
  const source = sources.value.rules;
  const { value: text, diagnostics } = formatPolicy(source);
  if (text === null) return fail(console, command, flags.json, EXIT.error, diagnostics);
  const changed = text !== source.text;
  const problems: Diagnostic[] = [...diagnostics];
  if (changed && flags.check) problems.push(notFormatted(source, text));
  if (changed && flags.write) problems.push(...replaceFile(source.name, text));
  return conclude(console, command, flags.json, {
    status: hasErrors(problems) ? EXIT.error : EXIT.done,
    diagnostics: problems,
    text: () => (flags.check || flags.write ? '' : forOutput(text, console.out)),
    json: () => ({ file: source.name, changed, text }),
  });
}

function impossible(given: string | null, flags: FmtPolicyFlags): Diagnostic | null {
  if (flags.check && flags.write)
    return error('SL906', null, '`--check` changes no file, and `--write` does', {
      help: 'take one of them',
    });
  if (flags.write && given === '-')
    return error('SL906', null, 'stdin cannot be written to', {
      help: 'leave `--write` out: the result goes to stdout',
    });
  return null;
}

/** Points at the first character that would change. */
function notFormatted(source: Source, text: string): Diagnostic {
  let at = 0;
  while (at < text.length && source.text[at] === text[at]) at++;
  return error(
    'SL909',
    { source, start: at, end: at },
    `\`${source.name}\` is laid out differently from here on`,
    {
      help: `\`sluice policy fmt --write ${source.name}\` lays it out`,
    },
  );
}
