import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosenApi } from '../api/served-resources.ts'
import type { StatusError } from '../apimachinery/status-error.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { ResourceCalls, startTestServer, statusWith } from './testing.node.ts'
import { testApiServer, type TestApiServer } from './testing.ts'

function configMaps({ transport }: TestApiServer, namespace?: string): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'configmaps', namespace)
}

async function fill(api: TestApiServer, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const labels = { name, odd: String(name.charCodeAt(0) % 2) }
    await configMaps(api, 'default').create({ metadata: { name, labels } })
  }
}

function namesOf(items: readonly { metadata: { name?: string } }[]): string {
  return items.map(({ metadata }) => metadata.name).join(' ')
}

test('list() gives pages that belong together', async () => {
  await using api = await startTestServer()
  await fill(api, ['a', 'b', 'c'])
  const first = await configMaps(api, 'default').list({ limit: 2 })
  assert.equal(first.metadata.remainingItemCount, 1)
  await configMaps(api, 'default').delete('c')
  const next = first.metadata.continue!
  const second = await configMaps(api, 'default').list({ limit: 2, continue: next })
  assert.equal(namesOf([...first.items, ...second.items]), 'a b c')
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion)
  assert.equal(second.metadata.continue, undefined)
})

test('list() pages through what selectors leave', async () => {
  await using api = await startTestServer()
  await fill(api, ['a', 'b', 'c', 'd', 'e'])
  const first = await configMaps(api).list({ limit: 2, labelSelector: 'odd=1' })
  assert.equal(namesOf(first.items), 'a c')
  assert.equal(first.metadata.remainingItemCount, undefined)
  const options = { limit: 2, labelSelector: 'odd=1', continue: first.metadata.continue! }
  const second = await configMaps(api).list(options)
  assert.equal(namesOf(second.items), 'e')
  assert.equal(second.metadata.continue, undefined)
})

test('list() goes on inconsistently where the past is forgotten, if it is asked to', async () => {
  await using api = await startTestServer()
  await fill(api, ['a', 'b', 'c'])
  const first = await configMaps(api).list({ limit: 1 })
  await fill(api, ['d'])
  await api.store.compact(await api.store.revision())
  let token = ''
  await assert.rejects(
    configMaps(api).list({ limit: 9, continue: first.metadata.continue! }),
    (error: { status: { code: number; reason: string; metadata: { continue: string } } }) => {
      assert.equal(error.status.code, 410)
      assert.equal(error.status.reason, 'Expired')
      token = error.status.metadata.continue
      return true
    },
  )
  const rest = await configMaps(api).list({ limit: 9, continue: token })
  assert.equal(namesOf(rest.items), 'b c d')
})

