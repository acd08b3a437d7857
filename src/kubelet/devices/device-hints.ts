import type { TopologyHint } from '../topology/hints.ts'
import { hasNode, masksOver, sizeOf, type NumaMask } from '../topology/numa-mask.ts'
import type { Device } from './device-inventory.ts'

/**
 * The groups of NUMA nodes that can give so many devices, with all that the container takes over among them; preferred
 * are those as small as the machine allows. Undefined where no device says where it is.
 */
export function deviceHints(
  nodes: readonly number[],
  all: readonly Device[],
  free: ReadonlySet<string>,
  reusable: ReadonlySet<string>,
  count: number,
): readonly TopologyHint[] | undefined {
  const placed = all.filter(({ numaNodes }) => numaNodes.length > 0)
  if (placed.length === 0) return undefined
  const masks = masksOver(nodes)
  const least = masks.find((mask) => placed.filter(isNear(mask)).length >= count)
  const again = placed.filter(({ id }) => reusable.has(id))
  const usable = placed.filter(({ id }) => free.has(id) || reusable.has(id))
  return masks
    .filter((mask) => again.every(isNear(mask)) && usable.filter(isNear(mask)).length >= count)
    .map((mask) => ({
      affinity: mask,
      isPreferred: least !== undefined && sizeOf(mask) === sizeOf(least),
    }))
}

/** A device may be near to several nodes. */
export function isNear(mask: NumaMask): (device: Device) => boolean {
  return ({ numaNodes }) => numaNodes.some((node) => hasNode(mask, node))
}
