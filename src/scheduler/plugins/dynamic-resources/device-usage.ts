import type { AllocationResult } from '../../../api/resource/v1/resource-claim.ts'
import { amountOf, type Pool } from './device-pools.ts'

interface Shares {
  count: number
  readonly taken: Map<string, bigint>
}

/** Which devices are in use, and how much of those that several share. */
export class DeviceUsage {
  /** What holds besides; it is looked at, and never changed. */
  readonly #base: DeviceUsage | undefined
  /** Devices for one claim alone. */
  readonly #exclusive = new Set<string>()
  /** By device: how many share it, and what they take of its capacities, in billionths. */
  readonly #shared = new Map<string, Shares>()

  constructor(base?: DeviceUsage) {
    this.#base = base
  }

  /** Access for administration takes nothing. */
  add(allocation: AllocationResult): void {
    for (const result of allocation.devices.results ?? []) {
      if (result.adminAccess) continue
      const id = `${result.driver}/${result.pool}/${result.device}`
      if (result.shareID === undefined) this.#exclusive.add(id)
      else {
        const taken = Object.entries(result.consumedCapacity ?? {})
        this.share(id, new Map(taken.map(([name, amount]) => [name, amountOf(amount)])))
      }
    }
  }

  isTaken(id: string): boolean {
    return this.#exclusive.has(id) || (this.#base?.isTaken(id) ?? false)
  }

  isUsed(id: string): boolean {
    return this.isTaken(id) || this.#sharesOf(id) !== undefined
  }

  takenOf(id: string, capacity: string): bigint {
    return this.#sharesOf(id)?.taken.get(capacity) ?? 0n
  }

  take(id: string): void {
    this.#exclusive.add(id)
  }

  release(id: string): void {
    this.#exclusive.delete(id)
  }

  share(id: string, amounts: ReadonlyMap<string, bigint>): void {
    const entry = this.#ownSharesOf(id)
    entry.count += 1
    for (const [name, amount] of amounts)
      entry.taken.set(name, (entry.taken.get(name) ?? 0n) + amount)
    this.#shared.set(id, entry)
  }

  unshare(id: string, amounts: ReadonlyMap<string, bigint>): void {
    const entry = this.#ownSharesOf(id)
    entry.count -= 1
    for (const [name, amount] of amounts) entry.taken.set(name, entry.taken.get(name)! - amount)
    if (entry.count === 0) this.#shared.delete(id)
    else this.#shared.set(id, entry)
  }

  /** What the devices of a pool that are in use take of its shared counters, in billionths. */
  countersOf(pool: Pool): Map<string, bigint> {
    const used = new Map<string, bigint>()
    for (const device of pool.devices) {
      if (!this.isUsed(device.id)) continue
      for (const [key, amount] of device.consumption) used.set(key, (used.get(key) ?? 0n) + amount)
    }
    return used
  }

  /** The same, to try things out on: what is taken of it is given back to it, and this stays as it is. */
  trial(): DeviceUsage {
    return new DeviceUsage(this)
  }

  #sharesOf(id: string): Shares | undefined {
    return this.#shared.get(id) ?? (this.#base && this.#base.#sharesOf(id))
  }

  /** A copy where only the base has them. */
  #ownSharesOf(id: string): Shares {
    const own = this.#shared.get(id)
    if (own) return own
    const { count = 0, taken } = this.#sharesOf(id) ?? {}
    return { count, taken: new Map(taken) }
  }
}
