// Paths of many changes at once: each step is written once, however many elements, attributes and changes are below it.

import { pathText, stepText } from '../network/path.ts';
import type { Change, Pair } from './change.ts';

/** A function that gives the path of a change as pathText writes it, and remembers the paths of elements that it has seen. */
export function changePaths(): (change: Change) => string {
  const elements = new Map<Pair, string>();
  const elementPath = (pair: Pair): string => {
    if (pair.step === null) return '';
    let path = elements.get(pair);
    if (path === undefined) {
      const above = pair.parent === null ? '' : elementPath(pair.parent);
      path = above === '' ? stepText(pair.step) : `${above}.${stepText(pair.step)}`;
      elements.set(pair, path);
    }
    return path;
  };
  return ({ pair, leaf }) => {
    const element = elementPath(pair);
    // of the root: `network`, `network@name`
    const rootPath = pathText([], leaf);
    return element === '' ? rootPath : element + rootPath.slice('network'.length);
  };
}
