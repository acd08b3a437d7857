/**
 * Changed copies of frozen objects. Each returns its argument itself where nothing changes, so that what is equal stays
 * shared, and leaves a field out rather than set it to undefined.
 */

/** `object` with a field set, or left out where the value is undefined. */
export function withField<T extends object, K extends keyof T>(
  object: T,
  key: K,
  value: T[K] | undefined,
): T {
  if (object[key] === value) return object
  if (value !== undefined) return { ...object, [key]: value }
  const { [key]: _, ...rest } = object
  return rest as T
}

/** `object` with several fields set, or left out where undefined. */
export function withFields<T extends object>(
  object: T,
  fields: { readonly [K in keyof T]?: T[K] | undefined },
): T {
  let out = object
  for (const key in fields) out = withField<T, keyof T>(out, key, fields[key])
  return out
}

/** `object` with a field, where it is there, replaced by what `change` makes of it. */
export function changeField<T extends object, K extends keyof T>(
  object: T,
  key: K,
  change: (value: NonNullable<T[K]>) => T[K] | undefined,
): T {
  const before = object[key]
  return before === undefined || before === null
    ? object
    : withField(object, key, change(before as NonNullable<T[K]>))
}

/** The list with each item replaced by what `change` makes of it. */
export function changeItems<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let out: T[] | undefined
  for (const [i, before] of list.entries()) {
    const after = change(before)
    if (after === before) continue
    out ??= [...list]
    out[i] = after
  }
  return out ?? list
}

/** The map with missing keys taken from `defaults`. */
export function withMissing<V>(
  map: Readonly<Record<string, V>> | undefined,
  defaults: Readonly<Record<string, V>>,
): Readonly<Record<string, V>> {
  const missing = Object.entries(defaults).filter(([key]) => !map || !Object.hasOwn(map, key))
  if (missing.length === 0) return map ?? {}
  // Entries, since `__proto__` is a key like any other.
  return { ...map, ...Object.fromEntries(missing) }
}
