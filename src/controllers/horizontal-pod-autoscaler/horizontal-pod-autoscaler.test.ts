import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { HorizontalPodAutoscaler as Autoscaler } from '../../api/autoscaling/v2/horizontal-pod-autoscaler.ts'
import { HorizontalPodAutoscaler } from '../../api/autoscaling/v2/horizontal-pod-autoscaler.ts'
import { Deployment } from '../../api/apps/v1/deployment.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { Service } from '../../api/core/v1/service.ts'
import { Pod as PodClass } from '../../api/core/v1/pod.ts'
import { timestamp } from '../../base/clock.ts'
import type { Transport } from '../../client/transport.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { deploymentController } from '../deployment/deployment-controller.ts'
import { replicaSetController } from '../replicaset/replica-controller.ts'
import { podsOf, setAllPodsReady, storedPod } from '../testing.ts'
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler-controller.ts'
import { calculateReplicas, type CalculationInput } from './replica-calculation.ts'
import { applyRules, NO_HISTORY } from './scaling-rules.ts'

const nowMs = Date.parse('2026-01-01T01:00:00Z')

const pod = (name: string, phase: 'Running' | 'Pending' = 'Running'): Pod =>
  storedPod(name, {
    status: {
      phase,
      startTime: '2026-01-01T00:00:00Z',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:01:00Z' }],
    },
  })

function calculate(usages: readonly (number | undefined)[], more: Partial<CalculationInput> = {}) {
  const pods = usages.map((_, i) => pod(`p${i}`))
  return calculateReplicas({
    resource: 'cpu',
    pods,
    usageOf: (each) => {
      const value = usages[pods.indexOf(each)]
      return value === undefined ? undefined : { value, atMs: nowMs, windowMs: 30_000 }
    },
    nowMs,
    currentReplicas: usages.length,
    tolerance: { up: 0.1, down: 0.1 },
    target: { type: 'utilization', percent: 50, requestOf: () => 1000 },
    ...more,
  }).replicas
}

test('calculateReplicas() goes by how far usage is from its target', () => {
  assert.equal(calculate([500, 500]), 2)
  assert.equal(calculate([540, 540]), 2)
  assert.equal(calculate([1000, 1000]), 4)
  assert.equal(calculate([100, 100, 100, 100]), 1)
  assert.equal(calculate([300, 300, 300], { target: { type: 'average', value: 100 } }), 9)
})

test('calculateReplicas() takes Pods that tell nothing for what changes least', () => {
  assert.equal(calculate([1000, undefined]), 2)
  assert.equal(calculate([2000, undefined]), 4)
  assert.equal(calculate([100, undefined]), 2)
  assert.throws(() => calculate([undefined, undefined]), /did not receive metrics/)
})

function autoscaler(spec: Partial<Autoscaler['spec']> = {}): Autoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
      minReplicas: 2,
      maxReplicas: 20,
      ...spec,
    },
    status: { desiredReplicas: 0, currentMetrics: [] },
  }
}

test('applyRules() lets the number double at most, and keeps it in bounds', () => {
  const rule = (current: number, recommended: number) => {
    const { replicas, limited } = applyRules(autoscaler(), current, recommended, NO_HISTORY, nowMs)
    return [replicas, limited.reason]
  }
  assert.deepEqual(rule(5, 8), [8, 'DesiredWithinRange'])
  assert.deepEqual(rule(5, 18), [10, 'ScaleUpLimit'])
  assert.deepEqual(rule(1, 18), [5, 'ScaleUpLimit'])
  assert.deepEqual(rule(15, 40), [20, 'TooManyReplicas'])
  assert.deepEqual(rule(5, 1), [2, 'TooFewReplicas'])
})

test('applyRules() goes down only when that was right for five minutes', () => {
  const first = applyRules(autoscaler(), 8, 8, NO_HISTORY, nowMs)
  const soon = applyRules(autoscaler(), 8, 3, first.history, nowMs + 200_000)
  assert.deepEqual([soon.replicas, soon.able.reason], [8, 'ScaleDownStabilized'])
  const later = applyRules(autoscaler(), 8, 3, soon.history, nowMs + 301_000)
  assert.equal(later.replicas, 3)
})

