// The hash of what a plan changes: a permit binds it, a saved plan is compared by it.

import { pathText } from '../network/path.ts';
import { sha256Hex } from '../std/sha256.ts';
import type { Change, ChangeValue, Scope } from './change.ts';
import { changePaths } from './change-path.ts';

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
  const pathOf = changePaths();
  for (const { network, scope, changes } of documents) {
    lines.push(JSON.stringify([network, scope, changes.length]));
    for (const change of changes) {
      const path = pathOf(change);
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
