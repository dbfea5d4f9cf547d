// `sluice policy test`: the cases beside a policy through the real gate, and the rows that none of them needed.

import { type FSWatcher, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readBeside } from '../../apply/load-files.ts';
import { type Diagnostic, error, hasErrors } from '../../diagnostics/diagnostic.ts';
import { painter } from '../../diagnostics/render-paint.ts';
import { type CaseOutcome, runPolicyTests, type TestRun } from '../../plan/policy-test.ts';
import { ruleName } from '../../policy/decision.ts';
import { positionAt } from '../../source/source.ts';
import { ruleJson } from '../answer-words.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { type JunitCase, junitText } from '../junit.ts';
import { readPolicy } from '../load-policy.ts';
import { conclude, fail } from '../outcome.ts';
import { count, line, newPage, type Page, pageText, prose } from '../page.ts';
import type { TestFlags } from '../policy-flags.ts';
import { policyFolder } from '../policy-folder.ts';
import { readTestFiles, type TestFile } from '../policy-tests.ts';

const COMMAND = 'policy test';

export async function policyTest(
  names: readonly string[],
  flags: TestFlags,
  console: Console,
): Promise<ExitStatus> {
  if (!flags.watch) return once(names, flags, console);
  if (flags.json)
    return fail(console, COMMAND, true, EXIT.usage, [
      error('SL906', null, '`--watch` and `--json` exclude each other', { help: 'take one of them' }),
    ]);
  return forEver(names, flags, console);
}

function once(names: readonly string[], flags: TestFlags, console: Console): ExitStatus {
  const policy = readPolicy(flags.policy ?? null, process.env);
  const { folder } = policyFolder(flags.policy ?? null, process.env);
  const files = readTestFiles(names, folder);
  const wrong = [...policy.diagnostics, ...files.diagnostics];
  if (policy.value === null || hasErrors(wrong)) return fail(console, COMMAND, flags.json, EXIT.error, wrong);
  const cases = files.value.flatMap((file) => file.cases);
  const run = runPolicyTests(policy.value, cases, readBeside);
  const diagnostics = [...wrong, ...run.outcomes.flatMap(({ problems }) => problems)];
  if (flags.junit !== undefined) diagnostics.push(...writeJunit(flags.junit, files.value, run));
  const rules = policy.value.rules.length;
  return conclude(console, COMMAND, flags.json, {
    status: hasErrors(diagnostics) ? EXIT.error : EXIT.done,
    diagnostics,
    text: () => {
      const page = newPage(console.out, false);
      summary(page, run, rules);
      return pageText(page);
    },
    json: () => ({
      passed: run.outcomes.filter(passed).length,
      failed: run.outcomes.filter((one) => !passed(one)).length,
      cases: run.outcomes.map(caseJson),
      coverage: {
        rows: rules,
        exercised: rules - run.unexercised.length,
        unexercised: run.unexercised.map(({ ref }) => ruleJson(ref)),
        unusedRoles: run.unused,
      },
    }),
  });
}

function passed({ problems }: CaseOutcome): boolean {
  return problems.length === 0;
}

function summary(page: Page, run: TestRun, rules: number): void {
  const { outcomes, unexercised, unused } = run;
  const good = outcomes.filter(passed).length;
  const bad = outcomes.length - good;
  line(
    page,
    [bad === 0 ? 'green' : null, `${count(good)} passed`],
    [null, bad === 0 ? '' : ', '],
    ['red', bad === 0 ? '' : `${count(bad)} failed`],
  );
  const exercised = rules - unexercised.length;
  const whole = unexercised.length === 0;
  line(page, [
    whole ? null : 'yellow',
    `${count(exercised)} of ${count(rules)} rows exercised${whole ? '' : '; no case is decided by'}`,
  ]);
  for (const { ref } of unexercised)
    prose(page, ['dim', `  ${ruleName(ref)}  `], ref.text.replace(/ {2,}/g, ' '));
  if (unused.length === 0) return;
  line(page, ['yellow', 'and no case needs']);
  for (const { member, role, network } of unused) line(page, [null, `  g, ${member}, ${role}, ${network}`]);
}

function caseJson({ test, got, deciders, problems }: CaseOutcome): Readonly<Record<string, unknown>> {
  const { source, start } = test.span;
  return {
    file: source.name,
    line: positionAt(source, start).line,
    text: test.text,
    expected: test.verdict.text,
    got,
    rules: deciders.map(ruleJson),
    passed: problems.length === 0,
  };
}

function writeJunit(file: string, files: readonly TestFile[], run: TestRun): readonly Diagnostic[] {
  const ofCase = new Map(run.outcomes.map((one) => [one.test, one]));
  const suites = files.map(({ name, cases }) => ({
    name,
    cases: cases.map(
      (test): JunitCase => ({
        name: test.text,
        file: name,
        line: positionAt(test.span.source, test.span.start).line,
        failures: (ofCase.get(test)?.problems ?? []).map(({ message, help }) => ({
          message,
          details: help ?? '',
        })),
      }),
    ),
  }));
  try {
    writeFileSync(file, junitText(suites));
    return [];
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return [error('SL913', null, `\`${file}\` cannot be written: ${reason}`, { help: null })];
  }
}

// Watching.

/** An editor writes a file in several steps. */
const SETTLED = 100;

/** Runs again whenever a file beside the policy or the tests changes, until it is interrupted. */
async function forEver(names: readonly string[], flags: TestFlags, console: Console): Promise<never> {
  const { folder } = policyFolder(flags.policy ?? null, process.env);
  const paint = painter(console.err.colour);
  let timer: NodeJS.Timeout | null = null;
  let watchers: FSWatcher[] = [];
  const again = (): void => {
    for (const watcher of watchers) watcher.close();
    // anew for each run: an editor puts another file in the old one's place, and a folder may have come
    watchers = [folder, path.join(folder, 'tests'), ...names.map((name) => path.dirname(name))].flatMap(
      watched,
    );
    console.say(paint('dim', `${new Date().toISOString().slice(11, 19)} UTC\n`));
    once(names, flags, console);
    console.say(paint('dim', 'waiting for a change; ctrl-c ends\n'));
  };
  const changed = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(again, SETTLED);
  };
  const watched = (where: string): readonly FSWatcher[] => {
    try {
      const watcher = watch(where, changed);
      watcher.on('error', changed);
      return [watcher];
    } catch {
      return []; // not there (yet)
    }
  };
  again();
  return new Promise<never>(() => {});
}
