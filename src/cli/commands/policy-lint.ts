// `sluice policy lint`: what a policy says in vain: alone, on a target, and where no test would notice. Exit status 1 when there is anything.

import { readBeside } from '../../apply/load-files.ts';
import { readGround } from '../../apply/session.ts';
import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { runPolicyTests } from '../../plan/policy-test.ts';
import { lintPolicy } from '../../policy/lint.ts';
import { type KnownNetwork, lintTarget } from '../../policy/lint-target.ts';
import { lintTests } from '../../policy/lint-tests.ts';
import { loadPolicy } from '../../policy/load.ts';
import type { TestCase } from '../../policy/test-file.ts';
import { parseDocument } from '../../xml/parse.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { openTarget } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import type { LintFlags } from '../policy-keep-flags.ts';
import { namedOnce, readPolicySources } from '../policy-sources.ts';
import { readTestFiles } from '../policy-tests.ts';

export async function policyLint(
  given: string | null,
  flags: LintFlags,
  console: Console,
): Promise<ExitStatus> {
  const command = 'policy lint';
  const option = flags.policy ?? null;
  const twice = namedOnce(given, option);
  if (twice !== null) return fail(console, command, flags.json, EXIT.usage, [twice]);
  const sources = readPolicySources(given ?? option, process.env);
  if (sources.value === null) return fail(console, command, flags.json, EXIT.error, sources.diagnostics);
  const { rules } = sources.value;
  const loaded = loadPolicy(sources.value);
  const policy = loaded.value;
  if (policy === null) return fail(console, command, flags.json, EXIT.error, loaded.diagnostics);
  const found = [...loaded.diagnostics];
  const { diagnostics, complete } = lintPolicy(policy, rules);
  found.push(...diagnostics);
  if (flags.target !== undefined) {
    const networks = await networksOf(flags.target);
    if (hasErrors(networks.diagnostics))
      return fail(console, command, flags.json, EXIT.error, networks.diagnostics);
    found.push(...lintTarget(policy, rules, networks.value, flags.target));
  }
  const tests = casesBeside(sources.value.name);
  if (tests.length > 0) {
    const { unexercised } = runPolicyTests(policy, tests, readBeside);
    const missed = new Set(unexercised);
    const reached = policy.rules.filter((rule) => !missed.has(rule));
    found.push(...lintTests(policy, rules, new Set(reached.map(({ ref }) => ref.line))));
  }
  const sorted = found.toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  return conclude(console, command, flags.json, {
    status: sorted.length === 0 ? EXIT.done : EXIT.error,
    diagnostics: sorted,
    text: () => {
      const said =
        sorted.length === 0
          ? `${policy.name}: nothing is said in vain${tests.length > 0 ? ', and tests reach every rule' : ''}\n`
          : '';
      return complete ? said : `${said}there are too many rows for one role to hold each against each\n`;
    },
    json: () => ({ policy: { name: policy.name, hash: policy.hash }, complete }),
  });
}

/** The test cases beside the policy; what is wrong with them is for `policy test` to tell. */
function casesBeside(folder: string): readonly TestCase[] {
  return readTestFiles([], folder).value.flatMap((file) => file.cases);
}

/** The stored networks of the target, parsed. */
async function networksOf(
  where: string,
): Promise<{ readonly value: readonly KnownNetwork[]; readonly diagnostics: readonly Diagnostic[] }> {
  const target = openTarget(where);
  if (!target.ok) return { value: [], diagnostics: [target.error] };
  const ground = await readGround(target.value, (available) => ({ value: available, diagnostics: [] }));
  const diagnostics = [...ground.diagnostics];
  const value = (ground.value?.documents ?? []).flatMap(({ network, scope, source }) => {
    if (scope !== 'config') return [];
    const parsed = parseDocument(source);
    diagnostics.push(...parsed.diagnostics);
    return parsed.value === null ? [] : [{ name: network, document: parsed.value }];
  });
  return { value, diagnostics };
}
