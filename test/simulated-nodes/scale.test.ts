import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { scaleNodes } from '../../src/cmd/simulate.node.ts'

test('scaleNodes() makes and takes away simulated nodes', async () => {
  await using cluster = await Cluster.start({ nodes: 2, clock: 'virtual' })
  assert.equal(await scaleNodes(cluster.client, 5), 2)
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 5
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: web } } }
      containers: [{ name: web, image: example }]
`)
  const web = { namespace: 'default', name: 'web' }
  const available = async (): Promise<number | undefined> =>
    (await cluster.client.get(Deployment, web)).status.availableReplicas
  await cluster.eventually(async () => (await available()) === 5)
  assert.equal(await scaleNodes(cluster.client, 1), 5)
  await cluster.eventually(
    async () => {
      const { items } = await cluster.client.list(Pod)
      assert.ok(items.every(({ spec }) => [undefined, 'node-1'].includes(spec.nodeName)))
      assert.equal(await available(), 5)
    },
    { within: '20m' },
  )
})
