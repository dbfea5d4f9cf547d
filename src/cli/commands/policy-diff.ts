// `sluice policy diff`: what another policy newly allows and newly denies. Exit status 2 when there is anything.

import { readBeside } from '../../apply/load-files.ts';
import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { type CaseChange, diffPolicyTests } from '../../plan/policy-test-diff.ts';
import { ruleName } from '../../policy/decision.ts';
import { loadPolicy } from '../../policy/load.ts';
import type { Policy } from '../../policy/policy.ts';
import {
  type DecisionChange,
  diffPolicies,
  type PolicyDiff,
  type RecordedEdit,
} from '../../policy/policy-diff.ts';
import type { RuleRef } from '../../policy/verdict.ts';
import { placeText } from '../../source/source.ts';
import { ruleJson } from '../answer-words.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { openTarget } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { arrow, count, line, newPage, type Page, pageText, prose } from '../page.ts';
import type { DiffPolicyFlags } from '../policy-keep-flags.ts';
import { readPolicySources } from '../policy-sources.ts';
import { readTestFiles } from '../policy-tests.ts';
import { readRecordedEdits } from '../recorded-edits.ts';

const COMMAND = 'policy diff';

export function policyDiff(
  older: string,
  newer: string,
  flags: DiffPolicyFlags,
  console: Console,
): ExitStatus {
  const diagnostics: Diagnostic[] = [];
  const policies = [older, newer].map((name) => read(name, diagnostics));
  const recorded = recordedIn(flags, diagnostics);
  const [then, now] = policies;
  if (then == null || now == null || hasErrors(diagnostics))
    return fail(console, COMMAND, flags.json, EXIT.error, diagnostics);
  console.progress('Comparing ...');
  const found = diffPolicies(then, now, recorded);
  const tests = testsOf(then, now, [newer, older], diagnostics);
  console.progress(null);
  const changed = found.changes.length + tests.changes.length;
  return conclude(console, COMMAND, flags.json, {
    status: hasErrors(diagnostics) ? EXIT.error : changed > 0 ? EXIT.changes : EXIT.done,
    diagnostics,
    text: () => {
      const page = newPage(console.out, flags.full);
      render(page, found, tests);
      return pageText(page);
    },
    json: () => ({
      before: { name: then.name, hash: then.hash },
      after: { name: now.name, hash: now.hash },
      changes: found.changes.map(changeJson),
      tests: tests.changes.map(caseJson),
      compared: { ...found.asked, tests: tests.asked },
      complete: found.complete,
    }),
  });
}

function read(name: string, diagnostics: Diagnostic[]): Policy | null {
  const sources = readPolicySources(name, process.env);
  diagnostics.push(...sources.diagnostics);
  if (sources.value === null) return null;
  const loaded = loadPolicy(sources.value);
  // warnings are for `policy check`
  diagnostics.push(...loaded.diagnostics.filter(({ severity }) => severity === 'error'));
  return loaded.value;
}

/** A daemon's journal is kept here, so the daemon is not asked. */
function recordedIn({ target, state }: DiffPolicyFlags, diagnostics: Diagnostic[]): readonly RecordedEdit[] {
  if (target === undefined) return [];
  const opened = openTarget(target, state);
  if (!opened.ok) {
    diagnostics.push(opened.error);
    return [];
  }
  const { value, diagnostics: problems } = readRecordedEdits(opened.value.journal);
  diagnostics.push(...problems);
  return value;
}

type Tests = ReturnType<typeof diffPolicyTests>;

/** The cases beside the first of the policies that has any. */
function testsOf(then: Policy, now: Policy, folders: readonly string[], diagnostics: Diagnostic[]): Tests {
  for (const folder of folders) {
    const { value, diagnostics: problems } = readTestFiles([], folder);
    const cases = value.flatMap((file) => file.cases);
    diagnostics.push(...problems.filter(({ code }) => code !== 'SL663'));
    if (cases.length > 0) return diffPolicyTests(then, now, cases, readBeside);
  }
  return { changes: [], asked: 0 };
}

// For people.

function render(page: Page, found: PolicyDiff, tests: Tests): void {
  for (const now of ['allowed', 'denied'] as const) {
    const changes = found.changes.filter((one) => one.now === now);
    const cases = tests.changes.filter((one) => one.now === now);
    if (changes.length + cases.length === 0) continue;
    line(page, [now === 'allowed' ? 'yellow' : 'red', `Newly ${now}`]);
    line(page);
    let above = '';
    for (const change of changes) above = renderChange(page, change, above);
    if (cases.length > 0) renderCases(page, cases);
  }
  const { boundary, recorded } = found.asked;
  const asked = [
    `${count(boundary)} decisions at boundaries`,
    ...(tests.asked === 0 ? [] : [`${count(tests.asked)} test cases`]),
    ...(recorded === 0 ? [] : [`${count(recorded)} recorded changes`]),
  ].join(', ');
  const total = found.changes.length + tests.changes.length;
  line(
    page,
    [total === 0 ? 'green' : 'bold', total === 0 ? 'No decision changes' : differences(found, tests)],
    ['dim', ` (compared: ${asked})`],
  );
  if (!found.complete) line(page, ['yellow', 'There was too much to compare: not all of it was.']);
}

