import type { NumaNode } from '../topology/numa.ts'

/** Bytes by resource: `memory`, `hugepages-2Mi`. */
export type MemoryAmounts = Readonly<Record<string, number>>

/** Memory of one kind that a container has from some NUMA nodes together. */
export interface MemoryBlock {
  readonly numaAffinity: readonly number[]
  readonly type: string
  /** In bytes. */
  readonly size: number
}

interface MemoryTable {
  readonly total: number
  readonly systemReserved: number
  readonly allocatable: number
  reserved: number
  free: number
}

interface NodeMemory {
  /** How many blocks come from the node. */
  numberOfAssignments: number
  readonly memoryMap: Readonly<Record<string, MemoryTable>>
  /** The nodes that its blocks come from; itself alone where there are none. */
  cells: readonly number[]
}

/** What is left of the memory of NUMA nodes, by their ids. */
export type MemoryMap = ReadonlyMap<number, NodeMemory>

/** What is left where containers have these blocks. */
export function memoryMap(
  nodes: readonly NumaNode[],
  reserved: ReadonlyMap<number, MemoryAmounts>,
  blocks: readonly MemoryBlock[],
): MemoryMap {
  const map: MemoryMap = new Map(
    nodes.map(({ id, memory }): [number, NodeMemory] => {
      const tables = Object.entries(memory).map(([type, total]) => {
        const systemReserved = reserved.get(id)?.[type] ?? 0
        const allocatable = Math.max(0, total - systemReserved)
        return [type, { total, systemReserved, allocatable, reserved: 0, free: allocatable }]
      })
      const memoryMap = Object.fromEntries(tables) as Record<string, MemoryTable>
      return [id, { numberOfAssignments: 0, memoryMap, cells: [id] }]
    }),
  )
  for (const block of blocks) take(map, block)
  return map
}

/** Takes a block from its nodes, as much as there is from the first, the rest from the next. */
function take(map: MemoryMap, { numaAffinity, type, size }: MemoryBlock): void {
  let missing = size
  for (const id of numaAffinity) {
    const node = map.get(id)
    if (!node) continue
    node.numberOfAssignments += 1
    node.cells = numaAffinity
    const table = node.memoryMap[type]
    if (!table) continue
    const taken = Math.min(table.free, missing)
    table.free -= taken
    table.reserved += taken
    missing -= taken
  }
}

/** Whether a group of nodes may give memory together: a node gives alone, or always with the same others. */
export function isFreeGroup(map: MemoryMap, nodes: readonly number[]): boolean {
  return nodes.every((id) => {
    const node = map.get(id)
    if (!node || node.numberOfAssignments === 0) return true
    return node.cells.length === nodes.length && node.cells.every((cell) => nodes.includes(cell))
  })
}

export function sumOver(
  map: MemoryMap,
  nodes: readonly number[],
  type: string,
  read: 'free' | 'allocatable',
): number {
  return nodes.reduce((sum, id) => sum + (map.get(id)?.memoryMap[type]?.[read] ?? 0), 0)
}
