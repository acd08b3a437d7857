import assert from 'node:assert/strict'
import type { Scale } from '../../../src/api/autoscaling/v1/scale.ts'
import type { ObjectKey } from '../../../src/client/client.ts'
import type { Input } from '../../../src/schema/message.ts'
import type { ResourceClass } from '../../../src/schema/resource.ts'
import type { Apps } from './apps.ts'

interface Condition {
  readonly type: string
  readonly status: string
}

interface Workload {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly status: { readonly conditions?: readonly Condition[] }
}

/** A workload's scale is read, updated and patched. It has one replica, and comes to have four. */
export async function showScale<T extends Workload & { readonly spec: { replicas?: number } }>(
  { cluster, client }: Apps,
  type: ResourceClass<T>,
  key: ObjectKey,
): Promise<void> {
  const scale = await cluster.eventually(async () => {
    const read = await client.getSubresource<T, Scale>(type, key, 'scale')
    assert.equal(read.status.replicas, 1)
    return read
  })
  assert.equal(scale.kind, 'Scale')
  assert.equal(scale.spec.replicas, 1)
  const body = { ...scale, metadata: { ...key }, spec: { replicas: 2 } }
  const updated = await client.updateSubresource<T, Scale>(type, key, 'scale', body)
  assert.equal(updated.spec.replicas, 2)
  assert.equal((await client.get(type, key)).spec.replicas, 2)
  await client.patch(type, key, 'merge', { spec: { replicas: 4 } }, { subresource: 'scale' })
  assert.equal((await client.get(type, key)).spec.replicas, 4)
  await cluster.eventually(async () => {
    const { status } = await client.getSubresource<T, Scale>(type, key, 'scale')
    assert.equal(status.replicas, 4)
  })
}

/** A workload's status is read, updated and patched, and the controller leaves what it does not know alone. */
export async function showStatus<T extends Workload>(
  { cluster, client }: Apps,
  type: ResourceClass<T>,
  key: ObjectKey,
): Promise<void> {
  const read = await client.getSubresource<T, T>(type, key, 'status')
  assert.equal(read.metadata.name, key.name)
  const conditionOf = (name: string) => ({
    type: name,
    status: 'True',
    reason: 'E2E',
    message: 'Set from an e2e test',
  })
  await cluster.eventually(async () => {
    const fresh = await client.get(type, key)
    const conditions = [...(fresh.status.conditions ?? []), conditionOf('StatusUpdate')]
    const status = { ...fresh.status, conditions }
    assert.ok(holds(await client.updateStatus(type, { ...fresh, status }), 'StatusUpdate'))
  })
  const status = { conditions: [conditionOf('StatusPatched')] }
  const patched = await client.patch(type, key, 'merge', { status }, { subresource: 'status' })
  assert.ok(holds(patched, 'StatusPatched'))
  assert.ok(!holds(patched, 'StatusUpdate'))
  await cluster.clock.advance('10s')
  assert.ok(holds(await client.get(type, key), 'StatusPatched'))
}

export function holds({ status }: Pick<Workload, 'status'>, condition: string): boolean {
  return (status.conditions ?? []).some(
    ({ type, status: is }) => type === condition && is === 'True',
  )
}

/** Objects are listed by a label over all namespaces, and deleted as a collection. */
export async function showCollection<T extends { readonly metadata: Workload['metadata'] }>(
  { cluster, client }: Apps,
  type: ResourceClass<T>,
  namespace: string,
  objects: readonly Input<T>[],
): Promise<void> {
  const labelSelector = `e2e=${namespace}`
  for (const object of objects) {
    const { metadata } = object as { readonly metadata: object }
    const labels = { e2e: namespace }
    await client.create(type, { ...object, metadata: { ...metadata, namespace, labels } })
  }
  const { items } = await client.list(type, { labelSelector })
  assert.equal(items.length, objects.length)
  await client.deleteCollection(type, { namespace, labelSelector })
  await cluster.eventually(async () => {
    assert.deepEqual((await client.list(type, { labelSelector })).items, [])
  })
}
