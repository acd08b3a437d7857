import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { test, type TestContext } from 'node:test'
import { ControllerRevision } from '../../../api/apps/v1/controller-revision.ts'
import { ConfigMap, Secret } from '../../../api/core/v1/index.ts'
import { kubernetesFeatures } from '../../../api/features.ts'
import { PartialObjectMetadata } from '../../../api/meta/v1/table.ts'
import { DeleteOptions } from '../../../api/meta/v1/options.ts'
import { Status } from '../../../api/meta/v1/status.ts'
import { encodeCbor } from '../../../schema/cbor.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { ask1, type Answer, type Ask } from '../../../serving/testing.node.ts'
import { httpsTestServer, type HttpsTestServer } from '../testing.node.ts'
import { CLIENT_ENCODINGS, type ClientEncoding } from './testing.ts'

const CORE = '/api/v1/namespaces/default'
const REVISIONS = '/apis/apps/v1/namespaces/default/controllerrevisions'

function server(t: TestContext): Promise<HttpsTestServer> {
  return httpsTestServer(t, { features: kubernetesFeatures({ CBORServingAndStorage: true }) })
}

function ask(api: HttpsTestServer, path: string, request: Ask = {}): Promise<Answer> {
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  return ask1(api.port, path, { ...request, cert, key })
}

/** Objects that a careless encoding would change. */
const SAMPLES: readonly (readonly [string, ResourceClass, Record<string, unknown>])[] = [
  [
    `${CORE}/configmaps`,
    ConfigMap,
    {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'odd', annotations: { constructor: '\u{feff}é\u{1f6a2}' } },
      data: JSON.parse('{"__proto__":"p","constructor":"c","toString":""}') as object,
      binaryData: { bytes: 'AAECA/8=' },
    },
  ],
  [
    `${CORE}/secrets`,
    Secret,
    {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 'odd' },
      data: { a: '/w==', empty: '' },
      type: 'Opaque',
    },
  ],
  [
    REVISIONS,
    ControllerRevision,
    {
      kind: 'ControllerRevision',
      apiVersion: 'apps/v1',
      metadata: { name: 'odd' },
      data: {
        ...(JSON.parse('{"a":{"__proto__":{"constructor":[1.5,true,null]}}}') as object),
        max: 2n ** 63n - 1n,
        min: -(2n ** 63n),
        beyond: 2 ** 53 + 2,
      },
      revision: 2n ** 63n - 1n,
    },
  ],
]

function without(object: Record<string, unknown>): Record<string, unknown> {
  const { metadata, ...rest } = object as { readonly metadata: Record<string, unknown> }
  const { name, annotations } = metadata
  return { ...rest, metadata: { name, ...(annotations !== undefined && { annotations }) } }
}

/** A plain number where one was sent that is too large to be exact as anything but a bigint. */
function exact(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value)) {
    return BigInt(value)
  }
  if (Array.isArray(value)) return value.map(exact)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, exact(each)]))
}

