/**
 * Whether two JSON values are the same, whatever the order of keys. A bigint equals the number of the same size.
 * Shared parts are not looked into, so comparing a changed copy with its original costs only what changed.
 */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return equalScalars(a, b)
  }
  const isList = Array.isArray(a)
  if (isList !== Array.isArray(b)) return false
  return isList ? equalLists(a, b as unknown[]) : equalObjects(a as Json, b as Json)
}

type Json = Record<string, unknown>

function equalScalars(a: unknown, b: unknown): boolean {
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    // Loose equality is exact between a number and a bigint, and only they are let through.
    return isNumeric(a) && isNumeric(b) && a == b // oxlint-disable-line eslint/eqeqeq
  }
  return false
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function equalLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    if (!equal(a[i], b[i])) return false
  }
  return true
}

function equalObjects(a: Json, b: Json): boolean {
  let keys = 0
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !equal(a[key], b[key])) return false
    keys += 1
  }
  for (const _ in b) keys -= 1
  return keys === 0
}
