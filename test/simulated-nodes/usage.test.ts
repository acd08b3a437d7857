import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { NodeMetrics } from '../../src/api/metrics/v1beta1/node-metrics.ts'

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
      const { usage } = await cluster.client.get(NodeMetrics, { name: 'node-1' })
      assert.deepEqual(usage, { cpu: '800m', memory: String(4 * 64 * 2 ** 20) })
    },
    { within: '2m' },
  )
})

test('Pods that say nothing use next to nothing, and a node without Pods nothing', async () => {
  await using cluster = await Cluster.start({ nodes: 2, clock: 'virtual' })
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { nodeName: node-1, containers: [{ name: a, image: example }, { name: b, image: example }] }
`)
  await cluster.eventually(async () => {
    const [first, second] = (await cluster.client.list(NodeMetrics)).items
    assert.deepEqual(first?.usage, { cpu: '2m', memory: String(2 * 2 ** 20) })
    assert.deepEqual(second?.usage, { cpu: '0m', memory: '0' })
  })
})
