/** What one rule, or one message expression, may be estimated to cost for all values that it can be held against. */
export const RULE_COST_MAX = 10_000_000
/** What all rules of a schema together may. */
export const SCHEMA_COST_MAX = 100_000_000
/** No request is larger, so nothing is there more often than fits into one. */
const REQUEST_BYTES_MAX = 3 * 1024 * 1024
const TOP_MAX = 4

/** How often a value of this size can be there at most, where no limit says. */
export function cardinalityOf(bytesMin: number): number {
  return Math.floor(REQUEST_BYTES_MAX / (bytesMin + 1))
}

/** Says by how much a cost is too large. */
export function costText(what: string, cost: number, limit: number): string {
  const factor = cost / limit
  const times =
    factor > 100
      ? 'more than 100x'
      : factor < 1.5
        ? `${factor.toFixed(6)}x`
        : `${factor.toFixed(1)}x`
  return `${what} exceeds budget by factor of ${times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}

/** The costs of all expressions of a schema, and where the largest are. */
export class TotalCost {
  total = 0
  #largest: (readonly [path: string, cost: number])[] = []

  add(path: string, cost: number): void {
    this.total += cost
    if (cost < SCHEMA_COST_MAX / 100) return
    this.#largest = [...this.#largest, [path, cost] as const]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, TOP_MAX)
  }

  get largest(): readonly string[] {
    return this.#largest.map(([path]) => path)
  }
}
