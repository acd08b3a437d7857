import type { Node } from '../../../api/core/v1/node.ts'
import { matchesNodeSelector } from '../../../api/core/v1/node-affinity.ts'
import type {
  Device,
  DeviceTaint,
  ResourceSlice,
  ResourceSliceSpec,
} from '../../../api/resource/v1/resource-slice.ts'
import { newestSlices } from '../../../api/resource/device-taints.ts'
import { parseQuantity } from '../../../schema/quantity.ts'

/** A device that a driver offers. */
export interface PoolDevice {
  /** Tells it from all others: `DRIVER/POOL/DEVICE`. */
  readonly id: string
  readonly driver: string
  readonly pool: Pool
  readonly device: Device
  readonly slice: ResourceSliceSpec
  /** Those of the device itself, and those that rules add. */
  readonly taints: readonly DeviceTaint[]
  /** What it takes of the shared counters of its pool, in billionths: `SET/COUNTER`. */
  readonly consumption: readonly (readonly [string, bigint])[]
}

/** The devices of one pool of one driver, as of its newest generation. */
export interface Pool {
  readonly driver: string
  readonly name: string
  /** Whether all of its slices have been seen. */
  readonly isComplete: boolean
  readonly devices: readonly PoolDevice[]
  /** What there is of each shared counter in whole, in billionths: `SET/COUNTER`. */
  readonly counters: ReadonlyMap<string, bigint>
}

/** Adds taints to devices from elsewhere. */
export type TaintsOf = (driver: string, pool: string, device: string) => readonly DeviceTaint[]

/** All pools, by driver and name. */
export function poolsOf(slices: readonly ResourceSlice[], taintsOf: TaintsOf): readonly Pool[] {
  const byPool = Map.groupBy(slices, ({ spec }) => `${spec.driver}/${spec.pool.name}`)
  return [...byPool.keys()].toSorted().map((key) => poolOf(byPool.get(key)!, taintsOf))
}

function poolOf(slices: readonly ResourceSlice[], taintsOf: TaintsOf): Pool {
  const current = newestSlices(slices).toSorted((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : 1,
  )
  const { driver, pool } = current[0]!.spec
  const devices: PoolDevice[] = []
  const made: Pool = {
    driver,
    name: pool.name,
    isComplete: current.length >= pool.resourceSliceCount,
    devices,
    counters: new Map(current.flatMap(({ spec }) => countersOf(spec))),
  }
  for (const { spec } of current) {
    for (const device of spec.devices ?? []) {
      const { name } = device
      const taints = [...(device.taints ?? []), ...taintsOf(driver, pool.name, name)]
      const id = `${driver}/${pool.name}/${name}`
      const consumption = consumptionOf(device)
      devices.push({ id, driver, pool: made, device, slice: spec, taints, consumption })
    }
  }
  return made
}

function countersOf({ sharedCounters = [] }: ResourceSliceSpec): readonly [string, bigint][] {
  return sharedCounters.flatMap(({ name: set, counters }) =>
    Object.entries(counters).map(([name, { value }]): [string, bigint] => [
      `${set}/${name}`,
      amountOf(value),
    ]),
  )
}

/** A quantity in billionths, exactly. */
export function amountOf(text: string): bigint {
  return parseQuantity(text)?.nano ?? 0n
}

/** The devices that a node can use, in the order of the pools. Most are for one node by its name, and need no look from others. */
export function devicesByNode(pools: readonly Pool[]): (node: Node) => readonly PoolDevice[] {
  const all = pools.flatMap(({ devices }) => devices).map((device, order) => ({ device, order }))
  const byName = Map.groupBy(all, ({ device }) => placeOf(device).nodeName)
  const others = byName.get(undefined) ?? []
  return (node) => {
    const own = byName.get(node.metadata.name) ?? []
    const shared = others.filter(({ device }) => reaches(device, node))
    return [...own, ...shared].toSorted((a, b) => a.order - b.order).map(({ device }) => device)
  }
}

/** Where a device can be used. */
function placeOf({ device, slice }: PoolDevice): Device | ResourceSliceSpec {
  return slice.perDeviceNodeSelection ? device : slice
}

function reaches(device: PoolDevice, node: Node): boolean {
  const { nodeSelector, allNodes } = placeOf(device)
  return nodeSelector ? matchesNodeSelector(nodeSelector, node) : allNodes === true
}

function consumptionOf(device: Device): PoolDevice['consumption'] {
  return (device.consumesCounters ?? []).flatMap(({ counterSet, counters }) =>
    Object.entries(counters).map(
      ([name, { value }]) => [`${counterSet}/${name}`, amountOf(value)] as const,
    ),
  )
}
