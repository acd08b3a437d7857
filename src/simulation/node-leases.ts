import { microTimestamp, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { isConflict, isNotFound } from '../apimachinery/status-predicates.ts'
import { Lease } from '../api/coordination/v1/lease.ts'
import type { Client } from '../client/client.ts'

export interface NodeLeasesOptions {
  readonly client: Client
  readonly clock: Clock
  readonly logger: Logger
}

const NAMESPACE = 'kube-node-lease'
const LEASE_SECONDS = 40
const RENEW_MS = 10_000
/** More nodes than these renew half as often, still twice before anybody takes one for lost (after 50 s). */
const CROWD = 1000
const SLICES = 10 // So that ten thousand renewals do not come at one time.

/**
 * Keeps the leases of many nodes (KEP-589) with one timer: each is renewed every ten seconds, a tenth of them each
 * second, or a crowd of them every twenty. A slice without nodes costs nothing.
 */
export class NodeLeases implements Disposable {
  readonly #options: NodeLeasesOptions
  /** By slice, the nodes with their leases as they were last written. */
  readonly #slices = Array.from({ length: SLICES }, () => new Map<string, Lease | undefined>())
  readonly #sliceOf = new Map<string, Map<string, Lease | undefined>>()
  #timer: Disposable | undefined
  #turn = 0

  constructor(options: NodeLeasesOptions) {
    this.#options = options
  }

  /** Renews the lease of a node now, and from now on. */
  async add(node: string): Promise<void> {
    const slice = this.#slices.reduce((least, each) => (each.size < least.size ? each : least))
    slice.set(node, undefined)
    this.#sliceOf.set(node, slice)
    this.#timer ??= this.#wait()
    await this.#renew(slice, node)
  }

  delete(node: string): void {
    this.#sliceOf.get(node)?.delete(node)
    this.#sliceOf.delete(node)
  }

  [Symbol.dispose](): void {
    for (const slice of this.#slices) slice.clear()
    this.#sliceOf.clear()
    this.#timer?.[Symbol.dispose]()
  }

  // The timer waits for the next slice that has nodes, in whole steps, so that each keeps its own second.
  #wait(): Disposable {
    let steps = 1
    while (steps < SLICES && this.#slices[(this.#turn + steps) % SLICES]!.size === 0) steps += 1
    const renewMs = this.#sliceOf.size > CROWD ? 2 * RENEW_MS : RENEW_MS
    return this.#options.clock.after((steps * renewMs) / SLICES, () => {
      this.#turn = (this.#turn + steps) % SLICES
      this.#timer = this.#sliceOf.size > 0 ? this.#wait() : undefined
      const slice = this.#slices[this.#turn]!
      for (const node of slice.keys()) void this.#renew(slice, node)
    })
  }

  async #renew(slice: Map<string, Lease | undefined>, node: string): Promise<void> {
    try {
      const lease = await this.#write(node, slice.get(node))
      if (slice.has(node)) slice.set(node, lease)
    } catch (error) {
      if (!slice.has(node)) return
      // Somebody else wrote or removed it; the next turn reads it again.
      slice.set(node, undefined)
      if (!isConflict(error) && !isNotFound(error))
        this.#options.logger.warn('cannot renew the lease of a simulated node', {
          node,
          error: String(error),
        })
    }
  }

  async #write(node: string, known: Lease | undefined): Promise<Lease> {
    const { client, clock } = this.#options
    const key = { namespace: NAMESPACE, name: node }
    const renewTime = microTimestamp(clock)
    const current = known ?? (await client.get(Lease, key).catch(undefinedIfNotFound))
    if (current) return client.update(Lease, { ...current, spec: { ...current.spec, renewTime } })
    const spec = { holderIdentity: node, leaseDurationSeconds: LEASE_SECONDS, renewTime }
    return client.create(Lease, { metadata: key, spec })
  }
}

function undefinedIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
