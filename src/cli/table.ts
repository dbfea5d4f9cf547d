// Rows of words in columns, for lists that people read: as wide as their widest word, and nothing cut.

import type { Style } from '../diagnostics/render-paint.ts';
import { visible, widthOf } from '../diagnostics/render-text.ts';
import { line, type Page } from './page.ts';

export type Cell = readonly [Style | null, string];

/** A heading, and rows of as many cells. */
export function table(page: Page, heading: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const all: readonly (readonly Cell[])[] = [heading.map((text): Cell => ['dim', text]), ...rows];
  const widths = heading.map((_, column) =>
    Math.max(...all.map((row) => widthOf(visible(row[column]?.[1] ?? '')))),
  );
  for (const row of all) {
    line(
      page,
      ...row.map(([style, text], column): Cell => {
        const last = column === row.length - 1;
        return [style, last ? text : text + ' '.repeat((widths[column] ?? 0) - widthOf(visible(text)) + 2)];
      }),
    );
  }
}
