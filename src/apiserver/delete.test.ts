import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResourceCalls, startTestServer, statusWith } from './testing.node.ts'
import type { TestApiServer } from './testing.ts'
import type { ApiObject } from './registry/api-object.ts'

function configMaps({ transport }: TestApiServer): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'configmaps', 'default')
}

function pods({ transport }: TestApiServer): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'pods', 'default')
}

function pod(name: string, nodeName?: string): object {
  return {
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], ...(nodeName && { nodeName }) },
  }
}

test('delete() of most kinds answers with a Status that names what is gone', async () => {
  await using api = await startTestServer()
  const { metadata } = await configMaps(api).create({ metadata: { name: 'a' } })
  assert.deepEqual(await configMaps(api).delete('a'), {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: 'a', kind: 'configmaps', uid: metadata.uid },
  })
  await assert.rejects(configMaps(api).delete('a'), statusWith({ code: 404 }))
})

test('delete() checks its preconditions', async () => {
  await using api = await startTestServer()
  const { metadata } = await configMaps(api).create({ metadata: { name: 'a' } })
  await assert.rejects(
    configMaps(api).delete('a', { preconditions: { uid: 'x' } }),
    statusWith({ code: 409, message: /the UID in the precondition \(x\) does not match the UID/ }),
  )
  await assert.rejects(
    configMaps(api).delete('a', { preconditions: { resourceVersion: '1' } }),
    statusWith({ code: 409, message: /the ResourceVersion in the precondition \(1\) does not/ }),
  )
  const { uid, resourceVersion } = metadata
  await configMaps(api).delete('a', { preconditions: { uid, resourceVersion } })
})

test('delete() waits for finalizers, and the last one to go takes the object with it', async () => {
  await using api = await startTestServer()
  const finalizers = ['example.com/a', 'example.com/b']
  await configMaps(api).create({ metadata: { name: 'a', finalizers } })
  const marked = await configMaps(api).delete('a')
  assert.ok(marked.metadata.deletionTimestamp)
  assert.equal(marked.metadata.deletionGracePeriodSeconds, 0)
  const again = await configMaps(api).delete('a')
  assert.equal(again.metadata.resourceVersion, marked.metadata.resourceVersion)
  await assert.rejects(
    configMaps(api).patch('a', { metadata: { finalizers: [...finalizers, 'example.com/c'] } }),
    statusWith({
      code: 422,
      message: /no new finalizers can be added if the object is being deleted/,
    }),
  )
  await configMaps(api).patch('a', { metadata: { finalizers: ['example.com/b'] } })
  await configMaps(api).patch('a', { metadata: { finalizers: null } })
  await assert.rejects(configMaps(api).get('a'), statusWith({ code: 404 }))
})

test('create() says where the old object of the name is still being deleted', async () => {
  await using api = await startTestServer()
  await configMaps(api).create({ metadata: { name: 'a', finalizers: ['example.com/a'] } })
  await configMaps(api).delete('a')
  await assert.rejects(
    configMaps(api).create({ metadata: { name: 'a' } }),
    statusWith({
      code: 409,
      reason: 'AlreadyExists',
      message: 'object is being deleted: configmaps "a" already exists',
    }),
  )
})

test('delete() leaves it to the garbage collector where dependents matter', async () => {
  await using api = await startTestServer()
  for (const [name, propagationPolicy, finalizer] of [
    ['a', 'Foreground', 'foregroundDeletion'],
    ['b', 'Orphan', 'orphan'],
  ] as const) {
    await configMaps(api).create({ metadata: { name } })
    const marked = await configMaps(api).delete(name, { propagationPolicy })
    assert.deepEqual(marked.metadata.finalizers, [finalizer])
  }
  await configMaps(api).create({ metadata: { name: 'c' } })
  await configMaps(api).delete('c', { propagationPolicy: 'Background' })
  await assert.rejects(configMaps(api).get('c'), statusWith({ code: 404 }))
  await assert.rejects(
    configMaps(api).delete('a', { propagationPolicy: 'Some' }),
    statusWith({ code: 422, message: /propagationPolicy: Unsupported value: "Some"/ }),
  )
})

test('a Pod on a node gets its grace period, which can only be shortened', async () => {
  await using api = await startTestServer()
  await pods(api).create(pod('a', 'node'))
  const marked = await pods(api).delete('a')
  assert.equal(marked.metadata.deletionGracePeriodSeconds, 30)
  assert.equal(marked.metadata.generation, 2)
  const longer = await pods(api).delete('a', { gracePeriodSeconds: 60 })
  assert.equal(longer.metadata.deletionGracePeriodSeconds, 30)
  const shorter = await pods(api).delete('a', { gracePeriodSeconds: 5 })
  assert.equal(shorter.metadata.deletionGracePeriodSeconds, 5)
  assert.ok(shorter.metadata.deletionTimestamp! < marked.metadata.deletionTimestamp!)
  const gone = await pods(api).delete('a', { gracePeriodSeconds: 0 })
  assert.equal(gone.kind, 'Pod')
  await assert.rejects(pods(api).get('a'), statusWith({ code: 404 }))
})

test('a Pod that runs nowhere goes at once', async () => {
  await using api = await startTestServer()
  await pods(api).create(pod('a'))
  await pods(api).delete('a')
  await assert.rejects(pods(api).get('a'), statusWith({ code: 404 }))
})

test('deletecollection() deletes what is selected', async () => {
  await using api = await startTestServer()
  for (const name of ['a', 'b', 'c']) {
    await configMaps(api).create({ metadata: { name, labels: { name } } })
  }
  const options = { labelSelector: 'name in (a,b)' }
  await configMaps(api).call('deletecollection', { options })
  const { items } = await configMaps(api).list()
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['c'],
  )
})
test('a Namespace stays until it is finalized', async () => {
  await using api = await startTestServer()
  const namespaces = new ResourceCalls(api.transport, 'v1', 'namespaces')
  const created = await namespaces.create({ metadata: { name: 'a' } })
  assert.deepEqual(created['spec'], { finalizers: ['kubernetes'] })
  const marked = await namespaces.delete('a')
  assert.deepEqual(marked['status'], { phase: 'Terminating' })
  const body: ApiObject = { ...marked, spec: { finalizers: [] } }
  await namespaces.update(body, { subresource: 'finalize' })
  await assert.rejects(namespaces.get('a'), statusWith({ code: 404 }))
})
