import { Deployment } from '../src/api/apps/v1/deployment.ts'
import type { Cluster } from '../src/index.ts'

export interface RollOut {
  /** How many Deployments. */
  readonly count: number
  /** How many Pods each. */
  readonly replicas: number
  /** Called as Deployments get on. */
  readonly onProgress?: () => void
}

/** Creates Deployments. Resolves once all their Pods are ready. */
export async function rollOut(cluster: Cluster, wanted: RollOut): Promise<void> {
  const { count, replicas } = wanted
  const ready = whenReady(cluster, wanted)
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      cluster.client.create(Deployment, web(`web-${i}`, replicas)),
    ),
  )
  await ready
}

/** Follows the Deployments by a watch, as kubectl does: looking at all of them again and again would be measured too. */
async function whenReady(
  { client }: Cluster,
  { count, replicas, onProgress }: RollOut,
): Promise<void> {
  const abort = new AbortController()
  const ready = new Set<string>()
  for await (const event of client.watch(Deployment, { signal: abort.signal })) {
    if (event.type !== 'MODIFIED') continue
    const { metadata, status } = event.object
    if (status.availableReplicas === replicas) ready.add(metadata.name)
    onProgress?.()
    if (ready.size === count) return abort.abort()
  }
  throw new Error('the watch has ended')
}

function web(name: string, replicas: number) {
  return {
    metadata: { namespace: 'default', name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'example' }] },
      },
    },
  }
}
