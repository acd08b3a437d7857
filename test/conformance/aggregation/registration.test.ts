import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { APIService } from '../../../src/api/apiregistration/v1/api-service.ts'
import { Service } from '../../../src/api/core/v1/service.ts'
import { isNotFound } from '../../../src/apimachinery/status-predicates.ts'
import { suite } from '../suite.node.ts'
import { available, register } from './sample-api.ts'

const MANAGED = 'kube-aggregator.kubernetes.io/automanaged'
const SERVER = { port: 443, caBundle: '' }

describe('APIServices', () => {
  const api = suite()

  const find = async (name: string): Promise<APIService | undefined> => {
    try {
      return await api.cluster.client.get(APIService, { name })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  test('stand for all that is built in, but for their own group', async () => {
    const { items } = await api.cluster.client.list(APIService)
    assert.ok(items.every(({ metadata }) => metadata.labels?.[MANAGED] === 'onstart'))
    const apps = items.find(({ metadata }) => metadata.name === 'v1.apps')!
    assert.equal(apps.spec.groupPriorityMinimum, 17_800)
    assert.equal(apps.spec.versionPriority, 15)
    assert.equal(apps.status.conditions?.[0]?.reason, 'Local')
    assert.equal((await find('v1.'))?.spec.groupPriorityMinimum, 18_000)
    assert.equal(await find('v1.apiregistration.k8s.io'), undefined)
  })

  test('come and go with definitions, and come back where they are taken away', async () => {
    const { cluster } = api
    await cluster.apply(DEFINITION)
    await cluster.eventually(() => find('v1.example.com').then((found) => found ?? false))
    const made = (await find('v1.example.com'))!
    assert.equal(made.metadata.labels?.[MANAGED], 'true')
    assert.deepEqual([made.spec.groupPriorityMinimum, made.spec.versionPriority], [1000, 100])
    await cluster.client.delete(APIService, { name: 'v1.example.com' })
    await cluster.eventually(async () => {
      const next = await find('v1.example.com')
      return next !== undefined && next.metadata.uid !== made.metadata.uid
    })
    await api.rest.delete('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/a.example.com')
    await cluster.eventually(async () => (await find('v1.example.com')) === undefined)
  })

  test('tell why a server cannot be reached, step by step', async () => {
    const { cluster } = api
    const becomes = (wanted: string): Promise<unknown> =>
      cluster.eventually(async () => (await available(api))[0] === wanted)
    await register(api, 'default', { server: SERVER, insecure: true })
    await becomes('False ServiceNotFound')
    const key = { namespace: 'default', name: 'sample-api' }
    await cluster.client.create(Service, { metadata: key, spec: { ports: [{ port: 80 }] } })
    await becomes('False ServicePortError')
    const path = '/api/v1/namespaces/default/services/sample-api'
    await api.rest.patch(path, { spec: { ports: [{ name: 'https', port: 443 }] } })
    await becomes('False EndpointsNotFound')
    const answer = await api.rest.call('GET', '/apis/wardle.example.com/v1alpha1')
    assert.deepEqual([answer.status, answer.text], [503, 'service unavailable\n'])
    await api.rest.post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      metadata: { name: 's', labels: { 'kubernetes.io/service-name': 'sample-api' } },
      addressType: 'IPv4',
      endpoints: [],
      ports: [{ name: 'https', port: 443 }],
    })
    await becomes('False MissingEndpoints')
  })
})

const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: a.example.com }
spec:
  group: example.com
  scope: Cluster
  names: { plural: a, kind: A }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }
`
