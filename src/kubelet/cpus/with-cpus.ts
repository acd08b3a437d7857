import type { ContainerConfig, Input } from '../cri/types.ts'
import type { CpuManager } from './cpu-manager.ts'

const NO_QUOTA = -1

/** What the runtime is told of a container, with where it may run. Who has CPUs for itself needs no quota of them. */
export function withCpus(
  config: Input<ContainerConfig>,
  cpus: Pick<CpuManager, 'cpuset' | 'exclusive'>,
  uid: string,
  container: string,
): Input<ContainerConfig> {
  const cpusetCpus = cpus.cpuset(uid, container)
  if (cpusetCpus === '') return config
  const isExclusive = cpus.exclusive(uid, container) !== undefined
  const resources = {
    ...config.linux?.resources,
    cpusetCpus,
    ...(isExclusive && { cpuQuota: NO_QUOTA }),
  }
  return { ...config, linux: { ...config.linux, resources } }
}
