import type { Container } from '../../api/core/v1/container.ts'
import { podQosClass } from '../../api/core/v1/pod-qos.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Logger } from '../../base/logger.ts'
import { quantityMilliValue } from '../../schema/quantity.ts'
import { AllocationError } from '../allocation-error.ts'
import { parseSaved, type StateFile } from '../state-file.ts'
import { NO_HINTS, type HintProvider, type TopologyHint } from '../topology/hints.ts'
import { hasNode } from '../topology/numa-mask.ts'
import { inStartOrder, leftBefore, mostAtOnce } from '../topology/start-order.ts'
import { cpuHints } from './cpu-hints.ts'
import { formatCpuSet, parseCpuSet } from './cpu-set.ts'
import { distributeCpus } from './distribute-cpus.ts'
import { takeCpus, type Cpu } from './take-cpus.ts'

export interface CpuManagerOptions extends StateFile {
  /** Of the machine. */
  readonly cpus: readonly Cpu[]
  /** Those that no container has for itself. */
  readonly reserved: readonly number[]
  readonly policyOptions: CpuPolicyOptions
  readonly logger: Logger
  /** Those that share CPUs have others now. */
  readonly changed: () => void
}

/** `cpuManagerPolicyOptions`, by their names. */
export interface CpuPolicyOptions {
  /** Containers get whole cores or none. */
  readonly 'full-pcpus-only'?: boolean
  /** Containers that share CPUs do not run on reserved ones. */
  readonly 'strict-cpu-reservation'?: boolean
  /** Containers that need more than one NUMA node get as many CPUs from each. */
  readonly 'distribute-cpus-across-numa'?: boolean
  /** Containers share as few last level caches with others as can be. */
  readonly 'prefer-align-cpus-by-uncorecache'?: boolean
}

/** Gives CPUs to containers of Guaranteed Pods that ask for whole ones (KEP-3570, the policy `static`). */
export interface CpuManager extends HintProvider {
  /** The CPUs that a container has for itself; undefined where it shares. */
  exclusive(uid: string, container: string): readonly number[] | undefined
  /** Where a container may run; empty where it may run anywhere. */
  cpuset(uid: string, container: string): string
  /** What containers can have for themselves. */
  allocatable(): readonly number[]
}

/** The policy `none`: whoever runs, runs anywhere. */
export const NO_CPU_MANAGER: CpuManager = {
  concerns: () => false,
  hints: () => NO_HINTS,
  podHints: () => NO_HINTS,
  allocate: async () => undefined,
  keep: async () => undefined,
  exclusive: () => undefined,
  cpuset: () => '',
  allocatable: () => [],
  holders: () => [],
  release: async () => undefined,
}

