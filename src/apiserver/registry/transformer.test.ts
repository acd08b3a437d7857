import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { ResourceCalls } from '../testing.node.ts'
import { testApiServer } from '../testing.ts'

test('objects of a resource with a transformer are kept in its form, and others as they are', async () => {
  await using api = await testApiServer({
    clock: virtualClock(),
    transformerOf: ({ plural }) =>
      plural === 'secrets'
        ? {
            encode: async (_, bytes) =>
              Buffer.from(`sealed:${Buffer.from(bytes).toString('base64')}`),
            decode: async (_, kept) => ({
              bytes: Buffer.from(String(kept).slice('sealed:'.length), 'base64'),
              isStale: true,
            }),
          }
        : undefined,
  })
  const { store, transport } = api
  const secrets = new ResourceCalls(transport, 'v1', 'secrets', 'default')
  const configMaps = new ResourceCalls(transport, 'v1', 'configmaps', 'default')
  const metadata = { name: 'x' }
  const secret = await secrets.create({ metadata, data: { password: 'c2VjcmV0' } })
  await configMaps.create({ metadata })
  const kept = await store.get('/registry/secrets/default/x')
  assert.match(Buffer.from(kept!.value.bytes).toString(), /^sealed:/)
  const other = await store.get('/registry/configmaps/default/x')
  assert.match(Buffer.from(other!.value.bytes).toString(), /^\{"kind":"ConfigMap"/)
  assert.deepEqual(await secrets.get('x'), secret)
  // As it would be found after a restart: bytes alone, which are stale and so worth an update that changes nothing.
  await store.commit('/registry/secrets/default/x', kept!.revision, {
    type: 'put',
    value: { bytes: kept!.value.bytes },
  })
  const found = await secrets.get('x')
  assert.equal(found.metadata.uid, secret.metadata.uid)
  const updated = await secrets.update(found)
  assert.notEqual(updated.metadata.resourceVersion, found.metadata.resourceVersion)
  assert.equal(
    (await secrets.update(updated)).metadata.resourceVersion,
    updated.metadata.resourceVersion,
  )
})
