// What can come next in a text of the update language: the grammar says which kinds of token, this says which words.

import type { TokenType } from 'chevrotain';
import { attrSpecOf } from '../../network/table.ts';
import { syntheticToken } from '../../syntax/cut.ts';
import { keywordHelp } from '../../syntax/keyword-help.ts';
import { type Keyword, keywords } from '../../syntax/keywords.ts';
import {
  At,
  Bare,
  Dot,
  Eq,
  EqEq,
  Greater,
  GreaterEq,
  Int,
  keywordTokens as kw,
  LBrace,
  LBracket,
  Less,
  LessEq,
  LParen,
  NotEq,
  RBrace,
  RBracket,
  RParen,
  Star,
  StringLiteral,
  Word,
  XmlLiteral,
} from '../../syntax/tokens.ts';
import { type Cursor, updateRules } from './cursor.ts';
import { markHelp } from './mark-help.ts';
import { chosenFrom, parentsOf, placesNamed, suggestStep } from './paths.ts';
import {
  attributesIn,
  elementsAt,
  type Place,
  placesForElement,
  placesOfElement,
  placesOfPath,
  type Scene,
  textOfValue,
} from './places.ts';
import { type Finder, newFinder, suggest, suggestBlank, suggestValue, suggestWord } from './suggestion.ts';
import { aboutAttribute, suggestAttribute, suggestExisting, suggestKeys, suggestText } from './values.ts';
import {
  branchesOf,
  branchOf,
  type Expected,
  enclosing,
  type Frame,
  partsOf,
  type Reached,
  type Tree,
  tokensIn,
  walk,
} from './walk.ts';
import type { World } from './world.ts';

/** What the words of one cursor are looked for with. */
type Search = {
  readonly finder: Finder;
  readonly world: World;
  readonly scene: Scene;
  readonly cursor: Cursor;
};

/** The rule that a cursor's tokens are read with: `item`, or `path` in a command. */
export function reachedAt(cursor: Cursor, start: string): Reached {
  return walk(updateRules(), start, cursor.tokens);
}

/** All that can be written at the cursor and begins with what was begun. */
export function findNext(world: World, cursor: Cursor, start: string): Finder {
  const { begun } = cursor;
  const scene = sceneAt(world, cursor);
  if (begun.type === 'variable') return findVariables(world, cursor, begun.written, begun.string);
  const finder = newFinder(begun.type === 'nothing' ? '' : begun.written, begun.type === 'string');
  const touching = cursor.touching;
  // behind `host[x]` or `"x"` only marks can follow at once
  if (begun.type !== 'nothing' || touching === null || begins(cursor))
    for (const expected of keysFirst(reachedAt(cursor, start).expected))
      suggestFor({ finder, world, scene, cursor }, expected, touching === null);
  const exact = [...finder.found.values()].every(({ text }) => text === finder.begun);
  if (touching === null || begun.type === 'string' || !exact) return finder;
  const glued = findGlued({ finder, world, scene, cursor }, start, touching);
  return { ...finder, found: new Map([...finder.found, ...glued.found]), more: finder.more + glued.more };
}

/** In brackets: before what selects in other ways, the keys. */
function keysFirst(expected: readonly Expected[]): readonly Expected[] {
  const other = ({ frame }: Expected): boolean => frame.rule === 'selector';
  return [...expected.filter((one) => !other(one)), ...expected.filter(other)];
}

/** Behind `=`, `[`, `.` and the like a word follows at once. */
function begins({ tokens }: Cursor): boolean {
  const last = tokens.at(-1)?.tokenType;
  return last === undefined || opening.has(last);
}

const opening: ReadonlySet<TokenType> = new Set([
  Eq,
  EqEq,
  NotEq,
  Less,
  LessEq,
  Greater,
  GreaterEq,
  LBracket,
  LParen,
  LBrace,
  Dot,
  At,
]);

/** The document that statements at the cursor are about. */
export function sceneAt(world: World, { around }: Cursor): Scene {
  const on = around.findLast(({ header }) => header.rule === 'on');
  let { network } = world;
  if (on !== undefined) {
    const names = branchesOf(on.header, 'value').map(textOfValue);
    network = names.find((name) => name !== null && world.documents.has(name)) ?? null;
  }
  const document = network === null ? null : (world.documents.get(network) ?? null);
  return { table: world.table, document };
}

