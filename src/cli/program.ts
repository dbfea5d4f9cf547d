// The command line as a table: every command, argument and option, its help, and what completes it.
//
// Help, usage errors and the completion of all three shells are read from this one tree. Actions load what they need
// when they run, so that asking for help costs nothing.

import { Command, InvalidArgumentError, type Option } from 'commander';
import { painter } from '../diagnostics/render-paint.ts';
import type { Act } from './act.ts';
import { type Console, openConsole } from './console.ts';
import type { ExitStatus } from './exit-status.ts';
import {
  type ApplyFlags,
  type CheckFlags,
  type CompileFlags,
  type DiffFlags,
  type DoFlags,
  type EditFlags,
  type FmtFlags,
  type LogFlags,
  type OutputFlags,
  type PlanFlags,
  type ReplFlags,
  SCOPES,
  type ShowFlags,
  type TargetFlags,
  type WatchFlags,
} from './flags.ts';
import {
  argument,
  colourOption,
  daemonOption,
  examples,
  HELP,
  NETWORKS,
  OUTPUT,
  option,
  outputOptions,
  policyOption,
  stateOption,
  TARGET,
  targetOption,
  WHO,
} from './options.ts';
import { addPolicyCommands } from './policy-program.ts';
import type { Values } from './values.ts';
import { versionText } from './version.ts';

/** What a run of the program hands back instead of a thrown exit. */
export type Finish = (status: ExitStatus) => void;

const SCRIPTS: Values = { type: 'files', endings: ['.sluice'] };
const XML: Values = { type: 'files', endings: ['.xml'] };
const SAVED: Values = { type: 'files', endings: ['.json'] };

function addVariable(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write it as NAME=VALUE');
  return new Map(before).set(text.slice(0, at), text.slice(at + 1));
}

function readCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('write a number; 0 is all');
  return Number(text);
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(text) || seconds < 0.1)
    throw new InvalidArgumentError('write seconds, at least 0.1');
  return seconds;
}

function scriptOptions(command: Command): Command {
  return command
    .addOption(targetOption())
    .addOption(stateOption())
    .addOption(
      option(
        '--network <name>',
        'the network that is meant, where the script does not say',
        TARGET,
        NETWORKS,
      ),
    )
    .addOption(option('--scope <scope>', 'what runs, what is stored, or both', TARGET).choices(SCOPES))
    .addOption(
      option('--var <name=value>', "a parameter's value; may be given again", TARGET)
        .argParser(addVariable)
        .default(new Map<string, string>(), ''),
    );
}

function policyOptions(command: Command): Command {
  return command
    .addOption(policyOption())
    .addOption(option('--as <user>', 'on behalf of somebody else', WHO, { type: 'users' }));
}

function fullOption(): Option {
  return option('--full', 'every element, however many there are', OUTPUT).default(false);
}

function detailedOption(): Option {
  return option('--detailed-exitcode', 'exit status 2 when there are changes', OUTPUT).default(false);
}

function yesOption(): Option {
  return option('--yes', 'apply without asking', WHO).default(false);
}

/** Commander's own would tell of every switch that it is off by default. */
function optionDescription({
  description,
  argChoices,
  defaultValue,
  defaultValueDescription,
}: Option): string {
  const shown = defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : undefined);
  return (
    withChoices(description, argChoices) + (shown === undefined || shown === '' ? '' : ` (else ${shown})`)
  );
}

function withChoices(description: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? description : `${description}: ${choices.join(', ')}`;
}

