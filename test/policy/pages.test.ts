// The pages of SL6xx do not lie: each example, loaded, prints exactly the message that its page shows.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderHuman } from '../../src/diagnostics/render-human.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';

const folder = new URL('../../docs/diagnostics/', import.meta.url);
// questions and policy tests have pages of another kind: ask-pages.test.ts
const pages = readdirSync(folder).filter((name) => /^SL6[0-4]\d\.md$/.test(name));
const ALLOWS = 'p, allow, user:nina, *, **, *, *, ""';

/** The text of the page's first block in that language; characters that nobody sees are written `\u{…}` there. */
function block(page: string, language: string): string | null {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(page)?.[1];
  return found === undefined
    ? null
    : found.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) =>
        String.fromCodePoint(Number.parseInt(hex, 16)),
      );
}

describe.each(pages)('%s', (name) => {
  const page = readFileSync(new URL(name, folder), 'utf8');
  test('shows what its example prints', () => {
    const { diagnostics, value } = loadPolicy({
      model: { name: 'model.conf', text: block(page, 'conf') ?? MODEL_TEXT },
      rules: { name: 'policy.csv', text: `${block(page, 'csv') ?? ALLOWS}\n` },
      name: 'policies',
    });
    const printed = renderHuman(diagnostics, { colour: false, width: 110, unicode: true, limit: null });
    const shown = /```text\n([\s\S]*?)\n```/.exec(page)?.[1];
    expect(printed.trimEnd()).toBe(shown);
    expect(value === null).toBe(printed.startsWith('error'));
  });
});

test('there are pages', () => {
  expect(pages.length).toBeGreaterThan(30);
});
