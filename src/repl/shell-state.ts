// The state that the commands of a session share, and what several of them do with it.

import path from 'node:path';
import { readGround } from '../apply/session.ts';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { visible } from '../diagnostics/render-text.ts';
import { isConflict } from '../plan/conflict.ts';
import type { Source } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { ScopeWord } from '../syntax/ast.ts';
import type { Given } from './command-grammar.ts';
import { fitOutlook, keepFit } from './outlook.ts';
import { type Base, emptied, type Session, type Setting, withSetting } from './session.ts';
import { sessionScript } from './session-script.ts';
import type { End, Person, World } from './world.ts';

export type Shell = {
  readonly world: World;
  readonly person: Person | null;
  session: Session;
  /** The network in use; null when the target has several and none was chosen. */
  network: string | null;
  /** The scope to go back to once what `commit scope …` has left is written or forgotten; null when there is none. */
  widest: { readonly scope: ScopeWord | null } | null;
  /** Network interfaces of the target's host, where it tells them. */
  interfaces: readonly string[];
  /** Hashes of other people's states that were shown as conflicts: committing again then writes over them. */
  readonly shown: Set<string>;
  /** A strict script is answered only where it asks. */
  readonly quiet: boolean;
  /** Called whenever something was staged or taken back. */
  readonly keep: (shell: Shell) => void;
};

/** What a command answers: a text, or what is wrong with the question. */
export type Said = { readonly text: string; readonly diagnostics: readonly Diagnostic[] };

export function refuse({ world }: Shell, diagnostics: readonly Diagnostic[]): End {
  world.say(world.words.problems(diagnostics));
  return isConflict(diagnostics) ? 'conflict' : 'error';
}

/** Goes over to another state of the session, with what the target makes of it; a strict script asks for that itself. */
export async function goTo(shell: Shell, session: Session): Promise<void> {
  if (!shell.quiet) await fitOutlook(session, shell.world.target);
  shell.session = session;
}

/** Nothing staged any more. */
export function clear(shell: Shell): void {
  const { setting } = shell.session;
  const scope = shell.widest === null ? setting.scope : shell.widest.scope;
  shell.session = emptied({ ...shell.session, setting: { ...setting, scope } });
  shell.widest = null;
}

/** What is in force now; verdicts are found again when the policy is another. */
export async function refresh(shell: Shell): Promise<void> {
  const policy = await shell.world.policy.latest();
  const { session, world } = shell;
  const setting: Setting = { ...session.setting, policy, clock: world.now() };
  // the same units under the same scope and variables: nothing runs again, so nothing can fail
  const now = withSetting(session, setting).value ?? session;
  if (policy === session.setting.policy) keepFit(session, now);
  await goTo(shell, now);
}

export async function readDocuments(
  shell: Shell,
  networks: readonly string[],
): Promise<{
  readonly documents: readonly Omit<Base, 'document'>[] | null;
  readonly diagnostics: readonly Diagnostic[];
}> {
  const { value, diagnostics } = await readGround(shell.world.target, () => ({
    value: networks,
    diagnostics: [],
  }));
  if (value === null) return { documents: null, diagnostics };
  return {
    documents: value.documents.map(({ network, scope, source, hash }) => ({
      network,
      scope,
      source,
      hash: hash ?? '',
    })),
    diagnostics,
  };
}

export function noNetwork(name: string, available: readonly string[], span: Diagnostic['span']): Diagnostic {
  const near = nearestName(name, available);
  const all = `${available.slice(0, 8).join(', ')}${available.length > 8 ? ', …' : ''}`;
  return error('SL451', span, `no network \`${name}\``, {
    help:
      near !== null ? `did you mean \`${near}\`?` : available.length === 0 ? null : `the target has ${all}`,
  });
}

/** Whom verdicts are about; and whether a network has to be named, because the session has looked at several. */
export function asked({ session: { setting, bases } }: Shell): {
  readonly subject: string;
  readonly policy: string;
  readonly named: boolean;
} {
  const named = new Set(bases.map(({ network }) => network)).size > 1;
  return { subject: setting.subject, policy: setting.policy.name, named };
}

export function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

export function readCount(given: Given | null, otherwise: number): number | Diagnostic {
  if (given === null) return otherwise;
  if (/^[1-9]\d{0,6}$/.test(given.text)) return Number(given.text);
  return error('SL501', given.span, `\`${given.text}\` is no number`, { help: 'write a number from 1 on' });
}

/** The index of the statement that a number names. */
export function statementAt({ session }: Shell, given: Given | null): number | Diagnostic {
  const last = session.staged.length;
  if (last === 0)
    return error('SL504', given?.span ?? null, 'nothing is staged', { help: 'stage a statement first' });
  const number = readCount(given, last);
  if (typeof number !== 'number') return number;
  if (number <= last) return number - 1;
  return error('SL504', given?.span ?? null, `there is no statement ${number}`, {
    help: `\`staged\` shows them, from 1 to ${last}`,
  });
}

/** The first line of a unit, and how many follow; of a file its name. */
export function firstLine({ name, text }: Source): string {
  const lines = text.trim().split('\n');
  const more = lines.length === 1 ? '' : `  (and ${plural(lines.length - 1, 'line')} more)`;
  const from = name === '<session>' ? '' : `${visible(name)}: `;
  return `${from}${visible((lines[0] ?? '').slice(0, 200))}${more}`;
}

/** The session as a script that stands in `folder`. */
export function scriptIn(shell: Shell, folder: string, because: string | null): string {
  return sessionScript(
    shell.session,
    (name, from) => {
      if (path.isAbsolute(name)) return name;
      const isFile = !/^<.*>$/.test(from.name);
      const at = path.resolve(isFile ? path.dirname(from.name) : '.', name);
      const relative = path.relative(folder, at);
      return relative.startsWith('../../..') ? at : relative;
    },
    because,
  );
}

export function scopeWord(text: string | undefined): ScopeWord | null {
  return text === 'live' || text === 'config' || text === 'live+config' ? text : null;
}

/** A bug of ours. It ends no session: what is staged is as it was before the line. */
export function bugText(world: World, thrown: unknown): string {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const debug =
    (process.env['SLUICE_DEBUG'] ?? '') !== '' && thrown instanceof Error ? `${thrown.stack}\n` : '';
  return (
    debug +
    world.words.problems([
      error('SL999', null, `internal error, this is a bug in sluice: ${reason}`, {
        help: 'SLUICE_DEBUG=1 shows where; please report it. What is staged stays',
      }),
    ])
  );
}
