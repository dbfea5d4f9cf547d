// Prints rows as columns: texts to the left, numbers to the right.

/** The first row is the head. `texts`: the numbers of the columns that hold text. */
export function tableText(table: readonly (readonly string[])[], texts: ReadonlySet<number>): string {
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  return table
    .map((line) =>
      line
        .map((cell, column) =>
          texts.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
