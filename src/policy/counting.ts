// `count(PATH where …)`: how many elements of a final document there are of a kind. One walk for each count, when asked.

import type { Pair } from '../diff/change.ts';
import { stepName } from '../network/lookup.ts';
import { childrenOf } from '../network/meaning.ts';
import { networkSpec } from '../network/table.ts';
import type { XmlElement } from '../xml/document.ts';
import type { Counted, Run } from './condition.ts';
import { pathEndsAt, stepMatches } from './path-match.ts';
import type { PathPattern } from './path-pattern.ts';
import { FALSE, TRUE } from './truth.ts';

/**
 * `sure`: elements on the path for which the condition is true; `possible`: those for which it is not false. Nothing in a
 * document that does not exist. Linear in what the path can reach.
 */
export function countIn(
  root: XmlElement | null,
  counted: Counted,
  run: Run,
): { readonly sure: number; readonly possible: number } {
  let sure = 0;
  let possible = 0;
  for (const pair of elementsOn(root, counted.pattern)) {
    if (counted.where === null) {
      sure++;
      possible++;
      continue;
    }
    const truth = counted.where(pair.spec).truth({
      current: pair.result,
      before: null,
      after: pair.result,
      run,
    });
    if (truth === TRUE) sure++;
    if (truth !== FALSE) possible++;
  }
  return { sure, possible };
}

function elementsOn(root: XmlElement | null, pattern: PathPattern): readonly Pair[] {
  if (root === null) return [];
  const start: Pair = { parent: null, spec: networkSpec, step: null, base: null, result: root };
  if (!pattern.anyDepth) {
    let level: readonly Pair[] = [start];
    for (const step of pattern.steps)
      level = level.flatMap(childPairs).filter((pair) => stepMatches(step, pair));
    return level;
  }
  const found: Pair[] = [];
  const waiting: Pair[] = [start];
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    if (pathEndsAt(pattern, pair)) found.push(pair);
    for (const child of childPairs(pair)) waiting.push(child);
  }
  return found;
}

function childPairs(parent: Pair): readonly Pair[] {
  if (parent.spec === null || parent.result === null) return [];
  return childrenOf(parent.spec, parent.result)
    .filter((child) => !child.surplus)
    .map((child) => ({
      parent,
      spec: child.spec,
      step: { name: stepName(child), key: child.key, nth: 1 },
      base: null,
      result: child.element,
    }));
}
