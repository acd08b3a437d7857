import type { ObjectMeta } from '../../api/meta/v1/object-meta.ts'

/** The metadata of an object, as plain data. */
export type Metadata = Pick<ObjectMeta, Extract<keyof ObjectMeta, string>>

/** Any object of the API, decoded: plain JSON. */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly [field: string]: unknown
}

/** The same object with some of its metadata replaced; undefined takes a field away. */
export function withMetadata(
  object: ApiObject,
  changes: { readonly [K in keyof Metadata]?: Metadata[K] | undefined },
): ApiObject {
  const names = Object.keys(changes) as (keyof Metadata)[]
  // Most of what is taken away was not there, and an object from which a field was deleted is slow from then on.
  if (names.every((name) => object.metadata[name] === changes[name])) return object
  const metadata: Record<string, unknown> = { ...object.metadata, ...changes }
  for (const name of names) if (changes[name] === undefined) delete metadata[name]
  return { ...object, metadata }
}

/** Freezes a value at every depth. What is frozen already counts as frozen all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const each of Object.values(value)) deepFreeze(each)
  return value
}

/** As `deepFreeze()`, and throws a TypeError where the value would not come through JSON as it is. */
export function deepFreezePlain<T>(value: T, path = ''): T {
  if (typeof value !== 'object' || value === null) return checkedScalar(value, path)
  if (Object.isFrozen(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${path}: not plain data`)
  }
  Object.freeze(value)
  for (const [name, each] of Object.entries(value)) deepFreezePlain(each, `${path}.${name}`)
  return value
}

function checkedScalar<T>(value: T, path: string): T {
  const isLost =
    value === undefined ||
    typeof value === 'function' ||
    (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
  if (isLost) throw new TypeError(`${path}: ${String(value)} is lost in JSON`)
  return value
}
