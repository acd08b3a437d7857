import { formatQuantity, quantityValue } from '../../schema/quantity.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import type { NumaNode } from '../topology/numa.ts'
import type { MemoryAmounts } from './memory-map.ts'

/**
 * What `reservedMemory` keeps of each NUMA node. Throws where it names others, or where all of it together is not what
 * Pods are not promised: `total` by resource.
 */
export function reservedMemory(
  { reservedMemory: given = [] }: Pick<KubeletConfiguration, 'reservedMemory'>,
  nodes: readonly Pick<NumaNode, 'id'>[],
  total: MemoryAmounts,
): ReadonlyMap<number, MemoryAmounts> {
  const unknown = given.find(({ numaNode }) => !nodes.some(({ id }) => id === numaNode))
  if (unknown)
    throw new Error(
      `the reserved memory configuration references a NUMA node ${unknown.numaNode} that does not exist on this machine`,
    )
  const reserved = new Map(
    given.map(({ numaNode, limits = {} }) => [
      numaNode,
      Object.fromEntries(
        Object.entries(limits).map(([type, amount]) => [type, quantityValue(amount)]),
      ),
    ]),
  )
  const sum = (type: string): number =>
    [...reserved.values()].reduce((bytes, each) => bytes + (each[type] ?? 0), 0)
  const types = new Set([...Object.keys(total), ...[...reserved.values()].flatMap(Object.keys)])
  for (const type of types)
    if (sum(type) !== (total[type] ?? 0))
      throw new Error(
        `the total amount "${written(sum(type))}" of type "${type}" is not equal to the value "${written(total[type] ?? 0)}" determined by Node Allocatable feature`,
      )
  if (sum('memory') === 0)
    throw new Error('[memorymanager] you should specify the system reserved memory')
  return reserved
}

function written(bytes: number): string {
  return formatQuantity({ nano: BigInt(bytes) * 1_000_000_000n, format: 'DecimalSI' })
}
