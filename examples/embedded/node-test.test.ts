// An operator tested with node:test, each test in a cluster of its own: `node --test examples/embedded`.
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Deployment } from 'trierarch/api/apps/v1/deployment.ts'
import { Node } from 'trierarch/api/core/v1/node.ts'
import { Pod } from 'trierarch/api/core/v1/pod.ts'
import { startOperator } from './operator.ts'

const SHOP = `
apiVersion: v1
kind: ConfigMap
metadata: { name: shop, labels: { web: "yes" } }
data: { image: shop:1, replicas: "3" }
`
const KEY = { namespace: 'default', name: 'shop' }

test('the operator makes Pods, and they go with their ConfigMap', async () => {
  await using cluster = await Cluster.start({ nodes: 3 })
  await using _operator = startOperator(cluster.client)

  await cluster.apply(SHOP)
  await cluster.eventually(async () => {
    const { status } = await cluster.client.get(Deployment, KEY)
    assert.equal(status.availableReplicas, 3)
  })

  await cluster.apply(SHOP.replace('name: shop,', 'name: other,'))
  await cluster.eventually(async () => (await cluster.client.list(Deployment)).items.length === 2)
})

test('what is made survives the loss of a node: half an hour in a blink', async () => {
  await using cluster = await Cluster.start({ nodes: 3, clock: 'virtual', seed: 7 })
  await using _operator = startOperator(cluster.client)
  await cluster.apply(SHOP)
  await cluster.eventually(
    async () => (await cluster.client.get(Deployment, KEY)).status.availableReplicas === 3,
  )

  using _off = cluster.fail.node('node-1')
  await cluster.clock.advance('30m')
  const { items: nodes } = await cluster.client.list(Node)
  const ready = nodes.map(
    ({ status }) => status.conditions?.find(({ type }) => type === 'Ready')?.status,
  )
  assert.deepEqual(ready, ['Unknown', 'True', 'True'])
  assert.equal((await cluster.client.get(Deployment, KEY)).status.availableReplicas, 3)
})

test('tests share one prepared state, each on a fork of its own', async (t) => {
  await using prepared = await Cluster.start({ nodes: 2 })
  await prepared.apply(SHOP)
  await using snapshot = prepared.snapshot()

  for (const name of ['one', 'two']) {
    await t.test(name, async () => {
      await using cluster = await snapshot.start()
      await cluster.apply(SHOP.replace('name: shop,', `name: ${name},`))
      await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: { containers: [{ name: main, image: example }] }
`)
      await cluster.eventually(async () => {
        const pod = await cluster.client.get(Pod, { namespace: 'default', name })
        assert.equal(pod.status.phase, 'Running')
      })
    })
  }
  assert.equal((await prepared.client.list(Pod)).items.length, 0)
})
