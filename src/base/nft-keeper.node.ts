import { backoffMs, type Backoff } from './backoff.ts'
import { sleep, type Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import { applyNft, NftError } from './nft.node.ts'
import type { Random } from './random.ts'

export interface NftKeeperOptions<K> {
  /** What the rules are for, such as `Services`, for the log. */
  readonly what: string
  /** Resolves once enough is known to plan all rules. */
  readonly known: (signal: AbortSignal) => Promise<void>
  /** The commands that make the whole anew, in one transaction with the removal of what an earlier run left. */
  readonly anew: () => string
  /** The commands that bring in the changes of these keys; empty where nothing is to be done. */
  readonly update: (changed: ReadonlySet<K>) => string
  /** Called after each transaction, with the milliseconds from planning on. */
  readonly applied?: (ms: number) => void
  /** Called where nftables refuses. */
  readonly refused?: () => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Rules that are kept in step. Disposing stops that and leaves them in force, so that they outlive a restart. */
export interface NftKeeper<K> extends AsyncDisposable {
  /** Resolves once the rules are in force. */
  readonly ready: Promise<void>
  /** Says what is to be planned again. Many changes before the next look are one. */
  changed(key: K): void
}

const BACKOFF: Backoff = { baseMs: 500, maxMs: 30_000, jitter: 1 }

/** Keeps rules of nftables in step with what changes, and makes them anew as a whole where that fails. */
export function keepNft<K>(options: NftKeeperOptions<K>): NftKeeper<K> {
  const abort = new AbortController()
  const ready = Promise.withResolvers<void>()
  const changes = new Changes<K>()
  const running = run(options, changes, ready.resolve, abort.signal).catch((error: unknown) => {
    if (abort.signal.aborted) return
    options.logger.error(`Rules for ${options.what} are not kept any more`, {
      error: String(error),
    })
    ready.reject(error)
  })
  ready.promise.catch(() => undefined) // Told above; who waits is told too.
  return {
    ready: ready.promise,
    changed: (key) => changes.add(key),
    async [Symbol.asyncDispose]() {
      abort.abort()
      changes.wake()
      await running
    },
  }
}

class Changes<K> {
  #keys = new Set<K>()
  #wake = Promise.withResolvers<void>()

  add(key: K): void {
    this.#keys.add(key)
    this.#wake.resolve()
  }

  wake(): void {
    this.#wake.resolve()
  }

  async take(): Promise<ReadonlySet<K>> {
    await this.#wake.promise
    const keys = this.#keys
    this.clear()
    return keys
  }

  clear(): void {
    this.#keys = new Set()
    this.#wake = Promise.withResolvers()
  }
}

async function run<K>(
  { what, known, anew, update, applied, refused, clock, random, logger }: NftKeeperOptions<K>,
  changes: Changes<K>,
  onReady: () => void,
  signal: AbortSignal,
): Promise<void> {
  const bring = async (plan: () => string): Promise<void> => {
    const beganMs = clock.monotonic()
    const script = plan()
    if (script !== '') await applyNft(script)
    applied?.(clock.monotonic() - beganMs)
  }
  await known(signal)
  for (let failures = 0; !signal.aborted;) {
    try {
      changes.clear() // What came until now is part of the whole.
      await bring(anew)
      onReady()
      failures = 0
      for (;;) {
        const keys = await changes.take()
        if (signal.aborted) return
        await bring(() => update(keys))
      }
    } catch (error) {
      if (!(error instanceof NftError)) throw error
      refused?.()
      // Whatever the table holds now, it is made anew as a whole.
      logger.error(`Cannot bring ${what} into nftables`, { error: error.message })
      await sleep(clock, backoffMs(BACKOFF, (failures += 1), random), { signal })
    }
  }
}
