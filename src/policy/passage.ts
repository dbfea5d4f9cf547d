// A piece of policy text that knows where it stands: what the path and condition parsers read.

import type { Span } from '../source/source.ts';

export type Passage = {
  readonly text: string;
  /** The place of the characters from `start` to `end`. */
  readonly at: (start: number, end: number) => Span;
};

export function subPassage(whole: Passage, start: number, end: number): Passage {
  return { text: whole.text.slice(start, end), at: (from, to) => whole.at(start + from, start + to) };
}
