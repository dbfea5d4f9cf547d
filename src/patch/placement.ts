// Where a new element goes among its siblings when nobody said: with its own kind, else where libvirt would print it.

import type { ElementSpec } from '../network/spec.ts';
import {
  childElements,
  childrenNamed,
  type DraftElement,
  lastNamed,
  type Where,
  xmlNameOf,
} from './draft.ts';

/**
 * `first` and `last` are among siblings of the same name. Without any, it goes behind the nearest element that the
 * table lists before it, else before all elements. Unknown elements go to the end.
 */
export function placeFor(
  parent: DraftElement,
  parentSpec: ElementSpec | null,
  element: { readonly local: string; readonly ns: string },
  which: 'first' | 'last',
): Where {
  const name = xmlNameOf(element);
  const last = lastNamed(parent, name);
  if (last !== null) {
    if (which === 'last') return { type: 'after', sibling: last };
    for (const first of childrenNamed(parent, name)) return { type: 'before', sibling: first };
  }
  const order = parentSpec?.children ?? [];
  const index = order.findIndex((spec) => xmlNameOf(spec) === name);
  if (index === -1) return { type: 'end' };
  for (const spec of order.slice(0, index).reverse()) {
    const before = lastNamed(parent, xmlNameOf(spec));
    if (before !== null) return { type: 'after', sibling: before };
  }
  for (const first of childElements(parent)) return { type: 'before', sibling: first };
  return { type: 'end' };
}
