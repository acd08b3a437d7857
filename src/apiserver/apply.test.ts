import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiObject } from './registry/api-object.ts'
import { ResourceCalls, startTestServer, statusWith } from './testing.node.ts'
import type { TestApiServer } from './testing.ts'

function configMaps({ transport }: TestApiServer): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'configmaps', 'default')
}

function apply(
  api: TestApiServer,
  fieldManager: string,
  data: Record<string, string>,
  force = false,
): Promise<ApiObject> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data }
  const options = { fieldManager, ...(force && { force }) }
  return configMaps(api).patch('a', body, { patchType: 'apply', options })
}

function ownersOf(object: ApiObject): string[] {
  return (object.metadata.managedFields ?? []).map(
    ({ manager, operation, fieldsV1 }) =>
      `${manager} ${operation} ${JSON.stringify(fieldsV1!['f:data'] ?? {})}`,
  )
}

test('apply() creates what is missing, and does nothing the second time', async () => {
  await using api = await startTestServer()
  const created = await apply(api, 'one', { x: '1' })
  assert.deepEqual(created['data'], { x: '1' })
  assert.deepEqual(ownersOf(created), ['one Apply {"f:x":{}}'])
  const again = await apply(api, 'one', { x: '1' })
  assert.equal(again.metadata.resourceVersion, created.metadata.resourceVersion)
})

test('apply() removes what its manager no longer wants', async () => {
  await using api = await startTestServer()
  await apply(api, 'one', { x: '1', y: '1' })
  await apply(api, 'two', { z: '1' })
  const { data } = await apply(api, 'one', { x: '2' })
  assert.deepEqual(data, { x: '2', z: '1' })
})

test('apply() refuses what others own, unless it is forced', async () => {
  await using api = await startTestServer()
  await apply(api, 'one', { x: '1' })
  await assert.rejects(
    apply(api, 'two', { x: '2' }),
    statusWith({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
    }),
  )
  const forced = await apply(api, 'two', { x: '2' }, true)
  assert.deepEqual(ownersOf(forced), ['two Apply {"f:x":{}}'])
})

test('apply() makes nothing where a uid says that there was something', async () => {
  await using api = await startTestServer()
  const metadata = { name: 'a', uid: 'x' }
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata }
  const options = { fieldManager: 'one' }
  await assert.rejects(
    configMaps(api).patch('a', body, { patchType: 'apply', options }),
    statusWith({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "a": uid mismatch: the provided object specified uid x, and no existing object was found',
    }),
  )
})

test('every write is tracked, by manager and subresource', async () => {
  await using api = await startTestServer()
  const options = { fieldManager: 'creator' }
  const created = await configMaps(api).create(
    { metadata: { name: 'a' }, data: { x: '1' } },
    { options },
  )
  assert.deepEqual(ownersOf(created), ['creator Update {".":{},"f:x":{}}'])
  const patched = await configMaps(api).patch('a', { data: { y: '1' } })
  assert.deepEqual(ownersOf(patched), [
    'creator Update {".":{},"f:x":{}}',
    'test Update {"f:y":{}}',
  ])
  const nodes = new ResourceCalls(api.transport, 'v1', 'nodes')
  await nodes.create({ metadata: { name: 'n', labels: { a: 'b' } } })
  const status = { status: { phase: 'Running' } }
  const updated = await nodes.patch('n', status, { subresource: 'status' })
  const entry = updated.metadata.managedFields!.find(({ subresource }) => subresource === 'status')
  assert.deepEqual(entry!.fieldsV1, { 'f:status': { 'f:phase': {} } })
})

test('managedFields can be reset', async () => {
  await using api = await startTestServer()
  await apply(api, 'one', { x: '1' })
  const patch = { metadata: { managedFields: [{}] } }
  const reset = await configMaps(api).patch('a', patch)
  assert.equal(reset.metadata.managedFields, undefined)
})

test('apply() wants a manager, and no force where it is none', async () => {
  await using api = await startTestServer()
  await assert.rejects(
    configMaps(api).patch('a', {}, { patchType: 'apply' }),
    statusWith({
      code: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    }),
  )
  await assert.rejects(
    configMaps(api).patch('a', {}, { options: { force: true } }),
    statusWith({
      code: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    }),
  )
})
