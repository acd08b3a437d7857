import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask1, type Answer, type Ask } from '../../serving/testing.node.ts'
import { serverMetrics } from '../metrics/server-metrics.ts'
import { prometheusRoutes } from './prometheus.node.ts'
import { httpsTestServer, type HttpsTestServer } from './testing.node.ts'

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

function ask(api: HttpsTestServer, path: string, request: Ask = {}): Promise<Answer> {
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  return ask1(api.port, path, { ...request, cert, key })
}

function post(api: HttpsTestServer, path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return ask(api, path, { method: 'POST', headers, body: JSON.stringify(body) })
}

function jsonOf({ body }: Answer): Record<string, never> {
  return JSON.parse(body.toString()) as Record<string, never>
}

test('HTTP: an object that was posted can be got, listed and deleted', async (t) => {
  const api = await httpsTestServer(t)
  const created = await post(api, CONFIG_MAPS, { metadata: { name: 'a' }, data: { x: 'é' } })
  assert.equal(created.status, 201)
  assert.equal(created.headers['content-type'], 'application/json')
  assert.ok(created.headers['audit-id'])
  const got = await ask(api, `${CONFIG_MAPS}/a`)
  assert.deepEqual(jsonOf(got), jsonOf(created))
  const list = jsonOf(await ask(api, CONFIG_MAPS))
  assert.equal(list['kind'], 'ConfigMapList')
  assert.deepEqual(list['items'], [jsonOf(created)])
  const deleted = jsonOf(await ask(api, `${CONFIG_MAPS}/a`, { method: 'DELETE' }))
  assert.equal(deleted['kind'], 'Status')
  assert.equal(deleted['status'], 'Success')
})

test('HTTP: what is asked for with export is refused', async (t) => {
  const api = await httpsTestServer(t)
  await post(api, CONFIG_MAPS, { metadata: { name: 'a' } })
  const refused = await ask(api, `${CONFIG_MAPS}/a?export=true`)
  assert.equal(refused.status, 400)
  assert.equal(
    jsonOf(refused)['message'],
    'the export parameter, deprecated since v1.14, is no longer supported',
  )
  assert.equal((await ask(api, `${CONFIG_MAPS}/a?export=false`)).status, 200)
  assert.equal((await ask(api, `${CONFIG_MAPS}?export=true`)).status, 200)
})

test('HTTP: options of a deletion come in any group, or in the query', async (t) => {
  const api = await httpsTestServer(t)
  const remove = (name: string, body: object | undefined, query = ''): Promise<Answer> =>
    ask(api, `${CONFIG_MAPS}/${name}${query}`, {
      method: 'DELETE',
      // Node.js names no length by itself where a body is unusual.
      ...(body && { body: JSON.stringify(body), headers: { 'transfer-encoding': 'chunked' } }),
    })
  for (const name of ['a', 'b', 'c']) await post(api, CONFIG_MAPS, { metadata: { name } })
  const options = { kind: 'DeleteOptions', apiVersion: 'apps/v1', preconditions: { uid: 'x' } }
  assert.equal((await remove('a', options)).status, 409)
  assert.equal((await remove('a', { ...options, preconditions: {} })).status, 200)
  await remove('b', undefined, '?propagationPolicy=Foreground')
  const marked = jsonOf(await ask(api, `${CONFIG_MAPS}/b`))
  assert.deepEqual((marked['metadata'] as unknown as { finalizers: string[] }).finalizers, [
    'foregroundDeletion',
  ])
  await remove('c', undefined, '?dryRun=All')
  assert.equal((await ask(api, `${CONFIG_MAPS}/c`)).status, 200)
  const pod = await remove('c', { kind: 'Pod', apiVersion: 'v1' })
  assert.equal(pod.status, 400)
})

test('HTTP: who is unknown sees health and version, and nothing else', async (t) => {
  const api = await httpsTestServer(t)
  for (const path of ['/healthz', '/livez', '/readyz', '/version', '/readyz/ping']) {
    assert.equal((await ask1(api.port, path)).status, 200, path)
  }
  const answer = await ask1(api.port, CONFIG_MAPS)
  assert.equal(answer.status, 401)
  assert.equal(jsonOf(answer)['message'], 'Unauthorized')
})

test('HTTP: a body with wrong fields warns, or fails, as the client wishes', async (t) => {
  const api = await httpsTestServer(t)
  const body = { metadata: { name: 'a' }, dat: {} }
  const warned = await post(api, CONFIG_MAPS, body)
  assert.equal(warned.status, 201)
  assert.equal(warned.headers['warning'], '299 - "unknown field \\"dat\\""')
  const failed = await post(api, `${CONFIG_MAPS}?fieldValidation=Strict`, body)
  assert.equal(failed.status, 400)
  assert.equal(
    jsonOf(failed)['message'],
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dat"',
  )
})

