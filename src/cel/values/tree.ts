import type { Result } from './value.ts'
import { ListValue, MapValue } from './value.ts'

/** More values than an expression may look at; only one that doubles a list again and again makes many more. */
const NODES_MAX = 1_000_000

/**
 * How many values there are in a value, itself included; `Infinity` beyond what any expression could pay for. What an
 * expression has put into a list twice counts twice, as it does for whoever walks over it.
 */
export function nodeCount(value: Result | undefined): number {
  let count = 0
  const visit = (each: Result | undefined): void => {
    count += 1
    if (!(each instanceof ListValue || each instanceof MapValue)) return
    if (each.nodes !== undefined) {
      count += each.nodes - 1
      return
    }
    const before = count - 1
    if (each instanceof ListValue) {
      for (let i = 0; i < each.size && count <= NODES_MAX; i++) visit(each.at(i))
    } else {
      for (const key of each.keys()) {
        if (count > NODES_MAX) return
        visit(each.get(key))
      }
    }
    if (each.isFixed && count <= NODES_MAX) each.nodes = count - before
  }
  visit(value)
  return count > NODES_MAX ? Infinity : count
}
