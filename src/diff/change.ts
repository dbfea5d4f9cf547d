// A semantic change: what a script, an edit or a foreign hand did to a network, as libvirt means it.
// The exact rules are numbered in docs/changes.md; rule numbers in comments refer to them.

import type { Leaf, Step } from '../network/path.ts';
import type { Scope } from '../network/scope.ts';
import type { ElementSpec } from '../network/spec.ts';
import type { Span } from '../source/source.ts';
import type { XmlElement } from '../xml/document.ts';

/**
 * One element in both documents. The chain of parents gives path and anchors without searching.
 * `base` is null for what was added, `result` for what was removed.
 */
export type Pair = {
  readonly parent: Pair | null;
  /** Null for an unknown element, and for a child of `metadata`. */
  readonly spec: ElementSpec | null;
  /** Null for the root. */
  readonly step: Step | null;
  readonly base: XmlElement | null;
  readonly result: XmlElement | null;
};

export type Operation = 'add' | 'remove' | 'modify' | 'move';
export type { Scope };
export type ChangeKind = 'element' | 'attribute' | 'text' | 'opaque' | 'unknown';

/** A value as libvirt means it, and as it was written; `written: null` when it comes from a default. */
export type ChangeValue = { readonly value: string; readonly written: string | null };

export type Change = {
  readonly op: Operation;
  readonly kind: ChangeKind;
  readonly scope: Scope;
  readonly pair: Pair;
  readonly leaf: Leaf;
  /** Attribute and text: the values. Unknown and opaque: the element's text as it stands. Element: null. */
  readonly before: ChangeValue | null;
  readonly after: ChangeValue | null;
  /** For `add` and `move` of an element that stands among others of its name: where; else null. Recorded, not decided. */
  readonly position: Placement | null;
  /** What caused it, innermost last: include lines, the data row, the statement. Empty for a plain comparison of two files. */
  readonly cause: readonly Span[];
};

/** Behind which sibling of its name an element stands in the result; null for the first. */
export type Placement = {
  readonly after: Step | null;
  /** The same sibling as an object: of the base when it was there already, else of the result. */
  readonly sibling: XmlElement | null;
};

/** The path of a change's element, from the root down; empty for the root. */
export function stepsOf(pair: Pair): readonly Step[] {
  const steps: Step[] = [];
  for (let at: Pair | null = pair; at !== null && at.step !== null; at = at.parent) steps.push(at.step);
  return steps.reverse();
}
