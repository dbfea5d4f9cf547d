// The pages of questions and policy tests do not lie: each example prints exactly the message that its page shows.
// UPDATE=1 writes the messages anew.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readTestFiles } from '../../src/cli/policy-tests.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderHuman } from '../../src/diagnostics/render-human.ts';
import { runPolicyTests } from '../../src/plan/policy-test.ts';
import { readTests } from '../../src/policy/test-file.ts';
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
const folder = new URL('../../docs/diagnostics/', import.meta.url);
const pages = readdirSync(folder).filter((name) => /^SL6(5[1-9]|6\d)\.md$/.test(name));

/** What the page's question, or test file, prints. */
function printedBy(page: string): readonly Diagnostic[] {
  const cases = /```test\n([\s\S]*?)```/.exec(page)?.[1];
  if (cases !== undefined) {
    const { value, diagnostics } = readTests({ name: 'policy.test', text: cases });
    if (diagnostics.length > 0) return diagnostics;
    return runPolicyTests(policy, value, noFiles).outcomes.flatMap(({ problems }) => problems);
  }
  const folder = /```sh\nsluice policy test --policy (.*)\n```/.exec(page)?.[1];
  if (folder !== undefined) return readTestFiles([], folder).diagnostics;
  const question = /```sh\nsluice policy can (.*)\n```/.exec(page)?.[1] ?? '';
  return problemsOf(question, {}, policy);
}

describe.each(pages)('%s', (name) => {
  const page = readFileSync(new URL(name, folder), 'utf8');
  test('shows what its example prints', () => {
    const problems = printedBy(page);
    const printed = renderHuman(problems, {
      colour: false,
      width: 110,
      unicode: true,
      limit: null,
    }).trimEnd();
    expect(problems.map(({ code }) => `${code}.md`)).toEqual([name]);
    if (process.env['UPDATE'] === '1')
      writeFileSync(
        new URL(name, folder),
        page.replace(/```text\n[\s\S]*?\n```/, `\`\`\`text\n${printed}\n\`\`\``),
      );
    else expect(/```text\n([\s\S]*?)\n```/.exec(page)?.[1]).toBe(printed);
  });
});

test('there are pages', () => {
  expect(pages.length).toBeGreaterThan(5);
});
