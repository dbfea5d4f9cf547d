// The words of a question on the command line (`alice add PATH attr=value…`) as one text, so that problems point into it.

import type { Stated } from '../policy/hypothesis.ts';
import type { Passage } from '../policy/passage.ts';
import { type Source, type Span, span } from '../source/source.ts';

/** A word and its place in the question. */
export type QuestionWord = { readonly text: string; readonly span: Span };

/** The words, joined by blanks, as a source called `<question>`. */
export function questionWords(words: readonly string[]): readonly QuestionWord[] {
  const source: Source = { name: '<question>', text: words.join(' ') };
  let at = 0;
  return words.map((text) => {
    const start = at;
    at += text.length + 1;
    return { text, span: span(source, start, start + text.length) };
  });
}

export function passageOf({ text, span: at }: QuestionWord): Passage {
  return { text, at: (start, end) => span(at.source, at.start + start, at.start + end) };
}

/** `after.average=2000`, cut at its first `=`; without one it is a name without a value. */
export function statedOf(word: QuestionWord): Stated | null {
  const cut = word.text.indexOf('=');
  if (cut === -1) return null;
  const { source, start, end } = word.span;
  return {
    name: { text: word.text.slice(0, cut), span: span(source, start, start + cut) },
    value: { text: word.text.slice(cut + 1), span: span(source, start + cut + 1, end) },
  };
}
