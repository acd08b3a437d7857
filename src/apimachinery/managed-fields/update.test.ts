import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deployment } from '../../api/apps/v1/deployment.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { Service } from '../../api/core/v1/service.ts'
import { managedType } from './managed-type.ts'
import type { ManagedFieldsEntry } from './managers.ts'
import type { JsonObject } from './type-schema.ts'
import { managedFieldsOf, updateManagedFields } from './update.ts'

const pods = managedType(Pod, { resetFields: ['status'] })
const podStatus = managedType(Pod, { subresource: 'status', resetFields: ['spec'] })
const T0 = '2026-01-01T00:00:00Z'
const T1 = '2026-01-01T00:00:01Z'

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', labels: { app: 'web' }, finalizers: ['x/y'] },
  spec: {
    containers: [
      {
        name: 'c',
        image: 'i',
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        resources: {},
        command: ['x'],
      },
    ],
    restartPolicy: 'Always',
    securityContext: {},
  },
  status: { phase: 'Pending' },
}

function stored(object: JsonObject): JsonObject {
  return { ...object, metadata: { ...(object['metadata'] as object), uid: 'u' } }
}

function created(manager = 'kubectl'): JsonObject {
  return stored(updateManagedFields(pods, undefined, POD, { manager, time: T0 }))
}

test('the creator owns all fields, as Kubernetes writes them', () => {
  assert.deepEqual(managedFieldsOf(created()), [
    {
      manager: 'kubectl',
      operation: 'Update',
      apiVersion: 'v1',
      time: T0,
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': {
          'f:finalizers': { '.': {}, 'v:"x/y"': {} },
          'f:labels': { '.': {}, 'f:app': {} },
        },
        'f:spec': {
          'f:containers': {
            'k:{"name":"c"}': {
              '.': {},
              'f:command': {},
              'f:image': {},
              'f:name': {},
              'f:ports': {
                '.': {},
                'k:{"containerPort":80,"protocol":"TCP"}': {
                  '.': {},
                  'f:containerPort': {},
                  'f:protocol': {},
                },
              },
              'f:resources': {},
            },
          },
          'f:restartPolicy': {},
          'f:securityContext': {},
        },
      },
    },
  ])
})

test('fields are kept in order, numbers by size', () => {
  const services = managedType(Service)
  const object = {
    metadata: { name: 's' },
    spec: {
      ports: [
        { port: 443, protocol: 'TCP' },
        { port: 80, protocol: 'TCP' },
      ],
    },
  }
  const [entry] = managedFieldsOf(
    updateManagedFields(services, undefined, object, { manager: 'm', time: T0 }),
  )!
  const ports = (entry!.fieldsV1 as Record<string, Record<string, object>>)['f:spec']!['f:ports']!
  assert.deepEqual(Object.keys(ports), [
    '.',
    'k:{"port":80,"protocol":"TCP"}',
    'k:{"port":443,"protocol":"TCP"}',
  ])
})

test('an update takes what it changes from its owner', () => {
  const before = created()
  const after = { ...before, spec: { ...POD.spec, restartPolicy: 'Never' } }
  const entries = managedFieldsOf(
    updateManagedFields(pods, before, after, { manager: 'm', time: T1 }),
  )!
  assert.deepEqual(
    entries.map(({ manager, time }) => [manager, time]),
    [
      ['kubectl', T0],
      ['m', T1],
    ],
  )
  assert.deepEqual(entries[1]!.fieldsV1, { 'f:spec': { 'f:restartPolicy': {} } })
  assert.ok(!JSON.stringify(entries[0]!.fieldsV1).includes('restartPolicy'))
})

test('a subresource has an entry of its own and cannot own what it resets', () => {
  const before = created()
  const after = {
    ...before,
    spec: { ...POD.spec, nodeName: 'n' },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }
  const entries = managedFieldsOf(
    updateManagedFields(podStatus, before, after, { manager: 'kubelet', time: T1 }),
  )!
  assert.equal(entries[0], managedFieldsOf(before)![0])
  assert.deepEqual(entries[1], {
    manager: 'kubelet',
    operation: 'Update',
    apiVersion: 'v1',
    time: T1,
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:status': {
        'f:conditions': {
          '.': {},
          'k:{"type":"Ready"}': { '.': {}, 'f:status': {}, 'f:type': {} },
        },
        'f:phase': {},
      },
    },
    subresource: 'status',
  })
})

test('where nothing changes, the object and its times stay', () => {
  const before = created()
  const after = updateManagedFields(pods, before, before, { manager: 'kubectl', time: T1 })
  assert.equal(after, before)
  const copy = JSON.parse(JSON.stringify(before)) as JsonObject
  assert.deepEqual(updateManagedFields(pods, before, copy, { manager: 'x', time: T1 }), before)
})

