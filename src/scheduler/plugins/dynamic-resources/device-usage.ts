import type { AllocationResult } from '../../../api/resource/v1/resource-claim.ts'
import { amountOf, consumptionOf, type Pool } from './device-pools.ts'

/** Which devices are in use, and how much of those that several share. */
export class DeviceUsage {
  /** Devices for one claim alone. */
  readonly #exclusive = new Set<string>()
  /** By device: how many share it, and what they take of its capacities, in billionths. */
  readonly #shared = new Map<string, { count: number; readonly taken: Map<string, bigint> }>()

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
    return this.#exclusive.has(id)
  }

  isUsed(id: string): boolean {
    return this.#exclusive.has(id) || this.#shared.has(id)
  }

  takenOf(id: string, capacity: string): bigint {
    return this.#shared.get(id)?.taken.get(capacity) ?? 0n
  }

  take(id: string): void {
    this.#exclusive.add(id)
  }

  release(id: string): void {
    this.#exclusive.delete(id)
  }

  share(id: string, amounts: ReadonlyMap<string, bigint>): void {
    const entry = this.#shared.get(id) ?? { count: 0, taken: new Map<string, bigint>() }
    entry.count += 1
    for (const [name, amount] of amounts)
      entry.taken.set(name, (entry.taken.get(name) ?? 0n) + amount)
    this.#shared.set(id, entry)
  }

  unshare(id: string, amounts: ReadonlyMap<string, bigint>): void {
    const entry = this.#shared.get(id)!
    entry.count -= 1
    for (const [name, amount] of amounts) entry.taken.set(name, entry.taken.get(name)! - amount)
    if (entry.count === 0) this.#shared.delete(id)
  }

  /** What the devices of a pool that are in use take of its shared counters, in billionths. */
  countersOf(pool: Pool): Map<string, bigint> {
    const used = new Map<string, bigint>()
    for (const device of pool.devices) {
      if (!this.isUsed(device.id)) continue
      for (const [key, amount] of consumptionOf(device))
        used.set(key, (used.get(key) ?? 0n) + amount)
    }
    return used
  }

  clone(): DeviceUsage {
    const copy = new DeviceUsage()
    for (const id of this.#exclusive) copy.#exclusive.add(id)
    for (const [id, { count, taken }] of this.#shared)
      copy.#shared.set(id, { count, taken: new Map(taken) })
    return copy
  }
}
