// What the terminal asks while somebody types, asked of completion with what the session knows.

import { readdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDiskError } from '../apply/files/disk-error.ts';
import { catalogue } from '../diagnostics/catalogue.ts';
import { shorten, visible, widthOf } from '../diagnostics/render-text.ts';
import { networkSpec } from '../network/table.ts';
import { isRole, isUser } from '../policy/names.ts';
import type { Policy } from '../policy/policy.ts';
import { subjectsOf } from '../policy/subjects.ts';
import { commandIn } from './complete/command-line.ts';
import { complete, expected, warm } from './complete/complete.ts';
import { cursorIn } from './complete/cursor.ts';
import { hint } from './complete/hint.ts';
import type { Candidate, Typed, World } from './complete/world.ts';
import { namesIn } from './names-in.ts';
import { currentOf, environmentOf } from './session.ts';
import { firstLine, type Shell } from './shell-state.ts';
import { baseInUse } from './show.ts';

/** What Tab does: takes the last `erase` characters back and puts `insert` there; `list` is shown when it is sure of nothing. */
type Completed = { readonly erase: number; readonly insert: string; readonly list: string };

export function completed(shell: Shell, typed: Typed, width: number): Completed {
  const { from, candidates, more } = complete(typed, worldOf(shell));
  const written = typed.line.slice(from);
  const [first] = candidates;
  if (first === undefined) return { erase: 0, insert: '', list: '' };
  const shared =
    candidates.length === 1 && more === 0
      ? first.text + (first.closed ? ' ' : '')
      : more > 0
        ? written
        : sharedStart(candidates.map(({ text }) => text));
  if (shared.length > written.length || (candidates.length === 1 && shared !== written))
    return { erase: written.length, insert: shared, list: '' };
  return { erase: 0, insert: '', list: listed(candidates, more, width) };
}

function sharedStart(texts: readonly string[]): string {
  let shared = texts[0] ?? '';
  for (const text of texts) while (!text.startsWith(shared)) shared = shared.slice(0, -1);
  return shared;
}

/** What `?` shows: everything that can come next, with a line about each. */
export function nextText(shell: Shell, typed: Typed, width: number): string {
  const { next, more } = expected(typed, worldOf(shell));
  return next.length === 0 ? '  nothing that could be named here\n' : listed(next, more, width);
}

function listed(candidates: readonly Candidate[], more: number, width: number): string {
  const column = Math.min(
    Math.max(...candidates.map(({ text }) => widthOf(visible(text)))),
    Math.floor(width / 2),
  );
  const rows = candidates.map(({ text, help }) => {
    const name = visible(text);
    const gap = ' '.repeat(Math.max(0, column - widthOf(name)));
    return shorten(`  ${name}${gap}  ${visible(help)}`.trimEnd(), width - 1, '...');
  });
  if (more > 0) rows.push(`  and ${more} more`);
  return `${rows.join('\n')}\n`;
}

/** `?` belongs to the text in a string, in a comment, in XML, and behind a variable: `name=$h.name?`. */
export function takesQuestion({ block, line }: Typed): boolean {
  if (block === '' && commandIn(line) !== null) return !/"[^"]*$/.test(line);
  const cursor = cursorIn(block + line);
  return cursor !== null && cursor.begun.type !== 'string' && cursor.begun.type !== 'variable';
}

/** What is still missing, to be shown behind the line. */
export function hintText(shell: Shell, typed: Typed): string {
  return hint(typed, worldOf(shell));
}

/** What the next key press would have to wait for, worked out now. */
export function prepareAdvice(shell: Shell): void {
  warm(worldOf(shell));
}

function worldOf(shell: Shell): World {
  const { session, network } = shell;
  const { setting } = session;
  const documents: [string, World['documents'] extends ReadonlyMap<string, infer D> ? D : never][] = [];
  for (const name of new Set(session.bases.map((base) => base.network))) {
    const base = baseInUse(session, name);
    if (base !== null) documents.push([name, currentOf(session, base)]);
  }
  return {
    table: networkSpec,
    network,
    networks: setting.available,
    documents: new Map(documents),
    variables: [...environmentOf(session).names].map(([name, binding]) => ({
      name,
      about: binding.type === 'text' ? binding.value : 'a row',
    })),
    ...namedIn(setting.policy),
    interfaces: interfacesFor(shell),
    staged: session.staged.map(({ unit }) => firstLine(unit.source)),
    topics: TOPICS,
    files,
  };
}

const TOPICS: readonly Candidate[] = Object.entries(catalogue).map(([text, help]) => ({ text, help }));

const named = new WeakMap<Policy, { readonly users: readonly string[]; readonly roles: readonly string[] }>();

function namedIn(policy: Policy): { readonly users: readonly string[]; readonly roles: readonly string[] } {
  let found = named.get(policy);
  if (found === undefined) {
    const subjects = subjectsOf(policy);
    const without = (subject: string): string => subject.slice(subject.indexOf(':') + 1);
    found = { users: subjects.filter(isUser).map(without), roles: subjects.filter(isRole).map(without) };
    named.set(policy, found);
  }
  return found;
}

/** Those that the target named, and where its networks run on this host, what there is here. */
function interfacesFor({ session, interfaces }: Shell): readonly string[] {
  const { target } = session.setting;
  const elsewhere = !target.startsWith('dir:') && target.includes('ssh');
  return elsewhere ? interfaces : [...new Set([...interfaces, ...interfacesHere()])].sort();
}

/** Node lists only those that are up and have an address; the others are what a network is most often given. */
function interfacesHere(): readonly string[] {
  const named = Object.keys(os.networkInterfaces());
  return [...named, ...namesIn('/sys/class/net')].filter((name) => name !== 'lo');
}

function files(begun: string): readonly string[] {
  const cut = begun.lastIndexOf('/') + 1;
  const folder = begun.slice(0, cut);
  const start = begun.slice(cut);
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')))
      .map((entry) => `${folder}${entry.name}${isFolder(folder, entry.name) ? '/' : ''}`)
      .sort();
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return [];
  }
}

function isFolder(folder: string, name: string): boolean {
  try {
    return statSync(path.join(folder === '' ? '.' : folder, name)).isDirectory();
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return false; // a link that leads nowhere
  }
}
