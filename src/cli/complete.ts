// Which words could stand where the cursor is: read off the command tree, the target's folder and the policy. Never fails:
// what cannot be read completes nothing.

import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { policyFolder } from './policy-folder.ts';
import { folderOf } from './target-word.ts';
import { type Values, valuesOf } from './values.ts';

export type Candidate = { readonly word: string; readonly description: string };

/** `words` is the line behind the program's name up to the cursor; the last one is begun, and may be empty. */
export async function candidates(program: Command, words: readonly string[]): Promise<readonly Candidate[]> {
  const begun = words[words.length - 1] ?? '';
  const before = words.slice(0, -1);
  return (await possible(program, before, begun)).filter(({ word }) => word.startsWith(begun));
}

async function possible(
  program: Command,
  before: readonly string[],
  begun: string,
): Promise<readonly Candidate[]> {
  let command = program;
  let rest = before;
  for (;;) {
    const commands = command.createHelp().visibleCommands(command);
    if (commands.length === 0) break;
    const [first, ...more] = rest;
    if (first === undefined)
      return begun.startsWith('-') ? optionsOf(command, []) : commands.map(commandCandidate);
    if (command === program && first === 'help') return helpFor(program, more);
    const next = commands.find((candidate) => candidate.name() === first);
    if (next === undefined) return [];
    command = next;
    rest = more;
  }

  const given = readWords(command, rest);
  if (given.pending !== null) return valuesFor(given.pending, given, begun);
  if (given.optionsEnded || !begun.startsWith('-')) {
    const all = command.registeredArguments;
    const at =
      all[given.operands.length] ??
      (all[all.length - 1]?.variadic === true ? all[all.length - 1] : undefined);
    return at === undefined ? [] : valuesFor(at, given, begun);
  }
  const [name = '', value] = begun.split(/=(.*)/s);
  if (value !== undefined) {
    const option = command.options.find((candidate) => candidate.long === name);
    if (option === undefined) return [];
    return (await valuesFor(option, given, value)).map(({ word, description }) => ({
      word: `${name}=${word}`,
      description,
    }));
  }
  return optionsOf(command, given.used);
}

/** Behind `help`: commands, and theirs. */
function helpFor(program: Command, words: readonly string[]): readonly Candidate[] {
  const command = words.reduce<Command | undefined>(
    (at, word) => at?.commands.find((candidate) => candidate.name() === word),
    program,
  );
  return command === undefined ? [] : command.createHelp().visibleCommands(command).map(commandCandidate);
}

function commandCandidate(command: Command): Candidate {
  return { word: command.name(), description: command.summary() || command.description() };
}

type Given = {
  readonly operands: readonly string[];
  readonly used: readonly Option[];
  /** The option that still waits for its value. */
  readonly pending: Option | null;
  readonly optionsEnded: boolean;
  /** Values of options that decide what others can be. */
  readonly target: string;
  readonly policy: string | null;
};

function readWords(command: Command, words: readonly string[]): Given {
  const operands: string[] = [];
  let pending: Option | null = null;
  let optionsEnded = false;
  const used: Option[] = [];
  const set = new Map<string, string>();
  for (const word of words) {
    if (pending !== null) {
      set.set(pending.attributeName(), word);
      pending = null;
    } else if (optionsEnded || !word.startsWith('-') || word === '-') {
      operands.push(word);
    } else if (word === '--') {
      optionsEnded = true;
    } else {
      const [name = '', value] = word.split(/=(.*)/s);
      const option = command.options.find((candidate) => candidate.long === name || candidate.short === name);
      if (option === undefined) continue;
      used.push(option);
      if (value !== undefined) set.set(option.attributeName(), value);
      else if (option.required) pending = option;
    }
  }
  const target =
    set.get('target') ?? command.options.find((option) => option.long === '--target')?.defaultValue;
  return {
    operands,
    used,
    pending,
    optionsEnded,
    target: typeof target === 'string' ? target : '',
    policy: set.get('policy') ?? null,
  };
}

function optionsOf(command: Command, used: readonly Option[]): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => option.long !== undefined && (!used.includes(option) || option.long === '--var'))
    .map((option) => ({ word: option.long ?? '', description: option.description }));
}

