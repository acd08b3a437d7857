import { ConfigMap } from '../src/api/core/v1/config-map.ts'
import { Namespace } from '../src/api/core/v1/namespace.ts'
import { isNotFound } from '../src/apimachinery/status-predicates.ts'
import { keepAlive } from '../src/base/clock.node.ts'
import { Cluster } from '../src/index.ts'
import { figure, measured } from './measured.ts'
import { rollOut, type RollOut } from './roll-out.ts'
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
    figure('1 of 1000 Pods', await measureRollOut({ count: 1, replicas: 1000 }), '2000'),
    figure('1000 of 10 Pods', await measureRollOut({ count: 1000, replicas: 10 }), '15000'),
  ]
}

async function measureRollOut({ count, replicas }: RollOut) {
  const nodes = Math.max(NODES, Math.ceil((count * replicas) / PODS_PER_NODE) + NODES)
  await using cluster = await Cluster.start({ nodes })
  using _ = keepAlive()
  return await measured(() => rollOut(cluster, { count, replicas }))
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
