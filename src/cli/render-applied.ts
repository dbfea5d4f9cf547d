// What was written, for people: the difference in each file, line by line, and the number of the revision.

import { structuredPatch } from 'diff';
import type { Revision } from '../apply/target.ts';
import type { Style } from '../diagnostics/render-paint.ts';
import type { Plan } from '../plan/plan.ts';
import type { Look } from './console.ts';
import { count, line, newPage, type Page, pageText } from './page.ts';

/** Beyond so many edits, or so many milliseconds, a line by line comparison says less than the plan did. */
const MOST_EDITS = 2000;
const LONGEST_SEARCH = 500;

export function renderApplied(plan: Plan, revision: Revision, look: Look): string {
  const page = newPage(look, true);
  renderDifferences(page, plan);
  line(
    page,
    ['green', `${look.unicode ? '✓ ' : ''}Applied`],
    [null, `: revision ${count(revision.number)}, ${revision.networks.join(', ')}`],
  );
  return pageText(page);
}

/** The lines of the documents that a plan changes. */
export function renderLines(plan: Plan, look: Look): string {
  const page = newPage(look, true);
  renderDifferences(page, plan);
  return pageText(page);
}

function renderDifferences(page: Page, plan: Plan): void {
  for (const { network, scope, baseText, resultText } of plan.documents) {
    if (baseText === resultText) continue;
    const name = `${network}.xml${scope === 'live' ? ' (live)' : ''}`;
    renderDifference(page, name, baseText, resultText);
  }
}

function renderDifference(page: Page, name: string, before: string | null, after: string | null): void {
  const patch = structuredPatch(
    before === null ? '/dev/null' : name,
    after === null ? '/dev/null' : name,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 3, maxEditLength: MOST_EDITS, timeout: LONGEST_SEARCH },
  );
  if (patch === undefined) {
    line(page, ['dim', `${name}: too many lines differ to show them here`]);
  } else {
    line(page, ['bold', `--- ${patch.oldFileName}`]);
    line(page, ['bold', `+++ ${patch.newFileName}`]);
    for (const hunk of patch.hunks) {
      line(page, ['cyan', `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`]);
      for (const text of hunk.lines) rawLine(page, STYLES[text.charAt(0)] ?? null, text);
    }
  }
  line(page);
}

const STYLES: Readonly<Record<string, Style>> = { '+': 'green', '-': 'red', '\\': 'dim' };

/** A line of a file: its tabs are layout, so they stay. */
function rawLine(page: Page, style: Style | null, text: string): void {
  const cells = newPage(page.look, true);
  for (const cell of text.replace(/\r$/, '').split('\t')) line(cells, [style, cell]);
  page.lines.push(cells.lines.join('\t'));
}
