// A session that nobody types: a strict script, which stops at the first thing that goes wrong.

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { isUnfinished } from './pieces.ts';
import { runText } from './shell.ts';
import { plural, type Shell } from './shell-state.ts';
import type { End } from './world.ts';

/** Runs the lines of `input`. What is staged and not committed at its end is forgotten, and said. */
export async function runPipe(shell: Shell, input: Readable): Promise<End> {
  let waiting: string | null = null;
  const lines = createInterface({ input, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
  let end: End | 'quit' = 'done';
  for await (const line of lines) {
    waiting = waiting === null ? line : `${waiting}\n${line}`;
    if (isUnfinished(waiting)) continue;
    const text = waiting;
    waiting = null;
    end = await runText(shell, text);
    if (end !== 'done') break;
  }
  // an open block at the end is run, so that its bracket is told
  if (end === 'done' && waiting !== null) end = await runText(shell, waiting);
  const left = shell.session.staged.length;
  if (left > 0)
    shell.world.say(
      end === 'done' || end === 'quit'
        ? `${plural(left, 'statement')} staged and never committed: nothing of it was written\n`
        : `stopped here; ${plural(left, 'statement')} staged and not written\n`,
    );
  return end === 'quit' ? 'done' : end;
}
