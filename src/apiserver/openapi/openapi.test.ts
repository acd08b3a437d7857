import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { ProtoReader } from '../../schema/proto-reader.ts'
import { respondGzipped } from '../../serving/gzip.node.ts'
import { ask1, type Answer } from '../../serving/testing.node.ts'
import { httpsTestServer } from '../http/testing.node.ts'
import type { Registry } from '../registry/registry.ts'
import { openApiRoutes, type OpenApiOptions } from './routes.ts'

type Get = (path: string, headers?: Record<string, string>) => Promise<Answer>
type Json = Readonly<Record<string, unknown>>

async function start(t: TestContext, more: Partial<OpenApiOptions> = {}): Promise<Get> {
  return (await startServer(t, more)).get
}

async function startServer(
  t: TestContext,
  more: Partial<OpenApiOptions> = {},
): Promise<{ readonly get: Get; readonly registry: Registry }> {
  const options = { clock: systemClock, crypto: nodeCrypto(), respond: respondGzipped, ...more }
  const api = await httpsTestServer(t, { routes: (registry) => openApiRoutes(registry, options) })
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const get: Get = (path, headers = {}) => ask1(api.port, path, { headers, cert, key })
  return { get, registry: api.server.registry }
}

function jsonOf<T>({ status, body }: Answer): T {
  assert.equal(status, 200)
  return JSON.parse(body.toString()) as T
}

interface Index {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>
}

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Json; readonly required?: boolean }
  readonly responses: Json
  readonly 'x-kubernetes-action': string
  readonly 'x-kubernetes-group-version-kind': Json
}

function dangling(document: unknown, defined: object, prefix: string): readonly string[] {
  const text = JSON.stringify(document)
  const refs = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!)
  return refs.filter(
    (ref) => ref.startsWith(prefix) && !Object.hasOwn(defined, ref.slice(prefix.length)),
  )
}

test('the index of OpenAPI 3 leads to documents that hold all that they refer to', async (t) => {
  const get = await start(t)
  const { paths } = jsonOf<Index>(await get('/openapi/v3'))
  for (const path of [
    'api',
    'api/v1',
    'apis',
    'apis/apps',
    'apis/apps/v1',
    'apis/autoscaling/v2',
  ]) {
    assert.ok(paths[path], path)
  }
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    assert.match(serverRelativeURL, new RegExp(`^/openapi/v3/${path}\\?hash=[0-9A-F]{128}$`))
    const document = jsonOf<Document>(await get(serverRelativeURL))
    assert.equal(document.openapi, '3.0.0')
    const { schemas } = document.components
    assert.deepEqual(dangling(document, schemas, '#/components/schemas/'), [])
    assert.ok(Object.keys(document.paths).length > 0)
  }
})

test('operations tell what clients look for', async (t) => {
  const get = await start(t)
  const { paths, components } = jsonOf<Document>(await get('/openapi/v3/apis/apps/v1'))
  const item = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!
  const { patch } = item as { readonly patch: Operation }
  assert.deepEqual(patch['x-kubernetes-group-version-kind'], {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
  })
  assert.deepEqual(
    patch.parameters!.map(({ name }) => name),
    ['dryRun', 'fieldManager', 'fieldValidation', 'force'],
  )
  assert.deepEqual(Object.keys(patch.requestBody!.content), [
    'application/apply-patch+yaml',
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/strategic-merge-patch+json',
  ])
  assert.deepEqual(Object.keys(patch.responses), ['200', '201', '401'])
  const list = components.schemas['io.k8s.api.apps.v1.DeploymentList']!
  assert.deepEqual(list['x-kubernetes-group-version-kind'], [
    { group: 'apps', version: 'v1', kind: 'DeploymentList' },
  ])
})

test('a document with its hash may be kept for ever, and one with an old hash leads to the new', async (t) => {
  const get = await start(t)
  const { paths } = jsonOf<Index>(await get('/openapi/v3/'))
  const url = paths['apis/policy/v1']!.serverRelativeURL
  const { headers } = await get(url)
  assert.equal(headers['cache-control'], 'public, immutable, max-age=31536000')
  assert.equal(headers['etag'], `"${url.split('=')[1]}"`)
  const old = await get('/openapi/v3/apis/policy/v1?hash=OLD')
  assert.equal(old.status, 301)
  assert.equal(old.headers['location'], url)
  const plain = await get('/openapi/v3/apis/policy/v1', { 'if-none-match': headers['etag'] })
  assert.equal(plain.status, 304)
  assert.equal(plain.headers['cache-control'], undefined)
})

