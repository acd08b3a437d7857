import assert from 'node:assert/strict'
import { seededRandom } from '../../src/base/random.ts'
import { openEtcdStore } from '../../src/storage/etcd/open-etcd-store.node.ts'
import { contradictions } from './check.ts'
import { etcdCluster, killMembers } from './etcd-cluster.node.ts'
import { record } from './record.ts'
import { storeSubject } from './store-subject.ts'

/**
 * Has clients read, write and watch through all members of an etcd cluster while members are killed, and checks what they
 * saw. Returns how many members were killed and how many changes there were.
 */
export async function killedCluster(
  operationsPerClient: number,
  seed: number,
): Promise<{ kills: number; changes: number; unknown: number }> {
  await using cluster = await etcdCluster()
  await using store = await openEtcdStore({ endpoints: cluster.endpoints, timeoutMs: 60_000 })
  const random = seededRandom(seed)
  const done = new AbortController()
  const killing = killMembers(cluster, random, done)
  const history = await record(storeSubject(store), {
    random,
    clients: 6,
    operationsPerClient,
    keys: ['/a/1', '/a/2', '/b/1', '/b/2'],
    folders: ['/a/', '/b/'],
  })
  done.abort()
  const kills = await killing
  assert.deepEqual(contradictions(history), [])
  const unknown = history.operations.filter(
    (operation) => operation.type === 'write' && operation.outcome.type === 'unknown',
  )
  return { kills, changes: history.log.length, unknown: unknown.length }
}
