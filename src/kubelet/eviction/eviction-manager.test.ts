import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { silentLogger } from '../../base/logger.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import type { Ending } from '../pod-workers/plan-types.ts'
import { planned } from '../pod-workers/testing.ts'
import { evictionManager } from './eviction-manager.ts'
import { thresholdsOf } from './thresholds.ts'

const pod = (name: string, priority: number): Pod =>
  planned(['c'], { metadata: { name, uid: name }, spec: { priority } })

/** Looks for half a minute at a node that is short of memory. */
async function evictedOf(fail: (pod: Pod) => Ending | undefined) {
  const clock = virtualClock()
  const abort = new AbortController()
  const evicted: string[] = []
  let looks = 0
  const manager = evictionManager({
    clock,
    logger: silentLogger,
    thresholds: thresholdsOf({ evictionHard: { 'memory.available': '100Mi' } }),
    transitionMs: 0,
    softGraceSeconds: 0,
    observe: async () => {
      looks += 1
      if (looks > 10) abort.abort()
      const observations = { 'memory.available': { available: 0, capacity: 2 ** 30 } }
      return { observations, layout: 'one' }
    },
    summary: async () => ({ pods: [] }),
    pods: () => [pod('low', 1), pod('high', 2)],
    fail,
    freeDisk: async () => undefined,
    changed: () => undefined,
    warn: () => undefined,
    evicted: (signal) => evicted.push(signal),
  })
  const running = manager.run(abort.signal)
  await clock.advance(25_000)
  abort.abort()
  await running
  return { looks, evicted }
}

test('evictionManager() takes the next Pod where the first one is leaving anyhow', async () => {
  const asked: string[] = []
  const { evicted } = await evictedOf(({ metadata: { name } }) => {
    asked.push(name)
    if (name === 'low') return undefined
    return { isNew: true, stopped: new Promise(() => undefined) }
  })
  assert.deepEqual(asked, ['low', 'high'])
  assert.deepEqual(evicted, ['memory.available'])
})

test('evictionManager() counts no Pod that is ending, and pauses before it looks again', async () => {
  const ending = { isNew: false, stopped: Promise.resolve() }
  const { looks, evicted } = await evictedOf(() => ending)
  assert.equal(looks, 3)
  assert.deepEqual(evicted, [])
})
