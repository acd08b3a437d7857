import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import type { Image } from '../cri/types.ts'
import { imageGc } from './image-gc.ts'

test('imageGc() spares images that came after it began, also where there were none then', async () => {
  const clock = virtualClock()
  let images: readonly Image[] = []
  const collector = imageGc({
    images: {
      listImages: async () => images,
      removeImage: async ({ image }) => void (images = images.filter(({ id }) => id !== image)),
    },
    runtime: { listContainers: async () => [] },
    clock,
    logger: silentLogger,
    settings: { minAgeMs: 60_000, maxAgeMs: 0, highPercent: 85, lowPercent: 80 },
    keep: [],
    disk: async () => ({ capacityBytes: 100, availableBytes: 1 }),
    warn: () => undefined,
  })
  await collector.collect()
  images = [
    { id: 'new', repoTags: [], repoDigests: [], size: 50, pinned: false } as unknown as Image,
  ]
  await collector.collect()
  assert.equal(images.length, 1)
  await clock.advance(61_000)
  await collector.collect()
  assert.equal(images.length, 0)
})
