// The pages of SL1xx do not lie: each example, parsed or run, prints exactly the message that its page shows.

import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { prepareScript } from '../../src/compile/prepare.ts';
import { runScript } from '../../src/compile/run.ts';
import { xmlCodes } from '../../src/diagnostics/codes/xml.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { parseDocument, XML_LIMITS } from '../../src/xml/parse.ts';
import { pageOf, withUnseen } from '../page.ts';

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
  const page = pageOf(code);
  const block = (language: string): string => withUnseen(page.block(language) ?? '');
  const xml = block('xml').replace('… 127 more …', '<a>'.repeat(XML_LIMITS.depth - 1));
  const diagnostics =
    xml === ''
      ? run(`${block('sluice')}\n`)
      : parseDocument({ name: 'network.xml', text: `${xml}\n` }).diagnostics;
  page.shows(diagnostics);
});
