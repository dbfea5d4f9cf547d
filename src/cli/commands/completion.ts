// `sluice completion SHELL`, and what the shells' functions ask back: which words could stand where the cursor is.

import type { Command } from 'commander';
import { candidates } from '../complete.ts';
import { SHELL_SCRIPTS } from '../completion-scripts.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';

export function completion(shell: keyof typeof SHELL_SCRIPTS, console: Console): ExitStatus {
  console.print(SHELL_SCRIPTS[shell]);
  return EXIT.done;
}

/** Prints a line for each word that fits: the word, a tab, what it is. `words` is the line behind `sluice`, the last one begun. */
export async function complete(
  program: Command,
  words: readonly string[],
  console: Console,
): Promise<ExitStatus> {
  for (const { word, description } of await candidates(program, words))
    console.print(`${word}\t${description}\n`);
  return EXIT.done;
}
