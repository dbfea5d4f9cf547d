// Which elements of a list are not those of an earlier list: by identity, because an edit leaves what it does not touch the
// very same object. Made for lists of tens of thousands of which few differ: no set of all of them is built.

/** How far ahead a match is looked for before it is left to the set. */
const WINDOW = 16;

/** Elements of `after` that are not in `before` (`fresh`), and of `before` that are not in `after` (`gone`), each in its order. */
export function compareLists<T extends object>(
  before: readonly T[],
  after: readonly T[],
): { readonly fresh: readonly T[]; readonly gone: readonly T[] } {
  let unmatched: T[] = [];
  let candidates: T[] = [];
  let at = 0;
  for (const one of after) {
    if (before[at] === one) {
      at++;
      continue;
    }
    let ahead = 1;
    while (ahead <= WINDOW && before[at + ahead] !== one) ahead++;
    if (ahead > WINDOW) {
      candidates.push(one);
      continue;
    }
    for (let i = 0; i < ahead; i++) unmatched.push(before[at + i]!); // at + ahead is within
    at += ahead + 1;
  }
  for (; at < before.length; at++) unmatched.push(before[at]!); // at is within
  if (unmatched.length > 0 && candidates.length > 0) {
    const moved = new Set(unmatched);
    const found = new Set(candidates.filter((one) => moved.has(one)));
    if (found.size > 0) {
      unmatched = unmatched.filter((one) => !found.has(one));
      candidates = candidates.filter((one) => !found.has(one));
    }
  }
  return { fresh: candidates, gone: unmatched };
}
