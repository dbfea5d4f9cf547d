// Changes for people, element by element: a new subtree as a tree, equal verdicts said once, and many alike as a count.

import { type Operation, type Pair, stepsOf } from '../diff/change.ts';
import { pathText } from '../network/path.ts';
import { type Body, bodyOf, SYMBOL } from './change-words.ts';
import { count, dots, line, measure, type Page, type Segment, wrap } from './page.ts';
import { type Block, heapsOf } from './plan-blocks.ts';

/** Prints what was decided about some blocks below them: they fared alike, or at least like the first. */
export type RenderVerdict = (page: Page, blocks: readonly Block[]) => void;

/** Above this many elements changes are folded into counts. */
const FOLD_ABOVE = 50;
/** Of a heap of denied elements this many are shown one by one; a smaller heap of others is never folded. */
const SHOWN_OF_HEAP = 5;
/** Heaps of denied elements that are spelled out. */
const SHOWN_HEAPS = 20;

/** What is denied comes first. */
export function renderChanges(page: Page, blocks: readonly Block[], verdict: RenderVerdict): void {
  const denied = blocks.filter((block) => block.denied);
  const others = blocks.filter((block) => !block.denied);
  if (page.full || blocks.length <= FOLD_ABOVE) {
    renderRuns(page, [...denied, ...others], verdict);
  } else {
    renderDeniedHeaps(page, denied, verdict);
    if (denied.length > 0 && others.length > 0) line(page);
    renderHeaps(page, others, verdict);
  }
}

function renderDeniedHeaps(page: Page, blocks: readonly Block[], verdict: RenderVerdict): void {
  const heaps = heapsOf(blocks);
  const more = (what: string): void =>
    line(page, ['bold-red', `  ${dots(page)} and ${what}`], ['dim', ' (--full shows them)']);
  for (const [index, heap] of heaps.slice(0, SHOWN_HEAPS).entries()) {
    if (index > 0) line(page);
    renderTrees(page, heap.blocks.slice(0, SHOWN_OF_HEAP));
    const rest = heap.blocks.length - SHOWN_OF_HEAP;
    if (rest > 0) more(`${count(rest)} more ${heap.path}, denied alike`);
    verdict(page, heap.blocks);
  }
  const rest = heaps.slice(SHOWN_HEAPS).reduce((sum, heap) => sum + heap.blocks.length, 0);
  if (rest > 0) more(`${count(rest)} more elements denied`);
}

function renderHeaps(page: Page, blocks: readonly Block[], verdict: RenderVerdict): void {
  for (const [index, heap] of heapsOf(blocks).entries()) {
    if (index > 0) line(page);
    const first = heap.blocks[0]!; // a heap has at least one
    if (heap.blocks.length <= SHOWN_OF_HEAP) {
      renderRuns(page, heap.blocks, verdict);
      continue;
    }
    const [symbol, style] = SYMBOL[heap.op];
    line(
      page,
      [style, `  ${symbol} `],
      ['bold', `${count(heap.blocks.length)} ${page.look.unicode ? '×' : 'x'} ${heap.path}`],
    );
    const { tail, below, cause } = bodyOf(page, first);
    const words = [tail, ...below]
      .filter((part) => part.length > 0)
      .flatMap((part) => [[null, '  '] as const, ...part]);
    line(
      page,
      ['dim', '      such as '],
      [null, pathText(stepsOf(first.pair).slice(-1))],
      ...words,
      ...cause,
    );
    verdict(page, heap.blocks);
  }
}

/** Blocks one after another; neighbours that fared alike share one verdict below them. */
function renderRuns(page: Page, blocks: readonly Block[], verdict: RenderVerdict): void {
  for (let start = 0; start < blocks.length; ) {
    const { decision } = blocks[start]!; // start < length
    let end = start + 1;
    while (decision !== null && blocks[end]?.decision === decision) end++;
    const run = blocks.slice(start, end);
    if (start > 0) line(page);
    renderTrees(page, run);
    verdict(page, run);
    start = end;
  }
}

type Row = Body & { readonly head: readonly Segment[] };

/** What comes and goes with the element above it is drawn below it, by its last step alone. */
function renderTrees(page: Page, run: readonly Block[]): void {
  let open: { readonly pair: Pair; readonly op: Operation }[] = [];
  const rows = run.map((block): Row => {
    const depth =
      open.findLastIndex((above) => above.pair === block.pair.parent && above.op === block.op) + 1;
    open = [...open.slice(0, depth), { pair: block.pair, op: block.op }];
    const steps = stepsOf(block.pair);
    const [symbol, style] = SYMBOL[block.op];
    const path = pathText(depth > 0 ? steps.slice(-1) : steps);
    const head: readonly Segment[] = [
      [style, `  ${symbol} `],
      [null, '  '.repeat(depth)],
      ['bold', path],
    ];
    return { head, ...bodyOf(page, block) };
  });
  layOut(page, rows);
}

/** Attributes behind the path where they fit, else below it; causes in a column of their own. */
function layOut(page: Page, rows: readonly Row[]): void {
  const width = page.look.terminal ? page.look.width : Number.POSITIVE_INFINITY;
  const placed = rows.map((row) => {
    const whole: readonly Segment[] =
      row.tail.length === 0 ? row.head : [...row.head, [null, '  '], ...row.tail];
    const fits = measure(whole) + measure(row.cause) <= width;
    const first = fits ? whole : row.head;
    return { row, fits, first, columns: measure(first) };
  });
  const limit = Math.min(width - Math.max(0, ...rows.map((row) => measure(row.cause))), 120);
  const column = placed.reduce(
    (widest, { columns }) => (columns > limit ? widest : Math.max(widest, columns)),
    0,
  );
  for (const { row, fits, first, columns } of placed) {
    const gap = row.cause.length === 0 ? 0 : Math.max(0, column - columns);
    line(page, ...first, [null, ' '.repeat(gap)], ...row.cause);
    if (!fits) for (const words of wrap(row.tail, width - 6)) line(page, [null, '      '], ...words);
    for (const words of row.below) line(page, [null, '      '], ...words);
  }
}
