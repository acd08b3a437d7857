import { quantityMilliValue, quantityValue } from '../../schema/quantity.ts'

/** Amounts of resources as numbers: processor time in thousandths, all else in whole units. */
export class Amounts {
  milliCPU = 0
  memory = 0
  ephemeralStorage = 0
  /** Extended resources, huge pages, attachable volumes. */
  scalars: Map<string, number> | undefined

  get(name: string): number {
    if (name === 'cpu') return this.milliCPU
    if (name === 'memory') return this.memory
    if (name === 'ephemeral-storage') return this.ephemeralStorage
    return this.scalars?.get(name) ?? 0
  }

  add(other: Amounts, sign: 1 | -1 = 1): void {
    this.milliCPU += sign * other.milliCPU
    this.memory += sign * other.memory
    this.ephemeralStorage += sign * other.ephemeralStorage
    if (!other.scalars) return
    this.scalars ??= new Map()
    for (const [name, amount] of other.scalars) {
      this.scalars.set(name, (this.scalars.get(name) ?? 0) + sign * amount)
    }
  }

  /** Tells equal amounts from others. */
  key(): readonly unknown[] {
    const scalars = [...(this.scalars ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return [this.milliCPU, this.memory, this.ephemeralStorage, scalars]
  }

  clone(): Amounts {
    const copy = new Amounts()
    copy.add(this)
    return copy
  }
}

const CACHED_MAX = 4096
const cpuTexts = new Map<string, number>()
const texts = new Map<string, number>()

// Few amounts are ever written, and exact arithmetic on each is slow.
function cached(cache: Map<string, number>, text: string, read: (text: string) => number): number {
  const known = cache.get(text)
  if (known !== undefined) return known
  if (cache.size >= CACHED_MAX) cache.clear()
  const value = read(text)
  cache.set(text, value)
  return value
}

/** Reads the amounts of an API object; `pods` is left to the caller. */
export function amountsFrom(list: Readonly<Record<string, string>> | undefined): Amounts {
  const amounts = new Amounts()
  for (const name in list) {
    const text = list[name]!
    if (name === 'cpu') amounts.milliCPU = cached(cpuTexts, text, quantityMilliValue)
    else if (name === 'memory') amounts.memory = cached(texts, text, quantityValue)
    else if (name === 'ephemeral-storage')
      amounts.ephemeralStorage = cached(texts, text, quantityValue)
    else if (name !== 'pods')
      (amounts.scalars ??= new Map()).set(name, cached(texts, text, quantityValue))
  }
  return amounts
}
