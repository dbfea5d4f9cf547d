// A problem as data. Rooms return these; only a shell turns them into text (render-human.ts, render-json.ts).

import type { Span } from '../source/source.ts';
import { type Code, catalogue } from './catalogue.ts';

export type Severity = 'error' | 'warning' | 'note';

/** A second place that matters: what is printed under its own caret. */
export type Label = { readonly span: Span; readonly message: string };

export type Diagnostic = {
  readonly code: Code;
  readonly severity: Severity;
  /** Lower case, no full stop, names in backticks: "unknown attribute `nmae`". */
  readonly message: string;
  /** Where; null only where there is no text to point into (a missing file, a wrong option). */
  readonly span: Span | null;
  readonly labels: readonly Label[];
  /** The next step: "did you mean `name`?". Null only when nothing useful can be proposed. */
  readonly help: string | null;
};

type Extra = { readonly labels?: readonly Label[]; readonly help?: string | null };

export function error(code: Code, span: Span | null, message: string, extra: Extra = {}): Diagnostic {
  return { code, severity: 'error', message, span, labels: extra.labels ?? [], help: extra.help ?? null };
}

export function warning(code: Code, span: Span | null, message: string, extra: Extra = {}): Diagnostic {
  return { code, severity: 'warning', message, span, labels: extra.labels ?? [], help: extra.help ?? null };
}

export function note(code: Code, span: Span | null, message: string, extra: Extra = {}): Diagnostic {
  return { code, severity: 'note', message, span, labels: extra.labels ?? [], help: extra.help ?? null };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}

/** The one-line title of a code, as `sluice explain` lists it. */
export function titleOf(code: Code): string {
  return catalogue[code];
}

/** Thrown by nobody: the form in which a pure function returns what it made of a user's text. */
export type Checked<T> = { readonly value: T; readonly diagnostics: readonly Diagnostic[] };
