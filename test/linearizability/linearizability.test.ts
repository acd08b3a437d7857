import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/base/random.ts'
import { NO_ETCD } from '../../src/storage/etcd/testing.node.ts'
import { contradictions } from './check.ts'
import { killedCluster } from './etcd-kills.node.ts'
import { record } from './record.ts'
import { CHECKED } from './subjects.node.ts'

// `npm run soak -- linearizability etcd-kills` does much more of each.
const OPTIONS = {
  clients: 8,
  operationsPerClient: 50,
  keys: ['/a/1', '/a/2', '/b/1', '/b/2', '/b/3'],
  folders: ['/a/', '/b/'],
}

for (const checked of CHECKED) {
  const { name, skip, selects } = checked
  test(`${name} is linearizable`, { skip: skip ?? false }, () =>
    checked.run(async (subject) => {
      const history = await record(subject, { ...OPTIONS, selects, random: seededRandom(1) })
      assert.ok(history.log.length > OPTIONS.clients)
      assert.deepEqual(contradictions(history), [])
    }),
  )
}

test(
  'etcd stays linearizable while its members are killed',
  { skip: NO_ETCD ?? false },
  async () => {
    const { changes } = await killedCluster(40, 1)
    assert.ok(changes > 20)
  },
)
