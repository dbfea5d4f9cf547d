// The pages of SL1xx do not lie: each example, parsed or run, prints exactly the message that its page shows.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { prepareScript } from '../../src/compile/prepare.ts';
import { runScript } from '../../src/compile/run.ts';
import { xmlCodes } from '../../src/diagnostics/codes/xml.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderHuman } from '../../src/diagnostics/render-human.ts';
import { parseDocument, XML_LIMITS } from '../../src/xml/parse.ts';

/** The text of the page's first block in that language; characters that nobody sees are written `\u{…}` there. */
function block(page: string, language: string): string | null {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(page)?.[1];
  return (
    found?.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    ) ?? null
  );
}

/** A script run on the network of the compiler's own tests. */
function run(script: string): readonly Diagnostic[] {
  const load = () => ({ ok: false, error: { message: 'no files here' } }) as never; // the examples include nothing
  const prepared = prepareScript([{ name: 'change.sluice', text: script }], { load, vars: new Map() });
  const text = readFileSync(new URL('../compile/networks/nat.xml', import.meta.url), 'utf8');
  const document = parseDocument({ name: 'default.xml', text }).value;
  if (prepared.value === null || document === null) return prepared.diagnostics;
  return runScript({
    prepared: prepared.value,
    network: 'default',
    available: ['default'],
    isDefault: true,
    scope: 'config',
    targetScopes: ['config'],
    document,
    recordPatches: false,
  }).diagnostics;
}

test.each(Object.keys(xmlCodes))('%s', (code) => {
  const page = readFileSync(new URL(`../../docs/diagnostics/${code}.md`, import.meta.url), 'utf8');
  const xml = block(page, 'xml')?.replace('… 127 more …', '<a>'.repeat(XML_LIMITS.depth - 1));
  const script = block(page, 'sluice');
  const diagnostics =
    xml === undefined
      ? run(`${script ?? ''}\n`)
      : parseDocument({ name: 'network.xml', text: `${xml}\n` }).diagnostics;
  const printed = renderHuman(diagnostics, { colour: false, width: 100, unicode: true, limit: null });
  expect(/```text\n([\s\S]*?)\n```/.exec(page)?.[1]).toBe(printed.trimEnd());
});
