// Lines of styled words on their way to a terminal or a pipe. The one door: text is made visible here, and nowhere else.

import { type Paint, painter, type Style } from '../diagnostics/render-paint.ts';
import { shorten, visible, widthOf } from '../diagnostics/render-text.ts';
import type { Look } from './console.ts';

/** Words in one style; null for the terminal's own. The text is raw: `line` escapes it. */
export type Segment = readonly [Style | null, string];

export type Page = {
  readonly look: Look;
  /** Every element and every value at full length, however many there are. */
  readonly full: boolean;
  readonly paint: Paint;
  readonly lines: string[];
};

/** A value longer than this is shortened, unless everything is asked for. */
const LONGEST_VALUE = 120;

export function newPage(look: Look, full: boolean): Page {
  return { look, full, paint: painter(look.colour), lines: [] };
}

export function line(page: Page, ...segments: readonly Segment[]): void {
  let text = '';
  for (const [style, part] of segments)
    text += style === null ? visible(part) : page.paint(style, visible(part));
  page.lines.push(text);
}

export function pageText(page: Page): string {
  return page.lines.length === 0 ? '' : `${page.lines.join('\n')}\n`;
}

export function dots(page: Page): string {
  return page.look.unicode ? '…' : '...';
}

export function arrow(page: Page): string {
  return page.look.unicode ? '→' : '->';
}

export function shortened(page: Page, text: string): string {
  return page.full ? text : shorten(text, LONGEST_VALUE, dots(page));
}

/** Columns that the segments take. */
export function measure(segments: readonly Segment[]): number {
  let width = 0;
  for (const [, text] of segments) width += widthOf(visible(text));
  return width;
}

/** Words with one blank between two. */
export function spaced(words: readonly (readonly Segment[])[]): readonly Segment[] {
  return words.flatMap((word, index) => (index === 0 ? word : [[null, ' '] as const, ...word]));
}

/** Lines of at most `width` columns, broken between words (a segment that is one blank), never within one. */
export function wrap(segments: readonly Segment[], width: number): readonly (readonly Segment[])[] {
  const lines: Segment[][] = [];
  let current: Segment[] = [];
  let used = 0;
  let word: Segment[] = [];
  const put = (): void => {
    const size = measure(word);
    if (current.length > 0 && used + 1 + size > width) {
      lines.push(current);
      current = [];
      used = 0;
    }
    if (current.length > 0) current.push([null, ' ']);
    used += size + (current.length > 0 ? 1 : 0);
    current.push(...word);
    word = [];
  };
  for (const segment of segments) {
    if (segment[1] === ' ') put();
    else word.push(segment);
  }
  put();
  lines.push(current);
  return lines;
}

/** A text behind `lead`, broken between words on a terminal that is too narrow; what follows stands below its start. */
export function prose(page: Page, lead: Segment, text: string): void {
  const indent = measure([lead]);
  const words = text.split(' ').map((word) => [[null, word] as const]);
  const lines = page.look.terminal
    ? wrap(spaced(words), Math.max(20, page.look.width - indent))
    : [spaced(words)];
  for (const [index, words] of lines.entries())
    line(page, index === 0 ? lead : [null, ' '.repeat(indent)], ...words);
}

/** `32,500`. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}
