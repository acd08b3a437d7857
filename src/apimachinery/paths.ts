/** The names of the fields on the way to a value, such as `['spec', 'nodeName']`. */
export type Path = readonly string[]

type Json = Readonly<Record<string, unknown>>

/** The value at a path, or undefined where the way ends before. */
export function valueAt(object: unknown, path: Path): unknown {
  let value = object
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/** A copy with `value` at the path; undefined removes. What does not change is shared, and so is all when nothing does. */
export function withValueAt<T>(object: T, path: Path, value: unknown): T {
  const [name, ...rest] = path
  if (name === undefined) return value as T
  const before = isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined
  const after = withValueAt(before, rest, value)
  if (after === before) return object
  // Made from entries, since `__proto__` is a legal key.
  const entries = Object.entries(isObject(object) ? object : {}).filter(([key]) => key !== name)
  return Object.fromEntries(after === undefined ? entries : [...entries, [name, after]]) as T
}

/** A field's path and the key in brackets after it: `metadata.labels['a']` gives `metadata.labels` and `a`. */
export function splitSubscript(path: string): { readonly path: string; readonly key?: string } {
  const match = /^(.+?)\['(.*)'\]$/s.exec(path)
  return match ? { path: match[1]!, key: match[2]! } : { path }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}
