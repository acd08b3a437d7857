import type { ComprehensionExpr } from '../syntax/ast.ts'
import { ACCU } from '../syntax/ast.ts'
import type { Result, Value } from '../values/value.ts'
import {
  ArrayList,
  CelError,
  EntryMap,
  ListValue,
  MapValue,
  NO_SUCH_OVERLOAD,
} from '../values/value.ts'
import { display } from '../values/display.ts'
import type { Frame, Step } from './frame.ts'

/** The list or map that a macro builds; no expression can see it before it is done, so it grows in place. */
export type Accumulator =
  | { readonly kind: 'list'; readonly slot: number; append(item: Step, cost: number): Step }
  | {
      readonly kind: 'map'
      readonly slot: number
      insert(key: Step, value: Step): Step
      insertAll(entries: Step): Step
    }

interface Parts {
  readonly range: Step
  readonly init: Step
  /** Undefined where the loop always goes on to the end. */
  readonly condition: Step | undefined
  readonly step: Step
  readonly result: Step
}

/** A loop whose accumulator lies in `slot`, and its variables in the two after it. */
export function planFold(
  { accu, init, variable2 }: ComprehensionExpr,
  slot: number,
): { accumulator: Accumulator | undefined; run(parts: Parts): Step } {
  const accumulator = accu === ACCU ? accumulatorOf(init.kind, slot) : undefined
  return {
    accumulator,
    run: (parts) => loopOver(parts, slot, variable2 !== undefined, accumulator),
  }
}

function loopOver(
  { range, init, condition, step, result }: Parts,
  slot: number,
  pairs: boolean,
  accumulator: Accumulator | undefined,
): Step {
  const body = (frame: Frame, first: Value, second: Result): boolean => {
    const { locals } = frame
    locals[slot + 1] = first
    locals[slot + 2] = second
    if (condition && condition(frame) !== true) return false
    locals[slot] = step(frame)
    return true
  }
  return (frame) => {
    const items = range(frame)
    if (items instanceof CelError) return items
    frame.locals[slot] = accumulator ? fresh(accumulator) : init(frame)
    if (items instanceof ListValue) loopList(items, pairs, (a, b) => body(frame, a, b))
    else if (items instanceof MapValue) loopMap(items, (a, b) => body(frame, a, b))
    else return NO_SUCH_OVERLOAD
    return result(frame)
  }
}

type Body = (first: Value, second: Result) => boolean

function loopList(list: ListValue, pairs: boolean, body: Body): void {
  for (let i = 0; i < list.size; i++) {
    const item = list.at(i)
    if (!(pairs ? body(BigInt(i), item) : body(item, null))) return
  }
}

function loopMap(map: MapValue, body: Body): void {
  for (const key of map.keys()) if (!body(key, map.get(key) ?? null)) return
}

function fresh({ kind }: Accumulator): Value {
  return kind === 'list' ? new ArrayList([]) : new EntryMap()
}

function accumulatorOf(kind: string, slot: number): Accumulator | undefined {
  if (kind === 'list') return { kind, slot, append: (item, cost) => append(slot, item, cost) }
  if (kind !== 'map') return undefined
  return {
    kind,
    slot,
    insert: (key, value) => insert(slot, key, value),
    insertAll: (entries) => insertAll(slot, entries),
  }
}

function append(slot: number, item: Step, cost: number): Step {
  return (frame) => {
    const list = frame.locals[slot]!
    const value = item(frame)
    if (list instanceof CelError) return list
    if (value instanceof CelError) return value
    frame.charge(cost)
    if (list instanceof ArrayList) list.items.push(value)
    return list
  }
}

function insert(slot: number, key: Step, value: Step): Step {
  return (frame) => {
    const map = frame.locals[slot]!
    const [name, item] = [key(frame), value(frame)]
    if (map instanceof CelError) return map
    if (name instanceof CelError) return name
    if (item instanceof CelError) return item
    frame.charge(2)
    return add(map, name, item)
  }
}

function insertAll(slot: number, entries: Step): Step {
  return (frame) => {
    const map = frame.locals[slot]!
    const added = entries(frame)
    if (map instanceof CelError) return map
    if (!(added instanceof MapValue)) return added instanceof CelError ? added : NO_SUCH_OVERLOAD
    frame.charge(2)
    let result: Result = map
    for (const key of added.keys()) {
      const item = added.get(key) ?? null
      result = item instanceof CelError ? item : add(map, key, item)
      if (result instanceof CelError) break
    }
    return result
  }
}

function add(map: Value, key: Value, value: Value): Result {
  if (map instanceof EntryMap && map.insert(key, value)) return map
  return new CelError(`insert failed: key ${display(key)} already exists`)
}