/** The whole tree. `finish` gets the exit status of whatever action ran; what commander would exit for, it throws. */
export function buildProgram({ out, print }: Console, finish: Finish): Command {
  const paint = painter(out.colour);
  const program = new Command('sluice')
    .description('Changes libvirt networks while they run, and lets through only what policy allows.')
    .version(versionText(), '-V, --version', 'the version')
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: () => {},
      getOutHelpWidth: () => out.width,
      getOutHasColors: () => out.colour,
    })
    .configureHelp({
      styleTitle: (title) => paint('bold', title),
      styleCommandText: (text) => paint('cyan', text),
      styleOptionText: (text) => paint('cyan', text),
      optionDescription,
      argumentDescription: (described) => withChoices(described.description, described.argChoices),
    })
    .showSuggestionAfterError(false)
    .helpOption('-h, --help', 'this help')
    .addHelpCommand(
      new Command('help').argument('[command]').description('help for a command').helpGroup(HELP),
    )
    .addHelpText(
      'after',
      examples(
        'sluice plan script.sluice          what would change, and who decides what about it',
        'sluice apply script.sluice         show that, ask, and do it',
        "sluice do 'set bridge stp=off'     one statement",
        'sluice help plan                   everything about a command',
      ) +
        '\n\nExit status:\n  0 done, or nothing to do   1 error   2 changes (--detailed-exitcode)   3 denied' +
        '\n  4 stale plan, failed assert or conflict   5 applied in part   64 wrong usage',
    );

  const act: Act = async (flags, run) => finish(await run(openConsole(flags.color)));

  program.commandsGroup('Change networks:');

  outputOptions(policyOptions(scriptOptions(program.command('plan'))))
    .summary('show what would change, and what policy says to it')
    .description(
      'Shows what a script, or a whole network document, would change, and what policy says to each change. Writes nothing.',
    )
    .addArgument(argument('<script...>', 'scripts, or network XML; - is stdin', SCRIPTS, XML))
    .addOption(option('--xml', 'the files are whole networks, to be made so', TARGET).default(false))
    .addOption(option('--out <file>', 'save the plan, for `sluice apply FILE`', OUTPUT, SAVED))
    .addOption(fullOption())
    .addOption(detailedOption())
    .addHelpText(
      'after',
      examples(
        'sluice plan hosts.sluice',
        'sluice plan hosts.sluice --as alice                    what if alice ran it',
        'sluice plan --var rack=7 --network lab-7 rack.sluice',
        'sluice plan desired.xml --detailed-exitcode            2 when the network differs from the file',
        'sluice plan hosts.sluice --out plan.json               review now, apply later',
      ),
    )
    .action((inputs: readonly string[], flags: PlanFlags) =>
      act(flags, async (console) => (await import('./commands/plan.ts')).plan(inputs, flags, console)),
    );

  outputOptions(policyOptions(scriptOptions(program.command('apply'))))
    .summary('show the plan, ask, and do it')
    .description(
      'Shows the plan, asks on a terminal, and applies it: all of it or, when anything is denied or fails, nothing.',
    )
    .addArgument(
      argument('<script...>', 'scripts, network XML, or a saved plan; - is stdin', SCRIPTS, XML, SAVED),
    )
    .addOption(option('--xml', 'the files are whole networks, to be made so', TARGET).default(false))
    .addOption(yesOption())
    .addOption(fullOption())
    .addHelpText(
      'after',
      examples(
        'sluice apply hosts.sluice',
        'sluice apply hosts.sluice --yes        without asking: in scripts and timers',
        'sluice apply plan.json                 exactly what was reviewed, or nothing',
        'sluice apply --xml desired.xml         make the network what the file says',
        'generate-hosts | sluice apply - --yes',
      ),
    )
    .action((inputs: readonly string[], flags: ApplyFlags) =>
      act(flags, async (console) => (await import('./commands/apply.ts')).apply(inputs, flags, console)),
    );

  outputOptions(policyOptions(scriptOptions(program.command('do'))))
    .summary('plan and apply one statement')
    .description(
      'Plans one statement and applies it as `sluice apply` does. Put it in single quotes, for the sake of your shell.',
    )
    .addArgument(argument('<statement>', 'a statement of the update language'))
    .addOption(option('-n, --plan', 'only show the plan', OUTPUT).default(false))
    .addOption(yesOption())
    .addOption(fullOption())
    .addHelpText(
      'after',
      examples(
        "sluice do 'set bridge stp=off'",
        "sluice do 'add host mac=52:54:00:3e:77:e2 ip=10.0.0.5 name=x.example.com to ip[10.0.0.1].dhcp'",
        "sluice do -n 'remove portgroup[guests]' --as alice",
      ),
    )
    .action((statement: string, flags: DoFlags) =>
      act(flags, async (console) =>
        (await import('./commands/do.ts')).doStatement(statement, flags, console),
      ),
    );

  policyOptions(scriptOptions(program.command('repl')))
    .summary('stage, look, ask why, and commit')
    .description(
      'Opens a session: statements are staged and answered one by one, and `commit` writes them together. From a pipe it is a strict script.',
    )
    .addOption(yesOption())
    .addOption(fullOption())
    .addOption(colourOption())
    .addHelpText(
      'after',
      examples(
        'sluice repl',
        'sluice repl --network default --as alice               what if alice staged it',
        'sluice repl --yes < tonight.session                    stops at the first mistake',
      ),
    )
    .action((flags: ReplFlags) =>
      act(flags, async (console) => (await import('./commands/repl.ts')).repl(flags, console)),
    );

  outputOptions(policyOptions(program.command('edit')))
    .summary("edit a network's XML, and apply what you changed")
    .description(
      'Opens the network in $VISUAL or $EDITOR, then plans, asks and applies what you changed in it.',
    )
    .addArgument(argument('<network>', 'the network', NETWORKS))
    .addOption(targetOption())
    .addOption(stateOption())
    .addOption(yesOption())
    .addOption(fullOption())
    .addHelpText('after', examples('sluice edit default', 'EDITOR=nano sluice edit default'))
    .action((network: string, flags: EditFlags) =>
      act(flags, async (console) => (await import('./commands/edit.ts')).edit(network, flags, console)),
    );

  program.commandsGroup('Look at networks:');

  outputOptions(program.command('show'))
    .summary('print a network, or a part of it')
    .description(
      'Prints the XML of a network as it stands, or of the elements that a path finds in it. Without a network, lists the networks of the target.',
    )
    .addArgument(argument('[network]', 'the network', NETWORKS))
    .addArgument(argument('[path]', 'a path of the update language'))
    .addOption(targetOption())
    .addOption(stateOption())
    .addOption(
      option('--scope <scope>', 'what runs, or what is stored (else what is stored)', TARGET).choices([
        'live',
        'config',
      ]),
    )
    .addHelpText(
      'after',
      examples(
        'sluice show                            the names of all networks',
        'sluice show default',
        "sluice show default 'ip[10.0.0.1].dhcp'",
        "sluice show default 'dns.host[*]'",
      ),
    )
    .action((network: string | undefined, path: string | undefined, flags: ShowFlags) =>
      act(flags, async (console) =>
        (await import('./commands/show.ts')).show(network ?? null, path ?? null, flags, console),
      ),
    );

  outputOptions(program.command('diff'))
    .summary('compare two networks by what they mean')
    .description(
      'Compares two networks by what they mean: layout, spelling and the order of different elements are no differences.',
    )
    .addArgument(argument('<before>', 'a file, - for stdin, or a network of the target', XML, NETWORKS))
    .addArgument(argument('[after]', 'the same; not with --live --config of one network', XML, NETWORKS))
    .addOption(option('--live', 'the network as it runs', TARGET).default(false))
    .addOption(option('--config', 'the network as it is stored', TARGET).default(false))
    .addOption(
      option('--as <form>', 'a list, a script that makes AFTER of BEFORE, or RFC 5261', OUTPUT)
        .choices(['changes', 'script', 'patch'])
        .default('changes'),
    )
    .addOption(detailedOption())
    .addOption(fullOption())
    .addOption(targetOption())
    .addOption(stateOption())
    .addHelpText(
      'after',
      examples(
        'sluice diff a.xml b.xml',
        'sluice diff default desired.xml                        the network in the target, and a file',
        'sluice diff a.xml b.xml --as script > a-to-b.sluice',
        'sluice diff default --live --config --target qemu:///system    what differs from what is stored',
      ),
    )
    .action((before: string, after: string | undefined, flags: DiffFlags) =>
      act(flags, async (console) =>
        (await import('./commands/diff.ts')).diff(before, after ?? null, flags, console),
      ),
    );

  outputOptions(program.command('log'))
    .summary('what was applied and what was denied, by whom and why')
    .description(
      'Shows the journal of a target, newest first: what was applied, what policy denied, who asked and which rule decided. With the number of a revision or the beginning of a hash, shows that entry whole.',
    )
    .addArgument(argument('[network]', 'a network, or an entry', NETWORKS))
    .addOption(option('--denied', 'what policy denied', 'Which:').default(false))
    .addOption(option('--reported', 'what rules on trial would have denied', 'Which:').default(false))
    .addOption(option('--user <name>', 'by this user, or on their behalf', 'Which:', { type: 'users' }))
    .addOption(option('--since <time>', 'from then on: 2026-03-01, 12h, 3d, today', 'Which:'))
    .addOption(
      option('--limit <n>', 'at most so many, 0 for all', 'Which:').argParser(readCount).default(20, '20'),
    )
    .addOption(option('--network <name>', 'a network that is called like an entry', TARGET, NETWORKS))
    .addOption(targetOption())
    .addOption(stateOption())
    .addOption(option('--full', 'every change, and all hashes', OUTPUT).default(false))
    .addHelpText(
      'after',
      examples(
        'sluice log                                 the last twenty entries',
        'sluice log default --since 3d',
        'sluice log --denied --user alice           what alice was refused, and why',
        'sluice log 42                              revision 42, whole',
        'sluice log --limit 0 --color always | less -R',
      ),
    )
    .action((what: string | undefined, flags: LogFlags) =>
      act(flags, async (console) => (await import('./commands/log.ts')).log(what ?? null, flags, console)),
    );

  program.commandsGroup('Look at a libvirt daemon:');

  outputOptions(program.command('networks'))
    .summary('list the networks of a daemon, and which of them run')
    .description(
      'Lists the networks of a libvirt daemon: which run, which are stored, which start by themselves.',
    )
    .addOption(daemonOption())
    .addOption(stateOption())
    .addHelpText(
      'after',
      examples('sluice networks', 'sluice networks --target qemu+ssh://root@host7/system --json'),
    )
    .action((flags: TargetFlags & OutputFlags) =>
      act(flags, async (console) => (await import('./commands/networks.ts')).networks(flags, console)),
    );

  outputOptions(program.command('leases'))
    .summary('list who got which address from a network')
    .description('Lists the DHCP leases of a running network: address, MAC, name, and until when.')
    .addArgument(argument('<network>', 'the network', NETWORKS))
    .addOption(daemonOption())
    .addOption(stateOption())
    .addHelpText('after', examples('sluice leases default', 'sluice leases default --json'))
    .action((network: string, flags: TargetFlags & OutputFlags) =>
      act(flags, async (console) => (await import('./commands/leases.ts')).leases(network, flags, console)),
    );

  outputOptions(policyOptions(program.command('watch')))
    .summary('tell what changes in a network, until Ctrl-C')
    .description(
      'Tells every change of a network as it happens, whoever makes it, and whether policy would have let you, or --as somebody, make it. With --json, a JSON document on each line.',
    )
    .addArgument(argument('<network>', 'the network', NETWORKS))
    .addOption(daemonOption())
    .addOption(stateOption())
    .addOption(
      option('--interval <seconds>', 'how often to look', TARGET).argParser(readSeconds).default(2, '2'),
    )
    .addHelpText(
      'after',
      examples(
        'sluice watch default',
        'sluice watch default --as alice',
        'sluice watch default --json | logger',
      ),
    )
    .action((network: string, flags: WatchFlags) =>
      act(flags, async (console) => (await import('./commands/watch.ts')).watch(network, flags, console)),
    );

  program.commandsGroup('Work with scripts:');

  outputOptions(scriptOptions(program.command('check')))
    .summary('find mistakes, without asking policy')
    .description(
      'Reads scripts and runs them on the networks in memory, without asking policy. Of network XML, checks what libvirt would.',
    )
    .addArgument(argument('<script...>', 'scripts or network XML; - is stdin', SCRIPTS, XML))
    .addHelpText(
      'after',
      examples(
        'sluice check *.sluice',
        'sluice check --json hosts.sluice',
        'sluice check networks/default.xml',
      ),
    )
    .action((inputs: readonly string[], flags: CheckFlags) =>
      act(flags, async (console) => (await import('./commands/check.ts')).check(inputs, flags, console)),
    );

  outputOptions(program.command('fmt'))
    .summary('lay out scripts and network XML')
    .description(
      'Prints scripts and network XML in their usual layout. Only white space changes, unless --libvirt is given.',
    )
    .addArgument(argument('<file...>', 'scripts or network XML; - is stdin', SCRIPTS, XML))
    .addOption(
      option(
        '--check',
        'name the files that are laid out differently; exit status 1 when there are any',
        OUTPUT,
      ).default(false),
    )
    .addOption(option('--write', 'change the files', OUTPUT).default(false))
    .addOption(option('--libvirt', 'a network as libvirt prints it after a define', OUTPUT).default(false))
    .addHelpText(
      'after',
      examples(
        'sluice fmt --write *.sluice',
        'sluice fmt --check networks/*.xml',
        'sluice fmt --libvirt default.xml',
        'sluice fmt - < hosts.sluice',
      ),
    )
    .action((files: readonly string[], flags: FmtFlags) =>
      act(flags, async (console) => (await import('./commands/fmt.ts')).fmt(files, flags, console)),
    );

  outputOptions(scriptOptions(program.command('compile')))
    .summary('print the patches that a script becomes')
    .description(
      'Prints what a script comes down to on the networks as they are: RFC 5261 patches, or the virsh commands that do the same.',
    )
    .addArgument(argument('<script...>', 'scripts; - is stdin', SCRIPTS))
    .addOption(option('--as <form>', 'the form', OUTPUT).choices(['rfc5261', 'virsh']).default('rfc5261'))
    .addHelpText(
      'after',
      examples(
        'sluice compile hosts.sluice',
        'sluice compile --as virsh hosts.sluice',
        'sluice compile --network lab-7 --var rack=7 rack.sluice',
      ),
    )
    .action((inputs: readonly string[], flags: CompileFlags) =>
      act(flags, async (console) => (await import('./commands/compile.ts')).compile(inputs, flags, console)),
    );

  addPolicyCommands(program, act);

  program.commandsGroup(HELP);

  outputOptions(program.command('explain'))
    .summary('explain a diagnostic code')
    .description(
      'Explains a code such as SL301: what it means, an example, what to do. Without a code, lists all.',
    )
    .addArgument(argument('[code]', 'a code', { type: 'codes' }))
    .addHelpText('after', examples('sluice explain SL901', 'sluice explain'))
    .action((code: string | undefined, flags: OutputFlags) =>
      act(flags, async (console) =>
        (await import('./commands/explain.ts')).explain(code ?? null, flags, console),
      ),
    );

  program
    .command('completion')
    .summary('print completion for your shell')
    .description('Prints the lines that teach your shell to complete sluice.')
    .addArgument(argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examples(
        'source <(sluice completion bash)                                 this bash; in ~/.bashrc for every one',
        'sluice completion zsh > "${fpath[1]}/_sluice"                    zsh',
        'sluice completion fish > ~/.config/fish/completions/sluice.fish  fish',
      ),
    )
    .action((shell: 'bash' | 'zsh' | 'fish') =>
      act({ color: 'auto' }, async (console) =>
        (await import('./commands/completion.ts')).completion(shell, console),
      ),
    );

  // what the completion functions of the shells call; the words behind -- are the line as it stands
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: readonly string[]) =>
      act({ color: 'never' }, async (console) =>
        (await import('./commands/completion.ts')).complete(program, words, console),
      ),
    );

  return program;
}
