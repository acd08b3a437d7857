import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Wire } from '../rest.node.ts'
import { suite } from '../suite.node.ts'
import { define, definition, OPEN_SCHEMA, undefine } from './crontabs.ts'

const GROUP = 'cluster.example.com'

describe('custom resources in a cluster', () => {
  const api = suite({ nodes: 0 })

  /** Resolves once something is seen in a watch. */
  async function when(path: string, holds: (type: string, object: Wire) => boolean): Promise<void> {
    using watch = await api.rest.watch(path)
    for (;;) {
      const { type, object } = await watch.next()
      if (holds(type, object)) return
    }
  }

  test('the garbage collector follows owners among custom resources', async () => {
    await define(api.rest, definition('owners', [{ name: 'v1' }], { group: GROUP }))
    await define(api.rest, definition('dependents', [{ name: 'v1' }], { group: GROUP }))
    const namespace = `/apis/${GROUP}/v1/namespaces/default`
    const apiVersion = `${GROUP}/v1`
    const owner = await api.rest.post(`${namespace}/owners`, {
      apiVersion,
      kind: 'Owner',
      metadata: { name: 'a' },
    })
    const reference = { apiVersion, kind: 'Owner', name: 'a', uid: owner.metadata.uid }
    const dependent = await api.rest.post(`${namespace}/dependents`, {
      apiVersion,
      kind: 'Dependent',
      metadata: { name: 'b', ownerReferences: [reference] },
    })
    const { resourceVersion } = dependent.metadata
    const gone = when(
      `${namespace}/dependents?watch=1&resourceVersion=${resourceVersion}`,
      (type) => type === 'DELETED',
    )
    await api.rest.delete(`${namespace}/owners/a`)
    await gone
    await undefine(api.rest, `owners.${GROUP}`)
  })

  test('a namespace is not gone before its custom objects are', async () => {
    await define(api.rest, definition('inmates', [{ name: 'v1' }], { group: GROUP }))
    await api.namespace('cell')
    const path = `/apis/${GROUP}/v1/namespaces/cell/inmates`
    await api.rest.post(path, {
      apiVersion: `${GROUP}/v1`,
      kind: 'Inmate',
      metadata: { name: 'a' },
    })
    const { metadata } = await api.rest.get('/api/v1/namespaces/cell')
    const gone = when(
      `/api/v1/namespaces?watch=1&fieldSelector=metadata.name=cell&resourceVersion=${metadata.resourceVersion}`,
      (type) => type === 'DELETED',
    )
    await api.rest.delete('/api/v1/namespaces/cell')
    await gone
    const { items } = await api.rest.get(`/apis/${GROUP}/v1/inmates`)
    assert.deepEqual(items, [])
  })

  test('quotas count custom objects', async () => {
    await define(api.rest, definition('counteds', [{ name: 'v1' }], { group: GROUP }))
    await api.namespace('limited')
    const name = `count/counteds.${GROUP}`
    await api.rest.post('/api/v1/namespaces/limited/resourcequotas', {
      metadata: { name: 'few' },
      spec: { hard: { [name]: '1' } },
    })
    await when(
      '/api/v1/namespaces/limited/resourcequotas?watch=1',
      (_, { status }) => (status as { readonly hard?: object }).hard !== undefined,
    )
    const path = `/apis/${GROUP}/v1/namespaces/limited/counteds`
    const body = (of: string): object => ({
      apiVersion: `${GROUP}/v1`,
      kind: 'Counted',
      metadata: { name: of },
    })
    await api.rest.post(path, body('a'))
    const refused = await api.rest.call('POST', path, { body: body('b') })
    assert.equal(refused.status, 403)
    assert.match(
      refused.text,
      /exceeded quota: few, requested: count\/counteds.cluster.example.com=1/,
    )
  })

  test('tables have the columns of the definition, metadata alone is to be had, and no protobuf', async () => {
    const additionalPrinterColumns = [
      { name: 'Ready', type: 'string', jsonPath: '.conditions[?(@.type=="Ready")].status' },
      { name: 'Size', type: 'integer', jsonPath: '.size', description: 'How large it is.' },
    ]
    const version = { name: 'v1', schema: OPEN_SCHEMA, additionalPrinterColumns }
    await define(api.rest, definition('showns', [version], { group: GROUP }))
    const path = `/apis/${GROUP}/v1/namespaces/default/showns`
    const body = {
      apiVersion: `${GROUP}/v1`,
      kind: 'Shown',
      metadata: { name: 'a' },
      size: 3,
      conditions: [
        { type: 'Other', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
    }
    await api.rest.post(path, body)
    const get = (accept: string): ReturnType<typeof api.rest.call> =>
      api.rest.call('GET', path, { headers: { accept } })
    const table = (await get('application/json;as=Table;v=v1;g=meta.k8s.io')).body as unknown as {
      readonly columnDefinitions: readonly { readonly name: string }[]
      readonly rows: readonly { readonly cells: readonly unknown[] }[]
    }
    assert.deepEqual(
      table.columnDefinitions.map(({ name }) => name),
      ['Name', 'Ready', 'Size'],
    )
    assert.deepEqual(
      table.rows.map(({ cells }) => cells),
      [['a', 'True', 3]],
    )
    const metadata = await get('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')
    assert.equal(metadata.body.kind, 'PartialObjectMetadataList')
    assert.equal(metadata.body.items?.[0]?.['size'], undefined)
    assert.equal((await get('application/vnd.kubernetes.protobuf')).status, 406)
    const protobuf = { 'content-type': 'application/vnd.kubernetes.protobuf' }
    const sent = await api.rest.call('POST', path, {
      body: JSON.stringify(body),
      headers: protobuf,
    })
    assert.equal(sent.status, 415)
  })

  test('a conversion webhook behind a Service without endpoints fails the request alone', async () => {
    const service = { namespace: 'default', name: 'nobody' }
    const conversion = {
      strategy: 'Webhook',
      webhook: { conversionReviewVersions: ['v1'], clientConfig: { service } },
    }
    const versions = [{ name: 'v1' }, { name: 'v2' }]
    await define(api.rest, definition('stucks', versions, { group: GROUP, conversion }))
    const path = (version: string): string => `/apis/${GROUP}/${version}/namespaces/default/stucks`
    await api.rest.post(path('v1'), {
      apiVersion: `${GROUP}/v1`,
      kind: 'Stuck',
      metadata: { name: 'a' },
    })
    const { status, text } = await api.rest.call('GET', `${path('v2')}/a`)
    assert.equal(status, 500)
    assert.match(
      text,
      /conversion webhook for cluster.example.com\/v1, Kind=Stuck failed: Post \\"https:\/\/nobody.default.svc:443\/\?timeout=30s\\": services? \\"nobody\\" not found/,
    )
    await undefine(api.rest, `stucks.${GROUP}`)
  })
})
