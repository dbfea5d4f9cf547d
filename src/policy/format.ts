// The usual layout of policy.csv: `sluice policy fmt`. Rows that stand together have their columns below each other;
// comments, the order of rows and what they mean stay.

import { type Checked, hasErrors } from '../diagnostics/diagnostic.ts';
import { widthOf } from '../diagnostics/render-text.ts';
import type { Source } from '../source/source.ts';
import { sha256Hex } from '../std/sha256.ts';
import { type Field, type Row, readRows } from './csv.ts';

/** Columns of a `p` and of a `g` row, its kind among them. */
const COLUMNS = new Map([
  ['p', 8],
  ['g', 4],
]);

/** A column that is longer pushes only its own row: one long path must not tear all others apart. */
const LONGEST_ALIGNED = 36;

/**
 * The text laid out: one blank between columns, columns aligned in every block of rows without an empty line in it, quotes
 * only where they are needed and around conditions, one empty line at the most, LF, no byte order mark. Formatting the
 * result gives the same. Null, with the problems, when a row cannot be taken apart; what its columns say is not asked.
 */
export function formatPolicy(source: Source): Checked<string | null> {
  const { rows, diagnostics } = readRows(source);
  if (hasErrors(diagnostics)) return { value: null, diagnostics };
  const rowAt = new Map(rows.map((row) => [row.line, row]));
  const lines: string[] = [];
  let block: Line[] = [];
  const endBlock = (): void => {
    if (block.length === 0) return;
    if (lines.length > 0) lines.push('');
    lines.push(...layOut(block));
    block = [];
  };
  source.text
    .replace(/^\ufeff/, '')
    .split('\n')
    .forEach((text, index) => {
      const row = rowAt.get(index + 1);
      const bare = trimBlanks(text);
      if (bare === '') endBlock();
      else block.push(row === undefined ? { text: bare, cells: null } : lineOf(row));
    });
  endBlock();
  resealed(source.text, lines);
  return { value: lines.length === 0 ? '' : `${lines.join('\n')}\n`, diagnostics };
}

const SEAL = /^(# *end policy +sha256 +)([0-9a-f]{64})$/;

/** A last line with the hash of all above it gets the new one, when it had the right one. */
function resealed(text: string, lines: string[]): void {
  const [, words, hash] = SEAL.exec(lines[lines.length - 1] ?? '') ?? [];
  const above = text.slice(0, text.lastIndexOf('\n', text.trimEnd().length - 1) + 1);
  if (words === undefined || hash !== sha256Hex(above)) return;
  lines.pop();
  lines.push(`${words}${sha256Hex(lines.map((line) => `${line}\n`).join(''))}`);
}

/** A comment, or a row that is none of ours, as it stands; or the cells of a row. */
type Line =
  | { readonly text: string; readonly cells: null }
  | { readonly text: null; readonly cells: readonly string[] };

function lineOf(row: Row): Line {
  const kind = row.fields[0]?.value ?? '';
  return COLUMNS.get(kind) === row.fields.length
    ? { text: null, cells: row.fields.map((field, at) => cellOf(field, kind === 'p' && at === 7)) }
    : { text: row.text, cells: null };
}

/**
 * The column as it is written in a formatted row. Conditions always stand in quotes: nearly all of them need them. But what
 * is empty without quotes is a mistake, of a file that was cut short, and no condition that was left out.
 */
function cellOf({ value, quoted }: Field, condition: boolean): string {
  if (value === '' && !quoted) return '';
  return condition || /^$|[",#]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function layOut(block: readonly Line[]): readonly string[] {
  const widths = new Map<string, number[]>();
  for (const { cells } of block) {
    if (cells === null) continue;
    const kind = cells[0] ?? '';
    const known = widths.get(kind) ?? cells.map(() => 0);
    widths.set(kind, known);
    cells.forEach((cell, at) => {
      const width = widthOf(cell);
      if (width <= LONGEST_ALIGNED && width > (known[at] ?? 0)) known[at] = width;
    });
  }
  return block.map(({ text, cells }) => {
    if (cells === null) return text;
    const columns = widths.get(cells[0] ?? '') ?? [];
    return cells
      .map((cell, at) =>
        at === cells.length - 1 ? cell : `${cell},${' '.repeat(padding(cell, columns[at] ?? 0))}`,
      )
      .join('')
      .trimEnd();
  });
}

function padding(cell: string, width: number): number {
  return Math.max(0, width - widthOf(cell)) + 1;
}

/** As the reader of rows trims: other white space is a character of its own, and a carriage return belongs to the line end. */
function trimBlanks(text: string): string {
  return text.replace(/\r$/, '').replace(/^[ \t]+|[ \t]+$/g, '');
}
