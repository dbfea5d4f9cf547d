// The pages of questions and policy tests do not lie: each example prints exactly the message that its page shows.
// UPDATE=1 writes the messages anew.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderHuman } from '../../src/diagnostics/render-human.ts';
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
const pages = readdirSync(folder).filter((name) => /^SL65[1-9]\.md$/.test(name));

describe.each(pages)('%s', (name) => {
  const page = readFileSync(new URL(name, folder), 'utf8');
  test('shows what its example prints', () => {
    const command = /```sh\nsluice policy can (.*)\n```/.exec(page)?.[1] ?? '';
    const problems = problemsOf(command, {}, policy);
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