// Words and values.

function suggestFor(search: Search, expected: Expected, apart: boolean): void {
  const { terminal, frame } = expected;
  const { finder } = search;
  const keyword = keywordOf.get(terminal);
  if (keyword !== undefined) {
    suggestKeyword(search, frame, keyword);
    return;
  }
  switch (terminal) {
    case Word:
      suggestName(search, frame);
      return;
    case Bare:
      if (frame.rule === 'value') suggestValueIn(search, frame);
      return;
    case StringLiteral:
      if (frame.rule === 'string') suggestString(search, frame);
      else if (frame.rule === 'patch') suggestBlank(finder, '"XPATH"', 'an XPath that finds one node');
      return;
    case XmlLiteral:
      suggestBlank(finder, '<…/>', 'an element as XML');
      return;
    case Int:
      suggestBlank(finder, 'NUMBER', 'a whole number from 1');
      return;
    case At:
      if (apart) suggestBlank(finder, '@NAME', 'an attribute of it');
      return;
    case Star:
      suggest(finder, { written: '*', text: '*]', help: 'all of them', closed: false });
      return;
    case Eq:
      if (apart && takesText(search.scene, frame)) suggestWord(finder, '=', 'its value');
      return;
    case EqEq:
    case NotEq:
    case Less:
    case LessEq:
    case Greater:
    case GreaterEq:
    case LBrace:
    case RBrace:
    case LParen:
    case RParen: {
      const mark = marks.get(terminal) ?? '';
      const fits = terminal !== LBrace || frame.rule !== 'body' || holdsChildren(search.scene, frame);
      const opened = terminal === LParen && frame.rule !== 'test';
      if (apart && fits && !opened) suggestWord(finder, mark, markHelp.get(mark) ?? '');
      return;
    }
    default:
      return;
  }
}

const keywordOf: ReadonlyMap<TokenType, Keyword> = new Map(keywords.map((word) => [kw[word], word]));

const marks: ReadonlyMap<TokenType, string> = new Map([
  [EqEq, '=='],
  [NotEq, '!='],
  [Less, '<'],
  [LessEq, '<='],
  [Greater, '>'],
  [GreaterEq, '>='],
  [LBrace, '{'],
  [RBrace, '}'],
  [LParen, '('],
  [RParen, ')'],
]);

/** Only at the top of a script. */
const TOP: ReadonlySet<Keyword> = new Set<Keyword>(['include', 'param', 'scope', 'because', 'on']);

function suggestKeyword({ finder, cursor }: Search, frame: Frame, keyword: Keyword): void {
  const help = keywordHelp[keyword].about;
  if (TOP.has(keyword) && frame.rule === keyword && cursor.around.length > 0) return;
  switch (keyword) {
    case 'on':
      suggest(finder, { written: 'on network', text: 'on network', help, closed: true });
      return;
    case 'if':
      suggest(finder, { written: 'if exists', text: 'if exists', help, closed: true });
      return;
    case 'count':
      suggest(finder, { written: 'count', text: 'count(', help, closed: false });
      return;
    case 'csv':
    case 'json':
      suggest(finder, { written: keyword, text: `${keyword}("`, help, closed: false });
      return;
    default:
      suggestWord(finder, keyword, help);
  }
}

/** What a NAME is the name of, by the rule that it stands in. */
export const namedBy: Readonly<Record<string, (search: Search, frame: Frame) => void>> = {
  element: suggestElement,
  attr: suggestAttributeName,
  step: ({ finder, scene }, frame) => suggestStep(finder, scene, frame),
  selector: suggestSelectorName,
  unset: suggestAttributeThere,
  pathTest: suggestAttributeAsked,
  variableName: ({ finder }) => suggestBlank(finder, 'NAME', 'a name of your choice'),
};

function suggestName(search: Search, frame: Frame): void {
  namedBy[frame.rule]?.(search, frame);
}

