import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readPressures, type Pressures } from '../stats/pressure.ts'
import { findHierarchies, type Hierarchies } from './hierarchies.node.ts'

/** What the processes of a cgroup use; what is not known is undefined. */
export interface CgroupUsage {
  /** Processor time since it was made. */
  readonly cpuNs: number | undefined
  readonly memoryBytes: number | undefined
  /** What the kernel could not take back at once: without files that were not read lately. */
  readonly workingSetBytes: number | undefined
  readonly rssBytes: number | undefined
  readonly pageFaults: number | undefined
  readonly majorPageFaults: number | undefined
  readonly processes: number | undefined
  readonly swapBytes?: number | undefined
  readonly pressures?: Pressures
}

/** Reads what cgroups use, by their paths such as `/kubepods/pod1`. */
export function cgroupUsages(): (path: string) => Promise<CgroupUsage> {
  const found = findHierarchies()
  return async (path) => {
    const hierarchies = await found
    const { unified } = hierarchies
    return unified === undefined ? readEach(hierarchies, path) : readUnified(join(unified, path))
  }
}

/** Reads what the tasks of cgroups wait for, by their paths: nothing with cgroup v1, which cannot tell. */
export function cgroupPressures(): (path: string) => Promise<Pressures> {
  const found = findHierarchies()
  return async (path) => {
    const { unified } = await found
    return unified === undefined ? {} : pressuresOf(join(unified, path))
  }
}

async function readEach(
  { cpuacct, memory, pids }: Hierarchies,
  path: string,
): Promise<CgroupUsage> {
  const [cpu, used, stat, processes] = await Promise.all([
    number(cpuacct, path, 'cpuacct.usage'),
    number(memory, path, 'memory.usage_in_bytes'),
    table(memory, path, 'memory.stat'),
    number(pids, path, 'pids.current'),
  ])
  return {
    cpuNs: cpu,
    ...memoryOf(used, stat.get('total_inactive_file')),
    rssBytes: stat.get('total_rss'),
    pageFaults: stat.get('total_pgfault'),
    majorPageFaults: stat.get('total_pgmajfault'),
    processes,
  }
}

async function readUnified(directory: string): Promise<CgroupUsage> {
  const [cpu, used, stat, processes, swapBytes, pressures] = await Promise.all([
    table(directory, '', 'cpu.stat'),
    number(directory, '', 'memory.current'),
    table(directory, '', 'memory.stat'),
    number(directory, '', 'pids.current'),
    number(directory, '', 'memory.swap.current'),
    pressuresOf(directory),
  ])
  const us = cpu.get('usage_usec')
  return {
    cpuNs: us === undefined ? undefined : us * 1000,
    ...memoryOf(used, stat.get('inactive_file')),
    rssBytes: stat.get('anon'),
    pageFaults: stat.get('pgfault'),
    majorPageFaults: stat.get('pgmajfault'),
    processes,
    swapBytes,
    pressures,
  }
}

function pressuresOf(directory: string): Promise<Pressures> {
  return readPressures((resource) => textOf(directory, '', `${resource}.pressure`))
}

function memoryOf(
  used: number | undefined,
  inactive = 0,
): Pick<CgroupUsage, 'memoryBytes' | 'workingSetBytes'> {
  return {
    memoryBytes: used,
    workingSetBytes: used === undefined ? undefined : Math.max(0, used - inactive),
  }
}

async function number(
  mount: string | undefined,
  path: string,
  file: string,
): Promise<number | undefined> {
  const text = await textOf(mount, path, file)
  return text === '' ? undefined : Number(text)
}

async function table(
  mount: string | undefined,
  path: string,
  file: string,
): Promise<ReadonlyMap<string, number>> {
  const lines = (await textOf(mount, path, file)).split('\n').map((line) => line.split(' '))
  return new Map(lines.map(([name = '', value]) => [name, Number(value)]))
}

// A cgroup goes when what it is for ends.
async function textOf(mount: string | undefined, path: string, file: string): Promise<string> {
  if (mount === undefined) return ''
  return (await readFile(join(mount, path, file), 'utf8').catch(() => '')).trim()
}
