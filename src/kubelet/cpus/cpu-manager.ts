import type { Container } from '../../api/core/v1/container.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import { podQosClass } from '../../api/core/v1/pod-qos.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Logger } from '../../base/logger.ts'
import { quantityMilliValue } from '../../schema/quantity.ts'
import { AllocationError } from '../allocation-error.ts'
import { parseSaved, type StateFile } from '../state-file.ts'
import { formatCpuSet, parseCpuSet } from './cpu-set.ts'
import { takeCpus, type Cpu } from './take-cpus.ts'

export interface CpuManagerOptions extends StateFile {
  /** Of the machine. */
  readonly cpus: readonly Cpu[]
  /** Those that no container has for itself. */
  readonly reserved: readonly number[]
  /** Containers get whole cores or none: `full-pcpus-only`. */
  readonly isWholeCoresOnly: boolean
  /** Containers that share CPUs do not run on reserved ones: `strict-cpu-reservation`. */
  readonly isReservationStrict: boolean
  readonly logger: Logger
  /** Those that share CPUs have others now. */
  readonly changed: () => void
}

/** Gives CPUs to containers of Guaranteed Pods that ask for whole ones (KEP-3570, the policy `static`). */
export interface CpuManager {
  /** Gives a Pod the CPUs that it is to have for itself. Rejects with an `AllocationError`. */
  allocate(pod: Pod): Promise<void>
  /** The CPUs that a container has for itself; undefined where it shares. */
  exclusive(uid: string, container: string): readonly number[] | undefined
  /** Where a container may run; empty where it may run anywhere. */
  cpuset(uid: string, container: string): string
  /** What containers can have for themselves. */
  allocatable(): readonly number[]
  /** The Pods that have any, by uid. */
  holders(): readonly string[]
  /** Nothing of the Pod runs any more. */
  release(uid: string): Promise<void>
}

/** The policy `none`: whoever runs, runs anywhere. */
export const NO_CPU_MANAGER: CpuManager = {
  allocate: async () => undefined,
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
  const { cpus, reserved, changed } = options
  const none: Saved = { policyName: 'static', entries: {} }
  const saved = parseSaved(options, none, 'Cannot read which CPUs containers have')
  const given = new Map(Object.entries(saved.policyName === 'static' ? saved.entries : {}))
  const candidates = cpus.map(({ id }) => id).filter((id) => !reserved.includes(id))
  const taken = (): ReadonlySet<number> =>
    new Set([...given.values()].flatMap((pod) => Object.values(pod).flatMap(parseCpuSet)))
  const shared = (): readonly number[] => {
    const exclusive = taken()
    const pool = options.isReservationStrict ? candidates : cpus.map(({ id }) => id)
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
  const take = (count: number, reusable: ReadonlySet<number>): readonly number[] => {
    const exclusive = taken()
    const free = new Set(candidates.filter((id) => !exclusive.has(id) || reusable.has(id)))
    const threads = cpus.length / new Set(cpus.map(({ core }) => core)).size
    if (options.isWholeCoresOnly && count % threads !== 0)
      throw new AllocationError(
        `SMT Alignment Error: requested ${count} cpus not multiple cpus per core = ${threads}`,
        'SMTAlignmentError',
      )
    // What init containers leave goes first.
    const again = [...reusable].slice(0, count)
    const rest = free.difference(reusable)
    const more = takeCpus(cpus, rest, count - again.length)
    if (!more)
      throw new AllocationError(
        `not enough cpus available to satisfy request: requested=${count}, available=${free.size}`,
      )
    return [...again, ...more]
  }
  return {
    async allocate(pod) {
      const { uid } = pod.metadata
      const wanted = wantedBy(pod)
      if (wanted.length === 0 || given.has(uid)) return
      let reusable: ReadonlySet<number> = new Set()
      try {
        for (const { name, count, isPassing } of wanted) {
          const own = new Set(take(count, reusable))
          given.set(uid, { ...given.get(uid), [name]: formatCpuSet(own) })
          reusable = isPassing ? reusable.union(own) : reusable.difference(own)
        }
      } catch (error) {
        given.delete(uid)
        throw error
      }
      await save()
      changed()
    },
    exclusive(uid, container) {
      const own = given.get(uid)?.[container]
      return own === undefined ? undefined : parseCpuSet(own)
    },
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

/** How many CPUs each container of a Pod is to have for itself, as they start. */
function wantedBy({
  spec,
}: Pod): readonly { readonly name: string; readonly count: number; readonly isPassing: boolean }[] {
  if (podQosClass(spec) !== 'Guaranteed') return []
  const wanted = (container: Container, isPassing: boolean) => {
    const milli = quantityMilliValue(container.resources.limits?.['cpu'])
    if (milli === 0 || milli % 1000 !== 0) return []
    return [{ name: container.name, count: milli / 1000, isPassing }]
  }
  return [
    ...(spec.initContainers ?? []).flatMap((each) => wanted(each, !isSidecar(each))),
    ...spec.containers.flatMap((each) => wanted(each, false)),
  ]
}
