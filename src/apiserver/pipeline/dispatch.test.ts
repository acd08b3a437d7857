import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verb } from '../../client/request.ts'
import { startTestServer, statusWith } from '../testing.node.ts'

test('a collection knows no method for one object, all namespaces together none for writing, and an object none for its collection', async () => {
  await using api = await startTestServer()
  const call = (verb: Verb, more: object): Promise<unknown> =>
    api.transport.call({ group: '', version: 'v1', resource: 'pods', verb, body: {}, ...more })
  const refused = statusWith({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
  })
  await assert.rejects(call('create', {}), refused)
  await assert.rejects(call('deletecollection', {}), refused)
  await assert.rejects(call('update', { namespace: 'default' }), refused)
  await assert.rejects(call('patch', { namespace: 'default', patchType: 'merge' }), refused)
  await assert.rejects(call('create', { namespace: 'default', name: 'a' }), refused)
  await assert.rejects(call('deletecollection', { resource: 'namespaces' }), refused)
  await assert.rejects(call('get', { name: 'a' }), statusWith({ code: 404 }))
})
