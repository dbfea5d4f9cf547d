// XML in a test as a whole document.

import type { XmlDocument } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';

/** The document that `xml` is, which a test must have written well. */
export function document(xml: string): XmlDocument {
  const { value, diagnostics } = parseDocument({ name: 'test.xml', text: xml });
  if (value === null) throw new Error(`bad XML in a test: ${diagnostics[0]?.message}`);
  return value;
}
