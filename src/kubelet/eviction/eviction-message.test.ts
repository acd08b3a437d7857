import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodStats } from '../stats/summary.ts'
import { planned } from '../pod-workers/testing.ts'
import { evictionMessage } from './eviction-message.ts'
import type { Signal } from './signals.ts'

const MIB = 1024 ** 2
const message = (signal: Signal, amount: number, available: number, stats?: PodStats): string =>
  evictionMessage(
    { signal, value: { amount }, graceMs: 0, isHard: true },
    { [signal]: { available, capacity: 1e9 } },
    planned(['m']),
    stats,
  )

test('evictionMessage() has amounts as quantities are written', () => {
  const used = { name: 'm', memory: { workingSetBytes: 3 * MIB } }
  assert.equal(
    message('memory.available', 100 * MIB, 64 * MIB + 4096, { containers: [used] } as never),
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 65540Ki. Container m was using 3Mi, request is 0, has larger consumption of memory. ',
  )
  assert.equal(
    message('nodefs.available', 12 * MIB, 0),
    'The node was low on resource: ephemeral-storage. Threshold quantity: 12Mi, available: 0. ',
  )
})

test('evictionMessage() counts what are no bytes in thousands', () => {
  assert.equal(
    message('nodefs.inodesFree', 100, 12_000),
    'The node was low on resource: inodes. Threshold quantity: 100, available: 12k. ',
  )
})
