import { after, before } from 'node:test'
import { Namespace } from '../../../src/api/core/v1/namespace.ts'
import { withCondition } from '../../../src/api/core/v1/pod-conditions.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { ServiceAccount } from '../../../src/api/core/v1/service-account.ts'
import { isNotFound } from '../../../src/apimachinery/status-predicates.ts'
import { timestamp } from '../../../src/base/clock.ts'
import type { Client, ListParameters, WatchEvent } from '../../../src/client/client.ts'
import { Cluster } from '../../../src/cluster/cluster.node.ts'
import type { ResourceClass } from '../../../src/schema/resource.ts'

/** What the tests of one file share; its parts are there once the tests run. */
export interface Apps {
  /** Its clock stands still until somebody waits for something. */
  readonly cluster: Cluster
  readonly client: Client
  /** A namespace of its own for a test, in which Pods can be created. */
  namespace(name: string): Promise<string>
  /** The Pods of a namespace that are not going away, by name. */
  pods(namespace: string, labelSelector?: string): Promise<readonly Pod[]>
  /** Stands in for a Pod's node: lays a status over the Pod's own, where it is still there. */
  report(pod: Pod, status: Partial<Pod['status']>): Promise<void>
  /** What happened to the objects of a namespace from a version on, up to and with the event that `isLast` tells. */
  history<T>(
    type: ResourceClass<T>,
    from: ListParameters,
    isLast: (event: Change<T>) => boolean,
  ): Promise<readonly Change<T>[]>
}

type Change<T> = Exclude<WatchEvent<T>, { type: 'BOOKMARK' }>

/** Starts a cluster with a virtual clock before the tests of this file, and stops it after them. */
export function apps({ nodes = 2 } = {}): Apps {
  let started: Cluster | undefined
  before(async () => {
    started = await Cluster.start({ nodes, clock: 'virtual' })
  })
  after(() => started?.[Symbol.asyncDispose]())
  const client = (): Client => started!.client
  return {
    get cluster() {
      return started!
    },
    get client() {
      return client()
    },
    async namespace(name) {
      await client().create(Namespace, { metadata: { name } })
      const account = { name: 'default', namespace: name }
      await started!.eventually(() => client().get(ServiceAccount, account))
      return name
    },
    async pods(namespace, labelSelector) {
      const selected = labelSelector === undefined ? {} : { labelSelector }
      const { items } = await client().list(Pod, { namespace, ...selected })
      return items
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    },
    async report({ metadata }, status) {
      await started!.eventually(async () => {
        const fresh = await client()
          .get(Pod, metadata)
          .catch((error: unknown) => {
            if (!isNotFound(error)) throw error
          })
        if (fresh)
          await client().updateStatus(Pod, { ...fresh, status: { ...fresh.status, ...status } })
      })
    },
    async history<T>(
      type: ResourceClass<T>,
      from: ListParameters,
      isLast: (event: Change<T>) => boolean,
    ) {
      const abort = new AbortController()
      const seen: Change<T>[] = []
      try {
        for await (const event of client().watch(type, { ...from, signal: abort.signal })) {
          if (event.type === 'BOOKMARK') continue
          seen.push(event)
          if (isLast(event)) return seen
        }
        return seen
      } finally {
        abort.abort()
      }
    },
  }
}

const IMAGE = 'registry.k8s.io/pause:3.10'

/** A template of Pods with the label `name`. */
export function template<const Spec extends object>(
  name: string,
  { image = IMAGE, spec = {} as Spec }: { readonly image?: string; readonly spec?: Spec } = {},
) {
  return {
    metadata: { labels: { name } },
    spec: { containers: [{ name: 'main', image }], ...spec },
  }
}

/** In a Pod's spec: no node takes it, so that the test itself plays its containers. */
export const HELD = { nodeSelector: { 'example.com/nobody': 'true' } } as const

/** Sets a Pod unready as a probe that fails does, or has it recover; its node sets it ready then. */
export async function setHealthy(app: Apps, pod: Pod, healthy: boolean): Promise<void> {
  const is = (type: string) => ({
    type,
    status: healthy ? 'True' : 'False',
    lastTransitionTime: timestamp(app.cluster.clock),
  })
  const { conditions } = pod.status
  const changed = withCondition(withCondition(conditions, is('ContainersReady')), is('Ready'))
  await app.report(pod, { conditions: changed })
}

export function isReady({ status }: Pod): boolean {
  return (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True')
}

/** The images of Pods, by the Pods' order. */
export function imagesOf(pods: readonly Pod[]): readonly (string | undefined)[] {
  return pods.map(({ spec }) => spec.containers[0]?.image)
}
