// A named text and places in it. Offsets are UTF-16 code units, as JavaScript strings count.

/** A text with the name that messages show for it: a file name, `<stdin>`, `<statement>`. */
export type Source = { readonly name: string; readonly text: string };

/** A stretch of a source: `start` inclusive, `end` exclusive. Empty when equal. */
export type Span = { readonly source: Source; readonly start: number; readonly end: number };

/** A place for people: both count from 1, the column in code points. */
export type Position = { readonly line: number; readonly column: number };

const lineStartsOf = new WeakMap<Source, readonly number[]>();

function lineStarts(source: Source): readonly number[] {
  let starts = lineStartsOf.get(source);
  if (starts === undefined) {
    const found = [0];
    for (let at = source.text.indexOf('\n'); at !== -1; at = source.text.indexOf('\n', at + 1)) {
      found.push(at + 1);
    }
    starts = found;
    lineStartsOf.set(source, starts);
  }
  return starts;
}

/** Line and column of an offset; an offset outside the text is taken as its nearest end. O(log lines) after the first call. */
export function positionAt(source: Source, offset: number): Position {
  const at = Math.max(0, Math.min(offset, source.text.length));
  const starts = lineStarts(source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  let column = 1;
  for (let i = starts[low]!; i < at; i++) {
    const unit = source.text.charCodeAt(i);
    // a byte order mark is no column of anybody's editor; a low surrogate is the second half of one character
    if ((unit < 0xdc00 || unit > 0xdfff) && !(unit === 0xfeff && i === 0)) column++;
  }
  return { line: low + 1, column };
}

/** The text of line `line` (from 1) without its line end; empty when there is no such line. */
export function lineText(source: Source, line: number): string {
  const starts = lineStarts(source);
  const start = starts[line - 1];
  if (start === undefined) return '';
  const end = starts[line] ?? source.text.length;
  return source.text.slice(start, end).replace(/[\r\n]+$/, '');
}

/** The whole of line `line` (from 1) without its line end; the end of the text when there is no such line. */
export function lineSpan(source: Source, line: number): Span {
  const start = lineStarts(source)[line - 1] ?? source.text.length;
  return { source, start, end: start + lineText(source, line).length };
}

export function span(source: Source, start: number, end: number): Span {
  return { source, start, end };
}

/** `name:line:column`, as every message and plan prints a place. */
export function placeText(at: Span): string {
  const { line, column } = positionAt(at.source, at.start);
  return `${at.source.name}:${line}:${column}`;
}
