import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../base/random.ts'
import type { ApiObject } from './registry/api-object.ts'
import { ResourceCalls, startTestServer, statusWith } from './testing.node.ts'
import type { TestApiServer } from './testing.ts'

function configMaps({ transport }: TestApiServer, namespace = 'default'): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'configmaps', namespace)
}

function configMap(name: string, data: Record<string, string> = {}): object {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name }, data }
}

test('create() gives an object its identity, and get() finds it', async () => {
  await using api = await startTestServer()
  const created = await configMaps(api).create(configMap('a', { x: '1' }))
  assert.match(created.metadata.uid!, /^[0-9a-f-]{36}$/)
  assert.match(created.metadata.resourceVersion!, /^\d+$/)
  assert.equal(created.metadata.namespace, 'default')
  assert.equal(await configMaps(api).get('a'), created)
})

test('create() does not take what only the server sets', async () => {
  await using api = await startTestServer()
  const metadata = { name: 'a', uid: 'mine', creationTimestamp: '2000-01-01T00:00:00Z' }
  const created = await configMaps(api).create({ metadata })
  assert.notEqual(created.metadata.uid, 'mine')
  assert.notEqual(created.metadata.creationTimestamp, '2000-01-01T00:00:00Z')
  await assert.rejects(
    configMaps(api).create({ metadata: { name: 'b', resourceVersion: '5' } }),
    statusWith({
      code: 500,
      message: 'resourceVersion should not be set on objects to be created',
    }),
  )
})

test('create() refuses a second object of the same name, and wrong names and namespaces', async () => {
  await using api = await startTestServer()
  await configMaps(api).create(configMap('a'))
  await assert.rejects(
    configMaps(api).create(configMap('a')),
    statusWith({ code: 409, reason: 'AlreadyExists', message: 'configmaps "a" already exists' }),
  )
  await assert.rejects(
    configMaps(api).create(configMap('A')),
    statusWith({
      code: 422,
      message: /^ConfigMap "A" is invalid: metadata.name: Invalid value: "A"/,
    }),
  )
  await assert.rejects(
    configMaps(api).create({ metadata: { name: 'a', namespace: 'other' } }),
    statusWith({
      code: 400,
      message:
        'the namespace of the provided object does not match the namespace sent on the request',
    }),
  )
})