function differences(found: PolicyDiff, tests: Tests): string {
  const all = [...found.changes, ...tests.changes];
  const of = (now: string): number => all.filter((one) => one.now === now).length;
  return [
    ...(of('allowed') === 0 ? [] : [`${count(of('allowed'))} newly allowed`]),
    ...(of('denied') === 0 ? [] : [`${count(of('denied'))} newly denied`]),
  ].join(', ');
}

const MOST_WHO = 6;
const MOST_WHAT = 8;
const MOST_CASES = 5;

/** Under a heading, which is the one that stands above or a new one; what it is is handed back. */
function renderChange(page: Page, change: DecisionChange, above: string): string {
  const { who, networks, scopes, example, before, after } = change;
  const scope = scopes.length === 2 ? '' : `, ${scopes[0] ?? ''} only`;
  const [people, where] = [some(page, who.map(nameOf), MOST_WHO), some(page, networks, MOST_WHO)];
  const heading = `${people} on ${where}${scope}`;
  if (heading !== above) line(page, ['bold', `  ${people}`], [null, ` on ${where}${scope}`]);
  const what = linesOf(change);
  for (const text of page.full ? what : what.slice(0, MOST_WHAT)) line(page, [null, `    ${text}`]);
  if (!page.full && what.length > MOST_WHAT)
    line(page, ['dim', `    and ${count(what.length - MOST_WHAT)} more (--full)`]);
  if (example !== null) prose(page, ['dim', '      for example '], example);
  line(
    page,
    ['dim', '      decided by  '],
    [null, `${deciderText(before)} ${arrow(page)} ${deciderText(after)}`],
  );
  line(page);
  return heading;
}

function renderCases(page: Page, cases: readonly CaseChange[]): void {
  const shown = page.full ? cases : cases.slice(0, MOST_CASES);
  line(page, ['bold', '  test cases']);
  for (const { test, before, after } of shown) {
    line(page, [null, `    ${placeText(test.span)}  ${test.text.replace(/ {2,}/g, ' ')}`]);
    line(
      page,
      ['dim', '      decided by  '],
      [null, `${decidersText(before)} ${arrow(page)} ${decidersText(after)}`],
    );
  }
  if (shown.length < cases.length)
    line(page, ['dim', `    and ${count(cases.length - shown.length)} more (--full)`]);
  line(page);
}

function nameOf(who: string | null): string {
  if (who === null) return 'everybody';
  return who.startsWith('user:') ? who.slice('user:'.length) : who;
}

function deciderText(rule: RuleRef | null): string {
  return rule === null ? 'no row' : `${rule.effect} ${ruleName(rule)}`;
}

function decidersText(rules: readonly RuleRef[]): string {
  return rules.length === 0 ? 'no row' : rules.map(deciderText).join(', ');
}

function some(page: Page, names: readonly string[], most: number): string {
  if (page.full || names.length <= most) return names.join(', ');
  return `${names.slice(0, most - 1).join(', ')} and ${count(names.length - most + 1)} more`;
}

/** An element with its attributes on one line: what holds for it and them alike is said once. */
function linesOf({ what }: DecisionChange): readonly string[] {
  const ofElement = new Map(
    what.flatMap(({ path, operations }) => (path.includes('@') ? [] : [[path, operations]])),
  );
  const lines = new Map<string, string[]>();
  for (const { path, operations } of what) {
    const [element = '', leaf] = path.split('@');
    const said = leaf === undefined ? [] : (ofElement.get(element) ?? []);
    const left = operations.filter((op) => !said.includes(op));
    if (left.length === 0) continue;
    const key = `${left.join('|')} ${element}`;
    const leaves = lines.get(key) ?? [];
    lines.set(key, leaf === undefined ? leaves : [...leaves, `@${leaf}`]);
  }
  return [...lines].map(([text, leaves]) => (leaves.length === 0 ? text : `${text}${leaves.join(', ')}`));
}

// For machines.

function changeJson({ before, after, ...change }: DecisionChange): unknown {
  return {
    ...change,
    before: before === null ? null : ruleJson(before),
    after: after === null ? null : ruleJson(after),
  };
}

function caseJson({ test, now, before, after }: CaseChange): unknown {
  return {
    now,
    place: placeText(test.span),
    text: test.text,
    before: before.map(ruleJson),
    after: after.map(ruleJson),
  };
}
