import type { PodTemplateSpec } from '../api/core/v1/common.ts'
import type { PodSpec } from '../api/core/v1/pod-spec.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { isPodActive, withCondition } from '../api/core/v1/pod-conditions.ts'
import { timestamp } from '../base/clock.ts'
import type { TestCluster } from '../controller-runtime/testing.ts'
import type { Input } from '../schema/message.ts'

/** A Pod as it is stored, for plans. Fields of metadata, spec and status are laid over plain ones. */
export function storedPod(
  name: string,
  {
    metadata = {},
    spec = {},
    status = {},
  }: {
    readonly metadata?: Partial<Pod['metadata']>
    readonly spec?: Partial<Pod['spec']>
    readonly status?: Partial<Pod['status']>
  } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { containers: [], ...spec } as unknown as PodSpec,
    status: { phase: 'Pending', ...status },
  }
}

/** A template of Pods with a label `app`. */
export function podTemplate(app: string, image = 'image:1') {
  return {
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'main', image }] },
  } satisfies Input<PodTemplateSpec>
}

/** Stands in for a node: sets a Pod running and ready, or not ready. */
export async function setPodReady(
  { client, clock }: Pick<TestCluster, 'client' | 'clock'>,
  pod: Pod,
  ready = true,
): Promise<Pod> {
  const condition = {
    type: 'Ready',
    status: ready ? 'True' : 'False',
    lastTransitionTime: timestamp(clock),
  }
  const fresh = await client.get(Pod, pod.metadata)
  const { status } = fresh
  return client.updateStatus(Pod, {
    ...fresh,
    status: {
      ...status,
      phase: 'Running',
      conditions: withCondition(status.conditions, condition),
    },
  })
}

/** Sets all Pods of the cluster running and ready, but those that have ended or are going away. */
export async function setAllPodsReady(
  cluster: TestCluster,
  matches: (pod: Pod) => boolean = () => true,
): Promise<void> {
  const { items } = await cluster.client.list(Pod)
  // At once, so that no controller takes one away in between.
  const waiting = items.filter((pod) => isPodActive(pod) && matches(pod))
  await Promise.all(waiting.map((pod) => setPodReady(cluster, pod)))
  await cluster.settle()
}

/** The Pods of the cluster, by name. */
export async function podsOf({ client }: Pick<TestCluster, 'client'>): Promise<readonly Pod[]> {
  const { items } = await client.list(Pod)
  return items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}
