import type { Result } from './value.ts'
import { ListValue, MapValue } from './value.ts'

/** More values than any request can bring; only an expression that doubles a list again and again makes more. */
const NODES_MAX = 10_000_000

/**
 * How many values there are in a value, itself included; `Infinity` beyond what any data could have. What an expression
 * has put into a list twice counts twice, as it does for whoever walks over it.
 */
export function nodeCount(value: Result | undefined): number {
  let [count, rest] = [0, NODES_MAX]
  const visit = (each: Result | undefined): void => {
    count += 1
    rest -= 1
    if (rest < 0) return
    if (each instanceof ListValue) {
      for (let i = 0; i < each.size && rest >= 0; i++) visit(each.at(i))
    } else if (each instanceof MapValue) {
      for (const key of each.keys()) {
        if (rest < 0) return
        visit(each.get(key))
      }
    }
  }
  visit(value)
  return rest < 0 ? Infinity : count
}
