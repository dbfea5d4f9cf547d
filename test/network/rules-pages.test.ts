// The pages of the network codes: each example is a network, and says what is printed under it.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { networkCodes } from '../../src/diagnostics/codes/network.ts';
import { renderHuman } from '../../src/diagnostics/render-human.ts';
import { checkNetwork } from '../../src/network/rules.ts';
import { parseDocument } from '../../src/xml/parse.ts';

test.each(Object.keys(networkCodes))('%s', (code) => {
  const page = readFileSync(new URL(`../../docs/diagnostics/${code}.md`, import.meta.url), 'utf8');
  const [, xml = '', said = ''] = /^```xml\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const { value } = parseDocument({ name: 'network.xml', text: xml });
  if (value === null) throw new Error(`the example of ${code} is no XML`);
  expect(renderHuman(checkNetwork(value), { colour: false, width: 100, unicode: true, limit: null })).toBe(
    said,
  );
  expect(said).toContain(`[${code}]`);
});
