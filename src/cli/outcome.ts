// How a command ends: results to stdout, problems to stderr, or all of it as one JSON document on stdout.

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { renderHuman } from '../diagnostics/render-human.ts';
import { renderJson } from '../diagnostics/render-json.ts';
import type { Console } from './console.ts';
import type { ExitStatus } from './exit-status.ts';

/** The version of every `--json` document. Fields may be added to it; one that changes or goes makes a new version. */
const JSON_VERSION = 1;

export type Outcome = {
  readonly status: ExitStatus;
  readonly diagnostics: readonly Diagnostic[];
  /** The result for people: stdout. Made only when it is wanted, as is the one for machines. Empty when there is none. */
  readonly text: () => string;
  /** The result for machines: further fields of the document. */
  readonly json: () => Readonly<Record<string, unknown>>;
};

/** Diagnostics on a terminal beyond these are counted. */
const TERMINAL_LIMIT = 20;

export function conclude(console: Console, command: string, json: boolean, outcome: Outcome): ExitStatus {
  if (json) {
    const { status, diagnostics } = outcome;
    const document = {
      version: JSON_VERSION,
      command,
      status,
      diagnostics: renderJson(diagnostics),
      ...outcome.json(),
    };
    console.print(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    sayDiagnostics(console, outcome.diagnostics);
    const text = outcome.text();
    if (text !== '') console.print(text);
  }
  return outcome.status;
}

/** A command that found nothing but problems. */
export function fail(
  console: Console,
  command: string,
  json: boolean,
  status: ExitStatus,
  diagnostics: readonly Diagnostic[],
): ExitStatus {
  return conclude(console, command, json, { status, diagnostics, text: () => '', json: () => ({}) });
}

export function sayDiagnostics(console: Console, diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  const { colour, width, unicode, terminal } = console.err;
  console.say(renderHuman(diagnostics, { colour, width, unicode, limit: terminal ? TERMINAL_LIMIT : null }));
}
