// One run of the program: words in, exit status out. Wrong words and bugs of ours end here as messages, never as a stack.

import { CommanderError } from 'commander';
import { hashOf } from '../apply/files/durable.ts';
import { error } from '../diagnostics/diagnostic.ts';
import { makeHashesWith } from '../std/sha256.ts';
import { COLOUR_CHOICES, type ColourChoice, type Console, openConsole } from './console.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import { closeTargets } from './open-target.ts';
import { fail } from './outcome.ts';
import { buildProgram } from './program.ts';
import { commandOf, fullName, usageProblem } from './usage.ts';

export async function run(words: readonly string[]): Promise<ExitStatus> {
  makeHashesWith(hashOf);
  const console = openConsole(colourAskedFor(words));
  let status: ExitStatus = EXIT.done;
  const program = buildProgram(console, (given) => {
    status = given;
  });
  const json = asksForJson(words);
  try {
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync(asHelp(words), { from: 'user' });
    return status;
  } catch (problem) {
    if (!(problem instanceof CommanderError))
      return sayBug(console, fullName(commandOf(program, words)), json, problem);
    if (problem.exitCode === 0) return EXIT.done; // --help and --version end so
    const command = fullName(commandOf(program, words));
    return fail(console, command, json, EXIT.usage, [usageProblem(program, words, problem)]);
  } finally {
    await closeTargets();
  }
}

/** Commander's `help` knows one word: `help policy can` is `policy can --help`. */
function asHelp(words: readonly string[]): readonly string[] {
  return words[0] === 'help' && words.length > 2 ? [...words.slice(1), '--help'] : words;
}

/** Our own bug: one line, and the stack only for who wants to look for it. */
function sayBug(console: Console, command: string, json: boolean, problem: unknown): ExitStatus {
  const reason = problem instanceof Error ? problem.message : String(problem);
  const debug = (process.env['SLUICE_DEBUG'] ?? '') !== '';
  if (debug) console.say(`${problem instanceof Error ? problem.stack : reason}\n`);
  const help = debug
    ? 'please report it, with the lines above'
    : 'SLUICE_DEBUG=1 shows where; please report it';
  return fail(console, command, json, EXIT.error, [
    error('SL999', null, `internal error, this is a bug in sluice: ${reason}`, { help }),
  ]);
}

/** Before the words are understood, their colour is: so that even a usage error has the one that was asked for. */
function colourAskedFor(words: readonly string[]): ColourChoice {
  const at = words.findLastIndex((word) => word === '--color' || word.startsWith('--color='));
  const word =
    at < 0 ? undefined : words[at] === '--color' ? words[at + 1] : words[at]?.slice('--color='.length);
  return COLOUR_CHOICES.find((choice) => choice === word) ?? 'auto';
}

function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).includes('--json');
}
