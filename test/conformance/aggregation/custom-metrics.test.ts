import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { Deployment } from '../../../src/api/apps/v1/deployment.ts'
import { HorizontalPodAutoscaler } from '../../../src/api/autoscaling/v2/horizontal-pod-autoscaler.ts'
import { suite } from '../suite.node.ts'
import { available, register, registerSample } from './sample-api.ts'
import type { SampleServer } from './sample-server.node.ts'

const GROUP = 'custom.metrics.k8s.io'
const VERSION = 'v1beta2'
const PATH = `/apis/${GROUP}/${VERSION}`

function json(body: object): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
}

describe('metrics of an aggregated API', () => {
  const api = suite()
  let sample: SampleServer
  before(async () => {
    sample = await registerSample(api, 'metrics')
  })
  after(() => sample[Symbol.asyncDispose]())

  test('decide how many replicas the autoscaler wants', async () => {
    const { cluster } = api
    const { client } = cluster
    const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'queue' }
    const item = { describedObject, metric: { name: 'length' }, timestamp: TIME, value: '35' }
    const resources: readonly object[] = []
    sample.on(
      PATH,
      json({ kind: 'APIResourceList', groupVersion: `${GROUP}/${VERSION}`, resources }),
    )
    sample.on(
      `${PATH}/namespaces/metrics/services/queue/length`,
      json({ kind: 'MetricValueList', apiVersion: `${GROUP}/${VERSION}`, items: [item] }),
    )
    await register(api, 'metrics', { server: sample, group: GROUP, version: VERSION })
    await cluster.eventually(
      async () => (await available(api, `${VERSION}.${GROUP}`))[0] === 'True Passed',
    )

    const labels = { app: 'web' }
    const key = { namespace: 'metrics', name: 'web' }
    await client.create(Deployment, {
      metadata: key,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    })
    const target = { type: 'AverageValue', averageValue: '10' }
    await client.create(HorizontalPodAutoscaler, {
      metadata: key,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        maxReplicas: 9,
        metrics: [
          { type: 'Object', object: { metric: { name: 'length' }, describedObject, target } },
        ],
      },
    })
    await cluster.eventually(async () => (await client.get(Deployment, key)).spec.replicas === 4)
    const { status } = await client.get(HorizontalPodAutoscaler, key)
    assert.equal(status?.desiredReplicas, 4)
  })
})

const TIME = '2026-01-02T03:04:05Z'
