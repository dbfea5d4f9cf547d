// What a row of each kind consists of.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import type { Row } from './csv.ts';

export const RULE_COLUMNS = ['p', 'effect', 'subject', 'network', 'path', 'operation', 'scope', 'when'];
export const LINK_COLUMNS = ['g', 'user or role', 'role', 'network'];

/** Whether the row has so many columns; reported. */
export function columnsFit(row: Row, columns: readonly string[], diagnostics: Diagnostic[]): boolean {
  const count = row.fields.length;
  if (count === columns.length) return true;
  let help = `columns are ${columns.join(', ')}`;
  if (count === columns.length - 1 && columns === RULE_COLUMNS)
    help += '; a row without condition ends with ""';
  if (count > columns.length) help += '; a column with a comma in it needs quotes';
  diagnostics.push(error('SL603', row.span, `${count} columns instead of ${columns.length}`, { help }));
  return false;
}
