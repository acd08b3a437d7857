import { isJsonObject, type JsonObject } from './json-object.ts'
import { PatchError } from './patch-error.ts'

/** Whatever a patch sets must be among the keys that it retains. */
export function checkRetained(
  patch: JsonObject,
  keys: unknown,
  directives: readonly string[],
): void {
  if (!Array.isArray(keys)) throw new PatchError(BAD_RETAIN_KEYS)
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || directives.some((each) => key.startsWith(each))) continue
    if (!keys.includes(key)) throw new PatchError(BAD_RETAIN_KEYS)
  }
}

const BAD_RETAIN_KEYS = 'invalid patch format of retainKeys'

/** The object without the keys that are not retained. */
export function retain(object: JsonObject, keys: readonly unknown[]): JsonObject {
  const entries = Object.entries(object)
  const kept = entries.filter(([key]) => keys.includes(key))
  return kept.length === entries.length ? object : Object.fromEntries(kept)
}

/** What a patch adds where nothing was: without nulls and directives. Undefined where it is only a directive. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((each) => each !== undefined)
  }
  if (!isJsonObject(value)) return value
  if (Object.hasOwn(value, '$patch')) return undefined
  const entries = Object.entries(value)
    .filter(([key, each]) => each !== null && !/^\$(?:retainKeys$|\w+\/)/.test(key))
    .map(([key, each]) => [key, withoutDirectives(each)] as const)
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined))
}
