import type { Clock } from './clock.ts'

export interface TimedCacheOptions {
  readonly clock: Clock
  /** How many values are kept; the oldest goes first. */
  readonly max: number
  /** Longer keys are asked about each time: who asks may have a say in them, and should not fill our memory. */
  readonly keyLengthMax?: number
}

/** Values that were asked for, and hold for a while. */
export interface TimedCache<T> {
  /**
   * The value that was found under `key` as long as `msFor` said of it, in milliseconds; else asks. Those who want it at one
   * time share one question; what fails is asked again by the next.
   */
  get(key: string, ask: () => T | Promise<T>, msFor: (value: T) => number): Promise<T>
}

export function timedCache<T>({
  clock,
  max,
  keyLengthMax = Infinity,
}: TimedCacheOptions): TimedCache<T> {
  const known = new Map<string, { readonly value: T; readonly untilMs: number }>()
  const asking = new Map<string, Promise<T>>()
  const keep = (key: string, value: T, ms: number): void => {
    known.delete(key)
    if (!(ms > 0)) return
    if (known.size >= max) known.delete(known.keys().next().value!)
    known.set(key, { value, untilMs: clock.monotonic() + ms })
  }
  return {
    async get(key, ask, msFor) {
      if (key.length > keyLengthMax) return ask()
      const found = known.get(key)
      if (found && clock.monotonic() < found.untilMs) return found.value
      const begun = asking.get(key)
      if (begun) return begun
      const question = Promise.try(ask)
      asking.set(key, question)
      try {
        const value = await question
        keep(key, value, msFor(value))
        return value
      } finally {
        asking.delete(key)
      }
    },
  }
}