async function firstEvent(
  api: HttpsTestServer,
  path: string,
  type: ResourceClass,
  encoding: ClientEncoding,
): Promise<Record<string, unknown>> {
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const options = { host: '127.0.0.1', port: api.port, cert, key, ca: api.pki.ca.certPem }
  const headers = { accept: encoding.type }
  const request = httpsRequest({ ...options, path: `${path}?watch=1`, headers, agent: false }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  assert.equal(response.headers['content-type'], encoding.watchType)
  let bytes = Buffer.alloc(0)
  for await (const chunk of response) {
    bytes = Buffer.concat([bytes, chunk as Buffer])
    const event = encoding.event(type, bytes)
    if (!event) continue
    assert.equal(event[0].type, 'ADDED')
    return event[0].object
  }
  throw new Error('the watch ended')
}

for (const encoding of CLIENT_ENCODINGS) {
  const headers = { accept: encoding.type, 'content-type': encoding.type }

  test(`${encoding.name}: objects come back as they were sent: create, get, list, watch, update`, async (t) => {
    const api = await server(t)
    for (const [path, type, sample] of SAMPLES) {
      const same = (object: Record<string, unknown>): void =>
        assert.deepEqual(exact(without(object)), exact(sample))
      const body = encoding.encode(type, sample)
      const created = await ask(api, path, { method: 'POST', headers, body })
      assert.equal(created.status, 201, created.body.toString())
      assert.equal(created.headers['content-type'], encoding.type)
      const object = encoding.decode(type, created.body)
      same(object)
      const got = await ask(api, `${path}/odd`, { headers })
      assert.deepEqual(encoding.decode(type, got.body), object)
      const list = encoding.decode(type.list, (await ask(api, path, { headers })).body)
      assert.equal(list['kind'], `${type.resource.kind}List`)
      // Items of a list carry no kind in protobuf, nor need they.
      same({ kind: sample['kind'], apiVersion: sample['apiVersion'], ...itemsOf(list)[0] })
      same(await firstEvent(api, path, type, encoding))
      const updated = await ask(api, `${path}/odd`, {
        method: 'PUT',
        headers,
        body: encoding.encode(type, object),
      })
      assert.equal(updated.status, 200, updated.body.toString())
      same(encoding.decode(type, updated.body))
      const patched = await ask(api, `${path}/odd`, {
        method: 'PATCH',
        headers: { ...headers, 'content-type': 'application/merge-patch+json' },
        body: '{"metadata":{"labels":{"a":"b"}}}',
      })
      same(encoding.decode(type, patched.body))
      const options = { kind: 'DeleteOptions', apiVersion: 'v1' }
      const deleted = await ask(api, `${path}/odd`, {
        method: 'DELETE',
        headers: { ...headers, 'transfer-encoding': 'chunked' },
        body: encoding.encode(DeleteOptions, options),
      })
      assert.equal(deleted.status, 200, deleted.body.toString())
      assert.equal(encoding.decode(Status, deleted.body)['status'], 'Success')
    }
  })

  test(`${encoding.name}: metadata alone, of one object and of a watch`, async (t) => {
    const api = await server(t)
    const [path, type, sample] = SAMPLES[0]!
    await ask(api, path, { method: 'POST', headers, body: encoding.encode(type, sample) })
    const accept = `${encoding.type};as=PartialObjectMetadata;v=v1;g=meta.k8s.io`
    const answer = await ask(api, `${path}/odd`, { headers: { accept } })
    assert.equal(answer.headers['content-type'], encoding.type)
    const metadata = encoding.decode(PartialObjectMetadata, answer.body)
    assert.equal(metadata['kind'], 'PartialObjectMetadata')
    assert.equal(metadata['apiVersion'], 'meta.k8s.io/v1')
    assert.equal(metadata['data'], undefined)
  })

  test(`${encoding.name}: what went wrong is told in the encoding that was asked for`, async (t) => {
    const api = await server(t)
    const answer = await ask(api, `${CORE}/configmaps/none`, { headers })
    assert.equal(answer.status, 404)
    assert.equal(answer.headers['content-type'], encoding.type)
    const status = encoding.decode(Status, answer.body)
    assert.equal(status['message'], 'configmaps "none" not found')
    assert.equal(status['code'], 404)
  })
}

test('CBOR: server-side apply', async (t) => {
  const api = await server(t)
  const apply = (body: Uint8Array): Promise<Answer> =>
    ask(api, `${CORE}/configmaps/a?fieldManager=me`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+cbor' },
      body,
    })
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { x: 'y' } }
  const applied = await apply(encodeCbor(object))
  assert.equal(applied.status, 201, applied.body.toString())
  assert.deepEqual((JSON.parse(applied.body.toString()) as { data: object }).data, { x: 'y' })
  const refused = await apply(Uint8Array.of(0xa1, 0x41))
  assert.equal(refused.status, 400)
  assert.match(refused.body.toString(), /error decoding CBOR: unexpected EOF/)
})

test('CBOR is unknown where its gate is off', async (t) => {
  const api = await httpsTestServer(t)
  const headers = { 'content-type': 'application/cbor', accept: 'application/cbor' }
  const post = { method: 'POST', headers, body: encodeCbor({}) }
  const answer = await ask(api, `${CORE}/configmaps`, { headers })
  assert.equal(answer.status, 406)
  const [sent, patched] = [
    await ask(api, `${CORE}/configmaps`, { ...post, headers: { ...headers, accept: '*/*' } }),
    await ask(api, `${CORE}/configmaps/a`, {
      ...post,
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+cbor' },
    }),
  ]
  assert.equal(sent.status, 415)
  assert.match(
    sent.body.toString(),
    /accepted media types include: application\/json, application\/yaml, application\/vnd.kubernetes.protobuf"/,
  )
  assert.equal(patched.status, 415)
})

function itemsOf(list: Record<string, unknown>): readonly Record<string, unknown>[] {
  return list['items'] as readonly Record<string, unknown>[]
}
