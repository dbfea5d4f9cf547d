// `sluice compile`: the patches that a script comes down to on the networks as they are, or the virsh commands.

import { readBeside } from '../../apply/load-files.ts';
import { networksOf, prepareScript } from '../../compile/prepare.ts';
import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { diffDocuments } from '../../diff/diff.ts';
import { checkResult } from '../../network/rules.ts';
import { printRfc5261 } from '../../patch/rfc5261.ts';
import { type Compiled, compileScript } from '../../plan/script.ts';
import { virshCommands } from '../../plan/virsh.ts';
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
  const target = openTarget(flags.target, flags.state);
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
  for (const { base, result } of compiled.value) {
    if (result !== null) diagnostics.push(...checkResult(base, result));
  }
  if (hasErrors(diagnostics)) return failed();

  const several = compiled.value.length > 1;
  const documents = compiled.value.map((document) => ({
    network: document.network,
    scope: document.scope,
    ...inForm(document, flags.as),
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

type Form = {
  readonly text: string;
  /** Of virsh: what the text says, command by command, and what no command does. */
  readonly commands?: readonly string[];
  readonly remainder?: readonly string[];
};

function inForm({ network, scope, base, result, patches }: Compiled, form: CompileFlags['as']): Form {
  switch (form) {
    case 'rfc5261':
      return { text: printRfc5261(patches) };
    case 'virsh': {
      const { commands, remainder } = virshCommands(network, base, diffDocuments(base, result, scope));
      return { text: [...commands, ...remainder].map((line) => `${line}\n`).join(''), commands, remainder };
    }
  }
}

/** Which of several networks comes next, as a comment of the form. */
function heading({ network, scope }: Pick<Compiled, 'network' | 'scope'>, form: CompileFlags['as']): string {
  const name = `${network} (${scope})`;
  return form === 'virsh' ? `# ${name}` : `<!-- ${name.replaceAll('--', '- -')} -->`;
}
