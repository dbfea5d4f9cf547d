// Data files of `for … in csv("…")` and `json("…")`: flat rows, each with its place.

import { CsvError, parse } from 'csv-parse/sync';
import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { lineSpan, type Source, type Span, span } from '../source/source.ts';

export type Row = {
  readonly cells: ReadonlyMap<string, string>;
  /** Where the row stands: what a cause and a message point at. */
  readonly span: Span;
  /** `hosts.csv:17`, or `hosts.json[3]`. */
  readonly label: string;
};

/**
 * The rows of a CSV file whose first line names the columns. Cells keep their text as it is, without the blanks around it.
 * A row with too few cells lacks the last columns (using one of those is the error, with row and column named); one with
 * too many is an error here.
 */
export function readCsv(source: Source): Checked<readonly Row[]> {
  const text = source.text.startsWith('\ufeff') ? source.text.slice(1) : source.text;
  const problems: Diagnostic[] = [];
  let records: readonly { readonly record: readonly string[]; readonly info: { readonly lines: number } }[];
  try {
    records = parse(text, {
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
      max_record_size: 1_000_000,
    }) as unknown as typeof records; // the types of csv-parse do not know `info: true`
  } catch (problem) {
    if (!(problem instanceof CsvError)) throw problem;
    const line = Number((problem as unknown as { lines?: number }).lines ?? 1); // CsvError carries its context as loose fields
    return {
      value: [],
      diagnostics: [
        error('SL445', lineSpan(source, line), `this is not well-formed CSV: ${csvReason(problem.code)}`, {
          help: 'quote a cell that holds a comma, a quote or a line break; double the quotes inside it',
        }),
      ],
    };
  }
  const [header, ...rest] = records;
  if (header === undefined)
    return {
      value: [],
      diagnostics: [
        error('SL445', span(source, 0, 0), 'the file is empty: its first line must name the columns', {
          help: 'for example `mac,ip,name`',
        }),
      ],
    };
  const columns = header.record;
  columns.forEach((column, at) => {
    if (column === '' || columns.indexOf(column) !== at) {
      problems.push(
        error(
          'SL445',
          lineSpan(source, header.info.lines),
          column === '' ? `column ${at + 1} has no name` : `two columns are called \`${column}\``,
          { help: 'give every column a name of its own' },
        ),
      );
    }
  });
  const rows = rest.map(({ record, info }) => {
    // csv-parse counts the line the record ends on
    const last = info.lines;
    const at = lineSpan(source, last);
    if (record.length > columns.length) {
      problems.push(
        error(
          'SL445',
          at,
          `row ${source.name}:${last} has ${record.length} cells, the first line names ${columns.length} columns`,
          { help: 'quote a cell that holds a comma' },
        ),
      );
    }
    const cells = new Map<string, string>();
    record.slice(0, columns.length).forEach((cell, index) => cells.set(columns[index] ?? '', cell));
    return { cells, span: at, label: `${source.name}:${last}` };
  });
  return { value: rows, diagnostics: problems };
}

function csvReason(code: string): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quoted cell is not closed';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'text follows the quote that closes a cell';
    case 'INVALID_OPENING_QUOTE':
      return 'a quote stands in the middle of a cell';
    case 'CSV_MAX_RECORD_SIZE':
      return 'a row is longer than a million characters';
    default:
      return code.toLowerCase().replaceAll('_', ' ');
  }
}

/** The rows of a JSON file: an array of flat objects; strings, numbers and booleans are cells, null and absence are not. */
export function readJson(source: Source): Checked<readonly Row[]> {
  const whole = span(source, 0, 0);
  let data: unknown;
  try {
    data = JSON.parse(source.text.startsWith('\ufeff') ? source.text.slice(1) : source.text);
  } catch (problem) {
    const at = Number(/position (\d+)/.exec(String(problem))?.[1] ?? 0);
    return {
      value: [],
      diagnostics: [
        error('SL445', span(source, at, at + 1), 'this is not well-formed JSON', {
          help: 'an array of flat objects is expected: [{"mac": "…", "ip": "…"}, …]',
        }),
      ],
    };
  }
  if (!Array.isArray(data))
    return {
      value: [],
      diagnostics: [
        error('SL445', whole, 'an array of objects is expected', { help: '[{"mac": "…", "ip": "…"}, …]' }),
      ],
    };
  const problems: Diagnostic[] = [];
  const rows: Row[] = [];
  const places = itemSpans(source);
  data.forEach((item: unknown, index) => {
    const at = places[index] ?? whole;
    const label = `${source.name}[${index}]`;
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      problems.push(error('SL445', at, `${label} is not an object`, { help: 'every row is a flat object' }));
      return;
    }
    const cells = new Map<string, string>();
    for (const [column, cell] of Object.entries(item)) {
      switch (typeof cell) {
        case 'string':
          cells.set(column, cell);
          break;
        case 'number':
        case 'boolean':
          cells.set(column, String(cell));
          break;
        default:
          if (cell !== null)
            problems.push(
              error('SL445', at, `column \`${column}\` of ${label} is not a plain value`, {
                help: 'use strings, numbers, true or false; leave out what is absent',
              }),
            );
      }
    }
    rows.push({ cells, span: at, label });
  });
  return { value: rows, diagnostics: problems };
}

/** Where each item of a well-formed JSON array stands: JSON.parse keeps no places. */
function itemSpans(source: Source): readonly Span[] {
  const spans: Span[] = [];
  let depth = 0;
  let start = -1;
  let quoted = false;
  for (let i = 0; i < source.text.length; i++) {
    const c = source.text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
      continue;
    }
    if (c === '"') quoted = true;
    if (c === '{' || c === '[') depth++;
    else if (c === '}' || c === ']') depth--;
    if (depth === 1 && (c === ',' || c === '[')) start = -1;
    else if (start === -1 && depth >= 1 && c !== undefined && !/[\s\ufeff]/.test(c)) {
      start = i;
      spans.push(span(source, i, i + 1));
    }
  }
  return spans;
}
