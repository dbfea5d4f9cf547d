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

// A text is of the template when it is made of the same tokens but for the values: one word where the template has a bare
// value, and where it has one in quotes, one in the same quotes.

/** Where the piece ends that begins at `at`, number `piece` of them: there stands its value, or the text ends. Else -1. */
export function valueStart({ pieces }: Template, piece: number, text: string, at: number): number {
  const fixed = pieces[piece] ?? '';
  return text.startsWith(fixed, at) ? at + fixed.length : -1;
}

/** Where value number `value` ends, which begins at `at`; -1 when none does. */
export function valueEnd({ quotes }: Template, value: number, text: string, at: number): number {
  const quote = quotes[value] ?? '';
  if (quote !== '') return text.indexOf(quote, at);
  const end = wordEnd(text, at);
  return end === at ? -1 : end;
}