test('list() selects by labels and fields', async () => {
  await using api = await startTestServer()
  await fill(api, ['a', 'b', 'c'])
  const by = async (options: object): Promise<string> =>
    namesOf((await configMaps(api).list(options)).items)
  assert.equal(await by({ labelSelector: 'name in (a,c)' }), 'a c')
  assert.equal(await by({ labelSelector: '!missing,name!=a' }), 'b c')
  assert.equal(await by({ fieldSelector: 'metadata.name=b' }), 'b')
  assert.equal(await by({ fieldSelector: 'metadata.name!=b' }), 'a c')
  assert.equal(await by({ fieldSelector: 'metadata.namespace=default' }), 'a b c')
  assert.equal(await by({ fieldSelector: 'metadata.namespace=other' }), '')
  await assert.rejects(
    configMaps(api).list({ fieldSelector: 'data.x=1' }),
    statusWith({
      code: 400,
      message: '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    }),
  )
  await assert.rejects(
    configMaps(api).list({ labelSelector: 'a b' }),
    statusWith({ code: 400, message: /^unable to parse requirement: found 'b'/ }),
  )
})

// As upstream's AddFieldLabelConversionFunc has them, kind by kind.
const ABOUT = 'kind namespace name uid apiVersion resourceVersion fieldPath'.split(' ')
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'v1 pods': [
    ...'nodeName host restartPolicy schedulerName serviceAccountName hostNetwork'
      .split(' ')
      .map((field) => `spec.${field}`),
    ...'phase podIP podIPs nominatedNodeName'.split(' ').map((field) => `status.${field}`),
  ],
  'v1 nodes': ['spec.unschedulable'],
  'v1 namespaces': ['status.phase'],
  'v1 secrets': ['type'],
  'v1 services': ['spec.clusterIP', 'spec.type'],
  'v1 replicationcontrollers': ['status.replicas'],
  'v1 events': [
    ...ABOUT.map((field) => `involvedObject.${field}`),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'events.k8s.io/v1 events': [
    ...ABOUT.map((field) => `regarding.${field}`),
    'reason',
    'reportingController',
    'type',
  ],
  'batch/v1 jobs': ['status.successful'],
  'certificates.k8s.io/v1 certificatesigningrequests': ['spec.signerName'],
  'resource.k8s.io/v1 resourceslices': ['spec.driver', 'spec.nodeName'],
}

test('list() and watch() select by every field that upstream selects by', async () => {
  await using api = await startTestServer()
  for (const [kind, fields] of Object.entries(FIELDS)) {
    const [groupVersion, resource] = kind.split(' ')
    const calls = new ResourceCalls(api.transport, groupVersion!, resource!)
    for (const field of [...fields, 'metadata.name']) {
      const fieldSelector = `${field}=none`
      assert.deepEqual((await calls.list({ fieldSelector })).items, [])
      const options = { fieldSelector, sendInitialEvents: true, allowWatchBookmarks: true }
      const match = { resourceVersionMatch: 'NotOlderThan' } as const
      assert.deepEqual(await calls.watch({ ...options, ...match }, () => true), ['BOOKMARK'])
    }
  }
})

const UNKNOWN: Readonly<Record<string, string>> = {
  'v1 nodes': 'field label not supported: x',
  'v1 configmaps': '"x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  'apps/v1 deployments':
    '"x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  'v1 events': 'field label not supported: x',
  'apps/v1 replicasets':
    '"x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  'events.k8s.io/v1 events': 'field label not supported: x',
  'batch/v1 jobs': 'field label "x" not supported for batchv1.Job',
  'resource.k8s.io/v1 resourceslices':
    'field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: x',
}

test('list() says in the words of each kind which fields it cannot select by', async () => {
  await using api = await startTestServer()
  for (const [kind, message] of Object.entries(UNKNOWN)) {
    const [groupVersion, resource] = kind.split(' ')
    const calls = new ResourceCalls(api.transport, groupVersion!, resource!)
    for (const fieldSelector of ['x=1', 'x!=1', 'metadata.name=a,x=1'])
      await assert.rejects(calls.list({ fieldSelector }), statusWith({ code: 400, message }))
  }
})

test('list() selects what its kind does not name neither by namespace', async () => {
  const { served, features } = await chosenApi({
    featureGates: { PodCertificateRequest: true },
    runtimeConfig: { 'certificates.k8s.io/v1beta1': true },
  })
  await using api = await startTestServer({ served, features })
  const type = 'certificates.k8s.io/v1beta1'
  const calls = new ResourceCalls(api.transport, type, 'podcertificaterequests', 'default')
  assert.deepEqual((await calls.list({ fieldSelector: 'spec.podName=a' })).items, [])
  const message = 'field label not supported: metadata.namespace'
  await assert.rejects(
    calls.list({ fieldSelector: 'metadata.namespace=default' }),
    statusWith({ code: 400, message }),
  )
})

test('list() takes the namespace as a field of what lies in none, unless the kind has fields of its own', async () => {
  await using api = await startTestServer()
  const selectedBy = async (resource: string, fieldSelector: string): Promise<string> => {
    const [groupVersion, plural] = resource.split(' ')
    const calls = new ResourceCalls(api.transport, groupVersion!, plural!)
    return namesOf((await calls.list({ fieldSelector })).items)
  }
  const classes = new ResourceCalls(api.transport, 'scheduling.k8s.io/v1', 'priorityclasses')
  await classes.create({ metadata: { name: 'a' }, value: 1 })
  const kind = 'scheduling.k8s.io/v1 priorityclasses'
  assert.equal(await selectedBy(kind, 'metadata.namespace=x'), '')
  assert.match(await selectedBy(kind, 'metadata.namespace=,metadata.name=a'), /^a$/)
  await assert.rejects(
    selectedBy('v1 nodes', 'metadata.namespace=x'),
    statusWith({ code: 400, message: 'field label not supported: metadata.namespace' }),
  )
})

test('field selectors know but two operators, and name one object where the path does', async () => {
  await using api = await startTestServer()
  await assert.rejects(
    configMaps(api).list({ fieldSelector: 'metadata.name in (a)' }),
    statusWith({
      code: 400,
      message: "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'",
    }),
  )
  const options = { fieldSelector: 'metadata.name=b' }
  await assert.rejects(
    configMaps(api, 'default').watch(options, () => true, { name: 'a' }),
    statusWith({
      code: 400,
      message: "fieldSelector metadata.name doesn't match requested name",
    }),
  )
})

test('list() reads exactly the version that is asked for, or one not older', async () => {
  await using api = await startTestServer()
  await fill(api, ['a'])
  const { metadata } = await configMaps(api).list()
  await fill(api, ['b'])
  const { resourceVersion } = metadata
  const exact = await configMaps(api).list({ resourceVersion, resourceVersionMatch: 'Exact' })
  assert.equal(namesOf(exact.items), 'a')
  assert.equal(exact.metadata.resourceVersion, resourceVersion)
  const newer = await configMaps(api).list({
    resourceVersion,
    resourceVersionMatch: 'NotOlderThan',
  })
  assert.equal(namesOf(newer.items), 'a b')
  assert.equal(namesOf((await configMaps(api).list({ resourceVersion: '0' })).items), 'a b')
})

test('a version that is yet to come is waited for, and then refused for now', async () => {
  const clock = virtualClock()
  await using api = await testApiServer({ clock })
  await fill(api, ['a'])
  const current = Number((await configMaps(api).list()).metadata.resourceVersion)
  const resourceVersion = String(current + 100)
  const calls: readonly (() => Promise<unknown>)[] = [
    () => configMaps(api).list({ resourceVersion }),
    () => configMaps(api).list({ resourceVersion, limit: 1 }),
    () => configMaps(api).list({ resourceVersion, resourceVersionMatch: 'Exact' }),
    () => configMaps(api).list({ resourceVersion, resourceVersionMatch: 'NotOlderThan' }),
    () => configMaps(api, 'default').get('a', { options: { resourceVersion } }),
    () =>
      configMaps(api).watch(
        { resourceVersion, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' },
        () => true,
      ),
  ]
  for (const call of calls) {
    const refused = assert.rejects(call(), ({ status }: StatusError) => {
      assert.deepEqual(status, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `Timeout: Too large resource version: ${resourceVersion}, current: ${current}`,
        reason: 'Timeout',
        details: {
          causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
          retryAfterSeconds: 1,
        },
        code: 504,
      })
      return true
    })
    await clock.advance(3000)
    await refused
  }
})

const BAD_OPTIONS: readonly [object, RegExp][] = [
  [{ resourceVersionMatch: 'Exact' }, /resourceVersionMatch is forbidden unless resourceVersion/],
  [
    { resourceVersionMatch: 'Exact', resourceVersion: '0' },
    /resourceVersionMatch "exact" is forbidden for resourceVersion "0"/,
  ],
  [{ resourceVersionMatch: 'x', resourceVersion: '1' }, /Unsupported value: "x"/],
  [{ sendInitialEvents: true }, /sendInitialEvents is forbidden for list/],
  [{ continue: 'x' }, /^invalid continue token: continue key is not valid/],
  [
    { continue: 'abc' },
    /^invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value$/,
  ],
  [
    { resourceVersion: 'x' },
    /^invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax$/,
  ],
  [{ resourceVersion: '99999999999999999999' }, /: value out of range$/],
  [
    { resourceVersionMatch: 'Exact', resourceVersion: '1', continue: 'x' },
    /resourceVersionMatch is forbidden when continue is provided/,
  ],
  [{ sendInitialEvents: false }, /sendInitialEvents is forbidden for list/],
]

for (const [options, message] of BAD_OPTIONS) {
  test(`list() refuses ${JSON.stringify(options)}`, async () => {
    await using api = await startTestServer()
    await assert.rejects(configMaps(api).list(options), ({ message: text }: Error) => {
      assert.match(text, message)
      return true
    })
  })
}

const BAD_WATCHES: readonly [object, RegExp][] = [
  [
    { sendInitialEvents: true },
    /resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan$/,
  ],
  [
    { sendInitialEvents: false, resourceVersionMatch: 'Exact', resourceVersion: '1' },
    /\[resourceVersionMatch: Forbidden: sendInitialEvents requires .*, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"\]$/,
  ],
  [
    { resourceVersionMatch: 'NotOlderThan', resourceVersion: '1' },
    /resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided$/,
  ],
  [
    { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', continue: 'x' },
    /resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided$/,
  ],
  [{ resourceVersion: 'x' }, /^ConfigMap.* "" is invalid: resourceVersion: Invalid value: "x"/i],
]

for (const [options, message] of BAD_WATCHES) {
  test(`watch() refuses ${JSON.stringify(options)}`, async () => {
    await using api = await startTestServer()
    const watching = configMaps(api).watch(options, () => true)
    await assert.rejects(watching, statusWith({ code: 422, reason: 'Invalid', message }))
  })
}

test('get() refuses what is no version', async () => {
  await using api = await startTestServer()
  await assert.rejects(
    configMaps(api, 'default').get('a', { options: { resourceVersion: 'x' } }),
    statusWith({
      code: 500,
      message:
        'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    }),
  )
})

test('list() of any version there is pays no heed to a limit', async () => {
  await using api = await startTestServer()
  await fill(api, ['a', 'b'])
  const { items, metadata } = await configMaps(api).list({ limit: 1, resourceVersion: '0' })
  assert.equal(namesOf(items), 'a b')
  assert.equal(metadata.continue, undefined)
})

test('watch() tells of creates, updates and deletes from a version on', async () => {
  await using api = await startTestServer()
  await fill(api, ['a'])
  const { resourceVersion } = (await configMaps(api).list()).metadata
  const watching = configMaps(api).watch({ resourceVersion }, (seen) => seen.length === 3)
  await fill(api, ['b'])
  await configMaps(api, 'default').patch('b', { data: { x: '1' } })
  await configMaps(api, 'default').delete('b')
  assert.deepEqual(await watching, ['ADDED b', 'MODIFIED b', 'DELETED b'])
})

test('watch() begins with what is there, unless a version is named', async () => {
  await using api = await startTestServer()
  await fill(api, ['a', 'b'])
  for (const options of [{}, { resourceVersion: '0' }]) {
    const seen = await configMaps(api).watch(options, ({ length }) => length === 2)
    assert.deepEqual(seen, ['ADDED a', 'ADDED b'])
  }
})

test('watch() ends the initial events with a bookmark', async () => {
  await using api = await startTestServer()
  await fill(api, ['a'])
  const options = {
    sendInitialEvents: true,
    allowWatchBookmarks: true,
    resourceVersionMatch: 'NotOlderThan',
  } as const
  const request = {
    group: '',
    version: 'v1',
    resource: 'configmaps',
    verb: 'watch',
    options,
  } as const
  const events: unknown[] = []
  for await (const event of api.transport.watch(request)) {
    events.push(event)
    if (event.type === 'BOOKMARK') break
  }
  assert.deepEqual(events[1], {
    type: 'BOOKMARK',
    object: {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        resourceVersion: String(await api.store.revision()),
        annotations: { 'k8s.io/initial-events-end': 'true' },
      },
    },
  })
})

test('watch() tells of objects that enter or leave the selection', async () => {
  await using api = await startTestServer()
  await fill(api, ['a'])
  const { resourceVersion } = (await configMaps(api).list()).metadata
  const options = { resourceVersion, labelSelector: 'on=1' }
  const watching = configMaps(api).watch(options, (seen) => seen.length === 3)
  const a = configMaps(api, 'default')
  await a.patch('a', { metadata: { labels: { on: '1' } } })
  await a.patch('a', { data: { x: '1' } })
  await a.patch('a', { metadata: { labels: { on: '0' } } })
  assert.deepEqual(await watching, ['ADDED a', 'MODIFIED a', 'DELETED a'])
})

test('watch() resumes where it was, also beyond what the cache remembers', async () => {
  await using api = await startTestServer()
  await fill(api, ['a'])
  const { resourceVersion } = (await configMaps(api).list()).metadata
  await fill(api, ['b'])
  // The first watch starts the cache, so the second one reaches behind its beginning.
  await configMaps(api).watch({}, (seen) => seen.length === 2)
  await fill(api, ['c'])
  const seen = await configMaps(api).watch({ resourceVersion }, ({ length }) => length === 2)
  assert.deepEqual(seen, ['ADDED b', 'ADDED c'])
})

test('watch() says that a version is too old', async () => {
  await using api = await startTestServer()
  await fill(api, ['a', 'b'])
  await api.store.compact(await api.store.revision())
  await assert.rejects(
    configMaps(api).watch({ resourceVersion: '1' }, () => false),
    statusWith({ code: 410, reason: 'Expired', message: /^too old resource version: 1 \(\d+\)$/ }),
  )
})

test('watch() of one name or field sees nothing else', async () => {
  await using api = await startTestServer()
  const { resourceVersion } = (await configMaps(api).list()).metadata
  const byName = configMaps(api, 'default').watch(
    { resourceVersion },
    (seen) => seen.length === 1,
    { name: 'b' },
  )
  const byField = configMaps(api).watch(
    { resourceVersion, fieldSelector: 'metadata.name=b' },
    (seen) => seen.length === 1,
  )
  await fill(api, ['a', 'ba', 'b'])
  assert.deepEqual(await byName, ['ADDED b'])
  assert.deepEqual(await byField, ['ADDED b'])
})

test('watch() ends when the server stops', async () => {
  await using api = await startTestServer()
  const { resourceVersion } = (await configMaps(api).list()).metadata
  const stopped = configMaps(api).watch({ resourceVersion }, () => false)
  await fill(api, ['a'])
  await api.server[Symbol.asyncDispose]()
  assert.deepEqual(await stopped, ['ADDED a'])
})
