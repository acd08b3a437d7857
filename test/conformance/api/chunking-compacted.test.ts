import assert from 'node:assert/strict'
import { StatusError } from '../../../src/apimachinery/status-error.ts'
import {
  ResourceCalls,
  startTestServer,
  type ListValue,
} from '../../../src/apiserver/testing.node.ts'
import { conformance } from '../conformance.ts'

const COUNT = 40
const CHUNK = 7

/** What the server answers to an expired token: 410, with another token to go on with. */
async function tokenInstead(list: Promise<ListValue>): Promise<string> {
  try {
    await list
  } catch (error) {
    assert.ok(error instanceof StatusError)
    assert.equal(error.status.code, 410)
    assert.equal(error.status.reason, 'Expired')
    const { continue: token } = error.status.metadata as { readonly continue?: string }
    assert.ok(token)
    return token
  }
  return assert.fail('the token has not expired')
}

// The past is forgotten by hand here, since upstream's suite waits minutes for etcd to be compacted.
conformance(
  '[sig-api-machinery] Servers with support for API chunking should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent [Conformance] [Slow]',
  async () => {
    await using api = await startTestServer()
    const maps = new ResourceCalls(api.transport, 'v1', 'configmaps', 'default')
    const names = Array.from({ length: COUNT }, (_, at) => `map-${String(at).padStart(4, '0')}`)
    for (const name of names) await maps.create({ metadata: { name } })

    const first = await maps.list({ limit: CHUNK })
    const { continue: expired = '', resourceVersion: before } = first.metadata
    assert.equal(first.metadata.remainingItemCount, COUNT - CHUNK)
    await maps.delete(names.at(-1)!)
    await api.store.compact(await api.store.revision())

    const token = await tokenInstead(maps.list({ limit: CHUNK, continue: expired }))
    const second = await maps.list({ limit: CHUNK, continue: token })
    assert.notEqual(second.metadata.resourceVersion, before)
    const seen = [...first.items, ...second.items]
    let { continue: next = '' } = second.metadata
    while (next !== '') {
      const more = await maps.list({ limit: CHUNK, continue: next })
      // From here on all chunks are of one moment again.
      assert.equal(more.metadata.resourceVersion, second.metadata.resourceVersion)
      seen.push(...more.items)
      next = more.metadata.continue ?? ''
    }
    assert.deepEqual(
      seen.map(({ metadata }) => metadata.name),
      names.slice(0, -1),
    )
  },
)
