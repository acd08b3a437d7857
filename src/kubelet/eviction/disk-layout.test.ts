import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskLayout, diskUse, isFreedByImages, type DiskLayout } from './disk-layout.ts'

const time = ''
const STATS = {
  containers: ['a', 'b'].map((name) => ({
    name,
    startTime: time,
    rootfs: { time, usedBytes: 100, inodesUsed: 10 },
    logs: { time, usedBytes: 5, inodesUsed: 1 },
  })),
  'ephemeral-storage': { time, usedBytes: 1000, inodesUsed: 50 },
}

test('diskLayout() tells disks by their devices', () => {
  const [a, b, c] = [{ device: 1 }, { device: 2 }, { device: 3 }]
  assert.equal(diskLayout(a, undefined, undefined), 'one')
  assert.equal(diskLayout(a, a, a), 'one')
  assert.equal(diskLayout(a, b, b), 'images and containers')
  assert.equal(diskLayout(a, b, undefined), 'images and containers')
  assert.equal(diskLayout(a, b, a), 'images')
  assert.equal(diskLayout(a, b, c), 'images and containers')
})

test('diskUse() and isFreedByImages() look at the disk that a signal is about', () => {
  const bytes = (layout: DiskLayout) =>
    (['nodefs.available', 'imagefs.available'] as const).map((signal) => [
      diskUse(layout, signal, STATS).bytes,
      isFreedByImages(layout, signal),
    ])
  assert.deepEqual(bytes('one'), [
    [1000, true],
    [1000, true],
  ])
  assert.deepEqual(bytes('images and containers'), [
    [800, false],
    [200, true],
  ])
  assert.deepEqual(bytes('images'), [
    [1000, false],
    [0, true],
  ])
  assert.equal(diskUse('images and containers', 'nodefs.inodesFree', STATS).inodes, 30)
})
