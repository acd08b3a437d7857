import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import type { Client } from '../../client/client.ts'
import { removeLostSlices } from './resource-slices.ts'

test('removeLostSlices() removes all at the start, and those of a driver that stays away', async () => {
  const clock = virtualClock()
  const removed: string[] = []
  let isDown = true
  const client = {
    async deleteCollection(_: unknown, { fieldSelector }: { readonly fieldSelector: string }) {
      if (isDown) throw new Error('connect ECONNREFUSED')
      removed.push(fieldSelector)
    },
  } as unknown as Client
  using slices = removeLostSlices({ client, clock, logger: silentLogger, nodeName: 'n' })
  await clock.advance(500)
  isDown = false
  await clock.advance(1000)
  assert.deepEqual(removed.splice(0), ['spec.nodeName=n'])
  slices.left('one')
  slices.left('two')
  await clock.advance(20_000)
  slices.came('one')
  await clock.advance(20_000)
  assert.deepEqual(removed, ['spec.nodeName=n,spec.driver=two'])
})
