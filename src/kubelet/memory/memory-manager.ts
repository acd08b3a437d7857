import type { Container } from '../../api/core/v1/container.ts'
import { podQosClass } from '../../api/core/v1/pod-qos.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Logger } from '../../base/logger.ts'
import { quantityValue } from '../../schema/quantity.ts'
import { AllocationError } from '../allocation-error.ts'
import { parseSaved, type StateFile } from '../state-file.ts'
import { NO_HINTS, type HintProvider, type TopologyHint } from '../topology/hints.ts'
import { maskOf, nodesOf } from '../topology/numa-mask.ts'
import type { NumaNode } from '../topology/numa.ts'
import { inStartOrder, mostAtOnce } from '../topology/start-order.ts'
import { bestHint, forAll, memoryHints, type LeftMemory } from './memory-hints.ts'
import {
  isFreeGroup,
  memoryMap,
  sumOver,
  type MemoryAmounts,
  type MemoryBlock,
  type MemoryMap,
} from './memory-map.ts'

export interface MemoryManagerOptions extends StateFile {
  readonly nodes: readonly NumaNode[]
  /** What of each node no container gets. */
  readonly reserved: ReadonlyMap<number, MemoryAmounts>
  readonly logger: Logger
}

/** Gives containers of Guaranteed Pods memory of NUMA nodes (KEP-1769, the policy `Static`). */
export interface MemoryManager extends HintProvider {
  /** What a container has. */
  blocks(uid: string, container: string): readonly MemoryBlock[]
  /** What containers can have. */
  allocatable(): readonly MemoryBlock[]
}

/** The policy `None`: memory comes from anywhere. */
export const NO_MEMORY_MANAGER: MemoryManager = {
  concerns: () => false,
  hints: () => NO_HINTS,
  podHints: () => NO_HINTS,
  allocate: async () => undefined,
  keep: async () => undefined,
  holders: () => [],
  release: async () => undefined,
  blocks: () => [],
  allocatable: () => [],
}

type BlocksOfPod = Readonly<Record<string, readonly MemoryBlock[]>>

interface Saved {
  readonly policyName: string
  /** By the Pod's uid and the container. */
  readonly entries: Readonly<Record<string, BlocksOfPod>>
}

export function staticMemoryManager(options: MemoryManagerOptions): MemoryManager {
  const { nodes, reserved } = options
  const none: Saved = { policyName: 'Static', entries: {} }
  const saved = parseSaved(options, none, 'Cannot read which memory containers have')
  const given = new Map(Object.entries(saved.policyName === 'Static' ? saved.entries : {}))
  const current = (): MemoryMap =>
    memoryMap(
      nodes,
      reserved,
      [...given.values()].flatMap((pod) => Object.values(pod).flat()),
    )
  const blocks = (uid: string, container: string): readonly MemoryBlock[] =>
    given.get(uid)?.[container] ?? []
  const save = (): Promise<void> =>
    options.save(
      JSON.stringify({
        policyName: 'Static',
        machineState: Object.fromEntries(current()),
        entries: Object.fromEntries(given),
      }),
    )

  const choose = (
    map: MemoryMap,
    wanted: MemoryAmounts,
    left: LeftMemory,
    { affinity = 0, isPreferred }: TopologyHint,
  ): readonly number[] => {
    const own = nodesOf(affinity)
    const isEnough = Object.entries(wanted).every(
      ([type, size]) => sumOver(map, own, type, 'free') + left(own, type) >= size,
    )
    if (affinity !== 0 && isEnough) return own
    const best = bestHint(memoryHints(map, wanted, left), affinity)
    const which = affinity === 0 ? 'default' : 'extended'
    if (!best)
      throw new AllocationError(
        affinity === 0
          ? '[memorymanager] failed to get the default NUMA affinity, no NUMA nodes with enough memory is available'
          : '[memorymanager] failed to find NUMA nodes to extend the current topology hint',
      )
    if (isPreferred && !best.isPreferred)
      throw new AllocationError(`[memorymanager] failed to find the ${which} preferred hint`)
    return nodesOf(best.affinity)
  }
  return {
    concerns: (pod) => inStartOrder(pod).some(({ container }) => hasAny(wantedBy(pod, container))),
    hints(pod, container) {
      const wanted = wantedBy(pod, container)
      if (!hasAny(wanted)) return NO_HINTS
      const own = blocks(pod.metadata.uid, container.name)
      if (own.length > 0) return hintsOf(own)
      const left = leftTo(pod, container, blocks)
      return forAll(wanted, memoryHints(current(), wanted, left))
    },
    podHints(pod) {
      const wanted = wantedByAll(pod)
      if (!hasAny(wanted)) return NO_HINTS
      const [own] = Object.values(given.get(pod.metadata.uid) ?? {})
      return own ? hintsOf(own) : forAll(wanted, memoryHints(current(), wanted))
    },
    async allocate(pod, container, hint) {
      const { uid } = pod.metadata
      const wanted = wantedBy(pod, container)
      if (!hasAny(wanted) || blocks(uid, container.name).length > 0) return
      const map = current()
      const left = leftTo(pod, container, blocks)
      const numaAffinity = choose(map, wanted, left, hint)
      if (!isFreeGroup(map, numaAffinity))
        throw new AllocationError('[memorymanager] preferred hint violates NUMA node allocation')
      const own = Object.entries(wanted).map(([type, size]) => ({ numaAffinity, type, size }))
      given.set(uid, {
        ...handedOn(pod, container, given.get(uid) ?? {}, own),
        [container.name]: own,
      })
    },
    keep: save,
    holders: () => [...given.keys()],
    async release(uid) {
      if (given.delete(uid)) await save()
    },
    blocks,
    allocatable: () =>
      [...current()].flatMap(([id, { memoryMap: tables }]) =>
        Object.entries(tables)
          .filter(([, { allocatable }]) => allocatable > 0)
          .map(([type, { allocatable }]) => ({ numaAffinity: [id], type, size: allocatable })),
      ),
  }
}

