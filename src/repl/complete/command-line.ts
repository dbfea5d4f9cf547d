// What can come next in a command: its form in the table says which kind of thing, this says which words.

import type { Source } from '../../source/source.ts';
import { keywordHelp } from '../../syntax/keyword-help.ts';
import { heads } from '../../syntax/keywords.ts';
import { firstWords, makeMachine, readingOf } from '../command-grammar.ts';
import { type CommandSpec, commands, type Kind, type Slot } from '../commands.ts';
import { cursorIn } from './cursor.ts';
import { placesOfPath } from './places.ts';
import { type Finder, newFinder, suggest, suggestBlank, suggestWord } from './suggestion.ts';
import { findNext, reachedAt, sceneAt } from './update-language.ts';
import { aboutAttribute, suggestAttribute } from './values.ts';
import { branchOf } from './walk.ts';
import type { World } from './world.ts';

/** A word of a command as it was typed. */
type Word = { readonly text: string; readonly at: number };

/** A reading of the words so far: what each was, and what is still to come. */
type Reading = { readonly given: ReadonlyMap<string, readonly string[]>; readonly rest: readonly Slot[] };

export type CommandCursor = {
  readonly spec: CommandSpec;
  /** The word that touches the cursor; empty behind a blank. */
  readonly begun: Word;
  readonly readings: readonly Reading[];
};

/** The command that the line is, with the cursor behind its name; null for everything else. */
export function commandIn(line: string): CommandCursor | null {
  const source: Source = { name: '<typed>', text: line };
  const reading = readingOf(source).value;
  if (reading.type !== 'command') return null;
  const { spec } = reading;
  const words = wordsOf(line);
  const last = words.at(-1);
  const begun =
    last !== undefined && last.at + last.text.length === line.length ? last : { text: '', at: line.length };
  const named = spec.name.split(' ').length;
  const before = begun === last ? words.slice(0, -1) : words;
  if (before.length < named) return null;
  let readings: readonly Reading[] = [{ given: new Map(), rest: spec.slots }];
  for (const { text } of before.slice(named)) readings = readings.flatMap((one) => taken(one, text));
  return { spec, begun, readings };
}

let lexer: ReturnType<typeof makeMachine>['lexer'] | null = null;

function wordsOf(line: string): readonly Word[] {
  lexer ??= makeMachine('skip').lexer;
  return lexer.tokenize(line).tokens.map(({ image, startOffset }) => ({ text: image, at: startOffset }));
}

/** What a reading becomes with one more word. */
function taken({ given, rest }: Reading, word: string): readonly Reading[] {
  const [slot, ...behind] = rest;
  if (slot === undefined) return [];
  const keep = (name: string): Reading['given'] =>
    new Map(given).set(name, [...(given.get(name) ?? []), word]);
  switch (slot.type) {
    case 'word':
      return slot.word === word ? [{ given, rest: behind }] : [];
    case 'choice':
      return slot.words.some((choice) => choice.word === word)
        ? [{ given: keep(slot.name), rest: behind }]
        : [];
    case 'value':
      return [{ given: keep(slot.name), rest: behind }];
    case 'many':
      return [{ given: keep(slot.name), rest }, ...taken({ given, rest: behind }, word)];
    case 'optional': {
      const without = taken({ given, rest: behind }, word);
      // a value that may be left out is not taken from the word that stands behind it, as in the grammar
      if (slot.slots[0]?.type === 'value' && firstWords(behind).includes(word)) return without;
      return [...taken({ given, rest: [...slot.slots, ...behind] }, word), ...without];
    }
  }
}

/** The slots that can be filled next, and whether the command can end here. */
function nextSlots({ rest }: Reading): { readonly slots: readonly Slot[]; readonly ends: boolean } {
  const slots: Slot[] = [];
  for (const [at, slot] of rest.entries()) {
    if (slot.type === 'optional') {
      slots.push(...nextSlots({ given: new Map(), rest: slot.slots }).slots);
    } else {
      slots.push(slot);
      if (slot.type !== 'many') return { slots, ends: false };
    }
    if (at === rest.length - 1) break;
  }
  return { slots, ends: true };
}

export function commandCanEnd({ readings }: CommandCursor): boolean {
  return readings.some((reading) => nextSlots(reading).ends);
}

/** What is still needed, as the form says it. */
export function commandLacks({ readings }: CommandCursor): string {
  const [first] = readings;
  return (first?.rest ?? []).flatMap((slot) => lackOf(slot)).join(' ');
}

function lackOf(slot: Slot): readonly string[] {
  switch (slot.type) {
    case 'word':
      return [slot.word];
    case 'choice':
      return [slot.words.length > 4 ? slot.name : slot.words.map(({ word }) => word).join('|')];
    case 'value':
      return [slot.name];
    case 'optional':
    case 'many':
      return [];
  }
}

