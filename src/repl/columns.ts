// Text laid out for the width of a terminal: broken at blanks, in one column or in two.

import { visible, widthOf } from '../diagnostics/render-text.ts';

/** The text in lines of at most `width` columns, each behind `indent` blanks. A longer word is not broken. */
export function wrapped(text: string, width: number, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) + indent > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((one) => `${' '.repeat(indent)}${one}\n`).join('');
}

export type Row = { readonly name: string; readonly about: string };

/** What is named on the left, what is said about it on the right; below it where the name leaves no room. */
export function columns(rows: readonly Row[], width: number, indent: number): string {
  const most = Math.max(16, Math.floor(width * 0.45));
  const fitting = rows.map(({ name }) => widthOf(name)).filter((one) => one <= most);
  const at = indent + Math.max(0, ...fitting) + 2;
  let text = '';
  for (const { name, about } of rows) {
    const below = wrapped(about, width, at);
    const room = at - indent - widthOf(name);
    text += `${' '.repeat(indent)}${name}`;
    text += room >= 2 ? `${' '.repeat(room)}${below.trimStart()}` : `\n${below}`;
  }
  return text;
}
