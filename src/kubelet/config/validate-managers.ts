import { eachAt } from '../../api/validation/rules.ts'
import { atKey, unsupported, type FieldError } from '../../schema/field-error.ts'
import { quantityValue } from '../../schema/quantity.ts'
import { parseCpuSet } from '../cpus/cpu-set.ts'
import { NUMA_NODES_MAX } from '../topology/configured-topology.ts'
import type { KubeletConfiguration } from './kubelet-configuration.ts'
import { unless } from './unless.ts'

/** What is wrong with what is said of CPUs, memory and NUMA nodes. */
export function validateManagers(configuration: KubeletConfiguration): FieldError[] {
  return [
    ...validateCpus(configuration),
    ...validateTopology(configuration),
    ...validateReservedMemory(configuration),
    ...validateSwap(configuration),
  ]
}

const CPU_OPTIONS = [
  'full-pcpus-only',
  'strict-cpu-reservation',
  'distribute-cpus-across-numa',
  'prefer-align-cpus-by-uncorecache',
]

const EXCLUSIVE_CPU_OPTIONS = ['prefer-align-cpus-by-uncorecache', 'distribute-cpus-across-numa']

function validateCpus({
  cpuManagerPolicyOptions = {},
  reservedSystemCPUs = '',
}: KubeletConfiguration): FieldError[] {
  return [
    ...Object.entries(cpuManagerPolicyOptions).flatMap(([name, value]) => {
      const path = atKey('cpuManagerPolicyOptions', name)
      if (!CPU_OPTIONS.includes(name)) return [unsupported(path, name, CPU_OPTIONS)]
      return unless(['true', 'false'].includes(value), path, value, 'must be true or false')
    }),
    ...unless(
      !EXCLUSIVE_CPU_OPTIONS.every((name) => cpuManagerPolicyOptions[name] === 'true'),
      'cpuManagerPolicyOptions',
      cpuManagerPolicyOptions,
      `${EXCLUSIVE_CPU_OPTIONS.join(' and ')} cannot be used together`,
    ),
    ...unless(
      isCpuSet(reservedSystemCPUs),
      'reservedSystemCPUs',
      reservedSystemCPUs,
      'must be a set of CPUs, such as 0-3,8',
    ),
  ]
}

const TOPOLOGY_OPTIONS = ['max-allowable-numa-nodes', 'prefer-closest-numa-nodes']

function validateTopology({
  topologyManagerPolicyOptions = {},
}: KubeletConfiguration): FieldError[] {
  return Object.entries(topologyManagerPolicyOptions).flatMap(([name, value]) => {
    const path = atKey('topologyManagerPolicyOptions', name)
    if (!TOPOLOGY_OPTIONS.includes(name)) return [unsupported(path, name, TOPOLOGY_OPTIONS)]
    return name === 'prefer-closest-numa-nodes'
      ? unless(['true', 'false'].includes(value), path, value, 'must be true or false')
      : unless(
          /^\d+$/.test(value) && Number(value) >= NUMA_NODES_MAX,
          path,
          value,
          `the minimum value of "max-allowable-numa-nodes" should not be less than ${NUMA_NODES_MAX}`,
        )
  })
}

function validateReservedMemory({ reservedMemory = [] }: KubeletConfiguration): FieldError[] {
  const seen = new Set<string>()
  return eachAt(reservedMemory, 'reservedMemory', ({ numaNode, limits = {} }, at) =>
    Object.entries(limits).flatMap(([resource, amount]) => {
      const path = atKey(`${at}.limits`, resource)
      const key = `${numaNode} ${resource}`
      const isTwice = seen.has(key)
      seen.add(key)
      return [
        ...unless(
          resource === 'memory' || resource.startsWith('hugepages-'),
          path,
          amount,
          `the limit type "${resource}" for NUMA node ${numaNode} is not supported, only [memory hugepages-<HugePageSize>] is accepted`,
        ),
        ...unless(
          quantityValue(amount) !== 0,
          path,
          amount,
          `reserved memory may not be zero for NUMA node ${numaNode} and resource "${resource}"`,
        ),
        ...unless(
          !isTwice,
          path,
          amount,
          `the reserved memory has a duplicate value for NUMA node ${numaNode} and resource "${resource}"`,
        ),
      ]
    }),
  )
}

const SWAP_BEHAVIORS = ['', 'LimitedSwap', 'NoSwap']

function validateSwap({ memorySwap }: KubeletConfiguration): FieldError[] {
  const { swapBehavior = '' } = memorySwap ?? {}
  return SWAP_BEHAVIORS.includes(swapBehavior)
    ? []
    : [unsupported('memorySwap.swapBehavior', swapBehavior, SWAP_BEHAVIORS)]
}

function isCpuSet(text: string): boolean {
  try {
    parseCpuSet(text)
    return true
  } catch {
    return false
  }
}
