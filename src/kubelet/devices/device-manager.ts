import type { Container } from '../../api/core/v1/container.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Logger } from '../../base/logger.ts'
import { quantityValue } from '../../schema/quantity.ts'
import { AllocationError } from '../allocation-error.ts'
import { parseSaved, type StateFile } from '../state-file.ts'
import { turns } from '../images/turns.ts'
import type { DeviceInventory } from './device-inventory.ts'
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
  /** The plugin of a resource, while there is one. */
  readonly plugin: (resource: string) => DevicePlugin | undefined
  readonly logger: Logger
}

/** Gives devices to containers, each to one at a time, and takes them back (KEP-3573). */
export interface DeviceManager {
  /** Gives a Pod what it asks for; nothing more where it has that already. Rejects with an `AllocationError`. */
  allocate(pod: Pod, signal: AbortSignal): Promise<void>
  /** What a container was given, by resource. */
  granted(uid: string, container: string): GrantsByResource
  /** A container is about to start. */
  preStart(uid: string, container: string, signal: AbortSignal): Promise<void>
  /** The Pods that have any, by uid. */
  holders(): readonly string[]
  /** Keeps which resources there are: after a restart, none is given before its plugin is back. */
  keepResources(): Promise<void>
  /** Nothing of the Pod runs any more. */
  release(uid: string): Promise<void>
}

export function deviceManager(options: DeviceManagerOptions): DeviceManager {
  const { inventory, plugin } = options
  const none: Saved = { resources: [], grants: {} }
  const saved = parseSaved(options, none, 'Cannot read which devices Pods have')
  const grants = new Map(Object.entries(saved.grants))
  for (const resource of saved.resources) inventory.set(resource, [])
  const inTurn = turns(1) // So that no device is chosen twice.
  const save = (): Promise<void> => {
    const state: Saved = { resources: inventory.names(), grants: Object.fromEntries(grants) }
    return options.save(JSON.stringify(state))
  }
  const taken = (resource: string): Set<string> =>
    new Set(
      [...grants.values()]
        .flatMap((pod) => Object.values(pod))
        .flatMap((container) => container[resource]?.ids ?? []),
    )

  const give = async (
    resource: string,
    count: number,
    reusable: readonly string[],
    signal: AbortSignal,
  ): Promise<DeviceGrant> => {
    const found = plugin(resource)
    const healthy = inventory.of(resource).filter(({ isHealthy }) => isHealthy)
    if (!found || healthy.length === 0)
      throw new AllocationError(
        `no healthy devices present; cannot allocate unhealthy devices ${resource}`,
      )
    const others = taken(resource)
    const own = reusable.filter((id) => healthy.some((device) => device.id === id)).slice(0, count)
    const free = healthy.map(({ id }) => id).filter((id) => !others.has(id) || own.includes(id))
    if (free.length < count)
      throw new AllocationError(
        `requested number of devices unavailable for ${resource}. Requested: ${count}, Available: ${free.length}`,
      )
    try {
      const wanted = await found.preferred(free, own, count, signal)
      const ids = [...new Set([...own, ...wanted.filter((id) => free.includes(id)), ...free])]
      const chosen = ids.slice(0, count)
      return { ids: chosen, response: await found.allocate(chosen, signal) }
    } catch (error) {
      signal.throwIfAborted()
      throw new AllocationError((error as Error).message)
    }
  }
  const giveAll = async (pod: Pod, signal: AbortSignal): Promise<void> => {
    const { uid } = pod.metadata
    const before: GrantsOfPod = grants.get(uid) ?? {}
    let now = before
    const reusable = new Map<string, readonly string[]>() // What init containers leave to those after them.
    for (const { container, isPassing } of inOrder(pod)) {
      for (const [resource, count] of wantedBy(container, inventory)) {
        const own = reusable.get(resource) ?? []
        const grant = now[container.name]?.[resource] ?? (await give(resource, count, own, signal))
        now = { ...now, [container.name]: { ...now[container.name], [resource]: grant } }
        grants.set(uid, now)
        const { ids } = grant
        const left = own.filter((id) => !ids.includes(id))
        reusable.set(resource, isPassing ? [...ids, ...left] : left)
      }
    }
    if (now !== before) await save()
  }
  return {
    async allocate(pod, signal) {
      const containers = inOrder(pod).map(({ container }) => container)
      if (containers.every((each) => wantedBy(each, inventory).length === 0)) return
      await inTurn(async () => {
        try {
          await giveAll(pod, signal)
        } catch (error) {
          grants.delete(pod.metadata.uid)
          throw error
        }
      })
    },
    keepResources: () => inTurn(save),
    holders: () => [...grants.keys()],
    granted: (uid, container) => grants.get(uid)?.[container] ?? {},
    async preStart(uid, container, signal) {
      const own = Object.entries(grants.get(uid)?.[container] ?? {})
      for (const [resource, { ids }] of own) await plugin(resource)?.preStart(ids, signal)
    },
    async release(uid) {
      if (!grants.has(uid)) return
      await inTurn(async () => {
        grants.delete(uid)
        await save()
      })
    },
  }
}

/** The containers of a Pod as they start; those that are passing give their devices on. */
function inOrder({ spec }: Pod): readonly {
  readonly container: Container
  readonly isPassing: boolean
}[] {
  return [
    ...(spec.initContainers ?? []).map((container) => ({
      container,
      isPassing: !isSidecar(container),
    })),
    ...spec.containers.map((container) => ({ container, isPassing: false })),
  ]
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