test('long documents are compressed, and made in turns', async (t) => {
  let pauses = 0
  let nowMs = 0
  // Each look at this clock takes a millisecond.
  const clock = { ...systemClock, monotonic: () => (nowMs += 1) }
  const get = await start(t, { clock, pause: async () => void (pauses += 1) })
  const answer = await get('/openapi/v3/api/v1', { 'accept-encoding': 'gzip' })
  assert.equal(answer.headers['content-encoding'], 'gzip')
  const document = JSON.parse(gunzipSync(answer.body).toString()) as Document
  assert.ok(document.paths['/api/v1/nodes'])
  assert.ok(pauses > 100)
})

test('OpenAPI 2 tells the same in one document', async (t) => {
  const get = await start(t)
  interface Swagger {
    readonly swagger: string
    readonly definitions: Readonly<Record<string, Json>>
    readonly parameters: object
    readonly paths: object
  }
  const document = jsonOf<Swagger>(await get('/openapi/v2'))
  assert.equal(document.swagger, '2.0')
  assert.deepEqual(dangling(document, document.definitions, '#/definitions/'), [])
  assert.deepEqual(dangling(document, document.parameters, '#/parameters/'), [])
  const { paths } = jsonOf<Index>(await get('/openapi/v3'))
  const three = await Promise.all(
    Object.values(paths).map(async ({ serverRelativeURL: url }) =>
      jsonOf<Document>(await get(url)),
    ),
  )
  assert.deepEqual(
    Object.keys(document.paths).toSorted(),
    three.flatMap((each) => Object.keys(each.paths)).toSorted(),
  )
  assert.deepEqual(
    Object.keys(document.definitions).toSorted(),
    [...new Set(three.flatMap(({ components }) => Object.keys(components.schemas)))].toSorted(),
  )
  const options = document.definitions['io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions']!
  const kinds = options['x-kubernetes-group-version-kind'] as readonly Json[]
  assert.ok(kinds.some(({ group }) => group === 'batch'))
})

test('what is not there is a 404, and what is not spoken a 406', async (t) => {
  const get = await start(t)
  assert.equal((await get('/openapi/v3/apis/none/v1')).status, 404)
  assert.equal((await get('/openapi/v2', { accept: 'text/html' })).status, 406)
})

test('OpenAPI 2 is given in protobuf, too', async (t) => {
  const get = await start(t)
  const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
  const { headers, body } = await get('/openapi/v2', { accept })
  const type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
  assert.equal(headers['content-type'], type)
  const top: number[] = []
  let definitions = 0
  const reader = new ProtoReader(body)
  reader.fields((tag, wireType) => {
    top.push(tag)
    if (tag !== 9) return reader.skip(wireType)
    reader.nested((_, inner) => {
      definitions += 1
      reader.skip(inner)
    })
  })
  assert.deepEqual([...new Set(top)], [1, 2, 8, 9, 10, 13, 12])
  const { definitions: all } = jsonOf<{ definitions: object }>(await get('/openapi/v2'))
  assert.equal(definitions, Object.keys(all).length)
})

test('documents change with what is served, and others stay', async (t) => {
  const { get, registry } = await startServer(t)
  const paths = async (): Promise<Index['paths']> => jsonOf<Index>(await get('/openapi/v3')).paths
  const before = await paths()
  const jobs = registry.find('batch', 'v1', 'jobs')!
  const two = (await get('/openapi/v2')).headers['etag']
  registry.remove(jobs)
  const without = await paths()
  assert.notDeepEqual(without['apis/batch/v1'], before['apis/batch/v1'])
  assert.deepEqual({ ...without, 'apis/batch/v1': before['apis/batch/v1'] }, before)
  assert.notEqual((await get('/openapi/v2')).headers['etag'], two)
  registry.add(jobs)
  assert.deepEqual(await paths(), before)
})
