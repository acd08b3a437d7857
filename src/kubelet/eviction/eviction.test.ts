import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planned } from '../pod-workers/testing.ts'
import { NO_EVICTION, planEviction } from './plan-eviction.ts'
import { rankPods, type PodUse } from './rank-pods.ts'
import { parseThresholdValue, thresholdsOf } from './thresholds.ts'

const MI = 2 ** 20
const memory = (availableMi: number) => ({
  'memory.available': { available: availableMi * MI, capacity: 1000 * MI },
})

test('thresholdsOf() has defaults, which named ones replace, or add to', () => {
  const signals = (settings: Parameters<typeof thresholdsOf>[0]) =>
    thresholdsOf(settings).map(({ signal }) => signal)
  assert.equal(signals({}).length, 5)
  assert.deepEqual(signals({ evictionHard: { 'pid.available': '10%' } }), ['pid.available'])
  assert.deepEqual(signals({ evictionHard: { 'memory.available': '0' } }), [])
  assert.deepEqual(signals({ evictionHard: { 'containerfs.available': '10%' } }), [])
  const merged = { evictionHard: { 'pid.available': '10%' }, mergeDefaultEvictionSettings: true }
  assert.equal(signals(merged).length, 6)
})

test('parseThresholdValue() takes amounts and shares, and nothing negative', () => {
  assert.deepEqual(parseThresholdValue('100Mi'), { amount: 100 * MI })
  assert.deepEqual(parseThresholdValue('12.5%'), { share: 0.125 })
  for (const wrong of ['', '-1', '-5%', '101%', 'much'])
    assert.equal(parseThresholdValue(wrong), undefined, wrong)
})

test('planEviction() acts at once for hard thresholds, and for soft ones after their grace period', () => {
  const thresholds = thresholdsOf({
    evictionHard: { 'memory.available': '100Mi' },
    evictionSoft: { 'memory.available': '200Mi' },
    evictionSoftGracePeriod: { 'memory.available': '1m' },
  })
  const [hard, soft] = thresholds
  const at = (nowMs: number, availableMi: number, state = NO_EVICTION) =>
    planEviction(
      { thresholds, observations: memory(availableMi), nowMs, transitionMs: 300_000 },
      state,
    )
  assert.equal(at(0, 99).reclaim, hard)
  const first = at(0, 150)
  assert.deepEqual([first.reclaim, first.pressures], [undefined, ['MemoryPressure']])
  assert.equal(at(60_000, 150, first.state).reclaim, soft)
  const over = at(60_000, 500, first.state)
  assert.deepEqual([over.reclaim, over.pressures], [undefined, ['MemoryPressure']])
  assert.deepEqual(at(300_000, 500, over.state).pressures, [])
})

test('planEviction() goes on until as much is free as is to be reclaimed', () => {
  const thresholds = thresholdsOf({
    evictionHard: { 'memory.available': '100Mi' },
    evictionMinimumReclaim: { 'memory.available': '50Mi' },
  })
  const at = (availableMi: number, state = NO_EVICTION) =>
    planEviction(
      { thresholds, observations: memory(availableMi), nowMs: 0, transitionMs: 0 },
      state,
    )
  const { state } = at(99)
  assert.ok(at(149, state).reclaim)
  assert.equal(at(150, state).reclaim, undefined)
  assert.equal(at(149).reclaim, undefined)
})

test('rankPods() lets those go first that use more than they asked for, then the less important', () => {
  const use = (name: string, memoryMi: number, requestMi: number, priority = 0): PodUse => ({
    pod: planned([{ name: 'c', resources: { requests: { memory: `${requestMi}Mi` } } }], {
      metadata: { name },
      spec: { priority },
    }),
    memoryBytes: memoryMi * MI,
    diskBytes: 0,
    inodes: 0,
    processes: 0,
  })
  const ranked = rankPods(
    [
      use('modest', 10, 100),
      use('over', 30, 20),
      use('far over', 90, 20),
      use('important', 900, 20, 10),
      use('critical', 900, 0, 2_000_000_000),
    ],
    'memory',
  )
  assert.deepEqual(
    ranked.map(({ pod }) => pod.metadata.name),
    ['far over', 'over', 'important', 'modest'],
  )
})
