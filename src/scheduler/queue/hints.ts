import type { ClusterEvent, EventRegistration, EventResource } from '../framework/cluster-event.ts'
import { EXTENDER } from '../extender/extender.ts'
import type { Plugin } from '../framework/plugin.ts'
import type { QueuedPod } from './queued-pod.ts'

export type Verdict = 'stay' | 'queue' | 'queueAtOnce'

interface Registered extends EventRegistration {
  readonly plugin: string
}

/** Which of a profile's plugins wait for which events. */
export class HintMap {
  readonly #byResource: ReadonlyMap<string, readonly Registered[]>

  constructor(plugins: readonly Plugin[]) {
    const all = plugins.flatMap(({ name, events = [] }) =>
      events.map((each): Registered => ({ ...each, plugin: name })),
    )
    this.#byResource = Map.groupBy(all, ({ resource }) => resource)
  }

  /** Whether anybody waits for changes of such objects. */
  awaits(resource: EventResource): boolean {
    return this.#byResource.has(resource)
  }

  /** Whether anybody at all waits for such an event. */
  concerns({ resource, action }: ClusterEvent): boolean {
    return this.#byResource.get(resource)?.some(({ actions }) => (actions & action) !== 0) ?? false
  }

  /** Whether a plugin waits for such an event. */
  isAwaitedBy(plugin: string, { resource, action }: ClusterEvent): boolean {
    const registered = this.#byResource.get(resource) ?? []
    return registered.some((each) => each.plugin === plugin && (each.actions & action) !== 0)
  }

  /** Whether the event may help the Pod, by the word of those who turned it away. */
  verdict(queued: QueuedPod, event: ClusterEvent): Verdict {
    if (queued.rejectedBy.size === 0 && queued.pendingOn.size === 0) return 'queue'
    if (queued.rejectedBy.has(EXTENDER)) return 'queue'
    let verdict: Verdict = 'stay'
    for (const { plugin, actions, hint } of this.#byResource.get(event.resource) ?? []) {
      if ((actions & event.action) === 0) continue
      const isPending = queued.pendingOn.has(plugin)
      if (!isPending && !queued.rejectedBy.has(plugin)) continue
      if (hint && hint(queued.info.pod, event) === 'Skip') continue
      if (isPending) return 'queueAtOnce'
      verdict = 'queue'
    }
    return verdict
  }
}
