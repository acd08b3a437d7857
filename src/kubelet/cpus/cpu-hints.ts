import type { TopologyHint } from '../topology/hints.ts'
import { hasNode, masksOver, sizeOf, type NumaMask } from '../topology/numa-mask.ts'
import type { Cpu } from './take-cpus.ts'

/**
 * The groups of NUMA nodes that can give so many CPUs, with all that the container takes over among them; preferred are
 * those as small as the machine allows.
 */
export function cpuHints(
  all: readonly Cpu[],
  free: ReadonlySet<number>,
  reusable: ReadonlySet<number>,
  count: number,
): readonly TopologyHint[] {
  const isIn = (mask: NumaMask) => (cpu: Cpu) => hasNode(mask, cpu.numaNode)
  const masks = masksOver([...new Set(all.map(({ numaNode }) => numaNode))])
  const least = masks.find((mask) => all.filter(isIn(mask)).length >= count)
  const again = all.filter(({ id }) => reusable.has(id))
  const usable = all.filter(({ id }) => free.has(id) || reusable.has(id))
  return masks
    .filter((mask) => again.every(isIn(mask)) && usable.filter(isIn(mask)).length >= count)
    .map((mask) => ({
      affinity: mask,
      isPreferred: least !== undefined && sizeOf(mask) === sizeOf(least),
    }))
}
