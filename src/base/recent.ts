export interface RecentOptions {
  /** At most twice as many texts are kept; 1,000 where absent. */
  readonly count?: number
  /** Longer texts are never kept; 128 characters where absent. */
  readonly lengthMax?: number
}

/**
 * Remembers what a pure function makes of the texts that came lately: the Pods of one owner have their names and
 * quantities in common.
 */
export function recent<T>(
  make: (text: string) => T,
  { count = 1000, lengthMax = 128 }: RecentOptions = {},
): (text: string) => T {
  let young = new Map<string, T>()
  let old: ReadonlyMap<string, T> = new Map()
  return (text) => {
    if (text.length > lengthMax) return make(text)
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
