// Options and arguments that several commands have, and the headings that they stand under in the help.

import { Argument, type Command, Option } from 'commander';
import { COLOUR_CHOICES } from './console.ts';
import { completedBy, type Values } from './values.ts';

export const TARGET = 'Target:';
export const WHO = 'Who decides:';
export const OUTPUT = 'Output:';
export const HELP = 'Help:';

export const NETWORKS: Values = { type: 'networks' };

export function option(
  flags: string,
  description: string,
  group: string,
  ...completed: readonly Values[]
): Option {
  return completedBy(new Option(flags, description).helpGroup(group), completed);
}

export function argument(name: string, description: string, ...completed: readonly Values[]): Argument {
  return completedBy(new Argument(name, description), completed);
}

/** Every kind of target, as the help of an option names it. */
const TARGETS = 'dir:FOLDER, qemu:///system';

export function targetOption(): Option {
  return option('--target <where>', `where the networks live: ${TARGETS}`, TARGET, {
    type: 'targets',
  }).default('dir:networks');
}

/** Of commands that can do without one; `what` says what they take from it. */
export function extraTargetOption(what: string): Option {
  return option('--target <where>', `${what}: ${TARGETS}`, TARGET, { type: 'targets' });
}

/** Of commands that are about what runs. */
export function daemonOption(): Option {
  return option('--target <uri>', 'the libvirt daemon', TARGET, { type: 'daemons' }).default(
    'qemu:///system',
  );
}

export function stateOption(): Option {
  return option(
    '--state <folder>',
    "journal of a daemon's networks, else in $XDG_STATE_HOME/sluice",
    TARGET,
    {
      type: 'folders',
    },
  );
}

export function policyOption(): Option {
  return option('--policy <folder>', 'else $SLUICE_POLICY, else /etc/sluice/policies, else ./policies', WHO, {
    type: 'folders',
  });
}

export function outputOptions(command: Command): Command {
  return command
    .addOption(option('--json', 'one JSON document on stdout', OUTPUT).default(false))
    .addOption(colourOption());
}

export function colourOption(): Option {
  return option('--color <when>', 'colours', OUTPUT).choices(COLOUR_CHOICES).default('auto');
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((text) => `  ${text}`).join('\n')}`;
}