/** What can be written at the cursor, and where what was begun starts: a path begins anew behind each dot. */
export function findInCommand(
  world: World,
  { spec, begun, readings }: CommandCursor,
): { readonly finder: Finder; readonly at: number } {
  const finder = newFinder(begun.text, false);
  for (const reading of readings)
    for (const slot of nextSlots(reading).slots) {
      switch (slot.type) {
        case 'word':
          suggestWord(finder, slot.word, '');
          break;
        case 'choice':
          for (const { word, about } of slot.words) suggestWord(finder, word, about);
          break;
        case 'value':
        case 'many': {
          if (slot.kind === 'path') {
            const path = findPath(world, begun);
            if (path !== null && (path.finder.found.size > 0 || finder.found.size === 0)) {
              for (const [text, one] of finder.found) path.finder.found.set(text, one);
              return path;
            }
            suggestBlank(finder, slot.name, 'a path: `ip[10.0.0.1].dhcp`');
            break;
          }
          suggestOfKind(finder, world, slot, reading.given);
          suggestBlank(finder, slot.name, spec.about);
          break;
        }
        case 'optional':
          break;
      }
    }
  return { finder, at: begun.at };
}

/** A path with, perhaps, an attribute behind it, as the update language reads it. */
function findPath(world: World, begun: Word): { readonly finder: Finder; readonly at: number } | null {
  const cursor = cursorIn(begun.text);
  if (cursor === null) return null;
  const before = cursorIn(PATH_BEHIND + begun.text);
  if (before === null) return null;
  return {
    finder: findNext(world, before, 'item'),
    at: begun.at + Math.max(0, before.begun.at - PATH_BEHIND.length),
  };
}

/** What a path of a command stands behind when it is looked at: a statement that asks about one. */
const PATH_BEHIND = 'assert ';

function suggestOfKind(
  finder: Finder,
  world: World,
  { kind, name: slot }: { readonly kind: Kind; readonly name: string },
  given: Reading['given'],
): void {
  const before = (given.get(slot) ?? []).map((text) => text.replace(/=.*$/, ''));
  switch (kind) {
    case 'topic':
      for (const { name, about } of commands) suggestWord(finder, name, about);
      for (const word of heads) suggestWord(finder, word, keywordHelp[word].about);
      for (const { text, help } of world.topics) suggestWord(finder, text, help);
      return;
    case 'network':
      for (const name of world.networks)
        suggestWord(finder, name, name === world.network ? 'in use' : 'network');
      return;
    case 'number':
      for (const [at, text] of world.staged.entries()) suggestWord(finder, String(at + 1), text);
      return;
    case 'user':
      for (const name of world.users) suggestWord(finder, name, 'user');
      return;
    case 'subject':
      for (const name of world.users) suggestWord(finder, name, 'user');
      for (const name of world.roles) suggestWord(finder, `role:${name}`, 'role');
      return;
    case 'file':
      for (const file of world.files(finder.begun)) {
        const folder = file.endsWith('/');
        suggestWord(finder, file, folder ? 'folder' : 'file', !folder);
      }
      return;
    case 'stated':
      suggestStated(finder, world, given.get('PATH')?.[0] ?? '', before);
      return;
    case 'setting':
      for (const word of ['live', 'config', 'live+config'] as const)
        if (!before.includes('scope')) suggestWord(finder, `scope=${word}`, keywordHelp[word].about);
      for (const { name, about } of world.variables)
        if (!before.includes(name)) suggestWord(finder, `${name}=`, about, false);
      return;
    case 'text':
    case 'path':
      return;
  }
}

function suggestStated(finder: Finder, world: World, path: string, before: readonly string[]): void {
  const text = `assert ${path.split('@')[0] ?? ''} `;
  const cursor = cursorIn(text);
  if (cursor === null) return;
  const scene = sceneAt(world, cursor);
  for (const { frame } of reachedAt(cursor, 'item').expected) {
    const tree = frame.rule === 'pathTest' ? branchOf(frame, 'path') : null;
    if (tree === null) continue;
    const places = placesOfPath(scene, tree);
    for (const { spec } of places)
      for (const attr of spec?.attrs ?? []) {
        if (attr.restates !== null || before.includes(attr.name)) continue;
        const inner = newFinder('', false);
        if (finder.begun.startsWith(`${attr.name}=`)) suggestAttribute(inner, world, places, attr.name);
        for (const { text, help } of inner.found.values())
          suggest(finder, {
            written: `${attr.name}=${text}`,
            text: `${attr.name}=${text}`,
            help,
            closed: true,
          });
        if (inner.found.size === 0) suggestWord(finder, `${attr.name}=`, aboutAttribute(attr), false);
      }
    return;
  }
}
