// The name a person probably meant: for "did you mean" in every room.

/**
 * The candidate closest to `name` by edit distance (adjacent swaps count as one edit, case does not count),
 * or null when none is close: at most one edit per three characters, at least one.
 * Names over 64 characters are never near anything, so hostile input costs nothing.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  if (name.length > 64) return null;
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate.length > 64) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment distance, or `limit` as soon as it cannot be below. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous2: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let rowBest = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let d = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d = Math.min(d, previous2[j - 2]! + 1);
      }
      row.push(d);
      if (d < rowBest) rowBest = d;
    }
    if (rowBest >= limit) return limit;
    previous2 = previous;
    previous = row;
  }
  return Math.min(previous[b.length]!, limit);
}
