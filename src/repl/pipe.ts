// A session that nobody types: a strict script, which stops at the first thing that goes wrong.

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../source/source.ts';
import { isUnfinished } from './pieces.ts';
import { runText } from './shell.ts';
import { plural, type Shell } from './shell-state.ts';
import type { End } from './world.ts';

/** What has come in so far, and where in it each piece that was run begins. */
export type Script = { text: string; readonly pieces: WeakMap<Source, number> };

/** The problem as it stands in the script: of a piece by itself nobody knows which line it was. */
export function inScript(script: Script, diagnostic: Diagnostic): Diagnostic {
  const whole: Source = { name: '<stdin>', text: script.text };
  const moved = (span: Span): Span => {
    const from = script.pieces.get(span.source);
    return from === undefined ? span : { source: whole, start: from + span.start, end: from + span.end };
  };
  return {
    ...diagnostic,
    span: diagnostic.span === null ? null : moved(diagnostic.span),
    labels: diagnostic.labels.map((label) => ({ ...label, span: moved(label.span) })),
  };
}

/** Runs the lines of `input`. What is staged and not committed at its end is forgotten, and said. */
export async function runPipe(shell: Shell, input: Readable, script: Script): Promise<End> {
  let waiting: { readonly text: string; readonly from: number } | null = null;
  const run = (text: string, from: number): Promise<End | 'quit'> => {
    const source: Source = { name: '<session>', text };
    script.pieces.set(source, from);
    return runText(shell, source);
  };
  const lines = createInterface({ input, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
  let end: End | 'quit' = 'done';
  for await (const line of lines) {
    const from: number = waiting?.from ?? script.text.length;
    const text: string = waiting === null ? line : `${waiting.text}\n${line}`;
    script.text += `${line}\n`;
    waiting = { text, from };
    if (isUnfinished(text)) continue;
    waiting = null;
    end = await run(text, from);
    if (end !== 'done') break;
  }
  // an open block at the end is run, so that its bracket is told
  if (end === 'done' && waiting !== null) end = await run(waiting.text, waiting.from);
  const left = shell.session.staged.length;
  if (left > 0)
    shell.world.say(
      end === 'done' || end === 'quit'
        ? `${plural(left, 'statement')} staged and never committed: nothing of it was written\n`
        : `stopped here; ${plural(left, 'statement')} staged and not written\n`,
    );
  return end === 'quit' ? 'done' : end;
}
