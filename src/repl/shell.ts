// A session and the commands that work on it: a line in, words out. Knows nothing of keys, screens and pipes.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDiskError } from '../apply/files/disk-error.ts';
import { readBeside, readSource } from '../apply/load-files.ts';
import { type Diagnostic, error, hasErrors, note } from '../diagnostics/diagnostic.ts';
import { visible } from '../diagnostics/render-text.ts';
import { userSubject } from '../policy/names.ts';
import type { Source } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { unreachable } from '../std/unreachable.ts';
import type { ScopeWord } from '../syntax/ast.ts';
import { type Command, type Given, parseCommand, readingOf } from './command-grammar.ts';
import { commit, freshPlan } from './commit.ts';
import { diffText } from './diff-forms.ts';
import { helpText } from './help.ts';
import {
  countChanges,
  countDenied,
  examine,
  fitOutlook,
  isDenied,
  keepFit,
  outlookOf,
  type Prospect,
  toldOf,
  waitsForStart,
} from './outlook.ts';
import { canText, whoamiText, whoCanText, whyText } from './questions.ts';
import {
  drop,
  networksToRead,
  openSession,
  redo,
  type Session,
  type Setting,
  stage,
  type Unit,
  undo,
  withDocuments,
  withSetting,
} from './session.ts';
import {
  asked,
  clear,
  firstLine,
  goTo,
  noNetwork,
  plural,
  readCount,
  readDocuments,
  refresh,
  refuse,
  type Said,
  type Shell,
  scopeWord,
  scriptIn,
  statementAt,
} from './shell-state.ts';
import { showText } from './show.ts';
import type { End, Person, World } from './world.ts';

/** Opens a shell on the target. Null, with the reasons, when there is nothing to work on. */
export async function openShell(
  world: World,
  person: Person | null,
  keep: (shell: Shell) => void,
): Promise<{ readonly shell: Shell | null; readonly diagnostics: readonly Diagnostic[] }> {
  const listed = await world.target.list();
  if (!listed.ok) return { shell: null, diagnostics: [listed.error] };
  const available = listed.value;
  if (world.network !== null && !available.includes(world.network))
    return { shell: null, diagnostics: [noNetwork(world.network, available, null)] };
  const setting: Setting = {
    target: world.target.name,
    targetScopes: world.target.scopes,
    available,
    load: readBeside,
    vars: world.vars,
    policy: world.policy.current(),
    subject: world.as ?? world.realSubject,
    realSubject: world.realSubject,
    clock: world.now(),
    scope: world.scope,
  };
  const [only] = available;
  const network = world.network ?? (available.length === 1 && only !== undefined ? only : null);
  return {
    shell: {
      world,
      person,
      session: openSession(setting),
      network,
      widest: null,
      interfaces: [],
      shown: new Set(),
      quiet: person === null,
      keep,
    },
    diagnostics: [],
  };
}

/** Runs one text: a command on one line, or a piece of script. `done` also where nothing was asked for. */
export async function runText(shell: Shell, source: Source): Promise<End | 'quit'> {
  if (isBlank(source.text)) return 'done';
  const { value: reading, diagnostics } = readingOf(source);
  if (diagnostics.length > 0) return refuse(shell, diagnostics);
  if (reading.type === 'update') return stageUnit(shell, source);
  const parsed = parseCommand(source, reading.spec);
  if (parsed.value === null) return refuse(shell, parsed.diagnostics);
  return runCommand(shell, parsed.value);
}

