import { equal } from '../../../apimachinery/equality.ts'
import { isJsonObject, ownValue, setKey } from '../../../apimachinery/patch/json-object.ts'

/** The JSON merge patch (RFC 7386) that makes one value of another. */
export function mergeDiff(before: unknown, after: unknown): unknown {
  if (!isJsonObject(before) || !isJsonObject(after)) return after
  const patch: Record<string, unknown> = {}
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) setKey(patch, name, null)
  for (const [name, value] of Object.entries(after)) {
    const old = ownValue(before, name)
    if (!equal(old, value)) setKey(patch, name, mergeDiff(old, value))
  }
  return patch
}