test('removed fields are owned by nobody', () => {
  const before = created()
  const after = { ...before, metadata: { ...(before['metadata'] as object), labels: undefined } }
  delete (after.metadata as { labels?: unknown }).labels
  const entries = managedFieldsOf(
    updateManagedFields(pods, before, after, { manager: 'm', time: T1 }),
  )!
  assert.equal(entries.length, 1)
  assert.ok(!JSON.stringify(entries).includes('f:labels'))
})

test('a client that sends no managedFields leaves them, one that sends an empty entry resets them', () => {
  const before = created()
  const withEntries = (managedFields?: ManagedFieldsEntry[]): JsonObject => ({
    ...POD,
    metadata: { ...POD.metadata, uid: 'u', ...(managedFields && { managedFields }) },
  })
  const by = { manager: 'm', time: T1 }
  assert.deepEqual(
    managedFieldsOf(updateManagedFields(pods, before, withEntries(), by)),
    managedFieldsOf(before),
  )
  const reset = updateManagedFields(pods, before, withEntries([{}]), by)
  assert.equal(managedFieldsOf(reset), undefined)
  // And it stays without them.
  const later = { ...reset, spec: { ...POD.spec, restartPolicy: 'Never' } }
  assert.equal(managedFieldsOf(updateManagedFields(pods, reset, later, by)), undefined)
})

test('old updates are joined when there are too many', () => {
  const deployments = managedType(Deployment)
  let object: JsonObject = stored(
    updateManagedFields(
      deployments,
      undefined,
      { metadata: { name: 'a', annotations: { a: '' } } },
      { manager: 'first', time: '2026-01-01T00:00:10Z' },
    ),
  )
  for (let i = 11; i < 23; i++) {
    const metadata = object['metadata'] as { annotations: object }
    const annotations = { ...metadata.annotations, [`k${i}`]: 'v' }
    const after = { ...object, metadata: { ...metadata, annotations } }
    object = updateManagedFields(deployments, object, after, {
      manager: `m${i}`,
      time: `2026-01-01T00:00:${i}Z`,
    })
  }
  const entries = managedFieldsOf(object)!
  assert.equal(entries.length, 10)
  assert.deepEqual(entries[0], {
    manager: 'ancient-changes',
    operation: 'Update',
    apiVersion: 'apps/v1',
    time: '2026-01-01T00:00:13Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': {
        'f:annotations': { '.': {}, 'f:a': {}, 'f:k11': {}, 'f:k12': {}, 'f:k13': {} },
      },
    },
  })
})

test('objects whose managers own the same fields share the set of these', () => {
  const [a] = managedFieldsOf(created('kubectl'))!
  const [b] = managedFieldsOf(created('helm'))!
  assert.equal(a!.fieldsV1, b!.fieldsV1)
  assert.ok(Object.isFrozen(a!.fieldsV1!['f:spec']))
})

test('what a client sends back shares its sets with all others', () => {
  const before = created()
  const sent = structuredClone(before)
  const label = { ...sent, metadata: { ...(sent['metadata'] as object), labels: { app: 'db' } } }
  const after = updateManagedFields(pods, before, label, { manager: 'kubectl', time: T1 })
  const [mine] = managedFieldsOf(before)!
  const [entry] = managedFieldsOf(after)!
  assert.notEqual(managedFieldsOf(sent)![0]!.fieldsV1, mine!.fieldsV1)
  assert.equal(entry!.fieldsV1, mine!.fieldsV1)
})

test('what a client sends for a set and is none is not taken, however long and whatever is in it', () => {
  const before = created()
  const [mine] = managedFieldsOf(before)!
  const long = 'f:x'.repeat(10_000)
  for (const fieldsV1 of [{ x: {} }, { 'f:a': 2n ** 64n }, { [long]: { x: {} } }, [], null]) {
    const managedFields = [{ ...mine, manager: 'other', fieldsV1 }]
    const sent = { ...before, metadata: { ...(before['metadata'] as object), managedFields } }
    const after = updateManagedFields(pods, before, sent, { manager: 'kubectl', time: T1 })
    assert.deepEqual(managedFieldsOf(after), [mine])
  }
  const managedFields = [{ ...mine, manager: 'other', fieldsV1: { [long]: {} } }]
  const sent = { ...before, metadata: { ...(before['metadata'] as object), managedFields } }
  const after = updateManagedFields(pods, before, sent, { manager: 'kubectl', time: T1 })
  assert.deepEqual(managedFieldsOf(after), managedFields)
})
