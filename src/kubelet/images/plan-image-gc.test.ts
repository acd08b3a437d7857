import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planImageGc, type KnownImage } from './plan-image-gc.ts'

const HOUR = 3_600_000
const SETTINGS = { highPercent: 85, lowPercent: 80, minAgeMs: 120_000, maxAgeMs: 0 }
const image = (id: string, more: Partial<KnownImage> = {}): KnownImage => ({
  id,
  sizeBytes: 10,
  pinned: false,
  inUse: false,
  firstSeenMs: 0,
  lastUsedMs: 0,
  ...more,
})
const ids = (images: readonly KnownImage[]) => images.map(({ id }) => id)

test('planImageGc() frees nothing while the disk is not full', () => {
  const view = {
    images: [image('a')],
    capacityBytes: 1000,
    availableBytes: 160,
    nowMs: HOUR,
    sinceMs: 0,
  }
  assert.equal(planImageGc(view, SETTINGS).freeBytes, 0)
  assert.equal(planImageGc({ ...view, availableBytes: 150 }, SETTINGS).freeBytes, 50)
})

test('planImageGc() takes what was unused for longest, and neither what is used nor what is new', () => {
  const images = [
    image('used', { inUse: true }),
    image('pinned', { pinned: true }),
    image('new', { firstSeenMs: HOUR - 1000 }),
    image('later', { lastUsedMs: 2000 }),
    image('sooner', { lastUsedMs: 1000 }),
  ]
  const view = { images, capacityBytes: 1000, availableBytes: 0, nowMs: HOUR, sinceMs: 0 }
  assert.deepEqual(ids(planImageGc(view, SETTINGS).candidates), ['sooner', 'later'])
})

test('planImageGc() takes what is too old once the agent has run for that long', () => {
  const images = [image('old'), image('young', { lastUsedMs: HOUR - 1000 })]
  const view = { images, capacityBytes: 1000, availableBytes: 900, nowMs: HOUR, sinceMs: 0 }
  const settings = { ...SETTINGS, maxAgeMs: HOUR / 2 }
  assert.deepEqual(ids(planImageGc(view, settings).old), ['old'])
  assert.deepEqual(planImageGc({ ...view, sinceMs: HOUR - 1000 }, settings).old, [])
})
