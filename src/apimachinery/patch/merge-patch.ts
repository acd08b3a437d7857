import { isJsonObject, withKey, withoutKey, type JsonObject } from './json-object.ts'

/**
 * JSON merge patch (RFC 7386): keys of the patch replace those of the document, null removes, objects are merged.
 * Neither argument is changed, and what the patch does not touch is shared.
 */
export function mergePatch(document: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch
  let merged: JsonObject = isJsonObject(document) ? document : {}
  for (const key of Object.keys(patch)) {
    const change = patch[key]
    if (change === null) merged = withoutKey(merged, key)
    else {
      const before = Object.hasOwn(merged, key) ? merged[key] : undefined
      merged = withKey(merged, key, mergePatch(before, change))
    }
  }
  return merged
}
