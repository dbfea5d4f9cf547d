// Changes with their causes: the statement, row and includes that touched each (promise 7).

import type { Cause, CauseLog } from '../compile/cause-log.ts';
import { stepIdentity } from '../compile/cause-log.ts';
import { keyIdentity } from '../network/path.ts';
import type { Change, Pair } from './change.ts';

/**
 * The same changes with causes from the log: what touched the attribute, else its element, else the nearest element
 * above (a replaced parent), else something inside (a container that is gone with its last child).
 */
export function withCauses(changes: readonly Change[], log: CauseLog): readonly Change[] {
  const identities = new Map<Pair, string>();
  const identityOf = (pair: Pair): string => {
    if (pair.parent === null || pair.step === null) return '';
    let identity = identities.get(pair);
    if (identity === undefined) {
      const { name, key } = pair.step;
      identity = identityOf(pair.parent) + stepIdentity(name, key === null ? null : keyIdentity(key));
      identities.set(pair, identity);
    }
    return identity;
  };
  const causeOf = (change: Change): Cause => {
    const identity = identityOf(change.pair);
    if (change.leaf.type === 'attribute') {
      const exact = log.exact.get(`${identity}@${change.leaf.name}`);
      if (exact !== undefined) return exact;
    }
    for (let pair: Pair | null = change.pair; pair !== null; pair = pair.parent) {
      const found =
        log.exact.get(identityOf(pair)) ??
        (pair === change.pair ? log.below.get(identityOf(pair)) : undefined);
      if (found !== undefined) return found;
    }
    // nothing touched it or what holds it: another way of saying the same did (`dev` of a forward, its first interface)
    for (let pair: Pair | null = change.pair.parent; pair !== null; pair = pair.parent) {
      const found = log.below.get(identityOf(pair));
      if (found !== undefined) return found;
    }
    return [];
  };
  return changes.map((change) => {
    const { op, kind, scope, pair, leaf, before, after, position } = change;
    return { op, kind, scope, pair, leaf, before, after, position, cause: causeOf(change) };
  });
}
