const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

/** FNV-1a (32 bits) over bytes. See http://www.isthe.com/chongo/tech/comp/fnv/ */
export function fnv1aOfBytes(bytes: Iterable<number>): number {
  let hash = OFFSET
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME)
  return hash >>> 0
}

/** The same over a text's UTF-8. */
export function fnv1a(text: string): number {
  return fnv1aOfBytes(new TextEncoder().encode(text))
}
