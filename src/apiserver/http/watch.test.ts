import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { connect2 } from '../../serving/testing.node.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { ResourceCalls } from '../testing.node.ts'
import { httpsTestServer, type HttpsTestServer } from './testing.node.ts'
import { serverMetrics } from '../metrics/server-metrics.ts'

interface Event {
  readonly type: string
  readonly object: ApiObject & { readonly code?: number }
}

interface Table {
  readonly metadata: { readonly resourceVersion: string }
  readonly columnDefinitions: readonly { readonly name: string }[]
  readonly rows: readonly { readonly cells: unknown; readonly object: object }[]
}

const PATH = '/api/v1/namespaces/default/configmaps'

function configMaps({ transport }: HttpsTestServer): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'configmaps', 'default')
}

async function eventsOf(stream: Readable, count: number): Promise<readonly Event[]> {
  const events: Event[] = []
  for await (const line of createInterface({ input: stream })) {
    events.push(JSON.parse(line) as Event)
    if (events.length === count) break
  }
  stream.destroy()
  return events
}

async function watch1(
  { port, pki }: HttpsTestServer,
  query: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const { certPem: cert, keyPem: key } = pki.superAdmin
  const options = { host: '127.0.0.1', port, path: `${PATH}?watch=1${query}`, cert, key, headers }
  const request = httpsRequest({ ...options, ca: pki.ca.certPem, agent: false }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

async function names(events: Promise<readonly Event[]>): Promise<readonly string[]> {
  return (await events).map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`)
}

test('HTTP/1.1: a watch is a line for each event', async (t) => {
  const api = await httpsTestServer(t)
  const a = await configMaps(api).create({ metadata: { name: 'a' } })
  const response = await watch1(api, `&resourceVersion=${a.metadata.resourceVersion}`)
  assert.equal(response.headers['content-type'], 'application/json')
  const seen = eventsOf(response, 2)
  const b = await configMaps(api).create({ metadata: { name: 'b' } })
  await configMaps(api).delete('a')
  const [added, deleted] = await seen
  assert.deepEqual(added, { type: 'ADDED', object: { ...b } })
  assert.equal(deleted!.type, 'DELETED')
  assert.ok(Number(deleted!.object.metadata.resourceVersion) > Number(b.metadata.resourceVersion))
})

test('HTTP/2: many watches share a connection', async (t) => {
  const api = await httpsTestServer(t)
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const session = await connect2(t, api.port, { cert, key })
  const watches = Array.from({ length: 5 }, () =>
    names(eventsOf(session.request({ ':path': `${PATH}?watch=1` }), 1)),
  )
  await configMaps(api).create({ metadata: { name: 'a' } })
  for (const seen of await Promise.all(watches)) assert.deepEqual(seen, ['ADDED a'])
})

test('a watch from a version that is forgotten ends with an error in the stream', async (t) => {
  const api = await httpsTestServer(t)
  await configMaps(api).create({ metadata: { name: 'a' } })
  await api.store.compact(await api.store.revision())
  const response = await watch1(api, '&resourceVersion=1')
  assert.equal(response.statusCode, 200)
  const [error] = await eventsOf(response, 9)
  assert.equal(error!.type, 'ERROR')
  assert.equal(error!.object.kind, 'Status')
  assert.equal(error!.object.code, 410)
})

test('a watch of tables tells the columns once', async (t) => {
  const api = await httpsTestServer(t)
  for (const name of ['a', 'b']) await configMaps(api).create({ metadata: { name } })
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const events = await eventsOf(await watch1(api, '', { accept }), 2)
  const tables = events.map(({ object }) => object as unknown as { columnDefinitions: unknown[] })
  assert.ok(tables[0]!.columnDefinitions.length > 0)
  assert.equal(tables[1]!.columnDefinitions, null)
})

test('a watch of tables shows a bookmark as an object of which nothing is set', async (t) => {
  const api = await httpsTestServer(t)
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const begin = '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
  const bookmarkWith = async (includeObject: string): Promise<Table> => {
    const query = `${begin}&includeObject=${includeObject}`
    const [event] = await eventsOf(await watch1(api, query, { accept }), 1)
    assert.equal(event!.type, 'BOOKMARK')
    return event!.object as unknown as Table
  }
  const { metadata, columnDefinitions, rows } = await bookmarkWith('None')
  assert.deepEqual(
    columnDefinitions.map(({ name }) => name),
    ['Name', 'Created At'],
  )
  const { resourceVersion } = metadata
  const annotations = { 'k8s.io/initial-events-end': 'true' }
  const cells = ['', null]
  const [kind, apiVersion] = ['PartialObjectMetadata', 'meta.k8s.io/v1']
  const object = { kind, apiVersion, metadata: { resourceVersion, annotations } }
  assert.deepEqual(rows, [{ cells, object }])
  const [whole] = (await bookmarkWith('Object')).rows
  assert.partialDeepStrictEqual(whole!.object, { kind: 'ConfigMap', apiVersion: 'v1' })
})

test('a watch of metadata has nothing else', async (t) => {
  const api = await httpsTestServer(t)
  await configMaps(api).create({ metadata: { name: 'a' }, data: { x: '1' } })
  const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
  const [event] = await eventsOf(await watch1(api, '', { accept }), 1)
  assert.equal(event!.object.kind, 'PartialObjectMetadata')
  assert.equal(event!.object['data'], undefined)
})

test('a streaming list ends its first state with a bookmark', async (t) => {
  const metrics = serverMetrics()
  const api = await httpsTestServer(t, { metrics })
  for (const name of ['a', 'b']) await configMaps(api).create({ metadata: { name } })
  const query = '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
  const seen = await names(eventsOf(await watch1(api, query), 3))
  assert.deepEqual(seen, ['ADDED a', 'ADDED b', 'BOOKMARK '])
  const counted =
    'apiserver_watch_list_duration_seconds_count{group="",version="v1",resource="configmaps",scope="namespace"} 1'
  assert.ok((await metrics.set.text()).includes(`${counted}\n`))
})

test('a watch over a WebSocket is a message for each event', async (t) => {
  const api = await httpsTestServer(t)
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const url = `wss://127.0.0.1:${api.port}${PATH}?watch=1`
  const socket = new WebSocket(url, { cert, key, ca: api.pki.ca.certPem })
  const messages: string[] = []
  const second = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      messages.push(data.toString())
      if (messages.length === 2) resolve()
    })
  })
  await once(socket, 'open')
  await configMaps(api).create({ metadata: { name: 'a' } })
  await configMaps(api).create({ metadata: { name: 'b' } })
  await second
  const events = messages.map((text) => JSON.parse(text) as Event)
  assert.deepEqual(
    events.map(({ type, object }) => `${type} ${object.metadata.name}`),
    ['ADDED a', 'ADDED b'],
  )
  await api.server[Symbol.asyncDispose]()
  await once(socket, 'close')
})