/** Nothing but white space and comments. */
export function isBlank(text: string): boolean {
  return text.split('\n').every((line) => /^\s*(#.*)?$/.test(line));
}

async function runCommand(shell: Shell, command: Command): Promise<End | 'quit'> {
  const { world } = shell;
  const one = (name: string): Given | null => command.given.get(name)?.[0] ?? null;
  const many = (name: string): readonly Given[] => command.given.get(name) ?? [];
  const answer = (said: Said): End => tellSaid(shell, said);
  await fitOutlook(shell.session, world.target);
  switch (command.name) {
    case 'help':
      return answer(helpText(asOne(many('TOPIC')), world.words));
    case 'use':
      return use(shell, one('NET'));
    case 'show': {
      const ready = await readNetworkInUse(shell);
      if (ready !== null) return ready;
      return answer(showText(shell, one('PATH'), one('SCOPE'), one('FORM')?.text ?? 'xml'));
    }
    case 'staged':
      return staged(shell);
    case 'undo':
      return undoSome(shell, one('COUNT'));
    case 'redo': {
      await refresh(shell);
      const { value, diagnostics } = redo(shell.session);
      if (value !== null) return accept(shell, value, diagnostics);
      if (diagnostics.length > 0) return refuse(shell, diagnostics);
      world.say('nothing to redo\n');
      return 'done';
    }
    case 'drop':
      return dropOne(shell, one('N'));
    case 'diff':
      return answer(await diffText(shell, one('FORM')?.text ?? 'changes'));
    case 'check':
      return check(shell);
    case 'why':
      return answer(whyText(shell, one('N')));
    case 'can': {
      const ready = await readNetworkInUse(shell);
      if (ready !== null) return ready;
      return answer(canText(shell, one('WHO'), one('OPERATION'), one('PATH'), many('NAME=VALUE')));
    }
    case 'who-can': {
      const ready = await readNetworkInUse(shell);
      if (ready !== null) return ready;
      return answer(whoCanText(shell, one('OPERATION'), one('PATH'), many('NAME=VALUE')));
    }
    case 'whoami':
      return answer(whoamiText(shell));
    case 'as':
      return lookAs(shell, one('USER'));
    case 'commit':
      return commit(shell, one('REASON')?.text ?? null, scopeWord(one('SCOPE')?.text));
    case 'discard':
      return discard(shell);
    case 'log': {
      const count = readCount(one('COUNT'), 10);
      if (typeof count !== 'number') return refuse(shell, [count]);
      world.print(await world.words.log(count));
      return 'done';
    }
    case 'source':
      return sourceFile(shell, one('FILE'));
    case 'save':
      return save(shell, one('FILE'));
    case 'edit':
      return edit(shell);
    case 'set context':
      return setContext(shell, many('NAME=VALUE'));
    case 'quit':
      return (await mayLeave(shell)) ? 'quit' : 'done';
    default:
      return unreachable(command.name);
  }
}

/** Several words as one: `set context`. */
function asOne(given: readonly Given[]): Given | null {
  const [first, last] = [given[0], given.at(-1)];
  if (first === undefined || last === undefined) return null;
  return {
    text: given.map(({ text }) => text).join(' '),
    span: { ...first.span, end: last.span.end },
  };
}

function tellSaid(shell: Shell, { text, diagnostics }: Said): End {
  if (hasErrors(diagnostics)) return refuse(shell, diagnostics);
  if (diagnostics.length > 0) shell.world.say(shell.world.words.problems(diagnostics));
  shell.world.print(text);
  return 'done';
}

// The policy, the hour, and the documents.

/**
 * The policy was replaced, kept or restored while the session runs: found again with it, and what that means for the staged
 * work as a text. A command that is running looks for itself.
 */
export async function policyMoved(shell: Shell): Promise<string> {
  const { session, world } = shell;
  const before = countDenied(outlookOf(session));
  const setting: Setting = { ...session.setting, policy: world.policy.current(), clock: world.now() };
  const now = withSetting(session, setting).value ?? session;
  await fitOutlook(now, world.target);
  if (shell.session === session) shell.session = now;
  const after = countDenied(outlookOf(now));
  const total = countChanges(outlookOf(now));
  if (total === 0) return '';
  const was = before === after ? 'as before' : `${before} before`;
  return `of the ${plural(total, 'staged change')}, ${after} ${after === 1 ? 'is' : 'are'} denied now (${was})\n`;
}

/** Reads networks that the session has not read. Null when all went well, else how the line ends. */
async function bring(shell: Shell, networks: readonly string[]): Promise<End | null> {
  if (networks.length === 0) return null;
  const { documents, diagnostics } = await readDocuments(shell, networks);
  if (documents === null) return refuse(shell, diagnostics);
  if (diagnostics.length > 0) shell.world.say(shell.world.words.problems(diagnostics));
  const read = withDocuments(shell.session, documents);
  if (read.value === null) return refuse(shell, read.diagnostics);
  keepFit(shell.session, read.value);
  shell.session = read.value;
  return null;
}

/** What completion looks at must be there before somebody types. */
export async function readNetworkInUse(shell: Shell): Promise<End | null> {
  const { network, session } = shell;
  if (network === null || session.bases.some((base) => base.network === network)) return null;
  return bring(shell, [network]);
}

/** The networks of the target may have come and gone. */
async function refreshNetworks(shell: Shell): Promise<readonly string[]> {
  const listed = await shell.world.target.list();
  const { session } = shell;
  const { available } = session.setting;
  if (!listed.ok || listed.value.join('\n') === available.join('\n')) return available;
  const renewed = withSetting(session, { ...session.setting, available: listed.value });
  if (renewed.value !== null) await goTo(shell, renewed.value);
  return listed.value;
}

async function use(shell: Shell, given: Given | null): Promise<End> {
  if (given === null) return 'error';
  const available = await refreshNetworks(shell);
  if (!available.includes(given.text)) return refuse(shell, [noNetwork(given.text, available, given.span)]);
  shell.network = given.text;
  return (await readNetworkInUse(shell)) ?? 'done';
}

// Staging.

async function stageUnit(shell: Shell, source: Source): Promise<End> {
  await refresh(shell);
  const unit: Unit = { source, network: shell.network };
  const missing = await bring(shell, networksToRead(shell.session, unit).value);
  if (missing !== null) return missing;
  const { value, diagnostics } = stage(shell.session, unit);
  return value === null
    ? refuse(shell, inSession(shell, diagnostics))
    : await accept(shell, value, diagnostics);
}

/** Stages work that a session left behind; what does not run any more is shown and left out. How many were. */
export async function stageAgain(
  shell: Shell,
  work: {
    readonly folder: string;
    readonly network: string | null;
    readonly scope: ScopeWord | null;
    readonly vars: readonly (readonly [string, string])[];
    readonly units: readonly {
      readonly name: string;
      readonly text: string;
      readonly network: string | null;
    }[];
  },
): Promise<number> {
  const { session, world } = shell;
  const setting = {
    ...session.setting,
    scope: work.scope ?? session.setting.scope,
    vars: new Map([...work.vars, ...session.setting.vars]),
  };
  shell.session = withSetting(session, setting).value ?? session;
  const available = shell.session.setting.available;
  const chosen = shell.network;
  let left = 0;
  for (const { name, text, network } of work.units) {
    // names of files start where they started then
    const moved = work.folder !== process.cwd();
    const isFile = !/^<.*>$/.test(name);
    const from = isFile ? path.resolve(work.folder, name) : moved ? path.join(work.folder, 'session') : name;
    shell.network = network !== null && available.includes(network) ? network : chosen;
    if ((await stageUnit(shell, { name: isFile && !moved ? name : from, text })) === 'done') continue;
    left++;
    world.print(
      `left out:\n${text
        .split('\n')
        .map((line) => `  ${visible(line)}\n`)
        .join('')}`,
    );
  }
  shell.network = chosen ?? (work.network !== null && available.includes(work.network) ? work.network : null);
  return left;
}

/** Where the command line has an option, a session has a command. */
function inSession({ session }: Shell, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const { available, vars } = session.setting;
  return diagnostics.map((one) => {
    if (one.code === 'SL450' && available.length > 1) {
      const help = `\`use NET\` first, or write \`on network NET { … }\`: ${available.slice(0, 8).join(', ')}`;
      return { ...one, help };
    }
    if (one.code === 'SL442' && one.span !== null) {
      const name = one.span.source.text.slice(one.span.start, one.span.end);
      const near = nearestName(name, [...vars.keys()]);
      const given = near === null ? '' : `; \`${near}\` has one, is that a slip?`;
      return { ...one, help: `give it one: \`set context ${name}=…\`${given}` };
    }
    return one;
  });
}

/** Takes a step: says what it did, and keeps it. `quiet` shells say only what is wrong, when somebody asks. */
async function accept(shell: Shell, session: Session, diagnostics: readonly Diagnostic[]): Promise<End> {
  const { world } = shell;
  const before = shell.session;
  await goTo(shell, session);
  shell.keep(shell);
  if (diagnostics.length > 0) world.say(world.words.problems(diagnostics));
  if (shell.quiet) return 'done';
  const unit = session.staged.at(-1)?.unit;
  const told = unit === undefined ? [] : toldOf(session, unit);
  if (told.length > 0) world.print(world.words.decided(told.map(withoutTyped), asked(shell)));
  const all = countChanges(outlookOf(session));
  const superseded = Math.max(0, countChanges(outlookOf(before)) - (all - countChanges(told)));
  if (superseded > 0) world.print(`  takes the place of ${plural(superseded, 'change')} staged before\n`);
  else if (told.length === 0 && acts(session)) {
    const waits = unit !== undefined && waitsForStart(session, unit);
    world.say(
      waits
        ? 'no change: it is stored so already, and comes into force when the network starts the next time\n'
        : 'no change: it is so already\n',
    );
  }
  tellProblems(shell, examine(before));
  return 'done';
}

/** What is wrong with the documents as they are staged now, and was not before. */
function tellProblems({ session, world }: Shell, known: readonly Diagnostic[]): void {
  const news = examine(session).filter(
    (one) => !known.some((told) => told.code === one.code && told.message === one.message),
  );
  if (news.length === 0) return;
  world.say(world.words.problems(news));
  if (hasErrors(news)) world.say('staged all the same; `commit` writes nothing as long as this is so\n');
}

/** Whether the last unit was meant to change anything. */
function acts({ staged }: Session): boolean {
  const scripts = staged.at(-1)?.prepared.scripts ?? [];
  return scripts.some(({ script }) => script.items.some(({ type }) => !QUIET.has(type)));
}

/** Where it was typed need not be said of what stands just above; of files the line is. */
function withoutTyped(told: Prospect): Prospect {
  return {
    ...told,
    changes: told.changes.map((change) =>
      change.cause.every(({ source }) => source.name === '<session>' && !source.text.includes('\n'))
        ? { ...change, cause: [] }
        : change,
    ),
  };
}

/** Items that change nothing by themselves. */
const QUIET: ReadonlySet<string> = new Set([
  'let',
  'param',
  'scope',
  'namespace',
  'because',
  'assert',
  'expect',
]);

async function undoSome(shell: Shell, given: Given | null): Promise<End> {
  const count = readCount(given, 1);
  if (typeof count !== 'number') return refuse(shell, [count]);
  const { staged } = shell.session;
  if (staged.length === 0) {
    shell.world.say('nothing to undo\n');
    return 'done';
  }
  const taken = staged.slice(-count);
  const known = examine(shell.session);
  await goTo(shell, undo(shell.session, count));
  for (const { unit } of taken.reverse()) shell.world.print(`undone: ${firstLine(unit.source)}\n`);
  shell.keep(shell);
  tellProblems(shell, known);
  return 'done';
}

async function dropOne(shell: Shell, given: Given | null): Promise<End> {
  await refresh(shell);
  const index = statementAt(shell, given);
  if (typeof index !== 'number') return refuse(shell, [index]);
  const unit = shell.session.staged[index]?.unit;
  const { value, diagnostics } = drop(shell.session, index);
  if (value === null || unit === undefined)
    return refuse(shell, [
      error('SL505', given?.span ?? null, `without statement ${index + 1}, a later one does not work`, {
        help: 'drop that one first, or `undo` back to here',
      }),
      ...diagnostics,
    ]);
  await goTo(shell, value);
  shell.world.print(`dropped: ${firstLine(unit.source)}\n`);
  shell.keep(shell);
  return 'done';
}

function staged(shell: Shell): End {
  const { session, world } = shell;
  if (session.staged.length === 0) {
    world.say('nothing is staged\n');
    return 'done';
  }
  let written = '';
  for (const [index, { unit }] of session.staged.entries()) {
    const on = unit.network === null || session.setting.available.length === 1 ? '' : `  (${unit.network})`;
    written += `${index + 1}  ${firstLine(unit.source)}${on}\n`;
    const told = toldOf(session, unit);
    if (told.length > 0) written += world.words.decided(told.map(withoutTyped), asked(shell));
    else written += '     no change\n';
  }
  world.print(written);
  return 'done';
}

async function discard(shell: Shell): Promise<End> {
  const { session, person, world } = shell;
  if (session.staged.length === 0) {
    clear(shell);
    world.say('nothing is staged\n');
    return 'done';
  }
  if (person !== null && !world.yes) {
    const answer = await person.ask(`Forget ${plural(session.staged.length, 'staged statement')}? [y/N] `);
    if (answer !== 'yes') return 'done';
  }
  clear(shell);
  shell.keep(shell);
  world.say(`discarded ${plural(session.staged.length, 'statement')}; nothing was written\n`);
  return 'done';
}

/** Whether the session may end: somebody with staged work is asked. */
export async function mayLeave(shell: Shell): Promise<boolean> {
  const { person, session } = shell;
  if (person === null || session.staged.length === 0) return true;
  const answer = await person.ask(
    `${plural(session.staged.length, 'statement')} staged and not committed. Leave, and forget ${session.staged.length === 1 ? 'it' : 'them'}? [y/N] `,
  );
  if (answer !== 'yes') return false;
  clear(shell);
  shell.keep(shell);
  return true;
}

// Files.

async function sourceFile(shell: Shell, given: Given | null): Promise<End> {
  if (given === null) return 'error';
  const read = readSource(given.text);
  if (!read.ok) return refuse(shell, [{ ...read.error, span: given.span }]);
  return stageUnit(shell, read.value);
}

async function save(shell: Shell, given: Given | null): Promise<End> {
  if (given === null) return 'error';
  const { person, world } = shell;
  const script = scriptIn(shell, path.dirname(path.resolve(given.text)), null);
  const write = (flag: 'w' | 'wx'): 'done' | 'there' | Diagnostic => {
    try {
      writeFileSync(given.text, script, { flag });
      return 'done';
    } catch (thrown) {
      if (!isDiskError(thrown)) throw thrown;
      if (thrown.code === 'EEXIST' && flag === 'wx') return 'there';
      return error('SL913', given.span, `\`${given.text}\` cannot be written: ${thrown.code}`, {
        help: saveHelp(thrown.code),
      });
    }
  };
  let written = write('wx');
  if (written === 'there') {
    const question = `${visible(given.text)} is there already. Write over it? [y/N] `;
    const may = world.yes || (person !== null && (await person.ask(question)) === 'yes');
    if (!may) {
      if (person !== null) return 'done';
      const help = 'name another file, or start with `--yes`';
      return refuse(shell, [error('SL913', given.span, `\`${given.text}\` is there already`, { help })]);
    }
    written = write('w');
  }
  if (typeof written !== 'string') return refuse(shell, [written]);
  const lines = script.split('\n').length - 1;
  world.say(`saved ${plural(lines, 'line')}; \`sluice apply ${visible(given.text)}\` does the same\n`);
  return 'done';
}

function saveHelp(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'make its folder first';
    case 'EISDIR':
      return 'it is a folder: name a file in it';
    default:
      return 'name another file; what is staged stays';
  }
}

async function edit(shell: Shell): Promise<End> {
  const { person, world } = shell;
  if (person === null)
    return refuse(shell, [
      error('SL907', null, '`edit` needs a terminal', { help: 'write the statements themselves' }),
    ]);
  const before = scriptIn(shell, process.cwd(), null);
  for (let text = before; ; ) {
    const edited = await person.edit(text);
    if ('problem' in edited)
      return refuse(shell, [error('SL915', null, edited.problem, { help: 'nothing changed' })]);
    ({ text } = edited);
    if (text === before) {
      world.say('nothing changed\n');
      return 'done';
    }
    const end = await restage(shell, text);
    if (end === 'done') return end;
    world.say('what was staged stays as it was\n');
    if ((await person.ask('Edit it again? [y/N] ')) !== 'yes') return end;
  }
}

/** Stages the text in place of all that is staged, or leaves that as it is. */
async function restage(shell: Shell, text: string): Promise<End> {
  const old = shell.session;
  shell.session = { ...openSession(old.setting), bases: old.bases };
  if (isBlank(text)) {
    shell.keep(shell);
    shell.world.say('nothing is staged now\n');
    return 'done';
  }
  const end = await stageUnit(shell, { name: '<session>', text });
  if (end !== 'done') shell.session = old;
  return end;
}

// Settings.

async function lookAs(shell: Shell, given: Given | null): Promise<End> {
  const { session, world } = shell;
  const name = given?.text.replace(/^user:/, '') ?? null;
  const subject = name === null ? world.realSubject : userSubject(name);
  if (subject === null)
    return refuse(shell, [
      error('SL609', given?.span ?? null, `\`${given?.text}\` cannot be a user's name in a policy`, {
        help: 'write it as in the policy, without `user:`: `as alice`',
      }),
    ]);
  shell.session = withSetting(session, { ...session.setting, subject }).value ?? session;
  await refresh(shell);
  const denied = countDenied(outlookOf(shell.session));
  const total = countChanges(outlookOf(shell.session));
  const who = subject.slice('user:'.length);
  if (subject === world.realSubject) world.say(`you are ${who} again\n`);
  else
    world.say(
      `what if ${who} had staged this: ${plural(total, 'change')}, ${denied} denied; \`as\` alone ends it\n`,
    );
  return 'done';
}

async function setContext(shell: Shell, given: readonly Given[]): Promise<End> {
  const { session, world } = shell;
  if (given.length === 0) {
    const { setting } = session;
    world.print(
      [
        `network  ${shell.network ?? '(none: `use NET`)'}`,
        `target   ${setting.target}`,
        `scope    ${setting.scope ?? 'all that a network has'}`,
        `policy   ${setting.policy.name} (${setting.policy.hash.slice(0, 12)})`,
        ...[...setting.vars].map(([name, value]) => `${name}=${value}`),
        '',
      ]
        .map(visible)
        .join('\n')
        .replace(/\\n$/, '\n'),
    );
    return 'done';
  }
  let setting = session.setting;
  for (const { text, span } of given) {
    const [, name, value] = /^([A-Za-z_][\w-]*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      return refuse(shell, [
        error('SL508', span, `\`${text}\` is no setting`, {
          help: 'write it as `scope=config` or `NAME=VALUE`',
        }),
      ]);
    const plain = value.startsWith('"') ? value.slice(1, -1) : value;
    if (name === 'scope') {
      const scope = scopeWord(plain);
      if (scope === null && plain !== '')
        return refuse(shell, [
          error('SL508', span, `\`${plain}\` is no scope`, {
            help: 'it is `live`, `config` or `live+config`',
          }),
        ]);
      setting = { ...setting, scope };
    } else {
      const vars = new Map(setting.vars);
      if (plain === '') vars.delete(name);
      else vars.set(name, plain);
      setting = { ...setting, vars };
    }
  }
  const { value, diagnostics } = withSetting(session, setting);
  if (value === null) {
    const told = note(
      'SL508',
      null,
      'the setting stays as it was: what is staged does not run under the new one',
    );
    return refuse(shell, [...diagnostics, told]);
  }
  await goTo(shell, value);
  shell.keep(shell);
  return 'done';
}

async function check(shell: Shell): Promise<End> {
  const { world } = shell;
  if (shell.session.staged.length === 0) {
    world.say('nothing is staged\n');
    return 'done';
  }
  await refresh(shell);
  const { planned, diagnostics, moved } = await freshPlan(shell, null);
  if (planned === null) return refuse(shell, diagnostics);
  if (diagnostics.length > 0) world.say(world.words.problems(diagnostics));
  for (const network of moved) world.say(`${network} was changed by others since it was read\n`);
  const total = planned.plan.documents.reduce((sum, { changes }) => sum + changes.length, 0);
  const denied = planned.plan.documents.reduce(
    (sum, { verdicts }) => sum + verdicts.filter(isDenied).length,
    0,
  );
  world.print(
    denied === 0
      ? `in order: ${plural(total, 'change')}, all allowed; \`commit\` writes them\n`
      : `${plural(total, 'change')}, ${denied} denied: \`commit\` would write nothing; \`why\` tells more\n`,
  );
  return 'done';
}