function suggestElement({ finder, scene }: Search, frame: Frame): void {
  const statement = enclosing(frame, 'add', 'ensure', 'replace', 'remove', 'patch')?.rule;
  const around = frame.above;
  const inBody = around !== null && enclosing(around, 'body') !== null;
  suggestBlank(finder, 'ELEMENT', 'an element: its name, then `name=value` …, then children in `{ }`');
  const byName = new Map<string, Place[]>();
  for (const place of placesForElement(scene, around)) {
    if (place.spec === null || place.spec.cardinality === 'one') continue;
    const known = byName.get(place.spec.name);
    if (known === undefined) byName.set(place.spec.name, [place]);
    else known.push(place);
  }
  for (const [name, places] of byName) {
    const there = places.filter(
      ({ above, spec }) => above !== null && spec !== null && elementsAt(above, spec).length > 0,
    );
    // one of a kind that is there already cannot be added; what is not there cannot be removed
    const single = places.every(({ spec }) => spec?.cardinality !== 'many');
    if (!inBody && statement === 'add' && single && there.length === places.length) continue;
    if (!inBody && statement === 'remove' && there.length === 0) continue;
    const [first] = places;
    if (first?.spec == null) continue;
    const { spec } = first;
    const docs = [...new Set(places.flatMap((place) => place.spec?.doc ?? []))];
    suggest(finder, {
      written: name,
      text: spec.text === null ? name : `${name}=`,
      help: docs.join('; or: '),
      closed: spec.text === null,
    });
  }
}

/** The elements whose attributes are being written, and which of them are there already. */
function ownerOf(
  scene: Scene,
  frame: Frame,
): { readonly places: readonly Place[]; readonly given: readonly string[] } {
  const list = enclosing(frame, 'attrs');
  const owner = list === null ? null : list.above;
  if (list === null || owner === null) return { places: [], given: [] };
  const given = attributesIn(list);
  switch (owner.rule) {
    case 'element':
      return { places: placesOfElement(scene, owner, owner.above, list), given };
    case 'set': {
      const path = branchOf(owner, 'path');
      return { places: path === null ? [] : placesOfPath(scene, path), given };
    }
    default:
      return { places: [], given };
  }
}

function suggestAttributeName({ finder, scene }: Search, frame: Frame): void {
  const { places, given } = ownerOf(scene, frame);
  suggestBlank(finder, 'NAME=VALUE', 'an attribute');
  for (const wanted of ['needed', 'ordinary', 'restating'] as const)
    for (const { spec } of places)
      for (const attr of spec?.attrs ?? []) {
        const sort = attr.restates !== null ? 'restating' : attr.required ? 'needed' : 'ordinary';
        if (sort !== wanted || given.includes(attr.name)) continue;
        // what only says something again is for those who ask for it
        if (sort === 'restating' && finder.begun === '') continue;
        suggestWord(finder, `${attr.name}=`, aboutAttribute(attr), false);
      }
}

function suggestSelectorName({ finder, scene }: Search, frame: Frame): void {
  if (finder.quoted) return;
  const given = attributesIn(frame);
  for (const { spec } of chosenFrom(scene, frame))
    for (const attr of spec.attrs)
      if (attr.restates === null && !given.includes(attr.name))
        suggestWord(finder, `${attr.name}=`, `by: ${attr.doc}`, false);
}

function suggestAttributeThere({ finder, scene }: Search, frame: Frame): void {
  const path = branchOf(frame, 'path');
  const given = attributesIn(frame);
  for (const { spec, element } of path === null ? [] : placesOfPath(scene, path))
    for (const { name, value, ns } of element?.attrs ?? []) {
      const attr = spec === null ? null : attrSpecOf(spec, name);
      if (ns === '' && attr?.required !== true && !given.includes(name))
        suggestWord(finder, name, attr === null ? value : `${attr.doc}: now ${value}`);
    }
}

function suggestAttributeAsked({ finder, scene }: Search, frame: Frame): void {
  const path = branchOf(frame, 'path');
  for (const { spec } of path === null ? [] : placesOfPath(scene, path))
    for (const attr of spec?.attrs ?? []) suggestWord(finder, attr.name, attr.doc);
}

