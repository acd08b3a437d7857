import type { Container } from '../../api/core/v1/container.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Logger } from '../../base/logger.ts'
import { quantityValue } from '../../schema/quantity.ts'
import { AllocationError } from '../allocation-error.ts'
import { parseSaved, type StateFile } from '../state-file.ts'
import { NO_HINTS, type HintProvider, type TopologyHint } from '../topology/hints.ts'
import { inStartOrder, leftBefore, mostAtOnce } from '../topology/start-order.ts'
import { deviceHints, isNear } from './device-hints.ts'
import type { Device, DeviceInventory } from './device-inventory.ts'
import type { ContainerAllocateResponse } from './plugin-messages.ts'

/** The plugin of one resource. */
export interface DevicePlugin {
  /** What a container gets along with these devices. Rejects where it cannot have them. */
  allocate(ids: readonly string[], signal: AbortSignal): Promise<ContainerAllocateResponse>
  /** Which of those that are free the plugin would take; it may have no opinion. */
  preferred(
    available: readonly string[],
    mustInclude: readonly string[],
    count: number,
    signal: AbortSignal,
  ): Promise<readonly string[]>
  /** Called before each start of a container. */
  preStart(ids: readonly string[], signal: AbortSignal): Promise<void>
}

/** The devices of one resource that a container has, and what came with them. */
export interface DeviceGrant {
  readonly ids: readonly string[]
  readonly response: ContainerAllocateResponse
}

type GrantsByResource = Readonly<Record<string, DeviceGrant>>
type GrantsOfPod = Readonly<Record<string, GrantsByResource>>

interface Saved {
  readonly resources: readonly string[]
  /** By the Pod's uid. */
  readonly grants: Readonly<Record<string, GrantsOfPod>>
}

export interface DeviceManagerOptions extends StateFile {
  readonly inventory: DeviceInventory
  /** The NUMA nodes of the machine. */
  readonly numaNodes: readonly number[]
  /** The plugin of a resource, while there is one. */
  readonly plugin: (resource: string) => DevicePlugin | undefined
  readonly logger: Logger
}

/** Gives devices to containers, each to one at a time, and takes them back (KEP-3573). */
export interface DeviceManager extends HintProvider {
  /** What a container was given, by resource. */
  granted(uid: string, container: string): GrantsByResource
  /** A container is about to start. */
  preStart(uid: string, container: string, signal: AbortSignal): Promise<void>
}

