// Policy rows out of CSV text, strictly: what Casbin's own adapter would drop, merge or misread is an error with a place.
//
// Fields are trimmed, a quote comes first after blanks, comments are whole lines. Knows nothing of what the columns mean.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { once } from '../std/once.ts';

/** One column of a row, trimmed and unquoted. Places are offsets, because most columns never need to be pointed at. */
export type Field = {
  readonly value: string;
  readonly quoted: boolean;
  readonly source: Source;
  /** Where the column stands, quotes included. */
  readonly start: number;
  readonly end: number;
  /** Where the first character of `value` stands. */
  readonly text: number;
  /** For each doubled quote in the column, its index in `value`: behind it the source runs one character ahead. */
  readonly doubled: readonly number[];
};

/** Where the column stands, quotes included. */
export function fieldSpan({ source, start, end }: Field): Span {
  return span(source, start, end);
}

/** Where the characters from `start` to `end` of the column's value stand. */
export function partOf({ source, text, doubled }: Field, start: number, end: number): Span {
  if (doubled.length === 0) return span(source, text + start, text + end);
  return span(source, text + start + countBelow(doubled, start), text + end + countBelow(doubled, end));
}

const NONE_DOUBLED: readonly number[] = [];

export type Row = {
  readonly fields: readonly Field[];
  /** From 1. */
  readonly line: number;
  /** The row as it is written, without blanks around it. */
  readonly text: string;
  readonly span: Span;
  /** False when a problem in the row was reported already, so that its columns are not to be trusted. */
  readonly sound: boolean;
};

/** One line of the file without its line end; places in it count from `base`, its first character. */
type Line = { readonly source: Source; readonly base: number; readonly text: string };

function spanIn({ source, base }: Line, start: number, end: number): Span {
  return span(source, base + start, base + end);
}

/** All rows of the text, and every problem of their form. Linear in the length of the text. */
export function readRows(source: Source): {
  readonly rows: readonly Row[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const rows: Row[] = [];
  const diagnostics: Diagnostic[] = [];
  eachLine(source.text, (start, end, number) => {
    const row = readRow(source, start, end, number, diagnostics);
    if (row !== null) rows.push(row);
  });
  return { rows, diagnostics };
}

/** `visit` gets where each line begins and ends, without its line end, and its number from 1. */
export function eachLine(text: string, visit: (start: number, end: number, number: number) => void): void {
  let number = 0;
  // a byte order mark at the very start is how some editors say UTF-8
  for (let start = text.charCodeAt(0) === 0xfeff ? 1 : 0; start <= text.length; ) {
    number++;
    const newline = text.indexOf('\n', start);
    const next = newline === -1 ? text.length : newline;
    visit(start, newline > start && text[newline - 1] === '\r' ? newline - 1 : next, number);
    start = next + 1;
  }
}

/** The row that is this line, its problems reported; null for an empty line and a comment. */
export function readRow(
  source: Source,
  start: number,
  end: number,
  number: number,
  diagnostics: Diagnostic[],
): Row | null {
  const line: Line = { source, base: start, text: source.text.slice(start, end) };
  const before = diagnostics.length;
  const first = skipBlanks(line.text, 0);
  if (first === line.text.length) return null;
  const comment = line.text[first] === '#';
  if (UNUSUAL.test(line.text)) reportOddCharacter(line, comment ? oddInComment() : oddInRow(), diagnostics);
  if (comment) return null;
  // behind such a character every other complaint would only puzzle
  const fields = readFields(line, first, diagnostics.length === before ? diagnostics : []);
  const last = endOfText(line.text, first, line.text.length);
  return {
    fields,
    line: number,
    text: line.text.slice(first, last),
    span: spanIn(line, first, last),
    sound: diagnostics.length === before,
  };
}

function readFields(line: Line, from: number, diagnostics: Diagnostic[]): readonly Field[] {
  const { text } = line;
  const fields: Field[] = [];
  for (let at = from; ; at++) {
    at = skipBlanks(text, at);
    let field: Field;
    if (text[at] === '"') {
      const read = readQuoted(line, at, diagnostics);
      if (read === null) return fields;
      field = read.field;
      at = skipBlanks(text, read.end);
      if (at < text.length && text[at] !== ',') {
        reportTail(line, at, diagnostics);
        at = nextComma(text, at);
      }
    } else {
      const comma = nextComma(text, at);
      field = plainField(line, at, comma, diagnostics);
      at = comma;
    }
    reportCasbinReading(field, diagnostics);
    fields.push(field);
    if (at >= text.length) return fields;
  }
}

function plainField(line: Line, start: number, comma: number, diagnostics: Diagnostic[]): Field {
  const end = endOfText(line.text, start, comma);
  const value = line.text.slice(start, end);
  const quote = value.indexOf('"');
  if (quote !== -1) {
    diagnostics.push(
      error(
        'SL604',
        spanIn(line, start + quote, start + quote + 1),
        'quote inside a column that does not begin with one',
        {
          help: `quote the whole column and double the quotes in it: "${value.replaceAll('"', '""')}"`,
        },
      ),
    );
  }
  const hash = value.indexOf('#');
  if (hash !== -1) diagnostics.push(strayComment(line, start + hash));
  const at = line.base + start;
  return {
    value,
    quoted: false,
    source: line.source,
    start: at,
    end: line.base + end,
    text: at,
    doubled: NONE_DOUBLED,
  };
}

/** Null when the quote is not closed on its line; reported. */
function readQuoted(
  line: Line,
  open: number,
  diagnostics: Diagnostic[],
): { readonly field: Field; readonly end: number } | null {
  const { text } = line;
  let raw = '';
  // for each doubled quote, its index in `raw`
  const doubled: number[] = [];
  for (let from = open + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) {
      diagnostics.push(
        error('SL604', spanIn(line, open, open + 1), 'this quote is not closed on its line', {
          help: 'a row is one line; close the column with `"`',
        }),
      );
      return null;
    }
    raw += text.slice(from, quote);
    if (text[quote + 1] !== '"') {
      const lead = raw.length - raw.trimStart().length;
      const field: Field = {
        value: raw.trim(),
        quoted: true,
        source: line.source,
        start: line.base + open,
        end: line.base + quote + 1,
        // no quote can stand among the blanks that were trimmed
        text: line.base + open + 1 + lead,
        doubled: doubled.length === 0 ? NONE_DOUBLED : doubled.map((index) => index - lead),
      };
      return { field, end: quote + 1 };
    }
    doubled.push(raw.length);
    raw += '"';
    from = quote + 2;
  }
}

