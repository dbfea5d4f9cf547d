// `sluice check`: everything that is wrong with scripts on the networks as they are, or with network XML. Asks no policy.

import { readBeside } from '../../apply/load-files.ts';
import { networksOf, prepareScript } from '../../compile/prepare.ts';
import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { checkNetwork, checkResult } from '../../network/rules.ts';
import { compileScript } from '../../plan/script.ts';
import type { Source } from '../../source/source.ts';
import { parseDocument } from '../../xml/parse.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { CheckFlags } from '../flags.ts';
import { readInputs } from '../inputs.ts';
import { openTarget } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { layGround, statusOfProblems } from '../planning.ts';

export async function check(
  names: readonly string[],
  flags: CheckFlags,
  console: Console,
): Promise<ExitStatus> {
  const inputs = readInputs(names, ['scripts', 'networks']);
  if (inputs.value === null || inputs.value.type === 'saved')
    return fail(console, 'check', flags.json, EXIT.error, inputs.diagnostics);
  const { type, sources } = inputs.value;
  const diagnostics = type === 'networks' ? sources.flatMap(checkXml) : await checkScripts(sources, flags);
  if (hasErrors(diagnostics))
    return fail(console, 'check', flags.json, statusOfProblems(diagnostics), diagnostics);
  const text = sources.map(({ name }) => `${name}: no mistakes\n`).join('');
  return conclude(console, 'check', flags.json, {
    status: EXIT.done,
    diagnostics,
    text: () => text,
    json: () => ({}),
  });
}

function checkXml(source: Source): readonly Diagnostic[] {
  const { value, diagnostics } = parseDocument(source);
  return value === null ? diagnostics : [...diagnostics, ...checkNetwork(value)];
}

async function checkScripts(sources: readonly Source[], flags: CheckFlags): Promise<readonly Diagnostic[]> {
  const prepared = prepareScript(sources, { load: readBeside, vars: flags.var });
  const script = prepared.value;
  if (script === null) return prepared.diagnostics;
  const target = openTarget(flags.target, flags.state);
  if (!target.ok) return [...prepared.diagnostics, target.error];
  const ground = await layGround(target.value, flags, (available) =>
    networksOf(script, available, flags.network ?? null),
  );
  if (ground.value === null) return [...prepared.diagnostics, ...ground.diagnostics];
  const compiled = compileScript(script, ground.value);
  const results = compiled.value?.flatMap(({ base, result }) => checkResult(base, result)) ?? [];
  return [...new Set([...prepared.diagnostics, ...ground.diagnostics, ...compiled.diagnostics, ...results])];
}
