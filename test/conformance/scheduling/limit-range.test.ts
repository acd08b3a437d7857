import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import type { Wire } from '../rest.node.ts'
import { suite } from '../suite.node.ts'

type Amounts = Readonly<Record<string, string>>
interface Resources {
  readonly requests?: Amounts
  readonly limits?: Amounts
}

const limits = (more: object = {}) => [
  {
    type: 'Container',
    min: { cpu: '50m', memory: '100Mi', 'ephemeral-storage': '100Gi' },
    max: { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi' },
    default: { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi' },
    defaultRequest: { cpu: '100m', memory: '200Mi', 'ephemeral-storage': '200Gi' },
    ...more,
  },
]

const pod = (name: string, resources: Resources = {}): object => ({
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10', resources }] },
})

function resourcesOf(created: Wire): Resources {
  const { containers } = created['spec'] as { containers: readonly { resources: Resources }[] }
  return containers[0]!.resources
}

describe('LimitRange', () => {
  const running = suite({ nodes: 0 })

  conformance(
    '[sig-scheduling] LimitRange should create a LimitRange with defaults and ensure pod has those defaults applied. [Conformance]',
    async () => {
      const path = await running.namespace('defaults')
      const at = `${path}/limitranges/limit-range`
      const { rest } = running
      using watch = await rest.watch(`${path}/limitranges?watch=true`)
      await rest.post(`${path}/limitranges`, {
        metadata: { name: 'limit-range' },
        spec: { limits: limits() },
      })
      assert.equal((await watch.next()).type, 'ADDED')
      assert.deepEqual((await rest.get(at))['spec'], { limits: limits() })

      const plain = resourcesOf(await rest.post(`${path}/pods`, pod('pod-no-resources')))
      const [{ default: most, defaultRequest } = {}] = limits()
      assert.deepEqual(plain, { limits: most, requests: defaultRequest })
      const partial = resourcesOf(
        await rest.post(
          `${path}/pods`,
          pod('pod-partial-resources', {
            requests: { cpu: '150m', memory: '150Mi' },
            limits: { cpu: '300m', 'ephemeral-storage': '300Gi' },
          }),
        ),
      )
      // A limit without a request is the request too: the default request is for those without either.
      assert.deepEqual(partial, {
        limits: { cpu: '300m', memory: '500Mi', 'ephemeral-storage': '300Gi' },
        requests: { cpu: '150m', memory: '150Mi', 'ephemeral-storage': '300Gi' },
      })
      const create = (name: string, resources: Resources) =>
        rest.call('POST', `${path}/pods`, { body: pod(name, resources) })
      const small = { requests: { cpu: '10m', memory: '50Mi', 'ephemeral-storage': '50Gi' } }
      const large = { limits: { cpu: '600m', memory: '600Mi', 'ephemeral-storage': '600Gi' } }
      assert.equal((await create('too-small', small)).status, 403)
      assert.equal((await create('too-large', large)).status, 403)

      const min = { cpu: '9m', memory: '49Mi', 'ephemeral-storage': '49Gi' }
      const current = await rest.get(at)
      await rest.put(at, { ...current, spec: { limits: limits({ min }) } })
      assert.equal((await create('small-enough', small)).status, 201)
      assert.equal((await create('too-large', large)).status, 403)
      await rest.delete(at)
      assert.equal((await rest.call('GET', at)).status, 404)
      assert.equal((await create('large-enough', large)).status, 201)
    },
  )

  conformance(
    '[sig-scheduling] LimitRange should list, patch and delete a LimitRange by collection [Conformance]',
    async () => {
      const { rest } = running
      const [path, other] = [await running.namespace('one'), await running.namespace('two')]
      const labels = { 'e2e-limitrange': 'yes' }
      const range = { metadata: { name: 'limit-range', labels }, spec: { limits: limits() } }
      await rest.post(`${path}/limitranges`, range)
      await rest.post(`${other}/limitranges`, range)
      const selected = 'labelSelector=e2e-limitrange%3Dyes'
      assert.equal((await rest.get(`/api/v1/limitranges?${selected}`)).items?.length, 2)
      const min = { cpu: '20m', memory: '40Mi' }
      const patched = await rest.patch(`${path}/limitranges/limit-range`, {
        metadata: { labels: { 'limit-range': 'patched' } },
        spec: { limits: limits({ min }) },
      })
      assert.equal(patched.metadata.labels?.['limit-range'], 'patched')
      await rest.delete(`${path}/limitranges?labelSelector=limit-range%3Dpatched`)
      const left = (await rest.get(`/api/v1/limitranges?${selected}`)).items ?? []
      assert.deepEqual(
        left.map(({ metadata }) => metadata.namespace),
        ['two'],
      )
    },
  )
})
