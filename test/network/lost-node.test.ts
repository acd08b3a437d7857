import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Node } from '../../src/api/core/v1/node.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'

const SET = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  replicas: 2
  serviceName: db
  podManagementPolicy: Parallel
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      containers: [{ name: db, image: example }]
      topologySpreadConstraints:
        - topologyKey: kubernetes.io/hostname
          maxSkew: 1
          whenUnsatisfiable: DoNotSchedule
          labelSelector: { matchLabels: { app: db } }
---
apiVersion: v1
kind: Pod
metadata: { name: patient }
spec:
  nodeName: node-2
  containers: [{ name: main, image: example }]
  tolerations: [{ key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 900 }]
`

test('a lost node is tainted, keeps the names of its StatefulSet taken, and ends what it missed when it returns', async () => {
  await using cluster = await Cluster.start({ nodes: 2, clock: 'virtual' })
  const { client } = cluster
  const podsOf = async (node: string): Promise<readonly Pod[]> =>
    (await client.list(Pod, { namespace: 'default', fieldSelector: `spec.nodeName=${node}` })).items
  const taints = async (): Promise<readonly string[]> =>
    ((await client.get(Node, { name: 'node-2' })).spec.taints ?? []).map(
      ({ key, effect }) => `${key}:${effect}`,
    )
  const isRunning = ({ status }: Pod): boolean => status.phase === 'Running'
  const isEnding = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined
  await cluster.apply(SET)
  await cluster.eventually(async () => (await podsOf('node-2')).filter(isRunning).length === 2)
  const [db] = (await podsOf('node-2')).filter(({ metadata }) => metadata.name !== 'patient')

  const off = cluster.fail.node('node-2')
  await cluster.eventually(async () => (await taints()).length === 2, { within: '2m' })
  assert.deepEqual(
    new Set(await taints()),
    new Set([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]),
  )
  // Five minutes is what Pods tolerate that say nothing else.
  await cluster.clock.advance('6m')
  const ending = async (): Promise<readonly string[]> =>
    (await podsOf('node-2')).filter(isEnding).map(({ metadata }) => metadata.name)
  assert.deepEqual(await ending(), [db!.metadata.name])
  // It may be running still, so that there is no other of its name until somebody knows better.
  await cluster.clock.advance('5m')
  const same = await client.get(Pod, db!.metadata)
  assert.equal(same.metadata.uid, db!.metadata.uid)
  await cluster.clock.advance('5m')
  assert.deepEqual((await ending()).toSorted(), [db!.metadata.name, 'patient'])

  off[Symbol.dispose]()
  await cluster.eventually(
    async () => {
      assert.deepEqual(await taints(), [])
      const again = await client.get(Pod, db!.metadata)
      assert.notEqual(again.metadata.uid, db!.metadata.uid)
      assert.ok(isRunning(again))
      assert.deepEqual(await ending(), [])
    },
    { within: '5m' },
  )
})