/** What a value is the value of, by the rule around it. */
export const valuedBy: Readonly<Record<string, (search: Search, frame: Frame) => void>> = {
  attr: suggestAttributeValue,
  set: ({ finder, world, scene }, frame) => {
    for (const place of textPlaces(scene, frame)) suggestText(finder, world, place);
  },
  element: ({ finder, world, scene }, frame) => {
    for (const place of placesOfElement(scene, frame, frame.above)) suggestText(finder, world, place);
  },
  selector: suggestSelected,
  pathTest: suggestCompared,
  on: ({ finder, world }) => {
    for (const name of world.networks) suggestValue(finder, name, 'network');
  },
  countTest: ({ finder }) => suggestBlank(finder, 'NUMBER', 'a whole number'),
  let: ({ finder }) => suggestBlank(finder, 'VALUE', 'a word, or a text in double quotes'),
  param: ({ finder }) => suggestBlank(finder, 'VALUE', 'its value where none is given'),
};

function suggestValueIn(search: Search, frame: Frame): void {
  const { above } = frame;
  if (above === null) return;
  valuedBy[above.rule]?.(search, above);
  const { finder, world, cursor } = search;
  if (finder.quoted || finder.begun !== '') return;
  const close = above.rule === 'selector' && !isOpenSelector(above) ? ']' : '';
  for (const { name, about, row } of variablesAt(world, cursor))
    suggest(finder, {
      written: `$${name}`,
      text: `$${name}${row ? '.' : close}`,
      help: about,
      closed: false,
    });
}

function isOpenSelector(frame: Frame): boolean {
  return attributesIn(frame).length > 0;
}

/** Where `=` stands by itself: before a text, and behind a name that is given a value. */
function takesText(scene: Scene, frame: Frame): boolean {
  switch (frame.rule) {
    case 'set':
      return textPlaces(scene, frame).length > 0;
    case 'element':
      return placesOfElement(scene, frame, frame.above).some(({ spec }) => spec?.text != null);
    case 'attr':
    case 'selector':
      return false;
    default:
      return true;
  }
}

function textPlaces(scene: Scene, frame: Frame): readonly Place[] {
  const path = branchOf(frame, 'path');
  return path === null ? [] : placesOfPath(scene, path).filter(({ spec }) => spec?.text != null);
}

function suggestAttributeValue({ finder, world, scene }: Search, frame: Frame): void {
  const name = tokensIn(frame)[0]?.image ?? '';
  const { places } = ownerOf(scene, frame);
  const statement = enclosing(frame, 'add', 'ensure', 'replace', 'remove', 'set', 'patch')?.rule;
  const fitting = places.filter(({ spec }) => spec === null || attrSpecOf(spec, name) !== null);
  if (statement === 'remove') {
    for (const { spec } of fitting)
      if (spec !== null) suggestExisting(finder, parentsOf(placesNamed(scene, spec.name)), spec, name);
    return;
  }
  suggestAttribute(finder, world, fitting, name);
}

function suggestSelected({ finder, scene }: Search, frame: Frame): void {
  const named = attributesIn(frame).at(-1);
  suggestBlank(finder, 'KEY', 'what names one of them; or `name=value`, `#2`, `*`');
  for (const { above, spec } of chosenFrom(scene, frame)) {
    if (named === undefined) suggestKeys(finder, above, spec);
    else suggestExisting(finder, [above], spec, named);
  }
}

function suggestCompared({ finder, world, scene }: Search, frame: Frame): void {
  const path = branchOf(frame, 'path');
  const parts = partsOf(frame);
  const at = parts.findIndex((part) => part.type === 'token' && part.token.tokenType === At);
  const name = parts[at + 1];
  if (path === null || name?.type !== 'token') return;
  suggestAttribute(finder, world, placesOfPath(scene, path), name.token.image);
}

