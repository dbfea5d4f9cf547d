// The pages of the network codes: each example is a network, and says what is printed under it.

import { expect, test } from 'vitest';
import { networkCodes } from '../../src/diagnostics/codes/network.ts';
import { checkNetwork } from '../../src/network/rules.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { pageOf } from '../page.ts';

test.each(Object.keys(networkCodes))('%s', (code) => {
  const page = pageOf(code);
  const { value } = parseDocument({ name: 'network.xml', text: `${page.block('xml')}\n` });
  if (value === null) throw new Error(`the example of ${code} is no XML`);
  const found = checkNetwork(value);
  page.shows(found);
  expect(found.map((one) => one.code)).toContain(code);
});
