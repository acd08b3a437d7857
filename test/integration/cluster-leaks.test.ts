import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { startAndStop } from './cluster-leaks.node.ts'

const CLUSTERS = 50

test('fifty clusters leave nothing behind: no handle, no timer, no memory', async () => {
  const { handlesLeft, heapGrowthBytes, limitBytes } = await startAndStop(CLUSTERS)
  assert.deepEqual(handlesLeft, [])
  assert.ok(
    heapGrowthBytes < limitBytes,
    `the heap grew by ${heapGrowthBytes} of ${limitBytes} bytes`,
  )
})

test('twenty clusters run side by side', async () => {
  await using stack = new AsyncDisposableStack()
  const clusters = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => stack.use(await Cluster.start({ nodes: i % 3 }))),
  )
  assert.deepEqual(
    clusters.map(({ nodeNames }) => nodeNames.length),
    Array.from({ length: 20 }, (_, i) => i % 3),
  )
})
