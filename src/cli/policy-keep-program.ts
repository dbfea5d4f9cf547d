// The commands of `sluice policy` that keep a policy in order: find mistakes, lay out, compare.

import type { Command } from 'commander';
import type { Act } from './act.ts';
import {
  argument,
  examples,
  extraTargetOption,
  OUTPUT,
  option,
  outputOptions,
  policyOption,
  stateOption,
} from './options.ts';
import type { CheckPolicyFlags, DiffPolicyFlags, FmtPolicyFlags, LintFlags } from './policy-keep-flags.ts';
import type { Values } from './values.ts';

const POLICIES: readonly Values[] = [{ type: 'folders' }, { type: 'files', endings: ['.csv'] }];

/** Adds them to `sluice policy`, under a heading of their own. */
export function addKeepCommands(policy: Command, act: Act): void {
  policy.commandsGroup('Keep it in order:');

  outputOptions(policy.command('check'))
    .summary('find every mistake, and show what is in it')
    .description(
      'Reads a policy as the gate does and tells everything that is wrong with it. Exit status 0 only when there is nothing to tell.',
    )
    .addArgument(argument('[policy]', 'its folder, or a policy.csv; - is stdin', ...POLICIES))
    .addOption(policyOption())
    .addOption(option('--allow-warnings', 'exit status 0 with warnings, too', OUTPUT).default(false))
    .addOption(option('--full', 'every role, and everybody who has it', OUTPUT).default(false))
    .addHelpText(
      'after',
      examples(
        'sluice policy check',
        'sluice policy check /etc/sluice/policies --json',
        'git show HEAD~1:policies/policy.csv | sluice policy check -',
      ),
    )
    .action((given: string | undefined, flags: CheckPolicyFlags) =>
      act(flags, async (console) =>
        (await import('./commands/policy-check.ts')).policyCheck(given ?? null, flags, console),
      ),
    );

  outputOptions(policy.command('lint'))
    .summary('find rows that are written in vain')
    .description(
      'Finds rows that can never decide, roles that nothing asks for, links that others imply, and, where there are tests beside the policy, rules that none of them reaches. Each finding is a proof. Exit status 1 when there is any.',
    )
    .addArgument(argument('[policy]', 'its folder, or a policy.csv; - is stdin', ...POLICIES))
    .addOption(policyOption())
    .addOption(extraTargetOption('also what its networks have no use for'))
    .addHelpText('after', examples('sluice policy lint', 'sluice policy lint --target dir:networks'))
    .action((given: string | undefined, flags: LintFlags) =>
      act(flags, async (console) =>
        (await import('./commands/policy-lint.ts')).policyLint(given ?? null, flags, console),
      ),
    );

  outputOptions(policy.command('fmt'))
    .summary('lay out policy.csv')
    .description(
      'Prints policy.csv with its columns below each other. Comments and meaning stay; its hash changes, so saved plans have to be made again.',
    )
    .addArgument(argument('[policy]', 'its folder, or a policy.csv; - is stdin', ...POLICIES))
    .addOption(policyOption())
    .addOption(option('--check', 'exit status 1 when it is laid out differently', OUTPUT).default(false))
    .addOption(option('--write', 'change the file', OUTPUT).default(false))
    .addHelpText(
      'after',
      examples(
        'sluice policy fmt --write',
        'sluice policy fmt --check policies',
        'sluice policy fmt - < policy.csv',
      ),
    )
    .action((given: string | undefined, flags: FmtPolicyFlags) =>
      act(flags, async (console) =>
        (await import('./commands/policy-fmt.ts')).policyFmt(given ?? null, flags, console),
      ),
    );

  outputOptions(policy.command('diff'))
    .summary('what another policy newly allows and newly denies')
    .description(
      'Asks two policies the same questions: on both sides of every boundary in their conditions, the test cases beside them, and with --target every change on record. Exit status 2 when a decision changes.',
    )
    .addArgument(argument('<older>', 'a folder, or a policy.csv; - is stdin', ...POLICIES))
    .addArgument(argument('<newer>', 'a folder, or a policy.csv; - is stdin', ...POLICIES))
    .addOption(extraTargetOption('also the changes that its journal has on record'))
    .addOption(stateOption())
    .addOption(option('--full', 'everybody and everything, however many', OUTPUT).default(false))
    .addHelpText(
      'after',
      examples(
        'sluice policy diff /etc/sluice/policies policies',
        'git show main:policies/policy.csv | sluice policy diff - policies',
        'sluice policy diff old new --target dir:networks --json',
      ),
    )
    .action((older: string, newer: string, flags: DiffPolicyFlags) =>
      act(flags, async (console) =>
        (await import('./commands/policy-diff.ts')).policyDiff(older, newer, flags, console),
      ),
    );
}
