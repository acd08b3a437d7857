import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deployment } from '../../api/apps/v1/deployment.ts'
import { StatusError } from '../status-error.ts'
import { applyPatch } from './apply.ts'
import { managedType } from './managed-type.ts'
import type { JsonObject } from './type-schema.ts'
import { managedFieldsOf, updateManagedFields } from './update.ts'

const deployments = managedType(Deployment, { resetFields: ['status'] })
const T0 = '2026-01-01T00:00:00Z'
const T1 = '2026-01-01T00:00:01Z'
const META = { apiVersion: 'apps/v1', kind: 'Deployment' }

interface Applying {
  readonly manager?: string
  readonly force?: boolean
  readonly time?: string
}

function applied(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { ...META, metadata: { name: 'a', ...metadata }, spec }
}

function containers(...list: JsonObject[]): JsonObject {
  return { template: { spec: { containers: list } } }
}

function apply(
  live: JsonObject | undefined,
  object: JsonObject,
  { manager = 'one', force = false, time = T0 }: Applying = {},
): JsonObject {
  const result = applyPatch(deployments, { live, applied: object, manager, force, time })
  return { ...result, metadata: { ...(result['metadata'] as object), uid: 'u' } }
}

function refusal(run: () => unknown): StatusError {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error))
    return error
  }
  return assert.fail('nothing was refused')
}

function owners(object: JsonObject): string[] {
  return managedFieldsOf(object)!.map((each) => each.manager!)
}

test('applying creates the object and owns what was said', () => {
  const object = apply(
    undefined,
    applied({ replicas: 1, ...containers({ name: 'c', image: 'i' }) }),
  )
  assert.deepEqual(managedFieldsOf(object), [
    {
      manager: 'one',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      time: T0,
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:spec': {
          'f:replicas': {},
          'f:template': {
            'f:spec': {
              'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
            },
          },
        },
      },
    },
  ])
})

test('what is no longer applied goes away, unless somebody else owns it', () => {
  const labels = (map: JsonObject): JsonObject => applied({}, { labels: map })
  let object = apply(undefined, labels({ a: '1', b: '1' }))
  object = apply(object, labels({ b: '1' }), { manager: 'two' })
  object = apply(object, labels({}))
  assert.deepEqual((object['metadata'] as JsonObject)['labels'], { b: '1' })
  object = apply(object, applied({}), { manager: 'two' })
  assert.equal((object['metadata'] as JsonObject)['labels'], null)
})

test('items of lists are added, changed and removed by their keys', () => {
  let object = apply(
    undefined,
    applied(containers({ name: 'c', image: '1' }, { name: 'd', image: '1' })),
  )
  object = apply(object, applied(containers({ name: 'e', image: '1' })), { manager: 'two' })
  object = apply(object, applied(containers({ name: 'd', image: '2' })))
  const spec = object['spec'] as { template: { spec: { containers: JsonObject[] } } }
  assert.deepEqual(spec.template.spec.containers, [
    { name: 'd', image: '2' },
    { name: 'e', image: '1' },
  ])
})

test("a conflict names the owner and the fields, in Kubernetes' words", () => {
  const created = updateManagedFields(
    deployments,
    undefined,
    applied({ replicas: 1, paused: true }),
    {
      manager: 'kubectl-client-side-apply',
      time: T0,
    },
  )
  const live = { ...created, metadata: { ...(created['metadata'] as object), uid: 'u' } }
  const error = refusal(() => apply(live, applied({ replicas: 2 })))
  assert.equal(
    error.message,
    'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
  )
  assert.equal(error.status.code, 409)
  assert.deepEqual(error.status.details, {
    causes: [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "kubectl-client-side-apply" using apps/v1',
        field: '.spec.replicas',
      },
    ],
  })
  const two = refusal(() => apply(live, applied({ replicas: 2, paused: false })))
  assert.equal(
    two.message,
    'Apply failed with 2 conflicts: conflicts with "kubectl-client-side-apply" using apps/v1:\n- .spec.paused\n- .spec.replicas',
  )
})

test('equal values are owned together, forced ones taken over', () => {
  let object = apply(undefined, applied({ replicas: 1, paused: true }))
  object = apply(object, applied({ replicas: 1 }), { manager: 'two', time: T1 })
  assert.deepEqual(owners(object), ['two', 'one'])
  object = apply(object, applied({ replicas: 2 }), { manager: 'two', force: true, time: T1 })
  const [one, two] = managedFieldsOf(object)!
  assert.deepEqual([one!.manager, two!.manager], ['one', 'two'])
  assert.deepEqual(one!.fieldsV1, { 'f:spec': { 'f:paused': {} } })
})

test('applying the same again changes nothing, its time included', () => {
  const want = applied({ replicas: 1 }, { labels: { a: 'b' } })
  const object = apply(undefined, want)
  const again = applyPatch(deployments, {
    live: object,
    applied: want,
    manager: 'one',
    force: false,
    time: T1,
  })
  assert.equal(again, object)
})

test('an object that was never tracked is owned by before-first-apply', () => {
  const live = { ...applied({ replicas: 1 }), metadata: { name: 'a', uid: 'u' } }
  const error = refusal(() => apply(live, applied({ replicas: 2 })))
  assert.match(
    error.message,
    /conflict with "before-first-apply" using apps\/v1: \.spec\.replicas$/,
  )
})

test('kubectl takes over what it applied from the client side', () => {
  const last = applied({ replicas: 1 })
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(last),
  }
  const created = updateManagedFields(
    deployments,
    undefined,
    applied({ replicas: 1, paused: true }, { annotations }),
    { manager: 'kubectl-client-side-apply', time: T0 },
  )
  const live = { ...created, metadata: { ...(created['metadata'] as object), uid: 'u' } }
  const object = apply(live, applied({ replicas: 3 }), { manager: 'kubectl' })
  assert.equal((object['spec'] as JsonObject)['replicas'], 3)
  const note = (object['metadata'] as { annotations: Record<string, string> }).annotations
  assert.equal(
    note['kubectl.kubernetes.io/last-applied-configuration'],
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":3}}\n',
  )
  const error = refusal(() => apply(live, applied({ paused: false }), { manager: 'kubectl' }))
  assert.match(error.message, /: \.spec\.paused$/)
})

test("malformed objects are refused in Kubernetes' words", () => {
  const cases: [JsonObject, string, number][] = [
    [{ apiVersion: 'v1', kind: 'Pod' }, 'invalid object type: /v1, Kind=Pod', 400],
    [applied({}, { managedFields: [] }), 'metadata.managedFields must be nil', 400],
    [
      applied({ foo: 1 }),
      'failed to create typed patch object (/a; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
      500,
    ],
    [
      applied({ replicas: 'x', ...containers({ name: 'c', image: 1 }) }),
      'failed to create typed patch object (/a; apps/v1, Kind=Deployment): errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.template.spec.containers[name="c"].image: expected string, got &value.valueUnstructured{Value:1}',
      500,
    ],
    [
      applied(containers({ name: 'c' }, { name: 'c' })),
      'failed to create typed patch object (/a; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="c"]',
      500,
    ],
  ]
  for (const [object, message, code] of cases) {
    const error = refusal(() => apply(undefined, object))
    assert.equal(error.message, message)
    assert.equal(error.status.code, code)
  }
})

test('status is not owned through the object itself', () => {
  const object = apply(undefined, { ...applied({ replicas: 1 }), status: { replicas: 5 } })
  assert.ok(!JSON.stringify(managedFieldsOf(object)).includes('f:status'))
})