test('a client that goes away leaves nothing behind', async (t) => {
  const api = await httpsTestServer(t)
  const response = await watch1(api, '')
  response.destroy()
  await once(response, 'close')
  await api.server[Symbol.asyncDispose]()
})

test('a stopping server ends its watches well', async (t) => {
  const api = await httpsTestServer(t)
  const response = await watch1(api, '')
  const ended = once(response.resume(), 'end')
  await api.server[Symbol.asyncDispose]()
  await ended
  assert.equal(response.complete, true)
})

test('a watch that nobody reads is cut off, and no other misses or waits for anything', async (t) => {
  const api = await httpsTestServer(t)
  await configMaps(api).create({ metadata: { name: 'a' }, data: { filler: 'x'.repeat(4000) } })
  const key = '/registry/configmaps/default/a'
  // Its bytes are written straight to the store: that is quick, and each value is a new one.
  let { revision, value } = (await api.store.get(key))!
  const from = `&resourceVersion=${revision}`
  const slow = await watch1(api, from)
  slow.pause()
  const cutOff = once(slow, 'error')
  const input = await watch1(api, from)
  const quick = createInterface({ input })[Symbol.asyncIterator]()
  const unseen: number[] = []
  // More than sockets and the server hold for a watch; the quick one is never far behind.
  for (let i = 0; i < 13_000; i += 1) {
    const committed = await api.store.commit(key, revision, {
      type: 'put',
      value: { bytes: value.bytes },
    })
    assert.ok(committed.ok)
    revision = committed.revision
    unseen.push(revision)
    if (i % 500 < 499) continue
    for (const next of unseen.splice(0)) {
      const { type, object } = JSON.parse(String((await quick.next()).value)) as Event
      assert.deepEqual([type, object.metadata.resourceVersion], ['MODIFIED', String(next)])
    }
  }
  slow.resume()
  await cutOff
  assert.equal(slow.complete, false)
  await configMaps(api).delete('a')
  assert.match(String((await quick.next()).value), /^\{"type":"DELETED"/)
  input.destroy()
})