test('create() makes up names', async () => {
  await using api = await startTestServer()
  const created = await configMaps(api).create({ metadata: { generateName: 'a-' } })
  assert.match(created.metadata.name!, /^a-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  assert.equal(created.metadata.generateName, 'a-')
})

test('create() tries other names where the first one is taken, and says so where all are', async () => {
  const real = seededRandom(1)
  let calls = 0
  let fixed = Infinity
  const next = (): number => (calls++ < fixed ? 0 : real.next())
  await using api = await startTestServer({ random: { next, bytes: (n) => real.bytes(n) } })
  const create = (): Promise<ApiObject> =>
    configMaps(api).create({ metadata: { generateName: 'a-' } })
  calls = 0
  const { metadata } = await create()
  const each = calls
  await assert.rejects(
    create(),
    statusWith({
      code: 409,
      reason: 'AlreadyExists',
      message: `configmaps "${metadata.name}" already exists, the server was not able to generate a unique name for the object`,
    }),
  )
  fixed = calls + each
  assert.notEqual((await create()).metadata.name, metadata.name)
})

test('update() creates what is missing where its kind allows that', async () => {
  await using api = await startTestServer()
  const leases = new ResourceCalls(api.transport, 'coordination.k8s.io/v1', 'leases', 'default')
  const created = await leases.call('update', { name: 'a', body: { metadata: { name: 'a' } } })
  assert.match(created.metadata.uid!, /./)
  await assert.rejects(
    configMaps(api).call('update', { name: 'a', body: { metadata: { name: 'a' } } }),
    statusWith({ code: 404, message: 'configmaps "a" not found' }),
  )
})

test('the generation grows with what is wanted, and with nothing else', async () => {
  await using api = await startTestServer()
  const deployments = new ResourceCalls(api.transport, 'apps/v1', 'deployments', 'default')
  const labels = { app: 'a' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  const created = await deployments.create({
    metadata: { name: 'a' },
    spec: { selector: { matchLabels: labels }, template },
  })
  const generationAfter = async (patch: object, more = {}): Promise<unknown> =>
    (await deployments.patch('a', patch, more)).metadata.generation
  assert.equal(created.metadata.generation, 1)
  assert.equal(await generationAfter({ metadata: { labels } }), 1)
  assert.equal(await generationAfter({ status: { replicas: 3 } }, { subresource: 'status' }), 1)
  assert.equal(await generationAfter({ metadata: { generation: 7 }, spec: { replicas: 2 } }), 2)
  assert.equal(await generationAfter({ spec: { replicas: 2 } }), 2)
})

test('dry runs answer as if, and change nothing', async () => {
  await using api = await startTestServer()
  const options = { dryRun: ['All'] }
  const answer = await configMaps(api).create(configMap('a'), { options })
  assert.ok(answer.metadata.uid)
  await assert.rejects(configMaps(api).get('a'), statusWith({ code: 404 }))
  const a = await configMaps(api).create(configMap('a'))
  const updated = await configMaps(api).update({ ...a, data: { x: '1' } }, { options })
  assert.deepEqual(updated['data'], { x: '1' })
  await configMaps(api).delete('a', { dryRun: ['All'] })
  assert.equal(await configMaps(api).get('a'), a)
  await assert.rejects(
    configMaps(api).create(configMap('b'), { options: { dryRun: ['Some'] } }),
    statusWith({
      code: 422,
      message: /dryRun: Unsupported value: \["Some"\]: supported values: "All"/,
    }),
  )
})

test('all that is wrong with the options of a write is told at once', async () => {
  await using api = await startTestServer()
  await configMaps(api).create(configMap('a'))
  const fieldValidation = 'Some' as 'Strict'
  const options = { dryRun: ['Some'], fieldValidation, fieldManager: 'x'.repeat(129) }
  const wrong =
    /^(\w+)\.meta\.k8s\.io "" is invalid: \[fieldManager: Too long: .*, dryRun: Unsupported value: .*, fieldValidation: Unsupported value: "Some"/
  const refused = statusWith({ code: 422, reason: 'Invalid', message: wrong })
  await assert.rejects(configMaps(api).create(configMap('b'), { options }), refused)
  await assert.rejects(configMaps(api).update(configMap('a') as ApiObject, { options }), refused)
  await assert.rejects(configMaps(api).patch('a', {}, { options }), refused)
  const pods = new ResourceCalls(api.transport, 'v1', 'pods', 'default')
  for (const subresource of ['binding', 'eviction', 'status', 'ephemeralcontainers'] as const) {
    const posted = subresource === 'binding' || subresource === 'eviction'
    const call = pods.call(posted ? 'create' : 'patch', {
      name: 'a',
      subresource,
      body: {},
      ...(!posted && { patchType: 'merge' }),
      options,
    })
    await assert.rejects(call, refused, subresource)
  }
  const deployments = new ResourceCalls(api.transport, 'apps/v1', 'deployments', 'default')
  const scale = { body: {}, name: 'd', subresource: 'scale', options }
  await assert.rejects(deployments.call('update', scale), refused)
  await assert.rejects(deployments.call('patch', { ...scale, patchType: 'merge' }), refused)
  await assert.rejects(
    configMaps(api).patch('a', {}, { patchType: 'apply', options: { dryRun: ['Some'] } }),
    statusWith({
      code: 422,
      message:
        /^PatchOptions.* is invalid: \[fieldManager: Required value: is required for apply patch, dryRun: Unsupported value/,
    }),
  )
})

test('get() says in Kubernetes words what is not there', async () => {
  await using api = await startTestServer()
  await assert.rejects(
    configMaps(api).get('a'),
    statusWith({ code: 404, reason: 'NotFound', message: 'configmaps "a" not found' }),
  )
})

test('update() refuses what was read too long ago', async () => {
  await using api = await startTestServer()
  const a = await configMaps(api).create(configMap('a'))
  await configMaps(api).update({ ...a, data: { x: '1' } })
  await assert.rejects(
    configMaps(api).update({ ...a, data: { x: '2' } }),
    statusWith({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    }),
  )
})

test('update() takes a resourceVersion that is none for what it is', async () => {
  await using api = await startTestServer()
  const a = await configMaps(api).create({ metadata: { name: 'a', resourceVersion: '0' } })
  const version = (resourceVersion: string): Promise<ApiObject> =>
    configMaps(api).update({ ...a, metadata: { ...a.metadata, resourceVersion } })
  for (const [text, problem] of [
    ['abc', 'invalid syntax'],
    ['-1', 'invalid syntax'],
    ['99999999999999999999', 'value out of range'],
  ] as const) {
    const message = `strconv.ParseUint: parsing "${text}": ${problem}`
    await assert.rejects(version(text), statusWith({ code: 500, message }))
  }
  await assert.rejects(version('999999'), statusWith({ code: 409, reason: 'Conflict' }))
  await version('0')
  const leases = new ResourceCalls(api.transport, 'coordination.k8s.io/v1', 'leases', 'default')
  const lease = await leases.create({ metadata: { name: 'a' } })
  await assert.rejects(
    leases.update({ ...lease, metadata: { name: 'a' } }),
    statusWith({ code: 422, message: /metadata.resourceVersion: Invalid value: 0: must be/ }),
  )
})

test('update() without resourceVersion overwrites, and without a change writes nothing', async () => {
  await using api = await startTestServer()
  const a = await configMaps(api).create(configMap('a'))
  const { resourceVersion: _, ...metadata } = a.metadata
  const b = await configMaps(api).update({ ...a, metadata, data: { x: '1' } })
  assert.notEqual(b.metadata.resourceVersion, a.metadata.resourceVersion)
  const c = await configMaps(api).update({ ...b, metadata })
  assert.equal(c.metadata.resourceVersion, b.metadata.resourceVersion)
})

test('update() refuses another uid, and a name that is not that of the path', async () => {
  await using api = await startTestServer()
  const a = await configMaps(api).create(configMap('a'))
  await assert.rejects(
    configMaps(api).update({ ...a, metadata: { ...a.metadata, uid: 'other' } }),
    statusWith({ code: 409, message: /Precondition failed: UID in precondition: other/ }),
  )
  await assert.rejects(
    configMaps(api).update(a, { name: 'b' }),
    statusWith({
      code: 400,
      message: 'the name of the object (a) does not match the name on the URL (b)',
    }),
  )
})

test('patch() knows three kinds', async () => {
  await using api = await startTestServer()
  await configMaps(api).create(configMap('a', { x: '1', y: '1' }))
  const merged = await configMaps(api).patch('a', { data: { x: '2', y: null } })
  assert.deepEqual(merged['data'], { x: '2' })
  const operations = [{ op: 'add', path: '/data/z', value: '3' }]
  const patched = await configMaps(api).patch('a', operations, { patchType: 'json' })
  assert.deepEqual(patched['data'], { x: '2', z: '3' })
  const strategic = { metadata: { labels: { a: 'b' } } }
  const labelled = await configMaps(api).patch('a', strategic, { patchType: 'strategic' })
  assert.deepEqual(labelled.metadata.labels, { a: 'b' })
})

test('patch() refuses to make an object another one', async () => {
  await using api = await startTestServer()
  await configMaps(api).create(configMap('a'))
  const refused = (metadata: object, message: string): Promise<void> =>
    assert.rejects(configMaps(api).patch('a', { metadata }), statusWith({ code: 400, message }))
  await refused({ name: 'b' }, 'the name of the object (b) does not match the name on the URL (a)')
  await refused(
    { name: null },
    'the name of the object (a based on URL) was undeterminable: name must be provided',
  )
  await refused(
    { namespace: 'other' },
    'the namespace of the provided object does not match the namespace sent on the request',
  )
})

test('patches that come at once are all applied', async () => {
  await using api = await startTestServer()
  await configMaps(api).create(configMap('a'))
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)
  await Promise.all(keys.map((key) => configMaps(api).patch('a', { data: { [key]: '1' } })))
  const { data } = await configMaps(api).get('a')
  assert.deepEqual(Object.keys(data as object).toSorted(), keys.toSorted())
})

test('updates that come at once are refused but for one', async () => {
  await using api = await startTestServer()
  const a = await configMaps(api).create(configMap('a'))
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => configMaps(api).update({ ...a, data: { i: String(i) } })),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('methods that a kind does not know are refused', async () => {
  await using api = await startTestServer()
  const reviews = new ResourceCalls(api.transport, 'authentication.k8s.io/v1', 'tokenreviews')
  await assert.rejects(reviews.list(), statusWith({ code: 405, reason: 'MethodNotAllowed' }))
  const none = new ResourceCalls(api.transport, 'v1', 'nothings')
  await assert.rejects(none.list(), statusWith({ code: 404 }))
})
