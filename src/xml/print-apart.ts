// An element's text by itself, away from the document that it stands in.

import type { XmlElement } from './document.ts';
import { printNode } from './print.ts';

/** The text as it stands, moved to the left edge. */
export function printApart(element: XmlElement): string {
  const text = printNode(element);
  if (element.source === null) return text;
  const lineStart = element.source.text.lastIndexOf('\n', Math.max(0, element.start - 1)) + 1;
  const before = element.source.text.slice(lineStart, element.start);
  return /^[ \t]+$/.test(before) ? text.replaceAll(`\n${before}`, '\n') : text;
}
