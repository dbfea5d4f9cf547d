// The text of a condition with gaps where its values stand. Thousands of rows say the same about other addresses: what was
// found about the first of them holds for all, but for the values.

import { type Word, wordEnd } from './condition-syntax.ts';
import type { Passage } from './passage.ts';

/** Begins and ends with a fixed piece; between each two of them stands a value. */
export type Template = {
  readonly pieces: readonly string[];
  /** How each value is written: bare, or the quote that stands around it (in the pieces). */
  readonly quotes: readonly ('' | "'" | '"')[];
};

/** The template of a condition that has these values, in the order of its text; null when a value is not found in its place. */
export function templateOf({ text, at }: Passage, values: readonly Word[]): Template | null {
  const origin = at(0, 0).start;
  const pieces: string[] = [];
  const quotes: ('' | "'" | '"')[] = [];
  let behind = 0;
  for (const value of values) {
    const from = value.span.start - origin;
    const first = text[from];
    const quote = first === "'" || first === '"' ? first : '';
    const start = from + quote.length;
    // a doubled quote of the CSV moves what stands behind it
    if (start < behind || !text.startsWith(value.text + quote, start)) return null;
    pieces.push(text.slice(behind, start));
    quotes.push(quote);
    behind = start + value.text.length;
  }
  pieces.push(text.slice(behind));
  return { pieces, quotes };
}

/**
 * The values of a text that is made of the same tokens but for them; null when it is not. Where the template has a bare
 * value stands one word, where it has one in quotes, one in the same quotes. Linear.
 */
export function valuesIn({ pieces, quotes }: Template, text: string): readonly string[] | null {
  const values: string[] = [];
  let at = 0;
  for (let i = 0; i < quotes.length; i++) {
    const piece = pieces[i] ?? '';
    if (!text.startsWith(piece, at)) return null;
    const start = at + piece.length;
    const quote = quotes[i] ?? '';
    const end = quote === '' ? wordEnd(text, start) : text.indexOf(quote, start);
    if (end === -1 || (quote === '' && end === start)) return null;
    values.push(text.slice(start, end));
    at = end;
  }
  const last = pieces[quotes.length] ?? '';
  return at + last.length === text.length && text.startsWith(last, at) ? values : null;
}
