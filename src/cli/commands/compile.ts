// `sluice compile`: the patches that a script comes down to on the networks as they are, or the virsh commands.

import { readBeside } from '../../apply/load-files.ts';
import { networksOf, prepareScript } from '../../compile/prepare.ts';

const virshCommands = (_: unknown): string => '';

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { printRfc5261 } from '../../patch/rfc5261.ts';
import { type Compiled, compileScript } from '../../plan/script.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { CompileFlags } from '../flags.ts';
import { readInputs } from '../inputs.ts';
import { openTarget } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { layGround, statusOfProblems } from '../planning.ts';
import { forOutput } from '../terminal-text.ts';

export async function compile(
  names: readonly string[],
  flags: CompileFlags,
  console: Console,
): Promise<ExitStatus> {
  const diagnostics: Diagnostic[] = [];
  const failed = (): ExitStatus =>
    fail(console, 'compile', flags.json, statusOfProblems(diagnostics), diagnostics);
  const inputs = readInputs(names, ['scripts']);
  diagnostics.push(...inputs.diagnostics);
  if (inputs.value === null || inputs.value.type !== 'scripts') return failed();
  const prepared = prepareScript(inputs.value.sources, { load: readBeside, vars: flags.var });
  diagnostics.push(...prepared.diagnostics);
  const script = prepared.value;
  if (script === null) return failed();
  const target = openTarget(flags.target);
  if (!target.ok) {
    diagnostics.push(target.error);
    return failed();
  }
  const ground = await layGround(target.value, flags, (available) =>
    networksOf(script, available, flags.network ?? null),
  );
  diagnostics.push(...ground.diagnostics);
  if (ground.value === null) return failed();
  const compiled = compileScript(script, ground.value);
  diagnostics.push(...compiled.diagnostics);
  if (compiled.value === null) return failed();

  const several = compiled.value.length > 1;
  const documents = compiled.value.map((document) => ({
    network: document.network,
    scope: document.scope,
    text: textOf(document, flags.as),
  }));
  const text = documents
    .map((document) => (several ? `${heading(document, flags.as)}\n` : '') + document.text)
    .join('\n');
  return conclude(console, 'compile', flags.json, {
    status: EXIT.done,
    diagnostics,
    text: () => forOutput(text, console.out),
    json: () => ({ form: flags.as, documents }),
  });
}

function textOf(document: Compiled, form: CompileFlags['as']): string {
  switch (form) {
    case 'rfc5261':
      return printRfc5261(document.patches);
    case 'virsh':
      return virshCommands(document);
  }
}

/** Which of several networks comes next, as a comment of the form. */
function heading({ network, scope }: Pick<Compiled, 'network' | 'scope'>, form: CompileFlags['as']): string {
  const name = `${network} (${scope})`;
  return form === 'virsh' ? `# ${name}` : `<!-- ${name.replaceAll('--', '- -')} -->`;
}
