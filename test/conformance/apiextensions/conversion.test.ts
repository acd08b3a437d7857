import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import {
  converted,
  startTestWebhook,
  type TestObject,
  type TestWebhook,
} from '../../../src/apiserver/apiextensions/testing-webhook.node.ts'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'
import { define, definition, DEFINITIONS } from './crontabs.ts'

/** v1 has one field for host and port, v2 has two: as in the sample webhook of the conformance suite. */
function convert(object: TestObject, apiVersion: string): TestObject {
  const { hostPort, host, port, ...rest } = object as TestObject & Readonly<Record<string, string>>
  if (apiVersion.endsWith('/v2')) {
    const [name, number] = (hostPort ?? '').split(':')
    return { ...rest, apiVersion, host: name, port: number }
  }
  return { ...rest, apiVersion, hostPort: `${host}:${port}` }
}

describe('conversion webhooks', () => {
  const api = suite({ nodes: 0 })
  let hook: TestWebhook
  before(async () => {
    hook = await startTestWebhook()
    hook.answerWith((review) => converted(review, convert))
  })
  after(() => hook[Symbol.asyncDispose]())

  const text = { type: 'string' }
  const properties = { hostPort: text, host: text, port: text }
  const schema = { type: 'object', properties }
  const VERSIONS = [
    { name: 'v1', schema },
    { name: 'v2', schema, selectableFields: [{ jsonPath: '.host' }, { jsonPath: '.port' }] },
  ]
  const path = (version: string, plural: string): string =>
    `/apis/convert.example.com/${version}/namespaces/default/${plural}`
  const object = (kind: string, name: string, version: string, more: object): object => ({
    apiVersion: `convert.example.com/${version}`,
    kind,
    metadata: { name },
    ...more,
  })

  conformance(
    '[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert from CR v1 to CR v2 [Conformance]',
    async () => {
      const { conversion } = hook
      await define(
        api.rest,
        definition('ones', VERSIONS, { group: 'convert.example.com', conversion }),
      )
      await api.rest.post(path('v1', 'ones'), object('One', 'a', 'v1', { hostPort: 'x:80' }))
      const read = await api.rest.get(`${path('v2', 'ones')}/a`)
      assert.deepEqual([read['host'], read['port'], read['hostPort']], ['x', '80', undefined])
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert a non homogeneous list of CRs [Conformance]',
    async () => {
      const { conversion } = hook
      await define(
        api.rest,
        definition('mixeds', VERSIONS, { group: 'convert.example.com', conversion }),
      )
      await api.rest.post(path('v1', 'mixeds'), object('Mixed', 'a', 'v1', { hostPort: 'x:80' }))
      await api.rest.patch(
        `${DEFINITIONS}/mixeds.convert.example.com`,
        [
          { op: 'replace', path: '/spec/versions/0/storage', value: false },
          { op: 'replace', path: '/spec/versions/1/storage', value: true },
        ],
        'application/json-patch+json',
      )
      await api.rest.post(
        path('v2', 'mixeds'),
        object('Mixed', 'b', 'v2', { host: 'y', port: '81' }),
      )
      const { items = [] } = await api.rest.get(path('v2', 'mixeds'))
      assert.deepEqual(
        items.map((each) => [each.apiVersion, each['host'], each['port']]),
        [
          ['convert.example.com/v2', 'x', '80'],
          ['convert.example.com/v2', 'y', '81'],
        ],
      )
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourceFieldSelectors [Privileged:ClusterAdmin] CustomResourceFieldSelectors MUST list and watch custom resources matching the field selector [Conformance]',
    async () => {
      const { conversion } = hook
      await define(
        api.rest,
        definition('chosens', VERSIONS, { group: 'convert.example.com', conversion }),
      )
      await api.rest.post(path('v1', 'chosens'), object('Chosen', 'a', 'v1', { hostPort: 'x:80' }))
      await api.rest.post(path('v1', 'chosens'), object('Chosen', 'b', 'v1', { hostPort: 'y:80' }))
      const selected = `${path('v2', 'chosens')}?fieldSelector=host%3Dx,port%3D80`
      const list = await api.rest.get(selected)
      assert.deepEqual(
        list.items?.map((each) => each.metadata.name),
        ['a'],
      )
      using watch = await api.rest.watch(
        `${selected}&watch=1&resourceVersion=${list.metadata.resourceVersion}`,
      )
      const seen: string[] = []
      const next = async (): Promise<void> => {
        const { type, object: of } = await watch.next()
        seen.push(`${type} ${of.metadata.name}`)
      }
      await api.rest.post(
        path('v2', 'chosens'),
        object('Chosen', 'c', 'v2', { host: 'x', port: '80' }),
      )
      await next()
      await api.rest.patch(`${path('v2', 'chosens')}/a`, { host: 'z' })
      await next()
      await api.rest.patch(`${path('v1', 'chosens')}/b`, { hostPort: 'x:80' })
      await next()
      await api.rest.delete(`${path('v2', 'chosens')}/c`)
      await next()
      assert.deepEqual(seen, ['ADDED c', 'DELETED a', 'ADDED b', 'DELETED c'])
      const wrong = await api.rest.call('GET', `${path('v1', 'chosens')}?fieldSelector=host%3Dx`)
      assert.match(wrong.text, /field label not supported: host/)
    },
  )
})
