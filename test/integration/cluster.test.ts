import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: example }]
`

test('an embedded cluster brings a Deployment to life on its simulated nodes', async () => {
  await using cluster = await Cluster.start({ nodes: 2 })
  await cluster.apply(DEPLOYMENT)
  const key = { namespace: 'default', name: 'web' }
  await eventually(
    async () => (await cluster.client.get(Deployment, key)).status.availableReplicas === 3,
  )
  const { items } = await cluster.client.list(Pod, { namespace: 'default' })
  assert.ok(items.every(({ spec }) => ['node-1', 'node-2'].includes(spec.nodeName ?? '')))

  await cluster.client.delete(Deployment, key)
  await eventually(
    async () => (await cluster.client.list(Pod, { namespace: 'default' })).items.length === 0,
  )
})

test('embedded clusters do not touch each other', async () => {
  await using one = await Cluster.start()
  await using other = await Cluster.start()
  await one.apply(DEPLOYMENT)
  assert.equal((await other.client.list(Deployment)).items.length, 0)
})

test('an embedded cluster gives others no more rights than they have', async () => {
  await using cluster = await Cluster.start()
  const stranger = cluster.clientFor({ name: 'stranger', groups: ['system:authenticated'] })
  await assert.rejects(
    stranger.list(Pod, { namespace: 'default' }),
    /pods is forbidden: User "stranger" cannot list resource "pods" in API group "" in the namespace "default"/,
  )
})
