// Diagnostics for machines: what the command line puts into its JSON documents. Fields are only ever added.

import { positionAt, type Span } from '../source/source.ts';
import { type Diagnostic, titleOf } from './diagnostic.ts';

/** Lines and columns count from 1, columns in code points; offsets are UTF-16 code units, `end` exclusive. */
export type JsonPlace = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly start: number;
  readonly end: number;
};

export type JsonDiagnostic = {
  readonly code: string;
  readonly title: string;
  readonly severity: string;
  readonly message: string;
  readonly place: JsonPlace | null;
  readonly labels: readonly { readonly message: string; readonly place: JsonPlace }[];
  readonly help: string | null;
};

export function renderJson(diagnostics: readonly Diagnostic[]): readonly JsonDiagnostic[] {
  return diagnostics.map((diagnostic) => ({
    code: diagnostic.code,
    title: titleOf(diagnostic.code),
    severity: diagnostic.severity,
    message: diagnostic.message,
    place: diagnostic.span === null ? null : placeOf(diagnostic.span),
    labels: diagnostic.labels.map((label) => ({ message: label.message, place: placeOf(label.span) })),
    help: diagnostic.help,
  }));
}

function placeOf({ source, start, end }: Span): JsonPlace {
  const from = positionAt(source, start);
  const to = positionAt(source, end);
  return {
    file: source.name,
    line: from.line,
    column: from.column,
    endLine: to.line,
    endColumn: to.column,
    start,
    end,
  };
}
