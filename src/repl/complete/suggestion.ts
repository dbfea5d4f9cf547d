// What is found for the cursor while it is being looked for: of a great many, a few and how many more there are.

import { isBare, isBareKey } from '../../syntax/characters.ts';
import { makeValue } from '../../syntax/make.ts';
import { valueText } from '../../syntax/print.ts';

export type Suggestion = {
  /** What it is compared with what was typed by, quotes gone. */
  readonly written: string;
  readonly text: string;
  readonly help: string;
  readonly closed: boolean;
};

/** Something that nobody can list: an address, a name. For `?`. */
export type Blank = { readonly label: string; readonly help: string };

/** More than anybody reads. */
export const MOST = 60;

export type Finder = {
  /** What every suggestion begins with. */
  readonly begun: string;
  /** Whether a string was opened, so that values stand in quotes. */
  readonly quoted: boolean;
  readonly found: Map<string, Suggestion>;
  readonly blanks: Map<string, Blank>;
  more: number;
};

export function newFinder(begun: string, quoted: boolean): Finder {
  return { begun, quoted, found: new Map(), blanks: new Map(), more: 0 };
}

export function suggest(finder: Finder, suggestion: Suggestion): void {
  if (!suggestion.written.startsWith(finder.begun) || finder.found.has(suggestion.text)) return;
  if (finder.found.size < MOST) finder.found.set(suggestion.text, suggestion);
  else finder.more++;
}

/** A word of the language; none of them can be in quotes. */
export function suggestWord(finder: Finder, word: string, help: string, closed = true): void {
  if (!finder.quoted) suggest(finder, { written: word, text: word, help, closed });
}

export function suggestValue(finder: Finder, value: string, help: string): void {
  if (isBeyond(finder, value)) return;
  const text = finder.quoted || !isBare(value) ? inQuotes(value) : value;
  suggest(finder, { written: value, text, help, closed: true });
}

/** With the bracket behind it. */
export function suggestKey(finder: Finder, key: string, help: string): void {
  if (isBeyond(finder, key)) return;
  const text = finder.quoted || !isBareKey(key) ? inQuotes(key) : key;
  suggest(finder, { written: key, text: `${text}]`, help, closed: false });
}

/** Whether there is nothing to do but count: of 65,000 values nearly all are. */
function isBeyond(finder: Finder, value: string): boolean {
  if (!value.startsWith(finder.begun)) return true;
  if (finder.found.size < MOST) return false;
  finder.more++;
  return true;
}

function inQuotes(text: string): string {
  return valueText({ ...makeValue(text), form: 'string' });
}

export function suggestBlank(finder: Finder, label: string, help: string): void {
  if (!finder.blanks.has(label)) finder.blanks.set(label, { label, help });
}
