// XML in a test as an element of the network room's documents.

import type { XmlElement } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';

/** The root element of `xml`, which a test must have written well. */
export function element(xml: string): XmlElement {
  const { value, diagnostics } = parseDocument({ name: 'test.xml', text: xml });
  if (value === null) throw new Error(`bad XML in a test: ${diagnostics[0]?.message}`);
  return value.root;
}
