const LENGTH_MAX = 128

/**
 * Remembers what a pure function makes of the texts that came lately: the Pods of one owner have their names and
 * quantities in common. At most twice `count` texts are kept.
 * Long ones never are.
 */
export function recent<T>(make: (text: string) => T, count = 1000): (text: string) => T {
  let young = new Map<string, T>()
  let old: ReadonlyMap<string, T> = new Map()
  return (text) => {
    if (text.length > LENGTH_MAX) return make(text)
    const known = young.get(text)
    if (known !== undefined) return known
    const made = old.get(text) ?? make(text)
    if (young.size >= count) {
      old = young
      young = new Map()
    }
    young.set(text, made)
    return made
  }
}