test('HTTP: tables and metadata are given where they are asked for', async (t) => {
  const api = await httpsTestServer(t)
  await post(api, CONFIG_MAPS, { metadata: { name: 'a' } })
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
  const table = jsonOf(await ask(api, CONFIG_MAPS, { headers: { accept } }))
  assert.equal(table['kind'], 'Table')
  const refused = await ask(api, `${CONFIG_MAPS}?includeObject=All`, { headers: { accept } })
  assert.equal(refused.status, 400)
  assert.equal(
    jsonOf(refused)['message'],
    "Unable to convert to Table as requested: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', 'None', or empty",
  )
  const metadata = jsonOf(
    await ask(api, `${CONFIG_MAPS}/a`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
    }),
  )
  assert.equal(metadata['kind'], 'PartialObjectMetadata')
  assert.equal(metadata['data'], undefined)
})

test('HTTP: kinds that will go away are warned of', async (t) => {
  const api = await httpsTestServer(t)
  const answer = await ask(api, '/api/v1/endpoints')
  assert.equal(
    answer.headers['warning'],
    '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
  )
})

test('HTTP: readyz tells its checks, and fails while the server stops', async (t) => {
  const api = await httpsTestServer(t)
  const ready = await ask(api, '/readyz?verbose')
  assert.equal(ready.status, 200)
  assert.match(ready.body.toString(), /\[\+\]etcd ok\n/)
  await api.server[Symbol.asyncDispose]()
  const stopping = await ask(api, '/readyz')
  assert.equal(stopping.status, 500)
  assert.match(stopping.body.toString(), /\[-\]shutdown failed: reason withheld\n/)
  assert.equal((await ask(api, '/livez')).status, 200)
})

test('HTTP: what is no stored object is never shown as a table', async (t) => {
  const api = await httpsTestServer(t)
  const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const request = (accept: string): Promise<Answer> =>
    ask(api, reviews, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json' },
      body: JSON.stringify({ spec: { nonResourceAttributes: { verb: 'get', path: '/' } } }),
    })
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const refused = await request(table)
  assert.equal(refused.status, 406)
  assert.equal(jsonOf(refused)['reason'], 'NotAcceptable')
  assert.equal((await request(`${table},application/json`)).status, 201)
})

test('HTTP: what is not there is a 404, with a Status below the paths of built-in groups', async (t) => {
  const api = await httpsTestServer(t)
  for (const path of ['/api/v1/things', '/api/v2/pods', '/apis/apps/v9/deployments']) {
    const answer = await ask(api, path)
    assert.equal(answer.status, 404)
    assert.equal(jsonOf(answer)['message'], 'the server could not find the requested resource')
  }
  for (const path of ['/apis/none/v1/things', '/none']) {
    const answer = await ask(api, path)
    assert.equal(answer.status, 404)
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8')
    assert.equal(answer.body.toString(), '404 page not found\n')
  }
})

test('HTTP: a list is no metadata of one object, and one object none of a list', async (t) => {
  const api = await httpsTestServer(t)
  await post(api, CONFIG_MAPS, { metadata: { name: 'a' } })
  const as = async (path: string, kind: string): Promise<Record<string, unknown>> => {
    const accept = `application/json;as=${kind};v=v1;g=meta.k8s.io`
    return jsonOf(await ask(api, path, { headers: { accept } }))
  }
  const [metadata, list] = ['PartialObjectMetadata', 'PartialObjectMetadataList']
  assert.equal((await as(CONFIG_MAPS, list))['kind'], list)
  assert.equal((await as(`${CONFIG_MAPS}/a`, metadata))['kind'], metadata)
  const refused = [await as(CONFIG_MAPS, metadata), await as(`${CONFIG_MAPS}/a`, list)]
  for (const { code, reason } of refused) assert.deepEqual([code, reason], [406, 'NotAcceptable'])
  assert.deepEqual(
    refused.map(({ message }) => message),
    [
      'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
      'you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)',
    ],
  )
})

test('HTTP: a method that nobody knows is a 405 where there is something', async (t) => {
  const api = await httpsTestServer(t)
  for (const method of ['OPTIONS', 'PROPFIND']) {
    const answer = await ask(api, CONFIG_MAPS, { method })
    assert.equal(answer.status, 405)
    const { message } = jsonOf(answer)
    assert.equal(message, 'the server does not allow this method on the requested resource')
    assert.equal((await ask(api, '/apis/none/v1/things', { method })).status, 404)
  }
})

test('HTTP: HEAD is no method of a built-in resource', async (t) => {
  const api = await httpsTestServer(t)
  for (const path of [CONFIG_MAPS, `${CONFIG_MAPS}/a`, `${CONFIG_MAPS}?watch=1`]) {
    assert.equal((await ask(api, path, { method: 'HEAD' })).status, 405)
  }
})

test('HTTP: requests are counted by upstream names', async (t) => {
  const metrics = serverMetrics()
  const api = await httpsTestServer(t, { metrics, routes: () => prometheusRoutes(metrics) })
  await ask(api, `${CONFIG_MAPS}/a`)
  await post(api, CONFIG_MAPS, { metadata: { name: 'a' } })
  const text = (await ask(api, '/metrics')).body.toString()
  assert.match(
    text,
    /apiserver_request_total\{verb="GET",group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver",dry_run="",code="404"\} 1/,
  )
  assert.match(text, /apiserver_request_total\{verb="POST",.*code="201"\} 1/)
})
