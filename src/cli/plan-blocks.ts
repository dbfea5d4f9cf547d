// The changes of a plan as people see them: one block for each element and operation, with its attributes in it.

import { type Change, type Operation, type Pair, stepsOf } from '../diff/change.ts';
import { pathText, stepText } from '../network/path.ts';
import { decisionOf, roughDecisionOf } from '../policy/decision.ts';
import type { Verdict } from '../policy/verdict.ts';

/** `verdict` is null where nobody was asked: in a plain comparison of two documents. */
export type Part = { readonly change: Change; readonly verdict: Verdict | null };

export type Block = {
  readonly op: Operation;
  readonly pair: Pair;
  /** In the order of the plan. */
  readonly parts: readonly Part[];
  /** What was decided about all of it (`decisionOf`), or null when its parts fared differently. */
  readonly decision: string | null;
  readonly denied: boolean;
};

/**
 * One block per element and operation, in the order of the changes; those of one element stand next to each other, as
 * `diff` lists them. `verdicts` in the order of `changes`. Linear.
 */
export function blocksOf(changes: readonly Change[], verdicts: readonly Verdict[] | null): readonly Block[] {
  const blocks: { op: Operation; pair: Pair; parts: Part[]; decision: string | null; denied: boolean }[] = [];
  let last = blocks[0];
  for (const [index, change] of changes.entries()) {
    const verdict = verdicts === null ? null : verdicts[index]!; // same order, same length, by the contract of DocumentPlan
    const decision = verdict === null ? '' : decisionOf(verdict);
    const denied = verdict !== null && verdict.decision.type !== 'allowed';
    if (last === undefined || last.pair !== change.pair || last.op !== change.op) {
      last = { op: change.op, pair: change.pair, parts: [{ change, verdict }], decision, denied };
      blocks.push(last);
    } else {
      last.parts.push({ change, verdict });
      last.denied ||= denied;
      if (last.decision !== decision) last.decision = null;
    }
  }
  return blocks;
}

/** Blocks that differ only in which of many elements they are about. */
export type Heap = {
  readonly op: Operation;
  /** `ip[10.0.0.1].dhcp.host[*]`, with `@ip` when the blocks change one and the same attribute. */
  readonly path: string;
  readonly blocks: readonly Block[];
};

/** Folds blocks by operation, kind of element, changed attributes and decision, in the order in which each kind first comes up. Linear. */
export function heapsOf(blocks: readonly Block[]): readonly Heap[] {
  const patternOfParent = new Map<Pair, string>();
  const heaps = new Map<string, { op: Operation; path: string; blocks: Block[] }>();
  for (const block of blocks) {
    const path = patternOf(block.pair, patternOfParent) + leavesOf(block);
    const key = `${block.op} ${path} ${block.decision !== null && !block.denied ? block.decision : roughly(block.parts)}`;
    const heap = heaps.get(key);
    if (heap === undefined) heaps.set(key, { op: block.op, path, blocks: [block] });
    else heap.blocks.push(block);
  }
  return [...heaps.values()];
}

function roughly(parts: readonly Part[]): string {
  return [...new Set(parts.map(({ verdict }) => (verdict === null ? '' : roughDecisionOf(verdict))))].join(
    ' ',
  );
}

function leavesOf(block: Block): string {
  if (block.op !== 'modify') return '';
  return block.parts
    .map(({ change: { leaf } }) =>
      leaf.type === 'element' ? '' : leaf.type === 'text' ? '@text()' : `@${leaf.name}`,
    )
    .join('');
}

/** The path with `[*]` for the element's own key and for that of parents which come and go with it. */
function patternOf(pair: Pair, parents: Map<Pair, string>): string {
  const step = pair.step;
  if (step === null || pair.parent === null) return 'network';
  const own = step.key === null ? stepText(step) : stepText({ ...step, key: null, nth: 1 }) + '[*]';
  const parent = pair.parent;
  if (parent.step === null) return own;
  let before = parents.get(parent);
  if (before === undefined) {
    const stays = parent.base !== null && parent.result !== null;
    before = stays ? pathText(stepsOf(parent)) : patternOf(parent, parents);
    parents.set(parent, before);
  }
  return `${before}.${own}`;
}
