import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Cluster } from 'trierarch'
import type { Leftovers } from './cluster-leaks.node.ts'

const CLUSTERS = 50
const PROGRAM = join(import.meta.dirname, 'count-leftovers.node.ts')

test('fifty clusters leave nothing behind: no handle, no timer, no memory', async () => {
  // In a process of its own: what other tests leave to be collected would count too.
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, String(CLUSTERS)])
  const { handlesLeft, heapGrowthBytes, limitBytes } = JSON.parse(stdout) as Leftovers
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