/** How many of the ascending numbers are below `limit`. */
function countBelow(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function reportTail(line: Line, at: number, diagnostics: Diagnostic[]): void {
  if (line.text[at] === '#') {
    diagnostics.push(strayComment(line, at));
    return;
  }
  diagnostics.push(
    error('SL604', spanIn(line, at, at + 1), 'text behind the closing quote of a column', {
      help: 'end the column with `,`; a quote inside a quoted column is written twice',
    }),
  );
}

function strayComment(line: Line, at: number): Diagnostic {
  return error('SL605', spanIn(line, at, line.text.length), '`#` inside a row does not start a comment', {
    help: 'put the comment on a line of its own; quote a column that needs a `#`',
  });
}

/**
 * Casbin 5.51 glues columns together until their parentheses balance, takes one more pair of quotes off, and turns `""`
 * into `"` a second time (lib/cjs/persist/helper.js). A file must mean the same to both.
 */
function reportCasbinReading(field: Field, diagnostics: Diagnostic[]): void {
  const { value } = field;
  if (!/[()"]/.test(value)) return;
  let depth = 0;
  for (let i = 0; i < value.length; i++) {
    if (value[i] === '(') depth++;
    else if (value[i] === ')') depth--;
  }
  if (depth !== 0) {
    diagnostics.push(
      error('SL607', fieldSpan(field), 'the parentheses of this column do not balance', {
        help: field.quoted
          ? 'Casbin would merge columns: close every `(`'
          : 'a column with a comma in it needs quotes',
      }),
    );
  }
  const twice = value.indexOf('""');
  if (twice !== -1) {
    diagnostics.push(
      error('SL607', partOf(field, twice, twice + 2), 'Casbin would read these two quotes as one', {
        help: "in a condition or path write '' instead",
      }),
    );
  } else if (value.length > 1 && value.startsWith('"') && value.endsWith('"')) {
    diagnostics.push(
      error('SL607', fieldSpan(field), 'Casbin would take the inner quotes away', {
        help: "use ' instead of the inner quotes",
      }),
    );
  }
}

/** Anything but ASCII that prints, and tabs: then the line is looked at more closely. */
const UNUSUAL = /[^\t\x20-\x7e]/;
/** Controls, blanks other than space and tab, characters without a shape: a reviewer could not see what the row says. */
const oddInRow = once(() => /(?![ \t])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u);
/** In a comment only what can make other text look different. */
const oddInComment = once(() => /(?!\t)[\p{Cc}\p{Bidi_Control}]/u);

/** At most one a line: a file in a wrong encoding has thousands. */
function reportOddCharacter(line: Line, odd: RegExp, diagnostics: Diagnostic[]): void {
  const found = odd.exec(line.text);
  if (found === null) return;
  const code = found[0].codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  diagnostics.push(
    error(
      'SL606',
      spanIn(line, found.index, found.index + found[0].length),
      `character ${name} is not allowed in a policy`,
      {
        help: code === 13 ? 'end lines with a line feed' : 'delete it: nobody can see it in a review',
      },
    ),
  );
}

export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** Where the text before `end` ends, blanks left out. */
export function endOfText(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && (text[at - 1] === ' ' || text[at - 1] === '\t')) at--;
  return at;
}

function nextComma(text: string, from: number): number {
  const comma = text.indexOf(',', from);
  return comma === -1 ? text.length : comma;
}
