import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Pod } from '../../api/core/v1/pod.ts'
import { silentLogger } from '../../base/logger.ts'
import { formatCpuSet, parseCpuSet } from './cpu-set.ts'
import { staticCpuManager, type CpuManagerOptions } from './cpu-manager.ts'
import { topologyManager } from '../topology/topology-manager.ts'
import { distributeCpus } from './distribute-cpus.ts'
import { takeCpus, type Cpu } from './take-cpus.ts'

// Two sockets of four cores with two threads each: CPU 0 and CPU 8 are one core.
const CPUS: readonly Cpu[] = Array.from({ length: 16 }, (_, id) => {
  const socket = Math.floor((id % 8) / 4)
  // Two cores share a cache.
  return { id, core: id % 8, socket, numaNode: socket, uncoreCache: Math.floor((id % 8) / 2) * 2 }
})
const all = new Set(CPUS.map(({ id }) => id))
const without = (...ids: readonly number[]) => all.difference(new Set(ids))
const take = (free: ReadonlySet<number>, count: number) => {
  const taken = takeCpus(CPUS, free, count)
  return taken && formatCpuSet(taken)
}

test('formatCpuSet() is the reverse of parseCpuSet()', () => {
  assert.deepEqual(parseCpuSet('8,0-2, 1'), [0, 1, 2, 8])
  assert.throws(() => parseCpuSet('3-1'), /unable to parse "3-1"/)
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(100)), (cpus) => {
      assert.deepEqual(
        parseCpuSet(formatCpuSet(cpus)),
        cpus.toSorted((a, b) => a - b),
      )
    }),
  )
})

test('takeCpus() takes whole sockets, then whole cores, then threads', () => {
  assert.equal(take(all, 8), '0-3,8-11')
  assert.equal(take(all, 2), '0,8')
  assert.equal(take(all, 3), '0-1,8')
  assert.equal(take(all, 10), '0-4,8-12')
  assert.equal(take(without(0), 8), '4-7,12-15')
  assert.equal(take(without(0), 17), undefined)
})

test('takeCpus() leaves fresh cores and sockets alone while it can', () => {
  assert.equal(take(without(0), 1), '8')
  assert.equal(take(without(0, 8), 2), '1,9')
  assert.equal(take(without(4, 12), 2), '5,13')
})

test('takeCpus() takes as many as it is asked for, of those that are free', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(15)), fc.nat(16), (ids, count) => {
      const taken = takeCpus(CPUS, new Set(ids), count)
      if (ids.length < count) return assert.equal(taken, undefined)
      assert.equal(new Set(taken).size, count)
      assert.ok(taken!.every((id) => ids.includes(id)))
    }),
  )
})

test('takeCpus() takes whole caches, and what is less from one of them, where it is told to', () => {
  const aligned = (free: ReadonlySet<number>, count: number) =>
    formatCpuSet(takeCpus(CPUS, free, count, { isCacheAligned: true })!)
  assert.equal(aligned(all, 4), '0-1,8-9')
  // Two CPUs of a cache that has three left: the other caches stay whole.
  assert.equal(aligned(without(2), 2), '3,11')
  assert.equal(aligned(without(0, 1), 4), '2-3,10-11')
})

test('distributeCpus() takes as many from each NUMA node, of the fewest that have enough', () => {
  const spread = (free: ReadonlySet<number>, count: number, groupSize = 1) =>
    formatCpuSet(distributeCpus(CPUS, free, count, groupSize)!)
  assert.equal(spread(all, 8), '0-3,8-11')
  assert.equal(spread(all, 10, 2), '0-2,4-5,8-10,12-13')
  assert.equal(spread(without(0, 8), 8), '4-7,12-15')
  assert.equal(spread(without(0, 8, 4, 12), 8, 2), '1-2,5-6,9-10,13-14')
  assert.equal(distributeCpus(CPUS, new Set([1]), 2, 1), undefined)
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(15)),
      fc.nat(16),
      fc.constantFrom(1, 2),
      (ids, count, size) => {
        const taken = distributeCpus(CPUS, new Set(ids), count, size)
        if (ids.length < count) return assert.equal(taken, undefined)
        assert.equal(new Set(taken).size, count)
        assert.ok(taken!.every((id) => ids.includes(id)))
      },
    ),
  )
})

const amounts = (cpu: string) => ({
  limits: { cpu, memory: '1Mi' },
  requests: { cpu, memory: '1Mi' },
})
const container = (name: string, cpu: string) => ({ name, resources: amounts(cpu) })
const podOf = (
  uid: string,
  containers: readonly object[],
  initContainers: readonly object[] = [],
) => ({ metadata: { uid }, spec: { containers, initContainers } }) as unknown as Pod

function managed(more: Partial<CpuManagerOptions> = {}) {
  const state = { text: '', changes: 0 }
  const manager = staticCpuManager({
    cpus: CPUS,
    reserved: [0, 8],
    policyOptions: {},
    logger: silentLogger,
    save: async (text) => void (state.text = text),
    saved: '',
    changed: () => (state.changes += 1),
    ...more,
  })
  const topology = topologyManager({
    policy: 'none',
    scope: 'container',
    prefersClosest: false,
    nodes: [],
    providers: [manager],
  })
  const allocate = (pod: Pod) => topology.allocate(pod, new AbortController().signal)
  return { manager, allocate, state }
}

test('staticCpuManager() gives whole CPUs to those who ask for them, and the rest to all others', async () => {
  const { manager, allocate, state } = managed()
  await allocate(podOf('p', [container('two', '2'), container('half', '1500m')]))
  await allocate(podOf('q', [{ name: 'c', resources: { requests: { cpu: '2' } } }]))
  assert.equal(manager.cpuset('p', 'two'), '1,9')
  assert.equal(manager.cpuset('p', 'half'), '0,2-8,10-15')
  assert.equal(manager.cpuset('q', 'c'), '0,2-8,10-15')
  assert.deepEqual(JSON.parse(state.text), {
    policyName: 'static',
    defaultCpuSet: '0,2-8,10-15',
    entries: { p: { two: '1,9' } },
  })
  const { manager: again } = managed({ saved: state.text })
  assert.equal(again.cpuset('p', 'two'), '1,9')
  await again.release('p')
  assert.equal(again.cpuset('q', 'c'), '0-15')
})

test('staticCpuManager() gives on what init containers had', async () => {
  const { manager, allocate } = managed()
  const spec = [[container('one', '2')], [container('first', '1'), container('then', '4')]] as const
  await allocate(podOf('p', ...spec))
  const sets = ['first', 'then', 'one'].map((name) => manager.exclusive('p', name)!)
  assert.deepEqual(
    sets.map(({ length }) => length),
    [1, 4, 2],
  )
  assert.ok(new Set(sets.flat()).size <= 5)
})

test('staticCpuManager() says why there are none', async () => {
  const { allocate } = managed()
  await assert.rejects(allocate(podOf('p', [container('c', '15')])), {
    reason: 'UnexpectedAdmissionError',
    message:
      'Allocate failed due to not enough cpus available to satisfy request: requested=15, available=14, which is unexpected',
  })
  const { manager: strict, allocate: allocateStrictly } = managed({
    policyOptions: { 'full-pcpus-only': true, 'strict-cpu-reservation': true },
  })
  await assert.rejects(allocateStrictly(podOf('p', [container('c', '3')])), {
    reason: 'SMTAlignmentError',
    message: 'SMT Alignment Error: requested 3 cpus not multiple cpus per core = 2',
  })
  assert.equal(strict.cpuset('p', 'c'), '1-7,9-15')
})