async function valuesFor(of: Option | Argument, given: Given, begun: string): Promise<readonly Candidate[]> {
  if (of.argChoices !== undefined)
    return of.argChoices.map((word) => ({ word, description: of.description }));
  const found: Candidate[] = [];
  for (const values of valuesOf(of)) {
    for (const candidate of await valuesOfKind(values, given, begun)) {
      if (!found.some(({ word }) => word === candidate.word)) found.push(candidate);
    }
  }
  return found;
}

async function valuesOfKind(values: Values, given: Given, begun: string): Promise<readonly Candidate[]> {
  switch (values.type) {
    case 'networks':
      return networks(given.target);
    case 'users':
      return users(given.policy);
    case 'subjects':
      return [
        ...users(given.policy),
        ...names(given.policy, 'role').map((word) => ({ word: `role:${word}`, description: 'role' })),
      ];
    case 'words':
      return values.words.map(([word, description]) => ({ word, description }));
    case 'paths':
      return (await import('./complete-path.ts')).pathCandidates(begun);
    case 'values':
      return (await import('./complete-path.ts')).valueCandidates(given.operands[values.path] ?? '', begun);
    case 'codes': {
      const { CODES } = await import('./commands/explain.ts');
      return CODES.map(([word, description]) => ({ word, description }));
    }
    case 'targets':
      return begun.startsWith('dir:')
        ? files(begun.slice(4), null).map(({ word, description }) => ({ word: `dir:${word}`, description }))
        : [{ word: 'dir:', description: 'a folder of network files' }, ...DAEMONS];
    case 'daemons':
      return DAEMONS;
    case 'folders':
      return files(begun, null);
    case 'files':
      return files(begun, values.endings);
  }
}

const DAEMONS: readonly Candidate[] = [
  { word: 'qemu:///system', description: 'the libvirt daemon of this machine' },
  { word: 'qemu:///session', description: 'your own libvirt daemon' },
  { word: 'network:///system', description: 'the same, where no qemu is' },
  { word: 'qemu+ssh://', description: 'the libvirt daemon of another machine: qemu+ssh://user@host/system' },
  { word: 'test:///default', description: "libvirt's made-up networks" },
];

/** Of a daemon on this machine, too: a key press does not go looking for another one, nor ask for a password. */
async function networks(target: string): Promise<readonly Candidate[]> {
  if (folderOf(target) === null && !/^[a-z]+:\/\/\//.test(target)) return [];
  const { openTarget } = await import('./open-target.ts');
  const opened = openTarget(target);
  if (!opened.ok) return [];
  const listed = await opened.value.list();
  return listed.ok ? listed.value.map((word) => ({ word, description: 'network' })) : [];
}

function users(policy: string | null): readonly Candidate[] {
  return names(policy, 'user').map((word) => ({ word, description: 'user' }));
}

/** Whom the policy speaks of. Read as text: a policy that is broken can still complete a name. */
function names(policy: string | null, kind: 'user' | 'role'): readonly string[] {
  const text = attempt(
    () => readFileSync(path.join(policyFolder(policy, process.env).folder, 'policy.csv'), 'utf8'),
    '',
  );
  const found = text
    .split('\n')
    .filter((row) => !row.trimStart().startsWith('#'))
    .flatMap((row) => [...row.matchAll(/\b(user|role):([^\s,"|]+)/g)])
    .flatMap((match) => (match[1] === kind ? (match[2] ?? []) : []));
  return [...new Set(found)].sort();
}

/** Folders, and files with one of the endings (null: none at all), below the folder that `begun` names. */
function files(begun: string, endings: readonly string[] | null): readonly Candidate[] {
  const at = begun.lastIndexOf('/') + 1;
  const folder = begun.slice(0, at);
  const entries = attempt(
    () => readdirSync(folder.replace(/^~(?=\/)/, os.homedir()) || '.', { withFileTypes: true }),
    [],
  );
  return entries
    .filter((entry) => !entry.name.startsWith('.') || begun.slice(at).startsWith('.'))
    .flatMap((entry): Candidate[] => {
      if (entry.isDirectory()) return [{ word: `${folder}${entry.name}/`, description: 'folder' }];
      if (endings === null || (endings.length > 0 && !endings.some((ending) => entry.name.endsWith(ending))))
        return [];
      return [{ word: folder + entry.name, description: 'file' }];
    })
    .sort((a, b) => (a.word < b.word ? -1 : 1));
}

function attempt<T>(act: () => T, otherwise: T): T {
  try {
    return act();
  } catch {
    return otherwise; // nothing to complete is no error
  }
}
