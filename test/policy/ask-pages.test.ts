// The pages of questions and policy tests do not lie: each example prints exactly the message that its page shows.
// UPDATE=1 writes the messages anew.

import { expect, test } from 'vitest';
import { readTestFiles } from '../../src/cli/policy-tests.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { runPolicyTests } from '../../src/plan/policy-test.ts';
import { readTests } from '../../src/policy/test-file.ts';
import { codesLike, type Page, pageOf } from '../page.ts';
import { noFiles } from './cases.ts';
import { policyOf } from './decide.ts';
import { problemsOf } from './questions.ts';

const ROWS = `g, user:alice, role:tenant-a, *
g, user:nina, role:netadmin, *
g, user:olga, role:operator, *
p, allow, role:tenant-a, *, ip[*].dhcp.host[*], *, *, ""
p, allow, role:netadmin, *, **, *, *, ""
p, allow, role:operator, *, bridge, *, *, ""`;
const policy = policyOf(ROWS);
const codes = codesLike(/^SL6(5[1-9]|6\d)$/);

/** What the page's question, or test file, prints. */
function printedBy({ block }: Page): readonly Diagnostic[] {
  const cases = block('test');
  if (cases !== null) {
    const { value, diagnostics } = readTests({ name: 'policy.test', text: `${cases}\n` });
    if (diagnostics.length > 0) return diagnostics;
    return runPolicyTests(policy, value, noFiles).outcomes.flatMap(({ problems }) => problems);
  }
  const command = block('sh') ?? '';
  const folder = /^sluice policy test --policy (.*)$/m.exec(command)?.[1];
  if (folder !== undefined) return readTestFiles([], folder).diagnostics;
  const question = /^sluice policy can (.*)$/m.exec(command)?.[1] ?? '';
  return problemsOf(question, {}, policy);
}

test.each(codes)('%s shows what its example prints', (code) => {
  const page = pageOf(code);
  const problems = printedBy(page);
  expect(problems.map((problem) => problem.code)).toEqual([code]);
  page.shows(problems, 110);
});

test('there are pages', () => {
  expect(codes.length).toBeGreaterThan(5);
});