test('applyRules() counts what was changed in a policy’s period', () => {
  const policies = [{ type: 'Pods', value: 2, periodSeconds: 60 }]
  const slow = autoscaler({ behavior: { scaleUp: { policies } } })
  const history = { recommendations: [], changes: [{ by: 1, atMs: nowMs - 30_000 }] }
  assert.equal(applyRules(slow, 5, 10, history, nowMs).replicas, 6)
  assert.equal(applyRules(slow, 5, 10, history, nowMs + 40_000).replicas, 7)
})

test('applyRules() takes the widest policy, the narrowest, or goes nowhere, as it is told', () => {
  const policies = [
    { type: 'Pods', value: 3, periodSeconds: 60 },
    { type: 'Percent', value: 10, periodSeconds: 60 },
  ]
  const ruled = (selectPolicy: string, current: number, recommended: number) => {
    const rules = { policies, selectPolicy, stabilizationWindowSeconds: 0 }
    const behavior = { scaleUp: rules, scaleDown: rules }
    const of = autoscaler({ behavior, maxReplicas: 100 })
    return applyRules(of, current, recommended, NO_HISTORY, nowMs).replicas
  }
  assert.deepEqual(
    ['Max', 'Min', 'Disabled'].map((policy) => ruled(policy, 10, 50)),
    [13, 11, 10],
  )
  assert.deepEqual(
    ['Max', 'Min', 'Disabled'].map((policy) => ruled(policy, 10, 5)),
    [7, 9, 10],
  )
})

test('applyRules() goes up only as far as was right for the whole of a window', () => {
  const behavior = { scaleUp: { stabilizationWindowSeconds: 60 } }
  const steady = autoscaler({ behavior })
  const first = applyRules(steady, 4, 5, NO_HISTORY, nowMs)
  const soon = applyRules(steady, 4, 8, first.history, nowMs + 30_000)
  assert.deepEqual([soon.replicas, soon.able.reason], [5, 'ScaleUpStabilized'])
  assert.equal(applyRules(steady, 4, 8, soon.history, nowMs + 61_000).replicas, 8)
})

const web = { namespace: 'default', name: 'web' }

/** Has all Pods run, and ten minutes pass. */
async function playNodes(cluster: TestCluster): Promise<void> {
  const { client, clock } = cluster
  for (const each of await podsOf(cluster)) {
    const now = timestamp(clock)
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: now }]
    const status = { ...each.status, phase: 'Running' as const, startTime: now, conditions }
    if (each.status.phase === 'Pending') await client.updateStatus(PodClass, { ...each, status })
  }
  await clock.advance(600_000)
}

test('an autoscaler follows the load of its Pods', async () => {
  let milliCpu: number | undefined
  const builtIn = [Deployment, PodClass, HorizontalPodAutoscaler]
  /** Stands in for whoever measures: no such server is part of this project. */
  const measured =
    (pods: () => Promise<readonly Pod[]>) =>
    (transport: Transport, clock: { now(): number }): Transport => ({
      async call(request, options) {
        if (request.group !== 'metrics.k8s.io' || milliCpu === undefined) {
          return transport.call(request, options)
        }
        const items = (await pods()).map(({ metadata }) => ({
          metadata: { name: metadata.name, namespace: 'default' },
          timestamp: timestamp(clock as never),
          window: '30s',
          containers: [{ name: 'main', usage: { cpu: `${milliCpu}m` } }],
        }))
        return { metadata: {}, items }
      },
      watch: (request, options) => transport.watch(request, options),
    })
  await using cluster = await testCluster(
    [horizontalPodAutoscalerController({ builtIn }), deploymentController, replicaSetController],
    { through: measured(() => podsOf(cluster)) },
  )
  const { client } = cluster
  const resources = { requests: { cpu: '1' } }
  const labels = { app: 'web' }
  await client.create(Deployment, {
    metadata: web,
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: 'i', resources }] },
      },
    },
  })
  await client.create(HorizontalPodAutoscaler, {
    metadata: web,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 6,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
        },
      ],
    },
  })
  const told = async () => {
    const { status } = await client.get(HorizontalPodAutoscaler, web)
    const active = status.conditions?.find(({ type }) => type === 'ScalingActive')
    return [active?.status, active?.reason]
  }
  const replicas = async () => (await client.get(Deployment, web)).spec.replicas
  await playNodes(cluster)
  assert.deepEqual(await told(), ['False', 'FailedGetResourceMetric'])
  assert.equal(await replicas(), 2)

  milliCpu = 1000
  await playNodes(cluster)
  await playNodes(cluster)
  assert.deepEqual(await told(), ['True', 'ValidMetricFound'])
  assert.equal(await replicas(), 6)
  const rescaled = (await cluster.events()).find((event) => event.startsWith('SuccessfulRescale'))
  assert.match(
    rescaled!,
    /New size: \d; reason: cpu resource utilization \(percentage of request\) above target/,
  )

  milliCpu = 100
  await playNodes(cluster)
  await playNodes(cluster)
  assert.ok((await replicas()) <= 2)
})

