// The pages of what `policy lint` finds do not lie: each example prints exactly the message that its page shows.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderHuman } from '../../src/diagnostics/render-human.ts';
import { lintPolicy } from '../../src/policy/lint.ts';
import { lintTarget } from '../../src/policy/lint-target.ts';
import { lintTests } from '../../src/policy/lint-tests.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import { document } from './decide.ts';

const folder = new URL('../../docs/diagnostics/', import.meta.url);
const pages = readdirSync(folder).filter((name) => /^SL68\d\.md$/.test(name));
const SHOWN = /```text\n([\s\S]*?)\n```/;

function block(page: string, language: string): string | null {
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(page)?.[1] ?? null;
}

describe.each(pages)('%s', (name) => {
  test('shows what its example prints', () => {
    const page = readFileSync(new URL(name, folder), 'utf8');
    const rules = { name: 'policy.csv', text: `${block(page, 'csv')}\n` };
    const { value } = loadPolicy({
      model: { name: 'model.conf', text: MODEL_TEXT },
      rules,
      name: 'policies',
    });
    if (value === null) throw new Error('the example loads');
    const xml = block(page, 'xml');
    const diagnostics = [
      ...lintPolicy(value, rules).diagnostics,
      ...(xml === null
        ? []
        : lintTarget(value, rules, [{ name: 'default', document: document(xml) }], 'dir:networks')),
      ...(name === 'SL686.md' ? lintTests(value, rules, new Set()) : []),
    ];
    expect(new Set(diagnostics.map(({ code }) => `${code}.md`))).toEqual(new Set([name]));
    const printed = renderHuman(diagnostics, {
      colour: false,
      width: 110,
      unicode: true,
      limit: null,
    }).trimEnd();
    if (process.env['UPDATE'] === '1')
      writeFileSync(
        new URL(name, folder),
        page.replace(SHOWN, () => `\`\`\`text\n${printed}\n\`\`\``),
      );
    else expect(printed).toBe(SHOWN.exec(page)?.[1]);
  });
});

test('there are pages', () => {
  expect(pages).toHaveLength(10);
});
