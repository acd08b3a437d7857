import { byKey, includes, keyOf } from '../values/equality.ts'
import type { ListSemantics, Result, Value } from '../values/value.ts'
import { ArrayList, CelError, ListValue } from '../values/value.ts'

/** How long a text or bytes can get: several times the largest request, and far from what memory allows. */
export const TEXT_MAX = 2 ** 24
export const TOO_LONG = new CelError('string is too long')

export function concatText(a: string, b: string): Result {
  return a.length + b.length > TEXT_MAX ? TOO_LONG : a + b
}

export function concatBytes(a: Uint8Array, b: Uint8Array): Result {
  if (a.length + b.length > TEXT_MAX) return TOO_LONG
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}

/**
 * One list after the other, without a copy. Where the first is a set of a schema, items of the second that it has
 * already are left out; where it is a map, they take the place of those with the same key.
 */
export function concatLists(a: ListValue, b: ListValue): Result {
  const { semantics } = a
  if (semantics?.type === 'set') return uniteSets(a, b, semantics)
  if (semantics?.type === 'map') return mergeKeyed(a, b, semantics)
  if (a.size === 0) return b
  return b.size === 0 ? a : new JoinedList(a, b)
}

class JoinedList extends ListValue {
  readonly size: number
  readonly #first: ListValue
  readonly #second: ListValue

  constructor(first: ListValue, second: ListValue) {
    super()
    this.size = first.size + second.size
    this.#first = first
    this.#second = second
  }

  at(index: number): Value {
    const { size } = this.#first
    return index < size ? this.#first.at(index) : this.#second.at(index - size)
  }
}

/** A list that keeps the semantics of the one it was made from. */
class SemanticList extends ArrayList {
  readonly #semantics: ListSemantics

  constructor(items: Value[], semantics: ListSemantics) {
    super(items)
    this.#semantics = semantics
  }

  override get semantics(): ListSemantics {
    return this.#semantics
  }
}

function uniteSets(a: ListValue, b: ListValue, semantics: ListSemantics): ListValue {
  const known = new Set<Value>(a)
  const added = [...b].filter((item) => !known.has(item) && !includes(a, item))
  return new SemanticList([...a, ...added], semantics)
}

function mergeKeyed(
  a: ListValue,
  b: ListValue,
  semantics: Extract<ListSemantics, { type: 'map' }>,
): ListValue {
  const replacing = byKey(b, semantics)
  const kept = [...a].map((item) => {
    const key = keyOf(item, semantics)
    const replacement = replacing.get(key)
    replacing.delete(key)
    return replacement ?? item
  })
  return new SemanticList([...kept, ...replacing.values()], semantics)
}
