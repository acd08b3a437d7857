const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The keys of a store within an etcd that it may share with others: all begin with the store's own prefix. */
export interface Keys {
  toEtcd(key: string): Uint8Array
  fromEtcd(key: Uint8Array): string
  /** The keys with a prefix that come after one, or all of them, as etcd's ranges are given. */
  range(prefix: string, after?: string): { readonly key: Uint8Array; readonly rangeEnd: Uint8Array }
}

const FIRST = Uint8Array.of(0)

export function keysUnder(own: string): Keys {
  const ownBytes = encoder.encode(own)
  return {
    toEtcd: (key) => encoder.encode(own + key),
    fromEtcd: (key) => decoder.decode(key.subarray(ownBytes.length)),
    range(prefix, after) {
      const begin = encoder.encode(own + prefix)
      const key =
        after !== undefined && after >= prefix ? encoder.encode(`${own}${after}\0`) : begin
      return { key: key.length > 0 ? key : FIRST, rangeEnd: prefixEnd(begin) }
    },
  }
}

/** The first key after all that begin with these bytes. A single zero stands for the end of all keys. */
function prefixEnd(prefix: Uint8Array): Uint8Array {
  const last = prefix.findLastIndex((byte) => byte < 0xff)
  if (last < 0) return FIRST
  const end = prefix.slice(0, last + 1)
  end[last]! += 1
  return end
}
