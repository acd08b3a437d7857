import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeCgroup } from '../containerd/cgroups.node.ts'
import { podCgroup, possiblePodCgroups } from '../containers/resources.ts'
import type { PodCgroups } from './pod-cgroups.ts'
import { cgroupLimits, cpuWeight, type PodLimits } from './pod-limits.ts'

const PERIOD_US = 100_000

/** Where each controller's hierarchy is: one for all of them is version 2. */
interface Hierarchies {
  readonly cpu: string | undefined
  readonly memory: string | undefined
  readonly unified: string | undefined
}

/** The cgroups of Pods below one, such as `/kubepods`. */
export function podCgroups(root: string): PodCgroups {
  const found = findHierarchies()
  return {
    async apply(pod) {
      const hierarchies = await found
      const path = podCgroup(root, pod)
      const limits = cgroupLimits(pod)
      if (hierarchies.unified !== undefined) await applyUnified(hierarchies.unified, path, limits)
      else await applyEach(hierarchies, path, limits)
    },
    async remove(podUid) {
      await Promise.all(possiblePodCgroups(root, podUid).map(removeCgroup))
    },
  }
}

async function findHierarchies(): Promise<Hierarchies> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' '))
  const withController = (name: string): string | undefined =>
    mounts.find(
      ([, , type, options]) => type === 'cgroup' && options?.split(',').includes(name),
    )?.[1]
  const [cpu, memory] = ['cpu', 'memory'].map(withController)
  const unified = mounts.find(([, , type]) => type === 'cgroup2')?.[1]
  // On a machine with both, the controllers are with version 1.
  return { cpu, memory, unified: cpu === undefined ? unified : undefined }
}

async function applyEach(
  { cpu, memory }: Hierarchies,
  path: string,
  { cpuShares, cpuQuotaUs, memoryBytes }: PodLimits,
): Promise<void> {
  if (cpu !== undefined) {
    const directory = join(cpu, path)
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'cpu.shares'), String(cpuShares))
    await writeFile(join(directory, 'cpu.cfs_period_us'), String(PERIOD_US))
    await writeFile(join(directory, 'cpu.cfs_quota_us'), String(cpuQuotaUs ?? -1))
  }
  if (memory !== undefined && memoryBytes !== undefined) {
    const directory = join(memory, path)
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'memory.limit_in_bytes'), String(memoryBytes))
  }
}

async function applyUnified(
  mount: string,
  path: string,
  { cpuShares, cpuQuotaUs, memoryBytes }: PodLimits,
): Promise<void> {
  const directory = join(mount, path)
  await mkdir(directory, { recursive: true })
  // A controller works in a cgroup when all above it pass it on.
  let above = mount
  for (const name of path.split('/').filter(Boolean)) {
    await writeFile(join(above, 'cgroup.subtree_control'), '+cpu +memory +pids')
    above = join(above, name)
  }
  await writeFile(join(directory, 'cpu.weight'), String(cpuWeight(cpuShares)))
  await writeFile(join(directory, 'cpu.max'), `${cpuQuotaUs ?? 'max'} ${PERIOD_US}`)
  await writeFile(join(directory, 'memory.max'), String(memoryBytes ?? 'max'))
}
