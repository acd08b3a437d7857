/** A column of a table, as clients are told. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly format?: string
  readonly priority: number
}

export function columnLines(kind: string, columns: readonly Column[]): string[] {
  return [kind, ...columns.map(lineOf)]
}

function lineOf({ name, type, format, priority }: Column): string {
  return `  ${name}: ${type}${format ? ` (${format})` : ''}${priority > 0 ? ' wide' : ''}`
}
