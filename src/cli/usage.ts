// What is wrong with a command line, in our own words and with the name that was probably meant.

import type { Command, CommanderError } from 'commander';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../std/nearest-name.ts';

/** The command that the words name (`policy can`), or the program itself. */
export function commandOf(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    if (word.startsWith('-')) continue;
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
  }
  return command;
}

/** `policy can`; the program's own name for itself. */
export function fullName(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${fullName(parent)} ${command.name()}`;
}

/** A CommanderError as a diagnostic. Commander tells what is wrong only in its message, so that is what we read. */
export function usageProblem(
  program: Command,
  words: readonly string[],
  problem: CommanderError,
): Diagnostic {
  const command = commandOf(program, words);
  const text = problem.message.replace(/^error: /, '').split('\n')[0] ?? '';
  const quoted = /'(.*?)'/.exec(text)?.[1] ?? '';
  switch (problem.code) {
    case 'commander.help': // what commander answers to `sluice help nosuch`, and to options without a command
    case 'commander.unknownCommand': {
      const names = visibleCommands(command);
      if (problem.code === 'commander.help' && command !== program && command.commands.length > 0)
        return error('SL903', null, `\`sluice ${fullName(command)}\` needs a command`, {
          help: `it has ${names.join(', ')}`,
        });
      const name =
        problem.code === 'commander.help' ? (words.findLast((word) => !word.startsWith('-')) ?? '') : quoted;
      if (name === '' || name === 'help')
        return error('SL903', null, 'a command is missing', { help: 'run `sluice --help` for a list' });
      const near = nearestName(name, names);
      const help = near === null ? `the commands are ${names.join(', ')}` : `did you mean \`${near}\`?`;
      return error('SL901', null, `unknown command \`${name}\``, { help });
    }
    case 'commander.unknownOption': {
      const name = quoted.split('=')[0] ?? quoted;
      if (
        command !== program &&
        command.options.some((option) => option.long === name || option.short === name)
      ) {
        return error('SL902', null, `option \`${name}\` stands before its command`, {
          help: `write \`sluice ${fullName(command)} ${name}\``,
        });
      }
      const near = nearestName(
        name,
        command.options.flatMap((option) =>
          [option.long, option.short].filter((flag) => flag !== undefined && flag !== null),
        ),
      );
      const elsewhere = command === program ? optionOfCommands(program, name) : null;
      const help =
        near !== null
          ? `did you mean \`${near}\`?`
          : elsewhere !== null
            ? `options stand behind their command: \`sluice ${elsewhere} ${name}\``
            : `\`sluice help${command === program ? '' : ` ${fullName(command)}`}\` lists the options`;
      return error('SL902', null, `unknown option \`${name}\``, { help });
    }
    case 'commander.missingArgument':
      return error(
        'SL903',
        null,
        `\`sluice ${fullName(command)}\` needs ${/^[aeiou]/.test(quoted) ? 'an' : 'a'} ${quoted}`,
        {
          help: usageLine(command),
        },
      );
    case 'commander.optionMissingArgument':
      return error('SL903', null, `option \`${quoted}\` needs a value`, { help: usageLine(command) });
    case 'commander.excessArguments': {
      const counts = /Expected (\d+) arguments? but got (\d+)/.exec(text);
      const message =
        counts === null
          ? text
          : `\`sluice ${fullName(command)}\` takes ${plural(counts[1] ?? '')}, and got ${counts[2]}`;
      return error('SL904', null, message, {
        help: command.name() === 'do' ? 'put the whole statement in single quotes' : usageLine(command),
      });
    }
    case 'commander.conflictingOption':
      return error('SL906', null, backticked(text), { help: usageLine(command) });
    case 'commander.invalidArgument': {
      const read =
        /^option '(.*?)' argument '(.*)' is invalid\. (.*)$/s.exec(text) ??
        /^command-argument value '(.*)' is invalid for argument '(.*?)'\. (.*)$/s.exec(text);
      if (read === null) return error('SL905', null, backticked(text), { help: usageLine(command) });
      const ofOption = text.startsWith('option');
      const [, first = '', second = '', advice = ''] = read;
      const [what, given] = ofOption ? [first.split(/[ ,]/)[0] ?? first, second] : [second, first];
      const choices = /^Allowed choices are (.*)\.$/.exec(advice)?.[1]?.split(', ');
      const near = choices === undefined ? null : nearestName(given, choices);
      const help =
        near !== null
          ? `did you mean \`${near}\`?`
          : choices !== undefined
            ? `it can be ${choices.join(', ')}`
            : advice;
      return error('SL905', null, `\`${given}\` is no value for \`${what}\``, { help });
    }
    default:
      return error('SL905', null, backticked(text), { help: usageLine(command) });
  }
}

function usageLine(command: Command): string {
  const program = command.parent === null ? '' : 'sluice ';
  return `usage: ${program}${fullName(command)} ${command.usage()}`;
}

function visibleCommands(program: Command): readonly string[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name());
}

/** The first command that knows the option, for somebody who wrote it too early. */
function optionOfCommands(program: Command, name: string): string | null {
  return (
    program.commands
      .find((command) => command.options.some((option) => option.long === name || option.short === name))
      ?.name() ?? null
  );
}

function backticked(text: string): string {
  return text.replace(/'([^']*)'/g, '`$1`');
}

function plural(n: string): string {
  return n === '1' ? 'one argument' : `${n} arguments`;
}
