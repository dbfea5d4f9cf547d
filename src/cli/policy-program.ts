// The commands of `sluice policy`, as a part of the table in program.ts.

import type { Argument, Command } from 'commander';
import type { Act } from './act.ts';
import type { OutputFlags } from './flags.ts';
import {
  argument,
  examples,
  extraTargetOption,
  NETWORKS,
  OUTPUT,
  option,
  outputOptions,
  policyOption,
} from './options.ts';
import { type AskFlags, SCOPES_OF_QUESTIONS, type TestFlags } from './policy-flags.ts';
import { addKeepCommands } from './policy-keep-program.ts';
import type { Values } from './values.ts';

const WHAT = 'What is asked:';
const TESTS: Values = { type: 'files', endings: ['.test'] };
const JUNIT: Values = { type: 'files', endings: ['.xml'] };
const OPERATIONS: Values = {
  type: 'words',
  words: [
    ['add', 'it comes to be'],
    ['remove', 'it goes'],
    ['modify', 'an attribute of it changes'],
    ['move', 'it stands elsewhere in its list'],
    ['impersonate', 'act as somebody else'],
    ['start', 'the network'],
    ['stop', 'the network'],
    ['autostart', 'the network'],
  ],
};

function questionOptions(command: Command): Command {
  return outputOptions(
    command
      .addOption(option('--network <name>', 'on which network', WHAT, NETWORKS))
      .addOption(
        option('--scope <scope>', 'what runs, what is stored, or both', WHAT)
          .choices(SCOPES_OF_QUESTIONS)
          .default('config'),
      )
      .addOption(
        option('--at <time>', 'at this time instead of now: 2026-03-01T12:00Z, or `sat 23:30` (UTC)', WHAT),
      )
      .addOption(extraTargetOption('ask about the real network, with all that is in it'))
      .addOption(policyOption()),
  );
}

function questionArguments(command: Command, from: number): Command {
  return command
    .addArgument(
      argument('<operation>', 'add, remove, modify, move; impersonate, start, stop, autostart', OPERATIONS),
    )
    .addArgument(
      argument('<path>', 'one element or attribute: bridge@stp, ip[10.0.0.1].dhcp.host[*]', {
        type: 'paths',
      }),
    )
    .addArgument(
      argument('[values...]', 'attr=value, before.attr=value, after.attr=value', {
        type: 'values',
        path: from + 1,
      }),
    );
}

function folderArgument(): Argument {
  return argument('[folder]', 'where', { type: 'folders' }).default('policies');
}

/** `sluice policy …`, under a heading of its own. */
export function addPolicyCommands(program: Command, act: Act): void {
  program.commandsGroup('Work with the policy:');
  const policy = program
    .command('policy')
    .summary('ask, test and keep the policy')
    .description('Asks the policy, tests it, and finds mistakes in it. Changes no network.')
    .usage('<command>')
    .helpCommand(false);

  policy.commandsGroup('Ask it:');

  questionOptions(
    questionArguments(
      policy.command('can').addArgument(argument('<who>', 'a user, or role:NAME', { type: 'subjects' })),
      1,
    ),
  )
    .summary('may somebody do this? yes or no, and by which row')
    .description(
      'Asks the gate about one change that nobody makes. Exit status 0 for yes; 3 for no, and where it depends on what was not said.',
    )
    .addHelpText(
      'after',
      examples(
        'sluice policy can olga modify bridge@stp',
        "sluice policy can alice add 'ip[10.0.0.1].dhcp.host[*]' ip=10.0.0.131 name=v1.a.example.com",
        'sluice policy can alice modify ip.dhcp.host before.ip=10.0.0.131 after.ip=10.0.0.140 name=v1.a.example.com',
        'sluice policy can role:operator add portgroup.bandwidth.inbound average=2000 --network lab-7',
        "sluice policy can olga move 'forward.interface[eth1]' --at 'sat 23:30'",
        'sluice policy can nina impersonate user:alice',
      ),
    )
    .action((who: string, operation: string, path: string, values: readonly string[], flags: AskFlags) =>
      act(flags, async (console) =>
        (await import('./commands/policy-can.ts')).policyCan(
          [who, operation, path, ...values],
          flags,
          console,
        ),
      ),
    );

  questionOptions(
    questionArguments(
      policy.command('why').addArgument(argument('<who>', 'a user, or role:NAME', { type: 'subjects' })),
      1,
    ),
  )
    .summary('the same, with every row that has a part in the answer')
    .description(
      'Asks as `policy can` does and explains: every row that holds, what decides, what hangs on values that were not given, and the nearest rows with what each of them misses.',
    )
    .addHelpText('after', examples('sluice policy why alice modify bridge@stp'))
    .action((who: string, operation: string, path: string, values: readonly string[], flags: AskFlags) =>
      act(flags, async (console) =>
        (await import('./commands/policy-why.ts')).policyWhy(
          [who, operation, path, ...values],
          flags,
          console,
        ),
      ),
    );

  questionOptions(questionArguments(policy.command('who-can'), 0))
    .summary('every user and role that may do this, on which networks')
    .description(
      'Lists every user and role of the policy that may do this, by which row, on which networks and under which condition. Without --network, every network that the rows tell apart is asked about.',
    )
    .addHelpText(
      'after',
      examples(
        'sluice policy who-can modify domain@name',
        "sluice policy who-can add 'ip[10.0.0.1].dhcp.host[*]' ip=10.0.0.131 --network default",
      ),
    )
    .action((operation: string, path: string, values: readonly string[], flags: AskFlags) =>
      act(flags, async (console) =>
        (await import('./commands/policy-who-can.ts')).policyWhoCan(
          [operation, path, ...values],
          flags,
          console,
        ),
      ),
    );

  policy.commandsGroup('Test it:');

  outputOptions(policy.command('test').addOption(policyOption()))
    .summary('run the cases beside the policy')
    .description(
      'Runs policy tests through the real gate and lists the rows that no case needs. Without files, every *.test beside the policy, and in its folder `tests`.',
    )
    .addArgument(argument('[file...]', 'files of policy tests, or folders of them', TESTS))
    .addOption(option('--watch', 'again whenever something changes', OUTPUT).default(false))
    .addOption(option('--junit <file>', 'the outcome for build servers, too', OUTPUT, JUNIT))
    .addHelpText(
      'after',
      examples(
        'sluice policy test',
        'sluice policy test --watch',
        'sluice policy test --policy policies --junit policy-tests.xml',
      ),
    )
    .action((files: readonly string[], flags: TestFlags) =>
      act(flags, async (console) =>
        (await import('./commands/policy-test.ts')).policyTest(files, flags, console),
      ),
    );

  addKeepCommands(policy, act);

  outputOptions(policy.command('init').addArgument(folderArgument()))
    .summary('a policy to begin with, and its tests')
    .description(
      'Writes model.conf, a policy.csv that lets you do everything and nobody else anything, and a policy.test. Touches nothing that is there.',
    )
    .addHelpText('after', examples('sluice policy init', 'sluice policy init /etc/sluice/policies'))
    .action((folder: string, flags: OutputFlags) =>
      act(flags, async (console) =>
        (await import('./commands/policy-init.ts')).policyInit(folder, flags, console),
      ),
    );
}
