// The hash of what a plan changes: a permit binds it, a saved plan is compared by it.

import { pathText, type Step } from '../network/path.ts';
import { sha256Hex } from '../std/sha256.ts';
import { type Change, type ChangeValue, type Pair, type Scope, stepsOf } from './change.ts';

/**
 * sha256Hex of the canonical text of all changes: per document a line with its network and scope, per change a line with
 * operation, kind, path, both values (as meant, not as written) and, for what is ordered, the place. Order counts.
 */
export function changesHash(
  documents: readonly {
    readonly network: string;
    readonly scope: Scope;
    readonly changes: readonly Change[];
  }[],
): string {
  const lines: string[] = [];
  for (const { network, scope, changes } of documents) {
    lines.push(JSON.stringify([network, scope, changes.length]));
    // one path for the change of an element and those of its attributes, which follow it
    let pair: Pair | null = null;
    let steps: readonly Step[] = [];
    for (const change of changes) {
      if (pair !== change.pair) {
        pair = change.pair;
        steps = stepsOf(pair);
      }
      const path = pathText(steps, change.leaf);
      const { op, kind, before, after, position } = change;
      const behind = position === null ? null : position.after === null ? '' : pathText([position.after]);
      lines.push(JSON.stringify([op, kind, path, meant(before), meant(after), behind]));
    }
  }
  return sha256Hex(lines.join('\n'));
}

function meant(value: ChangeValue | null): string | null {
  return value === null ? null : value.value;
}
