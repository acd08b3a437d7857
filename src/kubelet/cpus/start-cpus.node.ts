import { join } from 'node:path'
import type { Logger } from '../../base/logger.ts'
import { quantityMilliValue } from '../../schema/quantity.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import { openStateFile } from '../state-file.node.ts'
import { NO_CPU_MANAGER, staticCpuManager, type CpuManager } from './cpu-manager.ts'
import { parseCpuSet } from './cpu-set.ts'
import { readCpus } from './cpu-topology.node.ts'
import { takeCpus, type Cpu } from './take-cpus.ts'

export interface CpusOptions {
  readonly configuration: KubeletConfiguration
  readonly dataDir: string
  readonly logger: Logger
  /** Those that share CPUs have others now. */
  readonly changed: () => void
}

/** The policy for CPUs that the configuration names, with what was given before the agent was started again. */
export async function startCpus({
  configuration,
  dataDir,
  logger,
  changed,
}: CpusOptions): Promise<CpuManager> {
  const { cpuManagerPolicy, cpuManagerPolicyOptions = {} } = configuration
  if (cpuManagerPolicy !== 'static') return NO_CPU_MANAGER
  const cpus = await readCpus()
  return staticCpuManager({
    cpus,
    reserved: reservedCpus(cpus, configuration),
    policyOptions: Object.fromEntries(
      Object.entries(cpuManagerPolicyOptions).map(([name, value]) => [name, value === 'true']),
    ),
    logger,
    ...(await openStateFile(join(dataDir, 'cpu_manager_state'))),
    changed,
  })
}

function reservedCpus(
  cpus: readonly Cpu[],
  { reservedSystemCPUs, kubeReserved, systemReserved }: KubeletConfiguration,
): readonly number[] {
  if (reservedSystemCPUs) return parseCpuSet(reservedSystemCPUs)
  const milli = [kubeReserved, systemReserved].reduce(
    (sum, each) => sum + quantityMilliValue(each?.['cpu']),
    0,
  )
  const all = new Set(cpus.map(({ id }) => id))
  return takeCpus(cpus, all, Math.min(cpus.length, Math.ceil(milli / 1000))) ?? []
}
