import type { Clock } from '../../base/clock.ts'
import type { Connection } from '../../grpc/connection.ts'
import { LEASE_GRANT } from './methods.ts'

const REUSE_SHARE = 0.05 // Keys may live longer by this share of their time.
const REUSE_MS_MAX = 60_000
const KEYS_PER_LEASE_MAX = 1000

interface Lease {
  readonly id: bigint
  readonly reuseUntilMs: number
  keys: number
}

/**
 * Leases for keys with a time to live. Keys written soon after each other share one, as in upstream: a lease each would
 * double the writes.
 */
export class Leases {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #bySeconds = new Map<number, Promise<Lease>>()

  constructor(connection: Connection, clock: Clock, timeoutMs: number) {
    this.#connection = connection
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** A lease that lasts at least so long. */
  async lease(ttlSeconds: number): Promise<bigint> {
    const current = this.#bySeconds.get(ttlSeconds) ?? this.#grant(ttlSeconds)
    const lease = await current
    if (lease.reuseUntilMs < this.#clock.monotonic() || lease.keys >= KEYS_PER_LEASE_MAX) {
      if (this.#bySeconds.get(ttlSeconds) === current) this.#bySeconds.delete(ttlSeconds)
      return this.lease(ttlSeconds)
    }
    lease.keys += 1
    return lease.id
  }

  /** To be called when etcd no longer knows a lease. */
  forget(ttlSeconds: number): void {
    this.#bySeconds.delete(ttlSeconds)
  }

  #grant(ttlSeconds: number): Promise<Lease> {
    const reuseMs = Math.min(ttlSeconds * 1000 * REUSE_SHARE, REUSE_MS_MAX)
    const granted = this.#request(Math.ceil(ttlSeconds + reuseMs / 1000), reuseMs)
    this.#bySeconds.set(ttlSeconds, granted)
    granted.catch(() => this.forget(ttlSeconds)) // Whoever asked is told.
    return granted
  }

  async #request(ttl: number, reuseMs: number): Promise<Lease> {
    const options = { timeoutMs: this.#timeoutMs, waitForReady: true }
    const { id } = await this.#connection.unary(LEASE_GRANT, { ttl }, options)
    return { id, reuseUntilMs: this.#clock.monotonic() + reuseMs, keys: 0 }
  }
}
