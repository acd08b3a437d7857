import type { MessageClass } from '../schema/message.ts'
import type { Features } from './features.ts'
import { GATED_FIELDS, type GatedField } from './gated-fields.ts'

type Json = Readonly<Record<string, unknown>>

/** Drops what belongs to features that are off, unless the old object has it already. */
export type DropFields = <T>(object: T, old: T | undefined) => T

/**
 * What drops the fields of features that are off from objects of a kind: upstream's dropDisabledFields. Undefined where
 * the kind has none.
 */
export function fieldDropper(message: MessageClass, features: Features): DropFields | undefined {
  const walk = compile(message, compilationOf(features))
  if (!walk) return undefined
  return (object, old) => {
    const used = new Set<GatedField>()
    if (old !== undefined) walk.find(old as Json, used)
    return walk.drop(object as Json, used) as typeof object
  }
}

interface Walk<T = Json> {
  /** Without the fields that are off, but for those in `kept`. */
  readonly drop: (value: T, kept: ReadonlySet<GatedField>) => T
  /** Notes which of the fields that are off the value has. */
  readonly find: (value: T, found: Set<GatedField>) => void
}

interface Compilation {
  readonly off: readonly GatedField[]
  /** What has been compiled: messages are part of many others. */
  readonly known: WeakMap<MessageClass, Walk | undefined>
}

/** Messages do not change, so that all clusters of this process share what is compiled for the same features. */
const compilations = new WeakMap<Features, Compilation>()

function compilationOf(features: Features): Compilation {
  const found = compilations.get(features)
  if (found) return found
  const off = GATED_FIELDS.filter(({ gate }) => !features.enabled(gate))
  const made = { off, known: new WeakMap<MessageClass, Walk | undefined>() }
  compilations.set(features, made)
  return made
}

/** Undefined where nothing below the message is off, so that whole subtrees are passed over. */
function compile(message: MessageClass, compilation: Compilation): Walk | undefined {
  const { known } = compilation
  if (known.has(message)) return known.get(message)
  // The one recursive type of the API, JSONSchemaProps, has no such field.
  known.set(message, undefined)
  const walk = compileAnew(message, compilation)
  known.set(message, walk)
  return walk
}

function compileAnew(message: MessageClass, compilation: Compilation): Walk | undefined {
  const own = compilation.off.filter((field) => field.message === message)
  const nested = Object.entries(message.fields).flatMap(([name, { info }]) => {
    const walk = info.type === 'message' ? compile(info.of!(), compilation) : undefined
    return walk ? [[name, byShape(info.shape, walk)] as const] : []
  })
  if (own.length === 0 && nested.length === 0) return undefined
  return {
    drop: (value, kept) => dropIn(value, kept, own, nested),
    find(value, found) {
      for (const field of own) if (has(value, field)) found.add(field)
      for (const [name, walk] of nested) {
        if (value[name] !== undefined && value[name] !== null) walk.find(value[name], found)
      }
    },
  }
}

function dropIn(
  value: Json,
  kept: ReadonlySet<GatedField>,
  own: readonly GatedField[],
  nested: readonly (readonly [string, Walk<unknown>])[],
): Json {
  const gone = own.filter((field) => has(value, field) && !kept.has(field)).map(({ name }) => name)
  let out: Record<string, unknown> = value
  if (gone.length > 0) {
    out = Object.fromEntries(Object.entries(value).filter(([name]) => !gone.includes(name)))
  }
  for (const [name, walk] of nested) {
    const before = out[name]
    if (before === undefined || before === null) continue
    const after = walk.drop(before, kept)
    if (after !== before) out = { ...out, [name]: after }
  }
  return out
}

function has(value: Json, { name, when }: GatedField): boolean {
  const field = value[name]
  return field !== undefined && field !== null && (when?.(field) ?? true)
}

function byShape(shape: 'single' | 'list' | 'map', walk: Walk): Walk<unknown> {
  if (shape === 'single') return walk as Walk<unknown>
  const isList = shape === 'list'
  return {
    drop(value, kept) {
      let changed = false
      const change = (item: unknown): unknown => {
        const after = walk.drop(item as Json, kept)
        changed ||= after !== item
        return after
      }
      const after = isList
        ? (value as readonly unknown[]).map(change)
        : Object.fromEntries(
            Object.entries(value as Json).map(([key, each]) => [key, change(each)]),
          )
      return changed ? after : value
    },
    find(value, found) {
      for (const item of Object.values(value as object)) walk.find(item as Json, found)
    },
  }
}
