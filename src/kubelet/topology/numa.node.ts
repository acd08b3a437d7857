import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readHugepages } from '../node/machine.node.ts'
import type { Machine } from '../node/machine.ts'
import type { NumaNode } from './numa.ts'

const NODES = '/sys/devices/system/node'
const LOCAL_DISTANCE = 10

/** The NUMA nodes of this machine, by number; one with all of it where the kernel tells of none. */
export async function readNumaNodes({
  memoryBytes,
  hugepages,
}: Pick<Machine, 'memoryBytes' | 'hugepages'>): Promise<readonly NumaNode[]> {
  const names = await readdir(NODES).catch(() => [])
  const ids = names
    .flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b)
  if (ids.length > 1) return Promise.all(ids.map((id) => readNumaNode(id, ids)))
  const distances = new Map([[0, LOCAL_DISTANCE]])
  return [{ id: ids[0] ?? 0, memory: withoutPages(memoryBytes, hugepages), distances }]
}

async function readNumaNode(id: number, ids: readonly number[]): Promise<NumaNode> {
  const directory = join(NODES, `node${id}`)
  const [info, distances, hugepages] = await Promise.all([
    readFile(join(directory, 'meminfo'), 'utf8'),
    readFile(join(directory, 'distance'), 'utf8'),
    readHugepages(join(directory, 'hugepages')),
  ])
  const kib = Number(/MemTotal:\s+(\d+) kB/.exec(info)?.[1] ?? 0)
  const far = distances.trim().split(/\s+/).map(Number)
  return {
    id,
    memory: withoutPages(kib * 1024, hugepages),
    distances: new Map(ids.map((other, i) => [other, far[i] ?? LOCAL_DISTANCE])),
  }
}

function withoutPages(
  memoryBytes: number,
  hugepages: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const huge = Object.values(hugepages).reduce((sum, bytes) => sum + bytes, 0)
  return { memory: memoryBytes - huge, ...hugepages }
}
