// Where the columns of a row stand, for a row about whose form there is nothing to say: one pass, and nothing is made.
//
// What this does not take is read by csv.ts, which knows all forms and says what is wrong. What it takes, csv.ts would read
// as the same columns, without a complaint.

/** The columns of one row; filled anew for each. Places are offsets in the text, blanks and quotes around them left out. */
export type PlainColumns = {
  count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** A bit for each column that is in quotes. */
  quoted: number;
};

/** Whether column `at` is in quotes, from 0. */
export function isQuoted({ quoted }: PlainColumns, at: number): boolean {
  return (quoted & (1 << at)) !== 0;
}

/** A rule has eight. */
const MOST_COLUMNS = 8;

export function plainColumns(): PlainColumns {
  return {
    count: 0,
    starts: new Int32Array(MOST_COLUMNS),
    ends: new Int32Array(MOST_COLUMNS),
    quoted: 0,
  };
}

const [TAB, SPACE, QUOTE, HASH, OPEN, CLOSE, COMMA, LAST] = [0x09, 0x20, 0x22, 0x23, 0x28, 0x29, 0x2c, 0x7e];

/** Characters that mean nothing to the form of a row. */
const ORDINARY = new Uint8Array(LAST + 1);
for (let code = SPACE; code <= LAST; code++) ORDINARY[code] = 1;
for (const code of [QUOTE, HASH, OPEN, CLOSE, COMMA]) ORDINARY[code] = 0;

/** Whether the row is plain; then its columns are in `columns`. `start` is no blank. */
export function splitPlain(text: string, start: number, end: number, columns: PlainColumns): boolean {
  let at = start;
  columns.quoted = 0;
  for (let count = 0; count < MOST_COLUMNS; ) {
    while (at < end && isBlank(text.charCodeAt(at))) at++;
    const quoted = at < end && text.charCodeAt(at) === QUOTE;
    if (quoted) at++;
    let first = at;
    let depth = 0;
    let code = 0;
    for (; at < end; at++) {
      code = text.charCodeAt(at);
      if (code <= LAST && ORDINARY[code] === 1) continue;
      if (code === QUOTE) {
        if (quoted) break;
        return false;
      }
      if (code === COMMA && !quoted) break;
      if (code === OPEN) depth++;
      else if (code === CLOSE) depth--;
      else if (code === HASH ? !quoted : (code < SPACE && code !== TAB) || code > LAST) return false;
    }
    if (depth !== 0 || (quoted && at === end)) return false;
    let last = at;
    while (last > first && isBlank(text.charCodeAt(last - 1))) last--;
    while (first < last && isBlank(text.charCodeAt(first))) first++;
    columns.starts[count] = first;
    columns.ends[count] = last;
    columns.count = ++count;
    if (quoted) {
      columns.quoted |= 1 << (count - 1);
      at++;
      while (at < end && isBlank(text.charCodeAt(at))) at++;
    }
    if (at === end) return true;
    if (text.charCodeAt(at) !== COMMA) return false;
    at++;
  }
  return false;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