function suggestString({ finder, world }: Search, frame: Frame): void {
  switch (frame.above?.rule) {
    case 'include':
    case 'for': {
      for (const file of world.files(finder.begun))
        suggest(finder, {
          written: file,
          text: file.endsWith('/') ? `"${file}` : JSON.stringify(file),
          help: file.endsWith('/') ? 'folder' : 'file',
          closed: !file.endsWith('/'),
        });
      suggestBlank(finder, '"FILE"', 'a file, named from the folder that you are in');
      return;
    }
    case 'namespace':
      suggestBlank(finder, '"URI"', 'what the prefix stands for');
      return;
    default:
      suggestBlank(finder, '"TEXT"', 'a text in double quotes');
  }
}

function holdsChildren(scene: Scene, frame: Frame): boolean {
  const element = enclosing(frame, 'element');
  return (
    element === null ||
    placesOfElement(scene, element, element.above).some(
      ({ spec }) => spec === null || spec.children.length > 0,
    )
  );
}

// Variables.

type Named = { readonly name: string; readonly about: string; readonly row: boolean };

function variablesAt(world: World, { around, bound }: Cursor): readonly Named[] {
  const own = [...bound, ...around.flatMap((block) => block.bound)].flatMap((tree): Named[] => {
    const name = nameBoundBy(tree);
    const value = branchOf(tree, 'value');
    const text = value === null ? null : textOfValue(value);
    return name === null ? [] : [{ name, about: text ?? tree.rule, row: false }];
  });
  const rows = around.flatMap(({ header }): Named[] => {
    const name = header.rule === 'for' ? nameBoundBy(header) : null;
    return name === null ? [] : [{ name, about: 'the row', row: true }];
  });
  return [...rows, ...own, ...world.variables.map((one) => ({ ...one, row: false }))];
}

function nameBoundBy(tree: Tree): string | null {
  const name = branchOf(tree, 'variableName');
  return name === null ? null : (tokensIn(name)[0]?.image ?? null);
}

function findVariables(world: World, cursor: Cursor, written: string, inString: boolean): Finder {
  const finder = newFinder(written, false);
  for (const { name, about, row } of variablesAt(world, cursor)) {
    const text = `$${inString ? '{' : ''}${name}${row ? '.' : inString ? '}' : ''}`;
    suggest(finder, { written: `$${name}${row ? '.' : ''}`, text, help: about, closed: false });
  }
  return finder;
}

// What can follow at once, without a blank.

function findGlued(search: Search, start: string, touching: Cursor['tokens']): Finder {
  const { cursor, world, scene } = search;
  const before = cursor.begun.type === 'word' ? cursor.begun.written : '';
  const all = newFinder('', false);
  const { expected } = walk(updateRules(), start, touching);
  const possible = new Set(expected.map(({ terminal }) => terminal));
  const take = (text: string, help: string, closed: boolean): void =>
    suggest(all, { written: before + text, text: before + text, help, closed });
  for (const [mark, image] of gluing) {
    if (!possible.has(mark)) continue;
    const tokens = [...touching, syntheticToken(mark, image)];
    const finder = newFinder('', false);
    for (const next of keysFirst(walk(updateRules(), start, tokens).expected))
      if (mark !== LBracket || chosenFrom(scene, next.frame).some(({ spec }) => spec.cardinality === 'many'))
        suggestFor({ finder, world, scene, cursor }, next, false);
    for (const { text, help, closed } of finder.found.values()) take(image + text, help, closed);
    all.more += finder.more;
  }
  if (cursor.begun.type === 'nothing' && !possible.has(RBracket)) {
    const finder = newFinder('', false);
    for (const next of expected) suggestFor({ finder, world, scene, cursor }, next, true);
    for (const { label, help } of finder.blanks.values()) suggestBlank(search.finder, label, help);
    const words = all.found.size > 0 ? [] : finder.found.values();
    for (const { text, help, closed } of words) take(` ${text}`, help, closed);
  }
  if (possible.has(RBracket)) take(']', 'end of the key', false);
  if (possible.has(RParen)) take(')', markHelp.get(')') ?? '', true);
  return all;
}

/** The dot only where the step has children, the bracket only where there are elements to choose from: else there are no words for it. */
const gluing: readonly (readonly [TokenType, string])[] = [
  [Dot, '.'],
  [At, '@'],
  [LBracket, '['],
];
