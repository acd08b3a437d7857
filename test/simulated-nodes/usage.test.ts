import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { NODE_METRICS } from '../../src/simulation/usage-definitions.ts'

test('the autoscaler and metrics.k8s.io go by what simulated Pods say that they use', async () => {
  await using cluster = await Cluster.start({ nodes: 1, clock: 'virtual' })
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata:
      labels: { app: web }
      annotations: { kwok.x-k8s.io/usage-cpu: 200m, kwok.x-k8s.io/usage-memory: 64Mi }
    spec:
      containers: [{ name: web, image: example, resources: { requests: { cpu: 100m } } }]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 1
  maxReplicas: 4
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 100 } } }]
`)
  await cluster.eventually(
    async () => {
      const web = await cluster.client.get(Deployment, { namespace: 'default', name: 'web' })
      assert.equal(web.status.availableReplicas, 4)
    },
    { within: '30m' },
  )
  await cluster.eventually(
    async () => {
      const node = await cluster.client.get(NODE_METRICS, { name: 'node-1' })
      const { usage } = node as unknown as { readonly usage: object }
      assert.deepEqual(usage, { cpu: '800m', memory: String(4 * 64 * 2 ** 20) })
    },
    { within: '2m' },
  )
})

test('what simulated Pods use is told, though the definitions for it could not be made at first', async () => {
  await using cluster = await Cluster.start({ nodes: 1, clock: 'virtual' })
  const down = cluster.fail.calls({
    verb: 'create',
    resource: 'customresourcedefinitions',
    error: 'request lost',
  })
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: web, annotations: { kwok.x-k8s.io/usage-cpu: 200m } }
spec: { containers: [{ name: web, image: example }] }
`)
  const web = { namespace: 'default', name: 'web' }
  await cluster.eventually(
    async () => (await cluster.client.get(Pod, web)).status.phase === 'Running',
  )
  await cluster.clock.advance('1m')
  down[Symbol.dispose]()
  await cluster.eventually(() => cluster.client.get(NODE_METRICS, { name: 'node-1' }), {
    within: '2m',
  })
})
