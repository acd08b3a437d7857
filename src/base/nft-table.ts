/** What one part (a Service, a Pod, a policy) needs in a table. Keys and rules are nftables' own text. */
export interface NftFragment {
  /** Chains of this part alone, by name, with their rules. */
  readonly chains?: ReadonlyMap<string, readonly string[]>
  /** Sets of this part alone, by name, with their definition. One definition per name, for ever. */
  readonly sets?: ReadonlyMap<string, string>
  /** Elements of sets and maps, from key to value (empty in sets). Several parts may need the same. */
  readonly elements?: ReadonlyMap<string, ReadonlyMap<string, string>>
}

const ELEMENTS_PER_LINE = 500

/**
 * What is in force in one nftables table beside its fixed part, by the part that needs it, so that a change of one part
 * costs what that part costs, however many there are.
 */
export class NftTable {
  /** Such as `inet services`. */
  readonly #at: string
  readonly #parts = new Map<string, NftFragment>()
  /** Set or map, key, then the value that each part wants; the one that came last counts. */
  readonly #elements = new Map<string, Map<string, Map<string, string>>>()

  constructor(at: string) {
    this.#at = at
  }

  /**
   * Takes in the parts that changed (undefined: it is gone) and answers with the commands that bring the table from
   * before to after in one transaction, naming only what differs; empty where nothing does. What is pointed to is made
   * before what points to it, and removed after.
   */
  update(changed: ReadonlyMap<string, NftFragment | undefined>): string {
    const before = [...changed.keys()].flatMap((part) => this.#parts.get(part) ?? [])
    const after = [...changed.values()].flatMap((fragment) => fragment ?? [])
    const elements = this.#exchange(changed)
    const oldChains = merged(before.map(({ chains }) => chains))
    const newChains = merged(after.map(({ chains }) => chains))
    const oldSets = merged(before.map(({ sets }) => sets))
    const newSets = merged(after.map(({ sets }) => sets))
    const goneSets = [...oldSets.keys()].filter((name) => !newSets.has(name))
    const goneChains = [...oldChains.keys()].filter((name) => !newChains.has(name))
    const text = [
      ...[...newSets]
        .filter(([name]) => !oldSets.has(name))
        .map(([name, definition]) => `add set ${this.#at} ${name} ${definition}`),
      ...this.#chainLines(oldChains, newChains),
      ...elements.flatMap((each) => this.#elementLines(each, goneSets)),
      ...goneChains.map((name) => `flush chain ${this.#at} ${name}`),
      ...goneChains.map((name) => `delete chain ${this.#at} ${name}`),
      ...goneSets.map((name) => `delete set ${this.#at} ${name}`),
    ]
    return text.length === 0 ? '' : `${text.join('\n')}\n`
  }

  /** Forgets all that was in force: the table was made anew. */
  clear(): void {
    this.#parts.clear()
    this.#elements.clear()
  }

  #chainLines(
    before: ReadonlyMap<string, readonly string[]>,
    after: ReadonlyMap<string, readonly string[]>,
  ): string[] {
    const changed = [...after].filter(([name, rules]) => !sameRules(before.get(name), rules))
    return [
      ...changed.flatMap(([name]) => (before.has(name) ? [] : [`add chain ${this.#at} ${name}`])),
      ...changed.flatMap(([name]) => (before.has(name) ? [`flush chain ${this.#at} ${name}`] : [])),
      // For rules of a chain nft asks the kernel for nothing; for rules by themselves it reads all chains first.
      ...changed.flatMap(([name, rules]) =>
        rules.length > 0 ? [`add chain ${this.#at} ${name} { ${rules.join('; ')}; }`] : [],
      ),
    ]
  }

  /** Puts parts in the place of what they were, and tells which elements come and go. */
  #exchange(changed: ReadonlyMap<string, NftFragment | undefined>): ElementChanges[] {
    const touched = new Touched((holder, key) => this.#valueOf(holder, key))
    for (const [part, fragment] of changed) {
      forEachElement(this.#parts.get(part), (holder, key) => {
        touched.add(holder, key)
        this.#drop(part, holder, key)
      })
      if (fragment) this.#parts.set(part, fragment)
      else this.#parts.delete(part)
      forEachElement(fragment, (holder, key, value) => {
        touched.add(holder, key)
        this.#want(part, holder, key, value)
      })
    }
    return touched.changes()
  }

