import { equal } from '../apimachinery/equality.ts'
import type { FieldInfo } from '../schema/field.ts'
import { perMessage } from '../schema/memo.ts'
import type { MessageClass } from '../schema/message.ts'
import { compareQuantities, parseQuantity } from '../schema/quantity.ts'

type Equal = (a: unknown, b: unknown) => boolean
type Class<T> = MessageClass & { new (): T }

/**
 * Whether two decoded values mean the same, as upstream's `Semantic.DeepEqual`: quantities compare by value (`1Gi` equals
 * `1073741824`), and an absent list or map equals an empty one.
 */
export function semanticEqual<T>(message: Class<T>, a: T | undefined, b: T | undefined): boolean {
  return a === b || messageEqual(message)(a, b)
}

const messageEqual: (message: MessageClass) => Equal = perMessage((message) => {
  // Filled in on first use, since a message may contain itself.
  let fields: (readonly [string, Equal])[] | undefined
  return (a, b) => {
    if (a === b) return true
    if (!isObject(a) || !isObject(b)) return false
    fields ??= Object.entries(message.fields).map(([name, { info }]) => [name, fieldEqual(info)])
    return fields.every(([name, same]) => a[name] === b[name] || same(a[name], b[name]))
  }
})

function fieldEqual(info: FieldInfo): Equal {
  const item = itemEqual(info)
  if (info.shape === 'list') return listEqual(item)
  return info.shape === 'map' ? mapEqual(item) : item
}

function itemEqual(info: FieldInfo): Equal {
  if (info.type === 'message') return messageEqual(info.of!())
  return info.type === 'quantity' ? quantityEqual : equal
}

function listEqual(item: Equal): Equal {
  return (a = [], b = []) => {
    const [x, y] = [a as readonly unknown[], b as readonly unknown[]]
    return x.length === y.length && x.every((value, i) => item(value, y[i]))
  }
}

function mapEqual(item: Equal): Equal {
  return (a = {}, b = {}) => {
    const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>]
    const keys = Object.keys(x)
    return (
      keys.length === Object.keys(y).length &&
      keys.every((key) => Object.hasOwn(y, key) && item(x[key], y[key]))
    )
  }
}

function quantityEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'string' || typeof b !== 'string') return false
  const [x, y] = [parseQuantity(a), parseQuantity(b)]
  return x !== undefined && y !== undefined && compareQuantities(x, y) === 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
