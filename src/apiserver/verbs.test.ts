import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../base/clock.node.ts'
import { StatusError } from '../apimachinery/status-error.ts'
import type { ApiRequest } from '../client/request.ts'
import type { Transport } from '../client/transport.ts'
import type { ApiObject } from './registry/api-object.ts'
import { testApiServer } from './testing.ts'

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' }

function configMap(name: string, data: Record<string, string> = {}): object {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name }, data }
}

function call(
  transport: Transport,
  request: Partial<ApiRequest> & Pick<ApiRequest, 'verb'>,
): Promise<ApiObject> {
  return transport.call({ ...CONFIG_MAPS, ...request }) as Promise<ApiObject>
}

function statusWith(expected: { code: number; reason?: string; message?: string | RegExp }) {
  return (error: unknown): true => {
    assert.ok(error instanceof StatusError, String(error))
    assert.equal(error.status.code, expected.code, error.message)
    if (expected.reason !== undefined) assert.equal(error.status.reason, expected.reason)
    if (typeof expected.message === 'string') assert.equal(error.status.message, expected.message)
    else if (expected.message) assert.match(error.status.message ?? '', expected.message)
    return true
  }
}

test('create() gives an object its identity, and get() finds it', async () => {
  await using api = await testApiServer({ clock: systemClock })
  const created = await call(api.transport, { verb: 'create', body: configMap('a', { x: '1' }) })
  assert.match(created.metadata.uid!, /^[0-9a-f-]{36}$/)
  assert.match(created.metadata.resourceVersion!, /^\d+$/)
  assert.equal(created.metadata.namespace, 'default')
  const got = await call(api.transport, { verb: 'get', name: 'a' })
  assert.equal(got, created)
})

test('get() says in Kubernetes words what is not there', async () => {
  await using api = await testApiServer({ clock: systemClock })
  await assert.rejects(
    call(api.transport, { verb: 'get', name: 'a' }),
    statusWith({ code: 404, reason: 'NotFound', message: 'configmaps "a" not found' }),
  )
})

test('watch() tells of creates, updates and deletes', async () => {
  await using api = await testApiServer({ clock: systemClock })
  const { transport } = api
  const a = await call(transport, { verb: 'create', body: configMap('a') })
  const seen: string[] = []
  const watching = (async () => {
    const options = { resourceVersion: a.metadata.resourceVersion! }
    for await (const event of transport.watch({ ...CONFIG_MAPS, verb: 'watch', options })) {
      const { metadata } = event.object as ApiObject
      seen.push(`${event.type} ${metadata.name}`)
      if (event.type === 'DELETED') return
    }
  })()
  const b = await call(transport, { verb: 'create', body: configMap('b') })
  await call(transport, { verb: 'update', name: 'b', body: { ...b, data: { x: '2' } } })
  await call(transport, { verb: 'delete', name: 'b' })
  await watching
  assert.deepEqual(seen, ['ADDED b', 'MODIFIED b', 'DELETED b'])
})

test('list() gives pages that belong together', async () => {
  await using api = await testApiServer({ clock: systemClock })
  const { transport } = api
  for (const name of ['a', 'b', 'c']) {
    await call(transport, { verb: 'create', body: configMap(name) })
  }
  const first = (await call(transport, { verb: 'list', options: { limit: 2 } })) as never as {
    metadata: { continue: string; remainingItemCount: number; resourceVersion: string }
    items: ApiObject[]
  }
  assert.equal(first.metadata.remainingItemCount, 1)
  await call(transport, { verb: 'delete', name: 'c' })
  const second = (await call(transport, {
    verb: 'list',
    options: { limit: 2, continue: first.metadata.continue },
  })) as never as typeof first
  assert.deepEqual(
    [...first.items, ...second.items].map(({ metadata }) => metadata.name),
    ['a', 'b', 'c'],
  )
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion)
  assert.equal(second.metadata.continue, undefined)
})

test('update() refuses what was read too long ago', async () => {
  await using api = await testApiServer({ clock: systemClock })
  const { transport } = api
  const a = await call(transport, { verb: 'create', body: configMap('a') })
  await call(transport, { verb: 'update', name: 'a', body: { ...a, data: { x: '1' } } })
  await assert.rejects(
    call(transport, { verb: 'update', name: 'a', body: { ...a, data: { x: '2' } } }),
    statusWith({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    }),
  )
})