test('an autoscaler follows metrics of Pods, of an object, and of the world outside', async () => {
  const asked: string[] = []
  const value = (name: string, amount: string) => ({
    describedObject: { name },
    timestamp: '2026-01-01T00:00:00Z',
    value: amount,
  })
  /** Stands in for whoever serves the metrics APIs: no such server is part of this project. */
  const served = (transport: Transport): Transport => ({
    async call(request, options) {
      const { group, resource, name, subresource, options: query } = request
      if (!group.endsWith('.metrics.k8s.io')) return transport.call(request, options)
      const labels = query?.metricLabelSelector ?? query?.labelSelector
      asked.push([group.split('.')[0], resource, name, subresource, labels].join(' '))
      if (group === 'external.metrics.k8s.io') {
        return { metadata: {}, items: [{ value: '30' }, { value: '10' }] }
      }
      if (name !== '*') return { items: [value('main', '500m')] }
      const pods = await podsOf(cluster)
      return { items: pods.map(({ metadata }) => value(metadata.name, '15')) }
    },
    watch: (request, options) => transport.watch(request, options),
  })
  const builtIn = [Deployment, PodClass, HorizontalPodAutoscaler, Service]
  await using cluster = await testCluster(
    [horizontalPodAutoscalerController({ builtIn }), deploymentController, replicaSetController],
    { through: served },
  )
  const { client } = cluster
  const labels = { app: 'web' }
  await client.create(Deployment, {
    metadata: web,
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'i' }] } },
    },
  })
  await cluster.settle()
  await setAllPodsReady(cluster)
  const metric = { name: 'queued', selector: { matchLabels: { queue: 'a' } } }
  const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'main' }
  await client.create(HorizontalPodAutoscaler, {
    metadata: web,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 8,
      metrics: [
        { type: 'Pods', pods: { metric, target: { type: 'AverageValue', averageValue: '10' } } },
        {
          type: 'Object',
          object: { metric, describedObject, target: { type: 'Value', value: '1' } },
        },
        {
          type: 'External',
          external: { metric, target: { type: 'AverageValue', averageValue: '10' } },
        },
      ],
    },
  })
  await cluster.settle()
  const { status } = await client.get(HorizontalPodAutoscaler, web)
  assert.equal(status.desiredReplicas, 4)
  assert.deepEqual(
    status.currentMetrics.map(({ type, pods, object, external }) => [
      type,
      (pods ?? object ?? external)?.current,
    ]),
    [
      ['Pods', { averageValue: '15' }],
      ['Object', { value: '500m' }],
      ['External', { averageValue: '20' }],
    ],
  )
  assert.deepEqual(asked.slice(0, 3), [
    'custom pods * queued queue=a',
    'custom services main queued queue=a',
    'external queued   queue=a',
  ])
  const rescaled = (await cluster.events()).find((event) => event.startsWith('SuccessfulRescale'))
  assert.equal(
    rescaled,
    'SuccessfulRescale New size: 4; reason: external metric queued(&LabelSelector{MatchLabels:map[string]string{queue: a,},MatchExpressions:[]LabelSelectorRequirement{},}) above target',
  )
})