interface Saved {
  readonly policyName: string
  /** The CPUs of containers, by the Pod's uid. */
  readonly entries: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export function staticCpuManager(options: CpuManagerOptions): CpuManager {
  const { cpus, reserved, policyOptions, changed } = options
  const none: Saved = { policyName: 'static', entries: {} }
  const saved = parseSaved(options, none, 'Cannot read which CPUs containers have')
  const given = new Map(Object.entries(saved.policyName === 'static' ? saved.entries : {}))
  const candidates = cpus.map(({ id }) => id).filter((id) => !reserved.includes(id))
  const threads = cpus.length / new Set(cpus.map(({ core }) => core)).size
  const taken = (): ReadonlySet<number> =>
    new Set([...given.values()].flatMap((pod) => Object.values(pod).flatMap(parseCpuSet)))
  const free = (): ReadonlySet<number> => new Set(candidates).difference(taken())
  const shared = (): readonly number[] => {
    const exclusive = taken()
    const pool = policyOptions['strict-cpu-reservation'] ? candidates : cpus.map(({ id }) => id)
    return pool.filter((id) => !exclusive.has(id))
  }
  const save = (): Promise<void> =>
    options.save(
      JSON.stringify({
        policyName: 'static',
        defaultCpuSet: formatCpuSet(shared()),
        entries: Object.fromEntries(given),
      }),
    )
  const exclusive: CpuManager['exclusive'] = (uid, container) => {
    const own = given.get(uid)?.[container]
    return own === undefined ? undefined : parseCpuSet(own)
  }
  const leftTo = (pod: Pod, container: Container): ReadonlySet<number> =>
    leftBefore(pod, container, (name) => exclusive(pod.metadata.uid, name) ?? [])
  const takeFrom = (from: ReadonlySet<number>, count: number): readonly number[] => {
    const isCacheAligned = policyOptions['prefer-align-cpus-by-uncorecache'] ?? false
    const found = policyOptions['distribute-cpus-across-numa']
      ? distributeCpus(cpus, from, count, policyOptions['full-pcpus-only'] ? threads : 1)
      : takeCpus(cpus, from, count, { isCacheAligned })
    return found ?? []
  }
  /** What init containers leave goes first, then what is near. */
  const take = (
    count: number,
    reusable: ReadonlySet<number>,
    { affinity }: TopologyHint,
  ): readonly number[] => {
    if (policyOptions['full-pcpus-only'] && count % threads !== 0)
      throw new AllocationError(
        `SMT Alignment Error: requested ${count} cpus not multiple cpus per core = ${threads}`,
        'SMTAlignmentError',
      )
    const usable = free().union(reusable)
    if (usable.size < count)
      throw new AllocationError(
        `not enough cpus available to satisfy request: requested=${count}, available=${usable.size}`,
      )
    const again = new Set([...reusable].slice(0, count))
    const fresh = usable.difference(reusable)
    const near = new Set(
      cpus.flatMap(({ id, numaNode }) =>
        fresh.has(id) && affinity !== undefined && hasNode(affinity, numaNode) ? [id] : [],
      ),
    )
    const missing = count - again.size
    const aligned = takeFrom(near, Math.min(missing, near.size))
    const rest = takeFrom(fresh.difference(new Set(aligned)), missing - aligned.length)
    return [...again, ...aligned, ...rest]
  }
  return {
    concerns: (pod) => inStartOrder(pod).some(({ container }) => wantedBy(pod, container) > 0),
    hints(pod, container) {
      const count = wantedBy(pod, container)
      if (count === 0) return NO_HINTS
      const own = exclusive(pod.metadata.uid, container.name)
      const hints = own
        ? cpuHints(cpus, new Set(own), new Set(), count)
        : cpuHints(cpus, free(), leftTo(pod, container), count)
      return new Map([['cpu', hints]])
    },
    podHints(pod) {
      const count = mostAtOnce(pod, (container) => wantedBy(pod, container))
      if (count === 0) return NO_HINTS
      const own = Object.values(given.get(pod.metadata.uid) ?? {}).flatMap(parseCpuSet)
      const from = own.length > 0 ? new Set(own) : free()
      return new Map([['cpu', cpuHints(cpus, from, new Set(), count)]])
    },
    async allocate(pod, container, hint) {
      const { uid } = pod.metadata
      const count = wantedBy(pod, container)
      if (count === 0 || exclusive(uid, container.name)) return
      const own = take(count, leftTo(pod, container), hint)
      given.set(uid, { ...given.get(uid), [container.name]: formatCpuSet(own) })
    },
    async keep() {
      await save()
      changed()
    },
    exclusive,
    cpuset: (uid, container) => given.get(uid)?.[container] ?? formatCpuSet(shared()),
    allocatable: () => candidates,
    holders: () => [...given.keys()],
    async release(uid) {
      if (!given.delete(uid)) return
      await save()
      changed()
    },
  }
}

/** How many CPUs a container is to have for itself; none where its Pod shares by resources of its own, as upstream does. */
function wantedBy({ spec }: Pod, { resources }: Container): number {
  if (podQosClass(spec) !== 'Guaranteed' || spec.resources) return 0
  const milli = quantityMilliValue(resources.limits?.['cpu'])
  return milli % 1000 === 0 ? milli / 1000 : 0
}
