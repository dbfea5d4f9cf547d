// Which children of a list an edit brought and took: the rules look at those, not at the 65,000 that stayed.

type Compared = { readonly fresh: readonly object[]; readonly gone: readonly object[] };

/** Lists do not change, so each pair is compared once, however many rules ask. */
const compared = new WeakMap<
  readonly object[],
  { readonly before: readonly object[]; readonly found: Compared }
>();

/** The objects of `after` that are not in `before` (`fresh`), and the other way round (`gone`), each in its order. Linear. */
export function compareLists<T extends object>(
  before: readonly T[],
  after: readonly T[],
): { readonly fresh: readonly T[]; readonly gone: readonly T[] } {
  const known = compared.get(after);
  // what was found for these very lists holds objects of these very lists
  if (known !== undefined && known.before === before)
    return known.found as { fresh: readonly T[]; gone: readonly T[] };
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const left = new Set(before.slice(start, before.length - end));
  const fresh = after.slice(start, after.length - end).filter((one) => !left.delete(one));
  const found = { fresh, gone: [...left] };
  compared.set(after, { before, found });
  return found;
}
