import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { testApiServer } from '../../apiserver/testing.ts'
import { eventually } from '../../base/async-eventually.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { createClient } from '../../client/create-client.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { ReferencedObjects } from './references.ts'

const KEY = { namespace: 'default', name: 'c' }
const SCOPE = { namespace: 'default', fieldSelector: 'metadata.name=c' }

test('ReferencedObjects follows what is not there yet and what changes, until it cannot or nobody asks', async () => {
  await using server = await testApiServer({ clock: systemClock })
  const client = createClient(server.transport)
  const random = seededRandom(1)
  await using informers = createInformers({
    client,
    clock: systemClock,
    random,
    logger: silentLogger,
  })
  informers.start()
  const told: string[] = []
  const objects = new ReferencedObjects(client, informers, (podUid) => told.push(podUid))
  const read = (podUid: string) => objects.read(ConfigMap, KEY.namespace, KEY.name, podUid)
  const isFollowed = () => informers.informer(ConfigMap, SCOPE).synced
  const change = (patch: object) => client.patch(ConfigMap, KEY, 'merge', patch)

  assert.equal(await read('a'), undefined)
  await client.create(ConfigMap, { metadata: KEY, data: { x: '1' } })
  await eventually(() => told.length === 1)
  assert.deepEqual((await read('a'))?.data, { x: '1' })

  await change({ data: { x: '2' } })
  await eventually(() => told.length === 2)
  await read('b')
  assert.ok(isFollowed())

  await change({ immutable: true })
  await eventually(() => told.length === 4)
  assert.deepEqual(told, ['a', 'a', 'a', 'b'])
  assert.equal((await read('a'))?.immutable, true)
  assert.equal(isFollowed(), false)
  await informers.stop(ConfigMap, SCOPE)

  await objects.release('a')
  await objects.release('b')
  await client.delete(ConfigMap, KEY)
  await read('a')
  await eventually(isFollowed)
  await objects.release('a')
  assert.equal(isFollowed(), false)
  assert.equal(told.length, 4)
})