export function deviceManager(options: DeviceManagerOptions): DeviceManager {
  const { inventory, numaNodes, plugin } = options
  const none: Saved = { resources: [], grants: {} }
  const saved = parseSaved(options, none, 'Cannot read which devices Pods have')
  const grants = new Map(Object.entries(saved.grants))
  for (const resource of saved.resources) inventory.set(resource, [])
  const save = (): Promise<void> => {
    const state: Saved = { resources: inventory.names(), grants: Object.fromEntries(grants) }
    return options.save(JSON.stringify(state))
  }
  const granted: DeviceManager['granted'] = (uid, container) => grants.get(uid)?.[container] ?? {}
  const healthy = (resource: string): readonly Device[] =>
    inventory.of(resource).filter(({ isHealthy }) => isHealthy)
  const free = (resource: string): ReadonlySet<string> => {
    const taken = new Set(
      [...grants.values()]
        .flatMap((pod) => Object.values(pod))
        .flatMap((container) => container[resource]?.ids ?? []),
    )
    return new Set(healthy(resource).map(({ id }) => id)).difference(taken)
  }
  const leftTo = (pod: Pod, container: Container, resource: string): ReadonlySet<string> => {
    const left = leftBefore(
      pod,
      container,
      (name) => granted(pod.metadata.uid, name)[resource]?.ids ?? [],
    )
    return left.intersection(new Set(healthy(resource).map(({ id }) => id)))
  }
  const hintsFor = (
    resource: string,
    own: readonly string[],
    reusable: ReadonlySet<string>,
    count: number,
  ): readonly TopologyHint[] | undefined => {
    const from = own.length > 0 ? new Set(own) : free(resource)
    return deviceHints(numaNodes, inventory.of(resource), from, reusable, count)
  }

  const give = async (
    resource: string,
    count: number,
    reusable: ReadonlySet<string>,
    { affinity }: TopologyHint,
    signal: AbortSignal,
  ): Promise<DeviceGrant> => {
    const found = plugin(resource)
    const all = healthy(resource)
    if (!found || all.length === 0)
      throw new AllocationError(
        `no healthy devices present; cannot allocate unhealthy devices ${resource}`,
      )
    const own = [...reusable].slice(0, count)
    const usable = free(resource).union(new Set(own))
    if (usable.size < count)
      throw new AllocationError(
        `requested number of devices unavailable for ${resource}. Requested: ${count}, Available: ${usable.size}`,
      )
    const isAligned = affinity === undefined ? () => false : isNear(affinity)
    const ids = all.flatMap((device) => (usable.has(device.id) ? [device] : []))
    const near = ids.filter(isAligned).map(({ id }) => id)
    try {
      const chosen = await choose(found, own, near, [...usable], count, signal)
      return { ids: chosen, response: await found.allocate(chosen, signal) }
    } catch (error) {
      signal.throwIfAborted()
      throw new AllocationError((error as Error).message)
    }
  }
  return {
    concerns: (pod) =>
      inStartOrder(pod).some(({ container }) => wantedBy(container, inventory).length > 0),
    hints(pod, container) {
      const own = granted(pod.metadata.uid, container.name)
      const wanted = wantedBy(container, inventory).map(([resource, count]) => {
        const reusable = leftTo(pod, container, resource)
        return [resource, hintsFor(resource, own[resource]?.ids ?? [], reusable, count)] as const
      })
      return wanted.length === 0 ? NO_HINTS : new Map(wanted)
    },
    podHints(pod) {
      const had = Object.values(grants.get(pod.metadata.uid) ?? {})
      const wanted = inventory.names().flatMap((resource) => {
        const count = mostAtOnce(pod, ({ resources }) =>
          quantityValue(resources.limits?.[resource]),
        )
        const own = had.flatMap((container) => container[resource]?.ids ?? [])
        return count > 0 ? [[resource, hintsFor(resource, own, new Set(), count)] as const] : []
      })
      return wanted.length === 0 ? NO_HINTS : new Map(wanted)
    },
    async allocate(pod, container, hint, signal) {
      const { uid } = pod.metadata
      for (const [resource, count] of wantedBy(container, inventory)) {
        if (granted(uid, container.name)[resource]) continue
        const reusable = leftTo(pod, container, resource)
        const grant = await give(resource, count, reusable, hint, signal)
        const own = { ...granted(uid, container.name), [resource]: grant }
        grants.set(uid, { ...grants.get(uid), [container.name]: own })
      }
    },
    keep: save,
    holders: () => [...grants.keys()],
    granted,
    async preStart(uid, container, signal) {
      const own = Object.entries(granted(uid, container))
      for (const [resource, { ids }] of own) {
        try {
          await plugin(resource)?.preStart(ids, signal)
        } catch (cause) {
          const text = `device plugin PreStartContainer rpc failed with err: ${(cause as Error).message}`
          throw new Error(text, { cause })
        }
      }
    },
    async release(uid) {
      if (grants.delete(uid)) await save()
    },
  }
}

/** Those that are given on, then those that are near, then others; among each, as the plugin prefers. */
async function choose(
  plugin: DevicePlugin,
  own: readonly string[],
  near: readonly string[],
  usable: readonly string[],
  count: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isNearEnough = new Set([...own, ...near]).size >= count
  const available = isNearEnough ? [...new Set([...own, ...near])] : usable
  const wanted = await plugin.preferred(available, own, count, signal)
  const preferred = wanted.filter((id) => available.includes(id))
  const first = isNearEnough ? own : [...own, ...near]
  return [...new Set([...first, ...preferred, ...available])].slice(0, count)
}

function wantedBy(
  { resources }: Container,
  inventory: DeviceInventory,
): readonly (readonly [resource: string, count: number])[] {
  return Object.entries(resources.limits ?? {})
    .filter(([resource]) => inventory.has(resource))
    .map(([resource, amount]) => [resource, quantityValue(amount)] as const)
    .filter(([, count]) => count > 0)
}
