import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatusError } from '../../../apimachinery/status-error.ts'
import { startSecureTestServer } from '../../testing-secure.node.ts'
import { statusWith } from '../../testing.node.ts'

test('nothing can be made in a namespace that is not there', async () => {
  await using api = await startSecureTestServer()
  await assert.rejects(
    api.calls('v1', 'configmaps', 'none').create({ metadata: { name: 'm' } }),
    statusWith({ code: 404, message: 'namespaces "none" not found' }),
  )
})

test('nothing can be made in a namespace that is about to go, but what is there can change', async () => {
  await using api = await startSecureTestServer()
  await api.calls('v1', 'namespaces').create({ metadata: { name: 'going' } })
  const maps = api.calls('v1', 'configmaps', 'going')
  await maps.create({ metadata: { name: 'm' } })
  await api.calls('v1', 'namespaces').delete('going')
  const refused = await maps.create({ metadata: { name: 'n' } }).catch((error: unknown) => error)
  assert.ok(refused instanceof StatusError)
  assert.equal(
    refused.message,
    'configmaps "n" is forbidden: unable to create new content in namespace going because it is being terminated',
  )
  assert.deepEqual(refused.status.details?.causes, [
    {
      reason: 'NamespaceTerminating',
      message: 'namespace going is being terminated',
      field: 'metadata.namespace',
    },
  ])
  await maps.patch('m', { data: { a: 'b' } })
  await maps.delete('m')
})

test("the system's namespaces cannot be deleted", async () => {
  await using api = await startSecureTestServer()
  for (const name of ['default', 'kube-system', 'kube-public']) {
    await assert.rejects(
      api.calls('v1', 'namespaces').delete(name),
      statusWith({
        code: 403,
        message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
      }),
    )
  }
})
