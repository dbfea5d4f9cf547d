// Starts a session: at a terminal or from a pipe, with what an earlier one may have left behind.

import path from 'node:path';
import { stateRoot } from '../apply/libvirt/state-folder.ts';
import type { PolicyEvent } from '../apply/watch-policy.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { visible } from '../diagnostics/render-text.ts';
import { openHistory } from './history.ts';
import { inScript, runPipe, type Script } from './pipe.ts';
import { lostWork, openKeeper, type Work } from './saved-work.ts';
import { openShell, policyMoved, readNetworkInUse, stageAgain } from './shell.ts';
import { plural, type Shell, scopeWord } from './shell-state.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import type { End, World } from './world.ts';

export type Start = World & {
  /** Hands over who is to be told about the policy. */
  readonly listenToPolicy: (
    listener: (diagnostics: readonly Diagnostic[], what: PolicyEvent['type']) => void,
  ) => void;
};

/** Runs a session to its end. */
export async function startSession(world: Start): Promise<End> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    const script: Script = { text: '', pieces: new WeakMap() };
    const problems = (found: readonly Diagnostic[]): string =>
      world.words.problems(found.map((one) => inScript(script, one)));
    const words = { ...world.words, problems };
    const { shell, diagnostics } = await openShell({ ...world, words }, null, () => {});
    if (diagnostics.length > 0) world.say(problems(diagnostics));
    return shell === null ? 'error' : runPipe(shell, stdin, script);
  }
  const folder = path.join(stateRoot(null, process.env), 'repl');
  const history = openHistory(path.join(folder, 'history'));
  const dumb = process.env['TERM'] === 'dumb';
  const terminal = openTerminal(stdin, stdout, history, { dumb, colour: () => world.words.look().colour });
  try {
    const keeper = openKeeper(path.join(folder, 'work'));
    const { shell, diagnostics } = await openShell(world, terminal, (changed) => {
      const problem = keeper.keep(workOf(changed));
      if (problem !== null) world.say(world.words.problems([problem]));
    });
    if (diagnostics.length > 0) world.say(world.words.problems(diagnostics));
    if (shell === null) return 'error';
    world.say(greeting(shell));
    world.listenToPolicy((told, what) => {
      void policyWords(shell, told, what).then(terminal.interject);
    });
    // for completion, which can do without them
    void world.target.hostInterfaces?.().then((names) => {
      shell.interfaces = names;
    });
    await readNetworkInUse(shell);
    await offerBack(shell, terminal, path.join(folder, 'work'));
    return await terminal.run(shell);
  } finally {
    terminal.close();
  }
}

function greeting({ session, network, world }: Shell): string {
  const { setting } = session;
  const count = setting.available.length;
  const about =
    network !== null
      ? `network ${visible(network)}`
      : count === 0
        ? 'no networks'
        : `${plural(count, 'network')}: ${setting.available.slice(0, 8).map(visible).join(', ')}${count > 8 ? ', ...' : ''}; \`use NET\` chooses one`;
  const asking =
    setting.subject === world.realSubject
      ? ''
      : `What if you were ${visible(setting.subject.slice('user:'.length))}: nothing is committed. `;
  return `${visible(setting.target)}: ${about}\n${asking}Nothing is written before \`commit\`. \`help\` lists what there is.\n`;
}

async function policyWords(
  shell: Shell,
  told: readonly Diagnostic[],
  what: PolicyEvent['type'],
): Promise<string> {
  const { name, hash } = shell.world.policy.current();
  const problems = told.filter(({ severity, code }) => severity === 'error' || code === 'SL600');
  const shown = problems.length === 0 ? '' : shell.world.words.problems(problems);
  switch (what) {
    case 'replaced':
      return `${shown}The policy ${visible(name)} was edited and is in force (${hash.slice(0, 12)}).\n${await policyMoved(shell)}`;
    case 'restored':
      return `The policy ${visible(name)} says again what was in force all the time.\n`;
    case 'kept':
      return shown;
  }
}

function workOf({ session, network, world }: Shell): Work {
  const { setting, staged } = session;
  return {
    target: setting.target,
    realSubject: world.realSubject,
    folder: process.cwd(),
    network,
    scope: setting.scope,
    vars: [...setting.vars],
    at: world.now(),
    units: staged.map(({ unit }) => ({
      name: unit.source.name,
      text: unit.source.text,
      network: unit.network,
    })),
  };
}

/** Offers what sessions left behind that broke off, the oldest first. */
async function offerBack(shell: Shell, terminal: Terminal, folder: string): Promise<void> {
  const { world } = shell;
  for (const { work, forget } of lostWork(folder, world.target.name, world.realSubject)) {
    const lines = work.units
      .slice(0, 10)
      .map(({ text }) => `  ${visible(text.trim().split('\n')[0] ?? '')}\n`);
    const more = work.units.length > 10 ? `  and ${work.units.length - 10} more\n` : '';
    world.say(
      `A session broke off ${new Date(work.at).toISOString().slice(0, 16).replace('T', ' ')} UTC with ${plural(work.units.length, 'statement')} staged and not committed:\n${lines.join('')}${more}`,
    );
    const answer = await terminal.ask('Stage them again? [y/N] ');
    if (answer === 'yes') {
      const left = await stageAgain(shell, {
        ...work,
        scope: scopeWord(work.scope ?? undefined),
      });
      if (left === 0) forget();
    } else if (answer === 'no' && (await terminal.ask('Forget them for good? [y/N] ')) === 'yes') forget();
  }
}