test('an autoscaler follows one container, and leaves alone what its own tolerance allows', async () => {
  /** Stands in for whoever measures: the sidecar is busy, the main container is at 60 %. */
  const measured = (transport: Transport): Transport => ({
    async call(request, options) {
      if (request.group !== 'metrics.k8s.io') return transport.call(request, options)
      const items = (await podsOf(cluster)).map(({ metadata }) => ({
        metadata: { name: metadata.name, namespace: 'default' },
        timestamp: timestamp(cluster.clock),
        window: '30s',
        containers: [
          { name: 'main', usage: { cpu: '600m' } },
          { name: 'sidecar', usage: { cpu: '9' } },
        ],
      }))
      return { metadata: {}, items }
    },
    watch: (request, options) => transport.watch(request, options),
  })
  const builtIn = [Deployment, PodClass, HorizontalPodAutoscaler]
  await using cluster = await testCluster(
    [horizontalPodAutoscalerController({ builtIn }), deploymentController, replicaSetController],
    { through: measured },
  )
  const { client, clock } = cluster
  const labels = { app: 'web' }
  const containers = ['main', 'sidecar'].map((name) => ({
    name,
    image: 'i',
    resources: { requests: { cpu: '1' } },
  }))
  await client.create(Deployment, {
    metadata: web,
    spec: {
      replicas: 5,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  })
  const target = { type: 'Utilization', averageUtilization: 50 }
  await client.create(HorizontalPodAutoscaler, {
    metadata: web,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 20,
      metrics: [
        {
          type: 'ContainerResource',
          containerResource: { name: 'cpu', container: 'main', target },
        },
      ],
      behavior: { scaleUp: { tolerance: '300m' } },
    },
  })
  await cluster.settle()
  await playNodes(cluster)
  const { status } = await client.get(HorizontalPodAutoscaler, web)
  const current = { averageUtilization: 60, averageValue: '600m' }
  assert.deepEqual(
    status.currentMetrics.map(({ containerResource }) => containerResource),
    [{ name: 'cpu', container: 'main', current }],
  )
  const replicas = async () => (await client.get(Deployment, web)).spec.replicas
  assert.equal(await replicas(), 5)
  const spec = { behavior: { scaleUp: { tolerance: '100m' } } }
  await client.patch(HorizontalPodAutoscaler, web, 'merge', { spec })
  await clock.advance(60_000)
  assert.equal(await replicas(), 6)
})

test('an autoscaler says which metric it cannot read', async () => {
  const builtIn = [Deployment, PodClass, HorizontalPodAutoscaler]
  await using cluster = await testCluster([horizontalPodAutoscalerController({ builtIn })])
  const { client } = cluster
  await client.create(Deployment, {
    metadata: web,
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'main', image: 'i' }] },
      },
    },
  })
  const target = { type: 'AverageValue', averageValue: '10' }
  await client.create(HorizontalPodAutoscaler, {
    metadata: web,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 8,
      metrics: [{ type: 'External', external: { metric: { name: 'queued' }, target } }],
    },
  })
  await cluster.settle()
  const { status } = await client.get(HorizontalPodAutoscaler, web)
  const active = status.conditions?.find(({ type }) => type === 'ScalingActive')
  assert.equal(active?.reason, 'FailedGetExternalMetric')
  assert.match(
    active.message ?? '',
    /^the HPA was unable to compute the replica count: failed to get external metric value: unable to get external metric default\/queued\/nil: /,
  )
})

test('an autoscaler brings its target back within the bounds, whatever metrics say', async () => {
  const builtIn = [Deployment, PodClass, HorizontalPodAutoscaler]
  await using cluster = await testCluster([horizontalPodAutoscalerController({ builtIn })])
  const { client } = cluster
  const labels = { app: 'web' }
  await client.create(Deployment, {
    metadata: web,
    spec: {
      replicas: 9,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'i' }] } },
    },
  })
  await client.create(HorizontalPodAutoscaler, {
    metadata: web,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 4,
    },
  })
  await cluster.settle()
  assert.equal((await client.get(Deployment, web)).spec.replicas, 4)
  const { status } = await client.get(HorizontalPodAutoscaler, web)
  assert.equal(status.desiredReplicas, 4)
  assert.equal(
    status.conditions?.find(({ type }) => type === 'ScalingLimited'),
    undefined,
  )
})
