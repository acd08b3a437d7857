import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scale } from '../../api/autoscaling/v1/scale.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { ResourceCalls, startTestServer, statusWith } from '../testing.node.ts'
import type { TestApiServer } from '../testing.ts'

const subresource = 'scale'

async function deployments({ transport }: TestApiServer): Promise<ResourceCalls> {
  const calls = new ResourceCalls(transport, 'apps/v1', 'deployments', 'default')
  const labels = { app: 'a' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await calls.create({
    metadata: { name: 'd' },
    spec: { replicas: 2, selector: { matchLabels: labels }, template },
  })
  return calls
}

function replicasOf({ spec }: ApiObject): number {
  return (spec as { replicas: number }).replicas
}

test('scale: the size of a workload is read and set by itself', async () => {
  await using api = await startTestServer()
  const calls = await deployments(api)
  const scale = await calls.get('d', { subresource })
  assert.equal(scale.kind, 'Scale')
  assert.equal(scale.apiVersion, 'autoscaling/v1')
  assert.equal(replicasOf(scale), 2)
  assert.deepEqual(scale['status'], { replicas: 0, selector: 'app=a' })
  const updated = await calls.update({ ...scale, spec: { replicas: 5 } }, { subresource })
  assert.equal(replicasOf(updated), 5)
  const patched = await calls.patch('d', { spec: { replicas: 0 } }, { subresource })
  assert.equal((patched as unknown as Scale).spec.replicas ?? 0, 0)
  const deployment = await calls.get('d')
  assert.equal(replicasOf(deployment), 0)
  assert.equal(deployment.metadata.generation, 3)
})

test('scale: who applies a size owns it, and conflicts with who owned it before', async () => {
  await using api = await startTestServer()
  const calls = await deployments(api)
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd' } }
  const apply = (body: object, options: object = {}): Promise<ApiObject> =>
    calls.patch(
      'd',
      { ...scale, ...body },
      {
        subresource,
        patchType: 'apply',
        options: { fieldManager: 'scaler', ...options },
      },
    )
  const size = { spec: { replicas: 4 } }
  await assert.rejects(
    apply(size),
    statusWith({ code: 409, message: /^Apply failed with 1 conflict: .*: \.spec\.replicas$/ }),
  )
  const applied = await apply(size, { force: true })
  assert.equal(applied.kind, 'Scale')
  assert.equal(replicasOf(applied), 4)
  const { metadata } = await calls.get('d')
  const { time: _, ...entry } = metadata.managedFields!.find(({ manager }) => manager === 'scaler')!
  assert.deepEqual(entry, {
    manager: 'scaler',
    operation: 'Apply',
    apiVersion: 'apps/v1',
    subresource: 'scale',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  })
  const again = await apply(size)
  assert.equal(again.metadata.resourceVersion, metadata.resourceVersion)
  await assert.rejects(
    apply({ spec: { replicas: -1 } }),
    statusWith({ code: 422, message: /must be greater than or equal to 0$/ }),
  )
  await assert.rejects(
    apply({ metadata: { name: 'e' } }),
    statusWith({ code: 400, message: /does not match the name on the URL \(d\)$/ }),
  )
  await assert.rejects(
    apply({ kind: 'Deployment' }),
    statusWith({ code: 400, message: 'invalid object type: autoscaling/v1, Kind=Deployment' }),
  )
})

test('scale: an old version, another name, or less than nothing is refused', async () => {
  await using api = await startTestServer()
  const calls = await deployments(api)
  const scale = await calls.get('d', { subresource })
  await calls.patch('d', { metadata: { labels: { x: 'y' } } })
  await assert.rejects(
    calls.update({ ...scale, spec: { replicas: 3 } }, { subresource }),
    statusWith({ code: 409, reason: 'Conflict' }),
  )
  await assert.rejects(
    calls.update(scale, { subresource, name: 'e' }),
    statusWith({
      code: 400,
      message: 'the name of the object (d) does not match the name on the URL (e)',
    }),
  )
  await assert.rejects(
    calls.patch('d', { spec: { replicas: -1 } }, { subresource }),
    statusWith({
      code: 422,
      message:
        'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    }),
  )
  await assert.rejects(calls.get('e', { subresource }), statusWith({ code: 404 }))
})
