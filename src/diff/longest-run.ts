// Which siblings stay when order changes (rule 9): the longest run in order, of equals the one earliest in the base.

/**
 * `positions`: the base index of each surviving sibling, in result order. Returns the base indexes that stay,
 * or null when all do (the usual case, found in one pass). O(n log n).
 */
export function longestRun(positions: readonly number[]): ReadonlySet<number> | null {
  let ordered = true;
  for (let i = 1; i < positions.length && ordered; i++) ordered = positions[i - 1]! < positions[i]!; // i is in range
  if (ordered) return null;

  // lengthFrom[i]: the longest run that begins at i. heads[k]: the greatest base index that begins a run of length k + 1.
  const lengthFrom = new Array<number>(positions.length);
  const heads: number[] = [];
  for (let i = positions.length - 1; i >= 0; i--) {
    const value = positions[i]!; // i is in range
    let low = 0;
    let high = heads.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (heads[middle]! > value) low = middle + 1;
      else high = middle;
    }
    heads[low] = value;
    lengthFrom[i] = low + 1;
  }

  const byLength: number[][] = heads.map(() => []);
  positions.forEach((value, i) => byLength[lengthFrom[i]! - 1]!.push(value)); // each has a length of 1 to heads.length
  // Runs of equal length begin with falling base indexes from left to right, so the last that still fits is the one
  // earliest in the base; and it stands behind the one before, for a longer run that began behind it would be higher.
  const stays = new Set<number>();
  let above = -1;
  for (const heads of byLength.reverse()) {
    let chosen = above;
    for (const value of heads) if (value > above) chosen = value;
    stays.add(chosen);
    above = chosen;
  }
  return stays;
}
