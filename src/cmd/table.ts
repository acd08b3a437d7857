/** Rows as text, the cells of each column below each other. The first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]! + 3))
        .join('')
        .trimEnd(),
    )
    .join('\n')
}
