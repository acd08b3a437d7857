import type { PodTemplateSpec } from '../../api/core/v1/common.ts'
import { fnv1a } from '../../base/fnv.ts'

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789' // No vowels, so no words.

/**
 * A short name for a template, the same wherever and whenever it is computed: FNV-1a (32 bits) over its JSON with sorted
 * keys, and over the number of collisions met before.
 */
export function podTemplateHash(template: PodTemplateSpec, collisionCount?: number): string {
  return safeEncode(String(fnv1a(canonicalJson(template) + (collisionCount ?? ''))))
}

/** The hash of any JSON value, as `podTemplateHash()`. */
export function jsonHash(value: unknown, collisionCount?: number): string {
  return safeEncode(String(fnv1a(canonicalJson(value) + (collisionCount ?? ''))))
}

/** JSON whose text is the same whatever the order of keys was. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`
}

/** Replaces each character by one that cannot form a bad word or look like another. */
function safeEncode(text: string): string {
  return [...text].map((each) => ALPHABET[each.charCodeAt(0) % ALPHABET.length]).join('')
}
