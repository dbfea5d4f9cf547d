// Texts of one column that were found sound, and what they say: a policy of thousands of rows has few different ones.

export type ColumnMemo<T> = {
  readonly said: Map<string, T>;
  /** The last that was asked for: rows come in groups. */
  text: string;
  last: T | null;
};

export function columnMemo<T>(): ColumnMemo<T> {
  return { said: new Map(), text: '', last: null };
}

/** What the text from `start` to `end` says; null when it was not met before. */
export function recall<T>(memo: ColumnMemo<T>, text: string, start: number, end: number): T | null {
  if (memo.last !== null && end - start === memo.text.length && text.startsWith(memo.text, start))
    return memo.last;
  const asked = text.slice(start, end);
  const found = memo.said.get(asked);
  if (found === undefined) return null;
  memo.text = asked;
  memo.last = found;
  return found;
}
