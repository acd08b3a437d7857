import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { createApiServer } from '../api-server.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { ResourceCalls, statusWith } from '../testing.node.ts'
import { crontab, crontabs, startCrdServer } from './testing.node.ts'

const NAME = 'crontabs.stable.example.com'
const SPEC = { properties: { image: { type: 'string' }, replicas: { type: 'integer' } } }

/** With a status, and the scale subresource. */
const WITH_PARTS = {
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', ...SPEC },
        status: {
          type: 'object',
          properties: { replicas: { type: 'integer' }, selector: { type: 'string' } },
        },
      },
    },
  },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
}

const SCALE = { subresource: 'scale' }

suite('requests for custom resources', () => {
  test('the status is written by itself, and does not count as a new generation', async () => {
    await using server = await startCrdServer()
    const calls = server.objects(await server.define(crontabs({}, WITH_PARTS)), 'default')
    const created = await calls.create(crontab('a', { replicas: 2 }, { status: { replicas: 7 } }))
    assert.equal(created['status'], undefined)
    const updated = await calls.update(
      { ...created, spec: { replicas: 9 }, status: { replicas: 1 } },
      { subresource: 'status' },
    )
    assert.deepEqual([updated['spec'], updated['status']], [{ replicas: 2 }, { replicas: 1 }])
    assert.equal(updated.metadata.generation, 1)
    await assert.rejects(
      calls.patch('a', { status: { replicas: 'x' } }, { subresource: 'status' }),
      statusWith({
        code: 422,
        message:
          'CronTab.stable.example.com "a" is invalid: [status.replicas: Invalid value: "string": replicas in body must be of type integer: "string", .status.replicas: Invalid value: 0: .status.replicas accessor error: x is of the type string, expected int64]',
      }),
    )
  })

  test('the scale is where the definition says', async () => {
    await using server = await startCrdServer()
    const calls = server.objects(await server.define(crontabs({}, WITH_PARTS)), 'default')
    await calls.create(crontab('a', { replicas: 2 }))
    const status = { replicas: 1, selector: 'app=a' }
    await calls.patch('a', { status }, { subresource: 'status' })
    const scale = await calls.get('a', { subresource: 'scale' })
    assert.deepEqual([scale['spec'], scale['status']], [{ replicas: 2 }, status])
    await calls.patch('a', { spec: { replicas: 5 } }, { subresource: 'scale' })
    assert.deepEqual((await calls.get('a'))['spec'], { replicas: 5 })
    await calls.create(crontab('none'))
    await assert.rejects(
      calls.get('none', { subresource: 'scale' }),
      statusWith({ code: 500, message: /the spec replicas field ".spec.replicas" does not exist/ }),
    )
  })

  test('who applies a scale owns the field that the definition names, and conflicts with who owned it', async () => {
    await using server = await startCrdServer()
    const calls = server.objects(await server.define(crontabs({}, WITH_PARTS)), 'default')
    await calls.create(crontab('a', { replicas: 2, image: 'x' }))
    const apply = (replicas: number, options: object = {}): Promise<ApiObject> => {
      const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'a' } }
      const body = { ...scale, spec: { replicas } }
      const more = { fieldManager: 'scaler', ...options }
      return calls.patch('a', body, { ...SCALE, patchType: 'apply', options: more })
    }
    await assert.rejects(
      apply(4),
      statusWith({ code: 409, message: /^Apply failed with 1 conflict: .*: \.spec\.replicas$/ }),
    )
    const tried = await apply(4, { force: true, dryRun: ['All'] })
    assert.deepEqual(tried['spec'], { replicas: 4 })
    assert.deepEqual((await calls.get('a'))['spec'], { replicas: 2, image: 'x' })
    await apply(4, { force: true })
    const { metadata, spec } = await calls.get('a')
    assert.deepEqual(spec, { replicas: 4, image: 'x' })
    assert.equal(metadata.generation, 2)
    const { time: _, ...entry } = metadata.managedFields!.find(
      ({ manager }) => manager === 'scaler',
    )!
    assert.deepEqual(entry, {
      manager: 'scaler',
      operation: 'Apply',
      apiVersion: 'stable.example.com/v1',
      subresource: 'scale',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    })
    const again = await apply(4)
    assert.equal(again.metadata.resourceVersion, metadata.resourceVersion)
  })

  test('a scale that is patched or updated is checked as that of a workload is', async () => {
    await using server = await startCrdServer()
    const calls = server.objects(await server.define(crontabs({}, WITH_PARTS)), 'default')
    await calls.create(crontab('a', { replicas: 2 }))
    const scale = await calls.get('a', SCALE)
    const options = { dryRun: ['All'] }
    await calls.patch('a', { spec: { replicas: 3 } }, { ...SCALE, options })
    await calls.update({ ...scale, spec: { replicas: 3 } }, { ...SCALE, options })
    assert.deepEqual((await calls.get('a', SCALE))['spec'], { replicas: 2 })
    await calls.patch('a', [{ op: 'replace', path: '/spec/replicas', value: 5 }], {
      ...SCALE,
      patchType: 'json',
      options: { fieldManager: 'someone' },
    })
    const { metadata, spec } = await calls.get('a')
    assert.deepEqual(spec, { replicas: 5 })
    const someone = metadata.managedFields!.find(({ manager }) => manager === 'someone')!
    assert.deepEqual([someone.operation, someone.subresource], ['Update', 'scale'])
    await assert.rejects(
      calls.update({ ...scale, spec: { replicas: 3 } }, SCALE),
      statusWith({ code: 409, reason: 'Conflict', message: /the object has been modified/ }),
    )
    await assert.rejects(
      calls.patch('a', { spec: { replicas: -1 } }, SCALE),
      statusWith({ code: 422, message: /must be greater than or equal to 0/ }),
    )
    await calls.create(crontab('none'))
    await assert.rejects(
      calls.patch('none', { metadata: { labels: { x: 'y' } } }, SCALE),
      statusWith({
        code: 400,
        message: 'the spec replicas field ".spec.replicas" cannot be empty',
      }),
    )
  })

  test('what the definition does not name as a part is not there', async () => {
    await using server = await startCrdServer()
    const calls = server.objects(await server.define(crontabs(SPEC)), 'default')
    await calls.create(crontab('a'))
    for (const subresource of ['status', 'scale', 'other'])
      await assert.rejects(
        calls.get('a', { subresource }),
        statusWith({ code: 404, message: 'crontabs.stable.example.com "a" not found' }),
      )
  })

  test('updates name the version that they replace, and strategic merges are not to be had', async () => {
    await using server = await startCrdServer()
    const calls = server.objects(await server.define(crontabs(SPEC)), 'default')
    await calls.create(crontab('a', { image: 'x' }))
    await assert.rejects(
      calls.update(crontab('a', { image: 'y' }) as ApiObject),
      statusWith({
        code: 422,
        message: /metadata.resourceVersion: Invalid value: 0: must be specified for an update/,
      }),
    )
    await assert.rejects(
      calls.patch('a', { spec: {} }, { patchType: 'strategic' }),
      statusWith({
        code: 415,
        message:
          'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      }),
    )
    const patched = await calls.patch('a', [{ op: 'add', path: '/spec/replicas', value: 3 }], {
      patchType: 'json',
    })
    assert.deepEqual(patched['spec'], { image: 'x', replicas: 3 })
  })

  test('server-side apply merges lists by their keys', async () => {
    await using server = await startCrdServer()
    const list = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, value: { type: 'integer' } },
      },
    }
    const calls = server.objects(await server.define(crontabs({ properties: { list } })), 'default')
    const apply = (fieldManager: string, ...items: readonly object[]): Promise<ApiObject> =>
      calls.patch('a', crontab('a', { list: items }), {
        patchType: 'apply',
        options: { fieldManager },
      })
    await apply('one', { name: 'x', value: 1 })
    await apply('two', { name: 'y', value: 2 })
    const merged = await apply('one', { name: 'x', value: 3 })
    assert.deepEqual((merged['spec'] as { list: object[] }).list, [
      { name: 'x', value: 3 },
      { name: 'y', value: 2 },
    ])
    await assert.rejects(apply('two', { name: 'x', value: 9 }), statusWith({ code: 409 }))
  })

  test('a dry run changes nothing, and deletecollection takes what is selected', async () => {
    await using server = await startCrdServer()
    const calls = server.objects(await server.define(crontabs(SPEC)), 'default')
    await calls.create(crontab('dry'), { options: { dryRun: ['All'] } })
    assert.deepEqual((await calls.list()).items, [])
    for (const name of ['a', 'b']) {
      await calls.create(crontab(name, {}, { metadata: { name, labels: { name } } }))
    }
    await calls.call('deletecollection', { options: { labelSelector: 'name=a' } })
    assert.deepEqual(
      (await calls.list()).items.map(({ metadata }) => metadata.name),
      ['b'],
    )
  })

  test('finalizers without a domain are warned of, and fields that are not selectable refused', async () => {
    await using server = await startCrdServer()
    const definition = await server.define(
      crontabs(SPEC, { selectableFields: [{ jsonPath: '.spec.image' }] }),
    )
    const calls = server.objects(definition, 'default')
    await calls.create(crontab('a', { image: 'x' }))
    await calls.create(crontab('b', { image: 'y' }))
    const { items } = await calls.list({ fieldSelector: 'spec.image=y' })
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['b'],
    )
    await assert.rejects(
      calls.list({ fieldSelector: 'spec.replicas=1' }),
      statusWith({ code: 400, message: /field label not supported: spec.replicas/ }),
    )
  })

  test('of two definitions that want one name, the second waits until it is free', async () => {
    await using server = await startCrdServer()
    await server.define(crontabs())
    const names = { plural: 'crons', singular: 'cron', kind: 'CronTab', shortNames: ['ct'] }
    await server.definitions.create({
      ...crontabs({}, {}, { names }),
      metadata: { name: 'crons.stable.example.com' },
    })
    const waiting = await server.whenCondition('crons.stable.example.com', 'NamesAccepted', 'False')
    assert.deepEqual(
      waiting.status.conditions.map(({ type, reason, message }) => [type, reason, message]),
      [
        ['NamesAccepted', 'ListKindConflict', '"CronTabList" is already in use'],
        ['Established', 'NotAccepted', 'not all names are accepted'],
      ],
    )
    await server.definitions.delete(NAME)
    const accepted = await server.whenCondition('crons.stable.example.com', 'Established', 'True')
    assert.equal(accepted.status.acceptedNames.kind, 'CronTab')
  })

  test('several API servers on one store serve the same', async () => {
    await using server = await startCrdServer()
    await using other = createApiServer({
      store: server.api.store,
      clock: systemClock,
      random: seededRandom(2),
      logger: silentLogger,
      authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
    })
    await other.start()
    const definition = await server.define(crontabs(SPEC))
    await server.objects(definition, 'default').create(crontab('a'))
    const transport = other.transportFor({ name: 'test', groups: ['system:masters'] })
    const calls = new ResourceCalls(transport, 'stable.example.com/v1', 'crontabs', 'default')
    assert.equal((await calls.get('a')).metadata.name, 'a')
    await server.definitions.delete(NAME)
    await server.whenGone(NAME)
  })

  test('groups of the project itself need an approval', async () => {
    await using server = await startCrdServer()
    const body = crontabs({}, {}, { group: 'stable.k8s.io' }) as { readonly metadata: object }
    const named = (annotations?: object): object => ({
      ...body,
      metadata: { name: 'crontabs.stable.k8s.io', ...(annotations && { annotations }) },
    })
    await assert.rejects(
      server.definitions.create(named()),
      statusWith({
        code: 422,
        message:
          'CustomResourceDefinition.apiextensions.k8s.io "crontabs.stable.k8s.io" is invalid: metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      }),
    )
    await server.definitions.create(
      named({ 'api-approved.kubernetes.io': 'unapproved, for a test' }),
    )
    const name = 'crontabs.stable.k8s.io'
    const { status } = await server.whenCondition(name, 'Established', 'True')
    const condition = status.conditions.find(
      ({ type }) => type === 'KubernetesAPIApprovalPolicyConformant',
    )
    assert.equal(condition?.reason, 'UnapprovedAnnotation')
  })

  test('a definition of what Kubernetes itself has touches nothing of it', async () => {
    await using server = await startCrdServer()
    const names = { plural: 'ingresses', singular: 'ingress', kind: 'Ingress' }
    const body = crontabs({}, {}, { group: 'networking.k8s.io', names })
    const metadata = {
      name: 'ingresses.networking.k8s.io',
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    }
    const spec = { defaultBackend: { service: { name: 'x', port: { number: 80 } } } }
    const ingresses = new ResourceCalls(
      server.transport,
      'networking.k8s.io/v1',
      'ingresses',
      'default',
    )
    await ingresses.create({ metadata: { name: 'a' }, spec })
    await server.define({ ...body, metadata })
    await server.definitions.delete(metadata.name)
    await server.whenGone(metadata.name)
    assert.deepEqual((await ingresses.get('a'))['spec'], spec)
  })

  test('defaults are as their schema says, and know nothing more', async () => {
    await using server = await startCrdServer()
    const a = { type: 'object', default: { b: 'x', c: 1 }, properties: { b: { type: 'integer' } } }
    await assert.rejects(
      server.definitions.create(crontabs({ properties: { a } })),
      statusWith({
        code: 422,
        message:
          'CustomResourceDefinition.apiextensions.k8s.io "crontabs.stable.example.com" is invalid: [spec.validation.openAPIV3Schema.properties[spec].properties[a].default: Invalid value: {"b":"x","c":1}: must not have unknown fields, spec.validation.openAPIV3Schema.properties[spec].properties[a].default.b: Invalid value: "string": b in body must be of type integer: "string"]',
      }),
    )
  })
})