function hasAny(wanted: MemoryAmounts): boolean {
  return Object.keys(wanted).length > 0
}

function isMemory(resource: string): boolean {
  return resource === 'memory' || resource.startsWith('hugepages-')
}

/** What a container is to have of its own; Pods that share by resources of their own are left alone, as upstream does. */
function wantedBy({ spec }: Pod, { resources }: Container): MemoryAmounts {
  if (podQosClass(spec) !== 'Guaranteed' || spec.resources) return {}
  const amounts = Object.entries(resources.requests ?? {})
    .filter(([resource]) => isMemory(resource))
    .map(([resource, amount]) => [resource, quantityValue(amount)] as const)
    .filter(([, bytes]) => bytes > 0)
  return Object.fromEntries(amounts)
}

function wantedByAll(pod: Pod): MemoryAmounts {
  const all = inStartOrder(pod).map(({ container }) => wantedBy(pod, container))
  const types = new Set(all.flatMap((each) => Object.keys(each)))
  return Object.fromEntries(
    [...types].map((type) => [
      type,
      mostAtOnce(pod, (container) => wantedBy(pod, container)[type] ?? 0),
    ]),
  )
}

function hintsOf(own: readonly MemoryBlock[]) {
  return new Map(
    own.map(({ type, numaAffinity }) => [
      type,
      [{ affinity: maskOf(numaAffinity), isPreferred: true }],
    ]),
  )
}

/** What init containers that have ended before `container` starts leave to it. */
function leftTo(
  pod: Pod,
  { name }: Container,
  blocks: (uid: string, container: string) => readonly MemoryBlock[],
): LeftMemory {
  const before = passingBefore(pod, name).flatMap((each) => blocks(pod.metadata.uid, each))
  return (nodes, type) =>
    before
      .filter((block) => block.type === type && isSameGroup(block.numaAffinity, nodes))
      .reduce((sum, { size }) => sum + size, 0)
}

/** The blocks of a Pod, less what `container` takes over of init containers, so that their sum is what is taken. */
function handedOn(
  pod: Pod,
  { name }: Container,
  before: BlocksOfPod,
  own: readonly MemoryBlock[],
): BlocksOfPod {
  const missing = new Map(own.map(({ type, size }) => [type, size]))
  const passing = passingBefore(pod, name)
  const shrunk = passing.map((each) => {
    const blocks = (before[each] ?? []).map((block) => {
      const isOurs = own.some(({ numaAffinity }) => isSameGroup(numaAffinity, block.numaAffinity))
      const taken = isOurs ? Math.min(block.size, missing.get(block.type) ?? 0) : 0
      missing.set(block.type, (missing.get(block.type) ?? 0) - taken)
      return { ...block, size: block.size - taken }
    })
    return [each, blocks] as const
  })
  return { ...before, ...Object.fromEntries(shrunk.filter(([, blocks]) => blocks.length > 0)) }
}

function passingBefore(pod: Pod, name: string): readonly string[] {
  const order = inStartOrder(pod)
  const at = order.findIndex(({ container }) => container.name === name)
  return order
    .slice(0, at)
    .filter(({ isPassing }) => isPassing)
    .map(({ container }) => container.name)
}

function isSameGroup(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node))
}
