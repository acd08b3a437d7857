import type { FieldInfo } from './field.ts'
import { perMessage } from './memo.ts'
import type { MessageClass } from './message.ts'

type Fill = (value: unknown) => unknown

/**
 * Fills in the defaults that the declaration gives, at every depth. Returns the value itself where none was missing,
 * else a changed copy: the argument is never written to. Defaulting twice changes nothing more.
 */
export function withDefaults<T>(message: MessageClass & { new (): T }, value: T): T {
  return (filler(message)?.(value) ?? value) as T
}

/** Undefined where nothing below the message has a default, so that whole subtrees are passed over. */
const filler: (message: MessageClass) => Fill | undefined = perMessage((message) =>
  compile(message, new Set()),
)

function compile(message: MessageClass, within: Set<MessageClass>): Fill | undefined {
  // No recursive type of the API has defaults of its own (JSONSchemaProps).
  if (within.has(message)) return undefined
  const below = new Set(within).add(message)
  const missing: [string, unknown][] = []
  const nested: [string, Fill][] = []
  for (const [name, { info }] of Object.entries(message.fields)) {
    if (info.default !== undefined) missing.push([name, info.default])
    const fill = info.type === 'message' ? compile(info.of!(), below) : undefined
    if (fill) nested.push([name, byShape(info, fill)])
  }
  if (missing.length === 0 && nested.length === 0) return undefined
  return (value) => fillMessage(value as Record<string, unknown>, missing, nested)
}

function fillMessage(
  value: Record<string, unknown>,
  missing: readonly [string, unknown][],
  nested: readonly [string, Fill][],
): Record<string, unknown> {
  let out = value
  for (const [name, defaultValue] of missing) {
    const before = out[name]
    // A default replaces the zero value too: absent and zero are the same to a field that is not a pointer.
    if (before !== undefined && before !== '') continue
    if (out === value) out = { ...value }
    out[name] = defaultValue
  }
  for (const [name, fill] of nested) {
    const before = out[name]
    if (before === undefined || before === null) continue
    const after = fill(before)
    if (after === before) continue
    if (out === value) out = { ...value }
    out[name] = after
  }
  return out
}

function byShape(info: FieldInfo, fill: Fill): Fill {
  if (info.shape === 'single') return fill
  if (info.shape === 'list') return (value) => fillList(value as readonly unknown[], fill)
  return (value) => fillMap(value as Record<string, unknown>, fill)
}

function fillList(list: readonly unknown[], fill: Fill): readonly unknown[] {
  let out = list as unknown[]
  for (let i = 0; i < list.length; i++) {
    const item = list[i]
    const after = fill(item)
    if (after === item) continue
    if (out === list) out = [...list]
    out[i] = after
  }
  return out
}

function fillMap(map: Record<string, unknown>, fill: Fill): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, fill(value)]))
}