  #valueOf(holder: string, key: string): string | undefined {
    const wanted = this.#elements.get(holder)?.get(key)
    return wanted && [...wanted.values()].at(-1)
  }

  #want(part: string, holder: string, key: string, value: string): void {
    const held = this.#elements.get(holder) ?? new Map<string, Map<string, string>>()
    this.#elements.set(holder, held)
    const wanted = held.get(key)
    if (wanted) wanted.set(part, value)
    else held.set(key, new Map([[part, value]]))
  }

  #drop(part: string, holder: string, key: string): void {
    const held = this.#elements.get(holder)
    const wanted = held?.get(key)
    wanted?.delete(part)
    if (wanted?.size === 0) held!.delete(key)
  }

  #elementLines({ holder, added, removed }: ElementChanges, gone: readonly string[]): string[] {
    if (gone.includes(holder)) return [] // They go with their set.
    const text = added.map(([key, value]) => (value === '' ? key : `${key} : ${value}`))
    return [
      ...inLines(`delete element ${this.#at} ${holder}`, removed),
      ...inLines(`add element ${this.#at} ${holder}`, text),
    ]
  }
}

interface ElementChanges {
  readonly holder: string
  readonly added: readonly (readonly [key: string, value: string])[]
  readonly removed: readonly string[]
}

/** Elements that may have changed, with what they were when first touched. */
class Touched {
  readonly #valueOf: (holder: string, key: string) => string | undefined
  readonly #before = new Map<string, Map<string, string | undefined>>()

  constructor(valueOf: (holder: string, key: string) => string | undefined) {
    this.#valueOf = valueOf
  }

  add(holder: string, key: string): void {
    const keys = this.#before.get(holder) ?? new Map<string, string | undefined>()
    this.#before.set(holder, keys)
    if (!keys.has(key)) keys.set(key, this.#valueOf(holder, key))
  }

  changes(): ElementChanges[] {
    return [...this.#before].map(([holder, keys]) => {
      const added: [string, string][] = []
      const removed: string[] = []
      for (const [key, before] of keys) {
        const after = this.#valueOf(holder, key)
        if (before === after) continue
        if (before !== undefined) removed.push(key)
        if (after !== undefined) added.push([key, after])
      }
      return { holder, added, removed }
    })
  }
}

function forEachElement(
  fragment: NftFragment | undefined,
  call: (holder: string, key: string, value: string) => void,
): void {
  for (const [holder, held] of fragment?.elements ?? []) {
    for (const [key, value] of held) call(holder, key, value)
  }
}

function merged<V>(maps: readonly (ReadonlyMap<string, V> | undefined)[]): Map<string, V> {
  return new Map(maps.flatMap((each) => [...(each ?? [])]))
}

function inLines(command: string, elements: readonly string[]): string[] {
  const lines: string[] = []
  for (let i = 0; i < elements.length; i += ELEMENTS_PER_LINE) {
    lines.push(`${command} { ${elements.slice(i, i + ELEMENTS_PER_LINE).join(', ')} }`)
  }
  return lines
}

function sameRules(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((rule, i) => rule === b[i])
}

const READABLE_MAX = 60

/** A name that nftables takes, telling for people who list the rules, and different for different ids. */
export function nftName(id: string): string {
  return `${hash(id)}-${id.replaceAll(/[^a-z0-9-]/g, '_').slice(0, READABLE_MAX)}`
}

// FNV-1a, twice 32 bits from two starts: the readable part is cut, this tells apart what is cut or replaced.
function hash(text: string): string {
  return [0x811c9dc5, 0x2f0b4c47].map((start) => hash32(text, start)).join('')
}

function hash32(text: string, start: number): string {
  let value = start
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}
