import { Deployment } from '../src/api/apps/v1/deployment.ts'
import { ConfigMap } from '../src/api/core/v1/config-map.ts'
import { Namespace } from '../src/api/core/v1/namespace.ts'
import { isNotFound } from '../src/apimachinery/status-predicates.ts'
import { keepAlive } from '../src/base/clock.node.ts'
import { Cluster } from '../src/index.ts'
import { figure, measured } from './measured.ts'
import type { Figure, Row } from './row.ts'

/** What the controllers get done: whole path through API, store, scheduler and simulated nodes. */
export const CONTROLLER_ROWS: readonly Row[] = [
  {
    name: 'deployments',
    what: 'Deployments created until all their Pods are ready',
    measure: measureDeployments,
  },
  {
    name: 'namespace',
    what: 'a namespace with many objects, from its deletion until it is gone',
    measure: measureNamespace,
  },
]

const NODES = 100
const PODS_PER_NODE = 110

async function measureDeployments(): Promise<Figure[]> {
  return [
    figure('1 of 1000 Pods', await rollOut({ count: 1, replicas: 1000 }), '2000'),
    figure('1000 of 10 Pods', await rollOut({ count: 1000, replicas: 10 }), '15000'),
  ]
}

async function rollOut({ count, replicas }: { count: number; replicas: number }) {
  const nodes = Math.max(NODES, Math.ceil((count * replicas) / PODS_PER_NODE) + NODES)
  await using cluster = await Cluster.start({ nodes })
  using _ = keepAlive()
  const { client } = cluster
  return await measured(async () => {
    const ready = whenReady(cluster, count, replicas)
    await Promise.all(
      Array.from({ length: count }, (_, i) => client.create(Deployment, web(`web-${i}`, replicas))),
    )
    await ready
  })
}

/** Follows the Deployments by a watch, as kubectl does: looking at all of them again and again would be measured too. */
async function whenReady({ client }: Cluster, count: number, replicas: number): Promise<void> {
  const abort = new AbortController()
  const ready = new Set<string>()
  for await (const event of client.watch(Deployment, { signal: abort.signal })) {
    if (event.type !== 'MODIFIED') continue
    const { metadata, status } = event.object
    if (status.availableReplicas === replicas) ready.add(metadata.name)
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

const OBJECTS = 10_000

async function measureNamespace(): Promise<Figure[]> {
  await using cluster = await Cluster.start()
  const { client } = cluster
  const key = { name: 'full' }
  await client.create(Namespace, { metadata: key })
  for (let i = 0; i < OBJECTS; i += 1) {
    const metadata = { namespace: key.name, name: `c-${i}` }
    await client.create(ConfigMap, { metadata, data: { key: 'value' } })
  }
  const gone = async (): Promise<boolean> => {
    try {
      await client.get(Namespace, key)
      return false
    } catch (error) {
      if (!isNotFound(error)) throw error
      return true
    }
  }
  const result = await measured(async () => {
    await client.delete(Namespace, key)
    await cluster.eventually(gone, { within: '60s' })
  })
  return [figure(`${OBJECTS} objects`, result, '10000')]
}
