// What a text looks like on a terminal: which characters must be shown by their number, and how many columns the rest take.
//
// Texts come from scripts, data files, networks and policies that somebody else wrote. Whatever could move the cursor,
// recolour or reorder the line is shown as `\u{…}`, the form in which the update language writes it.

import { once } from '../std/once.ts';

/** Control and format characters (bidi overrides, zero-width, tags), line separators, halves of surrogate pairs. */
const hostile = once(() => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
const everyHostile = once(() => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu);
const combining = once(() => /[\p{Mn}\p{Me}]/u);
const emoji = once(() => /(?![\u{1f1e6}-\u{1f1ff}])\p{Emoji_Presentation}/u);

/** East Asian Wide and Fullwidth (UAX #11), without what emoji() finds: first and last code point of each range. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4c6],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18aff],
  [0x1aff0, 0x1b2fb],
  [0x1f200, 0x1f265],
  [0x20000, 0x2fffd],
  [0x30000, 0x3fffd],
];

const PRINTABLE_ASCII = /^[ -~]*$/;

function escaped(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\t':
      return '\\t';
    case '\r':
      return '\\r';
    default:
      return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  }
}

/** The text on one line, with everything hostile shown by its number. */
export function visible(text: string): string {
  return PRINTABLE_ASCII.test(text) ? text : text.replace(everyHostile(), escaped);
}

/** How `visible` shows one character. */
function visibleCharacter(character: string): string {
  return hostile().test(character) ? escaped(character) : character;
}

/** Columns that one character takes, a hostile one not among them: 0 combining, 2 East Asian wide, else 1. */
function widthOfCharacter(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (combining().test(character)) return 0;
  if (code >= 0x1100 && WIDE.some(([first, last]) => code >= first && code <= last)) return 2;
  return emoji().test(character) ? 2 : 1;
}

/** Columns that a text without hostile characters takes. */
export function widthOf(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** The text, or its first columns and a mark when it takes more than `width`. */
export function shorten(text: string, width: number, mark: string): string {
  if (text.length <= width && widthOf(text) <= width) return text;
  let kept = '';
  let used = widthOf(mark);
  for (const character of text) {
    used += widthOfCharacter(character);
    if (used > width) return kept + mark;
    kept += character;
  }
  return kept;
}

/** A stretch of one line as it is shown, and where in it the marked part stands. */
export type Excerpt = {
  readonly text: string;
  /** Columns before the marked part. */
  readonly indent: number;
  /** Columns of the marked part; at least 1. */
  readonly length: number;
};

type Cell = {
  readonly shown: string;
  readonly offset: number;
  readonly column: number;
  readonly width: number;
};

const TAB = 4;

/**
 * The part of `line` around its characters `start` to `end` (UTF-16 offsets; `end` may lie behind the line) that fits
 * into `width` columns: tabs expanded, hostile characters shown by number, `mark` where something was left out.
 * Looks at no more of the line than it could show, so a line of megabytes costs as little as a short one.
 */
export function excerpt(line: string, start: number, end: number, width: number, mark: string): Excerpt {
  const from = Math.max(0, Math.min(start, line.length));
  const to = Math.max(from, Math.min(end, line.length));
  // a character takes at least… nothing, when it combines: four times the width is plenty for every honest text
  let low = Math.max(0, from - width * 4);
  let high = Math.min(line.length, from + width * 4);
  if (isLowSurrogate(line, low)) low--;
  if (isLowSurrogate(line, high)) high++;
  const cells = layOut(line, low, high);
  const last = cells[cells.length - 1];
  const total = last === undefined ? 0 : last.column + last.width;
  const first = cells.find((cell) => cell.offset >= from)?.column ?? total;
  const behind = cells.find((cell) => cell.offset >= to)?.column ?? total;
  const cutBefore = low > 0;
  const cutBehind = high < line.length;
  if (!cutBefore && !cutBehind && total <= width) {
    return {
      text: cells.map((cell) => cell.shown).join(''),
      indent: first,
      length: Math.max(1, behind - first),
    };
  }
  const room = Math.max(8, width - 2 * widthOf(mark));
  const marked = Math.min(behind - first, room);
  let left = Math.max(0, first - Math.floor((room - marked) / 2));
  if (!cutBehind && left + room > total) left = Math.max(0, total - room);
  const shown = cells.filter((cell) => cell.column >= left && cell.column + cell.width <= left + room);
  const leftMark = cutBefore || left > 0 ? mark : '';
  const begin = shown[0]?.column ?? left;
  const finish =
    shown.length === 0 ? begin : shown[shown.length - 1]!.column + shown[shown.length - 1]!.width; // not empty
  const rightMark = cutBehind || finish < total ? mark : '';
  const indent = widthOf(leftMark) + Math.max(0, first - begin);
  return {
    text: leftMark + shown.map((cell) => cell.shown).join('') + rightMark,
    indent,
    length: Math.max(1, Math.min(behind, finish) - first),
  };
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return at > 0 && at < text.length && unit >= 0xdc00 && unit <= 0xdfff;
}

function layOut(line: string, low: number, high: number): Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  let offset = low;
  for (const character of line.slice(low, high)) {
    let shown: string;
    if (character === '\t') shown = ' '.repeat(TAB - (column % TAB));
    else if (character === '\ufeff' && offset === 0)
      shown = ''; // a byte order mark is no column of anybody's editor
    else shown = visibleCharacter(character);
    const width = shown.length > 1 ? widthOf(shown) : shown === '' ? 0 : widthOfCharacter(shown);
    cells.push({ shown, offset, column, width });
    column += width;
    offset += character.length;
  }
  return cells;
}
