// Tab, `?` and the grey rest: what can be written at the cursor. Pure; nothing of it is worked out before it is asked for.

import { heads } from '../../syntax/keywords.ts';
import { commands } from '../commands.ts';
import { freeAddresses, subnetAround } from './addresses.ts';
import { commandCanEnd, commandIn, findInCommand } from './command-line.ts';
import { type Cursor, cursorIn, updateRules } from './cursor.ts';
import { allPlaces, textsAt } from './places.ts';
import { type Finder, suggestWord } from './suggestion.ts';
import { findNext, reachedAt } from './update-language.ts';
import type { Candidate, Completion, Typed, World } from './world.ts';

/** Works out beforehand what the first key press on these documents would have to wait for. */
export function warm({ table, documents }: World): void {
  updateRules();
  for (const document of documents.values())
    for (const place of allPlaces({ table, document })) {
      const { above, spec } = place;
      if (above === null || spec?.key == null) continue;
      textsAt(above, spec, null);
      for (const part of spec.key.alternatives.flatMap(({ parts }) => parts))
        if ('attr' in part) textsAt(above, spec, part.attr);
      const subnet = subnetAround(place);
      if (subnet !== null) freeAddresses(subnet, '', 1);
    }
}

type Found = { readonly finder: Finder; readonly from: number; readonly ends: boolean };

/** What Tab offers. */
export function complete(typed: Typed, world: World): Completion {
  const found = find(typed, world);
  if (found === null) return { from: typed.line.length, candidates: [], more: 0 };
  return {
    from: found.from,
    candidates: [...found.finder.found.values()].map(({ text, help, closed }) => ({ text, help, closed })),
    more: found.finder.more,
  };
}

/** What `?` shows: what Tab offers, what nobody can list in words, and whether the text can end here. */
export function expected(
  typed: Typed,
  world: World,
): { readonly next: readonly Candidate[]; readonly more: number } {
  const found = find(typed, world);
  if (found === null) return { next: [], more: 0 };
  const { finder, ends } = found;
  return {
    next: [
      ...[...finder.blanks.values()].map(({ label, help }) => ({ text: label, help })),
      ...[...finder.found.values()].map(({ text, help }) => ({ text, help })),
      ...(ends ? [{ text: '<Enter>', help: 'it can end here' }] : []),
    ],
    more: finder.more,
  };
}

function find({ block, line }: Typed, world: World): Found | null {
  const command = block === '' ? commandIn(line) : null;
  if (command !== null) {
    const { finder, at } = findInCommand(world, command);
    return { finder, from: at, ends: command.begun.text === '' && commandCanEnd(command) };
  }
  const cursor = cursorIn(block + line);
  // what was begun above the line is no word of this line
  if (cursor === null || cursor.begun.at < block.length) return null;
  const finder = findNext(world, cursor, 'item');
  if (block === '') suggestCommands(finder, cursor);
  return { finder, from: cursor.begun.at - block.length, ends: canEnd(cursor) };
}

function canEnd(cursor: Cursor): boolean {
  return (
    cursor.begun.type === 'nothing' && cursor.tokens.length > 0 && reachedAt(cursor, 'item').ends.length > 0
  );
}

/** At the beginning of a line all commands can stand, too; `context` behind `set`. */
function suggestCommands(finder: Finder, { tokens, around, begun }: Cursor): void {
  if (around.length > 0 || tokens.length > 1 || begun.type === 'string') return;
  if (tokens.length === 1 && begun.type === 'nothing' && finder.begun !== '') return;
  const [head] = tokens;
  for (const { name, about } of commands) {
    const [first = '', second] = name.split(' ');
    if (head !== undefined) {
      if (second !== undefined && head.image === first) suggestWord(finder, second, about);
    } else if (second === undefined || !heads.some((word) => word === first)) {
      suggestWord(finder, name, about);
    }
  }
}
