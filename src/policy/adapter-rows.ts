// The rows that a Casbin adapter has, all of them: into a model that drops nothing, and from there to the strict loader.

import { type Adapter, Assertion, type Model, newModelFromString } from 'casbin';
import { MODEL_TEXT } from './model-conf.ts';

/** What is asked of a Casbin adapter: the one function that reads. */
export type PolicyAdapter = Pick<Adapter, 'loadPolicy'>;

/**
 * Every row, kind of row first: `p` rows, then `g` rows, then whatever else there is, each in the adapter's order. What
 * stands in a row is the adapter's word, so it may be no text at all. Rejects with what the adapter rejects with.
 */
export async function rowsOfAdapter(adapter: PolicyAdapter): Promise<readonly (readonly unknown[])[]> {
  const model: Model = newModelFromString(MODEL_TEXT);
  model.model = new AnyKinds(model.model);
  await adapter.loadPolicy(model);
  const kinds = [...model.model.values()].flatMap((section) => [...section]);
  const rank = ([kind]: readonly [string, Assertion]): number => (kind === 'p' ? 0 : kind === 'g' ? 1 : 2);
  return kinds
    .sort((a, b) => rank(a) - rank(b))
    .flatMap(([kind, { policy }]) => policy.map((row: readonly unknown[]) => [kind, ...row]));
}

/**
 * Casbin's loaders look a row's kind up here, and silently drop the row when there is none: `P`, or `p3` after `p`. So
 * there is one for each that is asked for.
 */
class AnyKinds extends Map<string, Map<string, Assertion>> {
  override get(section: string): Map<string, Assertion> {
    let kinds = super.get(section);
    if (!(kinds instanceof AnyRows)) {
      kinds = new AnyRows(kinds ?? []);
      this.set(section, kinds);
    }
    return kinds;
  }
}

class AnyRows extends Map<string, Assertion> {
  override get(kind: string): Assertion {
    let rows = super.get(kind);
    if (rows === undefined) {
      rows = new Assertion();
      this.set(kind, rows);
    }
    return rows;
  }
}
