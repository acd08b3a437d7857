import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCpuSet } from './cpu-set.ts'
import type { Cpu } from './take-cpus.ts'

const CPUS = '/sys/devices/system/cpu'
const NODES = '/sys/devices/system/node'

/** The CPUs of this machine that are on, by number. */
export async function readCpus(): Promise<readonly Cpu[]> {
  const [online, numaNodes] = await Promise.all([read(join(CPUS, 'online')), readNumaNodes()])
  return Promise.all(
    parseCpuSet(online).map(async (id) => {
      const directory = join(CPUS, `cpu${id}`)
      const [siblings, socket, cache] = await Promise.all([
        read(join(directory, 'topology/thread_siblings_list')),
        read(join(directory, 'topology/physical_package_id')),
        read(join(directory, 'cache/index3/shared_cpu_list')),
      ])
      return {
        id,
        // The kernel numbers cores within a socket, so that the first thread stands for a core.
        core: parseCpuSet(siblings)[0] ?? id,
        socket: Number(socket) || 0,
        numaNode: numaNodes.get(id) ?? 0,
        uncoreCache: parseCpuSet(cache)[0] ?? 0,
      }
    }),
  )
}

async function readNumaNodes(): Promise<ReadonlyMap<number, number>> {
  const names = await readdir(NODES).catch(() => [])
  const nodes = names.flatMap((name) => {
    const [, id] = /^node(\d+)$/.exec(name) ?? []
    return id === undefined ? [] : [Number(id)]
  })
  const lists = await Promise.all(nodes.map((id) => read(join(NODES, `node${id}`, 'cpulist'))))
  return new Map(nodes.flatMap((id, i) => parseCpuSet(lists[i]!).map((cpu) => [cpu, id] as const)))
}

/** Virtual machines may not tell all of it. */
async function read(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim()
}
