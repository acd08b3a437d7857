import type { Node } from '../../../api/core/v1/node.ts'
import { isDeviceTolerated } from '../../../api/resource/device-taints.ts'
import type { AllocationResult, ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'
import { allocationResult, type ChosenDevice } from './allocation-result.ts'
import { constraintsOf } from './device-constraints.ts'
import { consumptionFor, type Consumption } from './device-capacity.ts'
import type { OpenRequest, Variant } from './device-requests.ts'
import type { DeviceSelectors } from './device-selectors.ts'
import type { DeviceUsage } from './device-usage.ts'
import { amountOf, type Pool, type PoolDevice } from './device-pools.ts'

export interface AllocateOptions {
  readonly claims: readonly ResourceClaim[]
  readonly requests: readonly OpenRequest[]
  /** The devices that the node can use. */
  readonly near: readonly PoolDevice[]
  readonly usage: DeviceUsage
  readonly selectors: DeviceSelectors
  /** Called at each step; throws where it takes too long. */
  readonly step: () => void
  readonly uuid: () => string
}

const RESULTS_MAX = 32 // Of one claim.

/**
 * Finds devices for all requests of all claims that a node can use: the first set that goes together, in the order in
 * which requests are written and devices are offered. One result for each claim, or undefined where there is no such set.
 * Throws `SelectorError`.
 */
export function allocate(
  options: AllocateOptions,
  node: Node,
): readonly AllocationResult[] | undefined {
  const chosen = new Search(options).run()
  return chosen && options.claims.map((claim, i) => allocationResult(claim, chosen[i]!, node))
}

/** A search with backtracking; what it takes on trial, it gives back. */
class Search {
  readonly #options: AllocateOptions
  readonly #usage: DeviceUsage
  readonly #devices: readonly PoolDevice[]
  readonly #incomplete: boolean
  readonly #counters = new Map<Pool, Map<string, bigint>>()
  readonly #constraints: readonly ReturnType<typeof constraintsOf>[]
  readonly #chosen: ChosenDevice[][]

  constructor(options: AllocateOptions) {
    const { claims, near, usage } = options
    this.#options = options
    this.#usage = usage.trial()
    // Devices that are ready at once before those that have to be waited for.
    this.#devices = near
      .filter(({ pool }) => pool.isComplete)
      .toSorted((a, b) => Number(isLate(a)) - Number(isLate(b)))
    this.#incomplete = near.some(({ pool }) => !pool.isComplete)
    this.#constraints = claims.map(constraintsOf)
    this.#chosen = claims.map(() => [])
  }

  run(): readonly (readonly ChosenDevice[])[] | undefined {
    if (!this.#solve(0)) return undefined
    return this.#chosen.map((devices) => devices.map((each) => this.#named(each)))
  }

  /** Shares of a device are told apart by an identity of their own. */
  #named(chosen: ChosenDevice): ChosenDevice {
    return chosen.consumption ? { ...chosen, shareID: this.#options.uuid() } : chosen
  }

  #solve(i: number): boolean {
    const request = this.#options.requests[i]
    if (!request) return true
    return request.variants.some((variant) =>
      variant.asks.allocationMode === 'All'
        ? this.#takeAll(i, request.claim, variant)
        : this.#takeSome(i, request.claim, variant, variant.asks.count ?? 1, 0),
    )
  }

  #takeSome(i: number, claim: number, variant: Variant, count: number, from: number): boolean {
    if (count === 0) return this.#solve(i + 1)
    for (let k = from; k < this.#devices.length; k += 1) {
      this.#options.step()
      const device = this.#devices[k]!
      const taken = this.#take(claim, variant, device)
      if (!taken) continue
      // Several shares of one device serve one request as well as several devices.
      const next = taken.consumption ? k : k + 1
      if (this.#takeSome(i, claim, variant, count - 1, next)) return true
      this.#giveBack(claim, taken)
    }
    return false
  }

  /** All or nothing: also where nobody knows yet what all is. */
  #takeAll(i: number, claim: number, variant: Variant): boolean {
    if (this.#incomplete) return false
    const wanted = this.#devices.filter((device) => this.#matches(claim, variant, device))
    if (wanted.length === 0) return false
    const taken: ChosenDevice[] = []
    for (const device of wanted) {
      this.#options.step()
      const one = this.#take(claim, variant, device)
      if (!one) break
      taken.push(one)
    }
    if (taken.length === wanted.length && this.#solve(i + 1)) return true
    for (const one of taken.toReversed()) this.#giveBack(claim, one)
    return false
  }

  #take(claim: number, variant: Variant, device: PoolDevice): ChosenDevice | undefined {
    const results = this.#chosen[claim]!
    if (results.length >= RESULTS_MAX || !this.#matches(claim, variant, device)) return undefined
    const { asks, isAdmin } = variant
    if (!isDeviceTolerated(device.taints, variant.tolerations)) return undefined
    const consumption = consumptionFor(asks.capacity, device)
    if (!consumption || !this.#isFree(device, variant, consumption, results)) return undefined
    if (!this.#constraints[claim]!.add(variant, device)) return undefined
    const isShared = device.device.allowMultipleAllocations === true && !isAdmin
    const one: ChosenDevice = {
      variant,
      device,
      ...(isShared && { consumption }),
    }
    if (!isAdmin) this.#count(device, one, 1n)
    results.push(one)
    return one
  }

  #giveBack(claim: number, one: ChosenDevice): void {
    this.#chosen[claim]!.pop()
    this.#constraints[claim]!.remove(one.variant, one.device)
    if (!one.variant.isAdmin) this.#count(one.device, one, -1n)
  }

  #matches(claim: number, { asks, deviceClass }: Variant, device: PoolDevice): boolean {
    const { selectors, claims } = this.#options
    const { namespace, name } = claims[claim]!.metadata
    const { spec, metadata } = deviceClass
    return (
      selectors.matches(spec.selectors ?? [], device, `class ${metadata.name}`) &&
      selectors.matches(asks.selectors ?? [], device, `claim ${namespace}/${name}`)
    )
  }

  #isFree(
    device: PoolDevice,
    { isAdmin }: Variant,
    consumption: Consumption,
    results: readonly ChosenDevice[],
  ): boolean {
    if (isAdmin) return !results.some((each) => each.device.id === device.id)
    const { id } = device
    if (this.#usage.isTaken(id)) return false
    const isUsed = this.#usage.isUsed(id)
    if (isUsed && !device.device.allowMultipleAllocations) return false
    for (const [name, amount] of consumption) {
      const whole = amountOf(device.device.capacity![name]!.value)
      if (this.#usage.takenOf(id, name) + amount > whole) return false
    }
    // However many share a device, it takes of the pool's counters once.
    return isUsed || this.#hasCounters(device)
  }

  #hasCounters({ pool, consumption }: PoolDevice): boolean {
    if (consumption.length === 0) return true
    const used = this.#countersOf(pool)
    return consumption.every(
      ([key, amount]) => (used.get(key) ?? 0n) + amount <= (pool.counters.get(key) ?? -1n),
    )
  }

  /** Marks a device as used, or as free again. */
  #count(device: PoolDevice, { consumption }: ChosenDevice, sign: 1n | -1n): void {
    const { id, pool } = device
    const wasUsed = this.#usage.isUsed(id)
    // As it was before the change.
    const used = device.consumption.length > 0 ? this.#countersOf(pool) : undefined
    if (consumption && sign > 0) this.#usage.share(id, consumption)
    else if (consumption) this.#usage.unshare(id, consumption)
    else if (sign > 0) this.#usage.take(id)
    else this.#usage.release(id)
    if (!used || wasUsed === this.#usage.isUsed(id)) return
    for (const [key, amount] of device.consumption)
      used.set(key, (used.get(key) ?? 0n) + sign * amount)
  }

  #countersOf(pool: Pool): Map<string, bigint> {
    return this.#counters.getOrInsertComputed(pool, () => this.#usage.countersOf(pool))
  }
}

function isLate({ device }: PoolDevice): boolean {
  return (device.bindingConditions?.length ?? 0) > 0
}
