// What happened to one element, in words for a line: its attributes, old and new values, and the line that asked for it.

import type { Style } from '../diagnostics/render-paint.ts';
import { visible } from '../diagnostics/render-text.ts';
import type { Change, ChangeValue, Operation } from '../diff/change.ts';
import { stepText } from '../network/path.ts';
import { positionAt, type Span } from '../source/source.ts';
import { arrow, type Page, type Segment, shortened, spaced } from './page.ts';
import type { Block } from './plan-blocks.ts';

export const SYMBOL: Readonly<Record<Operation, readonly [string, Style]>> = {
  add: ['+', 'green'],
  modify: ['~', 'yellow'],
  remove: ['-', 'red'],
  move: ['>', 'cyan'],
};

/** `tail` stands behind the path on its line, `below` on lines of its own, `cause` at the end of the first line. */
export type Body = {
  readonly tail: readonly Segment[];
  readonly below: readonly (readonly Segment[])[];
  readonly cause: readonly Segment[];
};

export function bodyOf(page: Page, block: Block): Body {
  const changes = block.parts.map((part) => part.change);
  switch (block.op) {
    case 'add':
    case 'remove':
      return {
        tail: spaced(changes.flatMap((change) => nounOf(page, change))),
        below: [],
        cause: causeOf(changes),
      };
    case 'move':
      return {
        tail: spaced(changes.map((change) => [[null, placeOf(change)]])),
        below: [],
        cause: causeOf(changes),
      };
    case 'modify': {
      const [first, ...rest] = changes;
      if (first !== undefined && rest.length === 0) {
        return { tail: modification(page, first), below: [], cause: causeOf(changes) };
      }
      const together = causeOf(changes);
      const alike = changes.every((change) => causeOf([change])[0]?.[1] === together[0]?.[1]);
      const below = changes.map((change) => [
        ...modification(page, change),
        ...(alike ? [] : causeOf([change])),
      ]);
      return { tail: [], below, cause: alike ? together : [] };
    }
  }
}

/** `mac=52:54:…`; a default in brackets, dim; an unknown element as its text. */
function nounOf(page: Page, change: Change): readonly (readonly Segment[])[] {
  const value = change.op === 'remove' ? change.before : change.after;
  if (value === null) return [];
  if (change.leaf.type === 'element')
    return [[[null, shortened(page, squeeze(value.value))]], ...kindOf(change)];
  const text = `${leafName(change)}=${quoted(shortened(page, value.value))}`;
  return [value.written === null ? [['dim', `(${text})`]] : [[null, text]], ...kindOf(change)];
}

/** `stp: on (default) → off`. */
function modification(page: Page, change: Change): readonly Segment[] {
  const name: readonly Segment[] = change.leaf.type === 'element' ? [] : [[null, `${leafName(change)}: `]];
  const between: Segment = ['dim', ` ${arrow(page)} `];
  const kind = kindOf(change).flatMap((word) => [[null, ' '] as const, ...word]);
  return [
    ...name,
    ...side(page, change.before, 'red'),
    between,
    ...side(page, change.after, 'green'),
    ...kind,
  ];
}

function side(page: Page, value: ChangeValue | null, style: Style): readonly Segment[] {
  if (value === null) return [['dim', '(absent)']];
  const shown: Segment = [style, quoted(shortened(page, value.value))];
  return value.written === null ? [shown, ['dim', ' (default)']] : [shown];
}

/** The attribute's name, `text()`, or nothing for the element itself. */
export function leafName({ leaf }: Change): string {
  switch (leaf.type) {
    case 'element':
      return '';
    case 'attribute':
      return leaf.name;
    case 'text':
      return 'text()';
  }
}

function kindOf({ kind }: Change): readonly (readonly Segment[])[] {
  switch (kind) {
    case 'element':
    case 'attribute':
    case 'text':
      return [];
    case 'opaque':
      return [[['magenta', '(foreign content)']]];
    case 'unknown':
      return [[['magenta', '(not in the element table)']]];
  }
}

function placeOf(change: Change): string {
  const after = change.position?.after ?? null;
  return after === null ? 'now first' : `now behind ${stepText(after)}`;
}

/**
 * Quoted when it is not one plain word, so that nobody takes one value for two, or a part of the line for a value.
 * Control characters get their form at the door to the terminal.
 */
export function quoted(value: string): string {
  const plain = value !== '' && !/[\s"'(),;\u2192]/.test(value) && visible(value) === value;
  return plain ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

export function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The causes that are more than these are not named. */
const NAMED_CAUSES = 3;

/** `  # script.sluice:3`, with the data row or the include line that led there behind it; empty without a cause. */
function causeOf(changes: readonly Change[]): readonly Segment[] {
  const places = new Set<string>();
  for (const { cause } of changes) {
    const last = cause[cause.length - 1];
    if (last === undefined) continue;
    const before = cause[cause.length - 2];
    places.add(
      before === undefined || before.source === last.source
        ? lineOf(last)
        : `${lineOf(last)}, ${lineOf(before)}`,
    );
    if (places.size === NAMED_CAUSES) break;
  }
  return places.size === 0 ? [] : [['dim', `  # ${[...places].join('; ')}`]];
}

function lineOf(at: Span): string {
  return `${at.source.name}:${positionAt(at.source, at.start).line}`;
}
