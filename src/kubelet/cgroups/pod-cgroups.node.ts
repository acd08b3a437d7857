import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeCgroup } from '../containerd/cgroups.node.ts'
import { podCgroup, possiblePodCgroups } from '../containers/resources.ts'
import { findHierarchies, type Hierarchies } from './hierarchies.node.ts'
import type { PodCgroups } from './pod-cgroups.ts'
import { cgroupLimits, cpuWeight, type PodLimits } from './pod-limits.ts'

const PERIOD_US = 100_000

/** The cgroups of Pods below one, such as `/kubepods`. Each may have so many processes, or any number where negative. */
export function podCgroups(root: string, pidsMax = -1): PodCgroups {
  const found = findHierarchies()
  return {
    async apply(pod) {
      const hierarchies = await found
      const path = podCgroup(root, pod)
      const limits = cgroupLimits(pod)
      if (hierarchies.unified !== undefined) await applyUnified(hierarchies.unified, path, limits)
      else await applyEach(hierarchies, path, limits)
      const pids = hierarchies.unified ?? hierarchies.pids
      if (pidsMax > 0 && pids !== undefined) await limitProcesses(join(pids, path), pidsMax)
    },
    async remove(podUid) {
      await Promise.all(possiblePodCgroups(root, podUid).map(removeCgroup))
    },
  }
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

async function limitProcesses(directory: string, pidsMax: number): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'pids.max'), String(pidsMax))
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
