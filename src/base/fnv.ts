const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

/** FNV-1a (32 bits) over a text's UTF-8. See http://www.isthe.com/chongo/tech/comp/fnv/ */
export function fnv1a(text: string): number {
  let hash = OFFSET
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, PRIME)
  return hash >>> 0
}
