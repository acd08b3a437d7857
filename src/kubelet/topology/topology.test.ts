import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Pod } from '../../api/core/v1/pod.ts'
import { silentLogger } from '../../base/logger.ts'
import { staticCpuManager } from '../cpus/cpu-manager.ts'
import { formatCpuSet } from '../cpus/cpu-set.ts'
import type { Cpu } from '../cpus/take-cpus.ts'
import { DeviceInventory } from '../devices/device-inventory.ts'
import { deviceManager } from '../devices/device-manager.ts'
import { staticMemoryManager } from '../memory/memory-manager.ts'
import type { Hints, TopologyHint } from './hints.ts'
import { byNarrowness, mergeHints } from './merge-hints.ts'
import { masksOver, nodesOf, sizeOf } from './numa-mask.ts'
import type { NumaNode } from './numa.ts'
import { byDistance, topologyVerdict, type TopologyPolicy } from './policies.ts'
import { topologyManager, type TopologyManagerOptions } from './topology-manager.ts'

const GIB = 1024 ** 3
const GPU = 'example.com/gpu'

// Two NUMA nodes of four CPUs, 8 GiB, 1 GiB of huge pages and one GPU each.
const NODES: readonly NumaNode[] = [0, 1].map((id) => ({
  id,
  memory: { memory: 8 * GIB, 'hugepages-2Mi': GIB },
  distances: new Map([
    [id, 10],
    [1 - id, 21],
  ]),
}))
const CPUS: readonly Cpu[] = Array.from({ length: 8 }, (_, id) => {
  const numaNode = Math.floor(id / 4)
  return { id, core: id, socket: numaNode, numaNode, uncoreCache: numaNode * 4 }
})

interface Asked {
  readonly cpu?: string
  readonly memory?: string
  readonly gpus?: number
  readonly pages?: string
}

function containerOf(name: string, { cpu = '1', memory = '1Gi', gpus = 0, pages }: Asked) {
  const amounts = {
    cpu,
    memory,
    ...(gpus > 0 && { [GPU]: String(gpus) }),
    ...(pages && { 'hugepages-2Mi': pages }),
  }
  return { name, resources: { limits: amounts, requests: amounts } }
}

function podOf(uid: string, containers: readonly Asked[], first: readonly Asked[] = []): Pod {
  const spec = {
    initContainers: first.map((each, i) => containerOf(`i${i}`, each)),
    containers: containers.map((each, i) => containerOf(`c${i}`, each)),
  }
  return { metadata: { uid }, spec } as unknown as Pod
}

/** A machine that plays all parts; `saved` is what another agent has left. */
function machine(
  policy: TopologyPolicy,
  more: Partial<TopologyManagerOptions> = {},
  saved = { memory: '', cpus: '' },
) {
  const state = { ...saved }
  const inventory = new DeviceInventory()
  const devices = deviceManager({
    inventory,
    numaNodes: [0, 1],
    plugin: () => ({
      allocate: async () => ({
        envs: {},
        mounts: [],
        devices: [],
        annotations: {},
        cdiDevices: [],
      }),
      preferred: async () => [],
      preStart: async () => undefined,
    }),
    logger: silentLogger,
    save: async () => undefined,
    saved: '',
  })
  inventory.set(
    GPU,
    [0, 1].map((id) => ({ id: `gpu${id}`, isHealthy: true, numaNodes: [id] })),
  )
  const cpus = staticCpuManager({
    cpus: CPUS,
    reserved: [0],
    policyOptions: {},
    logger: silentLogger,
    save: async (text) => void (state.cpus = text),
    saved: saved.cpus,
    changed: () => undefined,
  })
  const memory = staticMemoryManager({
    nodes: NODES,
    reserved: new Map([[0, { memory: GIB }]]),
    logger: silentLogger,
    save: async (text) => void (state.memory = text),
    saved: saved.memory,
  })
  const topology = topologyManager({
    policy,
    scope: 'container',
    prefersClosest: false,
    nodes: NODES,
    providers: [devices, cpus, memory],
    ...more,
  })
  return {
    state,
    memory,
    release: (uid: string) => topology.release(uid),
    holders: () => topology.holders(),
    allocate: (pod: Pod) => topology.allocate(pod, new AbortController().signal),
    /** What a container has, in short. */
    has(uid: string, container = 'c0') {
      const nodes = new Set(
        memory.blocks(uid, container).flatMap(({ numaAffinity }) => numaAffinity),
      )
      return {
        cpus: formatCpuSet(cpus.exclusive(uid, container) ?? []),
        memory: formatCpuSet(nodes),
        gpus: devices.granted(uid, container)[GPU]?.ids.join() ?? '',
      }
    },
  }
}

const REFUSED = {
  reason: 'TopologyAffinityError',
  message: 'Resources cannot be allocated with Topology locality',
}

test('masksOver() names every group of nodes once, small ones first', () => {
  const masks = masksOver([0, 1, 2])
  assert.deepEqual(masks.map(nodesOf), [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]])
})

const hintOf: fc.Arbitrary<TopologyHint> = fc.record({
  affinity: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
  isPreferred: fc.boolean(),
})
const listsOf = fc.array(fc.array(hintOf, { minLength: 1, maxLength: 4 }), { maxLength: 4 })

test('mergeHints() finds what trying all combinations finds', () => {
  fc.assert(
    fc.property(listsOf, (lists) => {
      const combinations = lists.reduce<readonly (readonly TopologyHint[])[]>(
        (found, list) => found.flatMap((each) => list.map((hint) => [...each, hint])),
        [[]],
      )
      const merged = combinations
        .map((hints) => {
          const named = hints.flatMap(({ affinity }) => affinity ?? [])
          return {
            affinity: named.reduce((a, b) => a & b, 15),
            isPreferred: hints.every(({ isPreferred }) => isPreferred) && new Set(named).size <= 1,
          }
        })
        .filter(({ affinity }) => affinity !== 0)
      const best = mergeHints(15, lists, byNarrowness)
      const preferred = merged.filter(({ isPreferred }) => isPreferred)
      if (merged.length === 0) return assert.deepEqual(best, { affinity: 15, isPreferred: false })
      assert.ok(merged.some((each) => each.affinity === best.affinity))
      assert.equal(best.isPreferred, preferred.length > 0)
      if (best.isPreferred)
        assert.ok(preferred.every(({ affinity }) => byNarrowness(best.affinity, affinity) <= 0))
    }),
  )
})

test('mergeHints() of what is not preferred comes next to what the widest needs', () => {
  const one: TopologyHint[] = [1, 2, 3].map((affinity) => ({ affinity, isPreferred: false }))
  const two: TopologyHint[] = [{ affinity: 3, isPreferred: false }]
  assert.deepEqual(mergeHints(15, [one, two], byNarrowness), { affinity: 3, isPreferred: false })
})

test('topologyVerdict() admits by policy', () => {
  const split: Hints[] = [
    new Map([['cpu', [{ affinity: 1, isPreferred: true }]]]),
    new Map([['memory', [{ affinity: 2, isPreferred: true }]]]),
  ]
  const wide: Hints[] = [new Map([['cpu', [{ affinity: 3, isPreferred: true }]]])]
  const nowhere: Hints[] = [new Map([['cpu', []]])]
  const indifferent: Hints[] = [new Map(), new Map([[GPU, undefined]])]
  const admits = (policy: TopologyPolicy) =>
    [split, wide, nowhere, indifferent].map(
      (given) => topologyVerdict(policy, byNarrowness, NODES, given).isAdmitted,
    )
  assert.deepEqual(admits('none'), [true, true, true, true])
  assert.deepEqual(admits('best-effort'), [true, true, true, true])
  assert.deepEqual(admits('restricted'), [false, true, false, true])
  assert.deepEqual(admits('single-numa-node'), [false, false, false, true])
})

test('byDistance() prefers nodes that are near to each other', () => {
  const far = (id: number, distances: readonly number[]): NumaNode => ({
    id,
    memory: {},
    distances: new Map(distances.entries()),
  })
  const nodes = [far(0, [10, 31, 11]), far(1, [31, 10, 31]), far(2, [11, 31, 10])]
  const pairs = masksOver([0, 1, 2]).filter((mask) => sizeOf(mask) === 2)
  const sorted = pairs.toSorted(byDistance(nodes)).map(nodesOf)
  assert.deepEqual(sorted, [
    [0, 2],
    [0, 1],
    [1, 2],
  ])
  assert.deepEqual(pairs.toSorted(byNarrowness).map(nodesOf)[0], [0, 1])
})

test('topologyManager() gives devices, CPUs and memory of one node', async () => {
  const t = machine('single-numa-node')
  await t.allocate(podOf('a', [{ gpus: 1, cpu: '2', memory: '2Gi' }]))
  assert.deepEqual(t.has('a'), { cpus: '1-2', memory: '0', gpus: 'gpu0' })
  await t.allocate(podOf('b', [{ gpus: 1, cpu: '2', memory: '2Gi' }]))
  assert.deepEqual(t.has('b'), { cpus: '4-5', memory: '1', gpus: 'gpu1' })
  await assert.rejects(t.allocate(podOf('c', [{ cpu: '3' }])), REFUSED)
  assert.deepEqual(t.has('c'), { cpus: '', memory: '', gpus: '' })
  await t.release('a')
  await t.allocate(podOf('c', [{ cpu: '3' }]))
  assert.deepEqual(t.has('c'), { cpus: '1-3', memory: '0', gpus: '' })
})

test('topologyManager() takes what it gets by best-effort, and refuses by restricted', async () => {
  const full = podOf('full', [{ cpu: '3', memory: '5Gi' }])
  const wide = podOf('wide', [{ cpu: '4', gpus: 1, memory: '4Gi' }])
  const loose = machine('best-effort')
  await loose.allocate(full)
  await loose.allocate(podOf('half', [{ cpu: '2', memory: '1Gi', gpus: 1 }]))
  await assert.rejects(machine('restricted').allocate(podOf('x', [{ cpu: '5', gpus: 1 }])), REFUSED)
  assert.deepEqual(loose.has('half'), { cpus: '4-5', memory: '1', gpus: 'gpu1' })
  const strict = machine('restricted')
  await strict.allocate(full)
  await strict.allocate(wide)
  assert.deepEqual(strict.has('wide'), { cpus: '4-7', memory: '1', gpus: 'gpu1' })
})

test('topologyManager() aligns a Pod as a whole by the scope pod', async () => {
  const two = podOf('p', [{ cpu: '2' }, { cpu: '2' }])
  const each = machine('single-numa-node')
  await each.allocate(two)
  assert.deepEqual([each.has('p', 'c0').memory, each.has('p', 'c1').memory], ['0', '1'])
  const together = machine('single-numa-node', { scope: 'pod' })
  await together.allocate(two)
  assert.deepEqual([together.has('p', 'c0').cpus, together.has('p', 'c1').cpus], ['4-5', '6-7'])
  await assert.rejects(together.allocate(podOf('q', [{ cpu: '2' }, { cpu: '2' }])), REFUSED)
})

test('staticMemoryManager() never mixes what nodes give alone and together', async () => {
  const t = machine('none')
  await t.allocate(podOf('wide', [{ memory: '10Gi' }]))
  await t.allocate(podOf('narrow', [{ memory: '1Gi' }]))
  assert.deepEqual([t.has('wide').memory, t.has('narrow').memory], ['0-1', '0-1'])
  await assert.rejects(t.allocate(podOf('late', [{ memory: '5Gi' }])), {
    reason: 'UnexpectedAdmissionError',
    message:
      'Allocate failed due to [memorymanager] failed to get the default NUMA affinity, no NUMA nodes with enough memory is available, which is unexpected',
  })
  for (const uid of ['wide', 'narrow']) await t.release(uid)
  await t.allocate(podOf('narrow', [{ memory: '1Gi', pages: '512Mi' }]))
  assert.equal(t.has('narrow').memory, '0')
  await assert.rejects(t.allocate(podOf('wide', [{ memory: '10Gi' }])), /failed to get the default/)
  const strict = machine('restricted')
  await strict.allocate(podOf('wide', [{ memory: '10Gi', cpu: '5' }]))
  await assert.rejects(strict.allocate(podOf('narrow', [{ memory: '1Gi' }])), REFUSED)
})

test('staticMemoryManager() gives on what init containers had, and keeps it over a restart', async () => {
  const t = machine('restricted')
  await t.allocate(podOf('p', [{ memory: '4Gi' }, { memory: '1Gi' }], [{ memory: '6Gi' }]))
  const sizes = (from: ReturnType<typeof machine>) =>
    ['i0', 'c0', 'c1'].map((name) => from.memory.blocks('p', name).map(({ size }) => size / GIB))
  assert.deepEqual(sizes(t), [[1], [4], [1]])
  const { machineState } = JSON.parse(t.state.memory)
  assert.equal(machineState['0'].memoryMap.memory.free, GIB)
  const again = machine('restricted', {}, t.state)
  assert.deepEqual(sizes(again), sizes(t))
  assert.deepEqual(again.holders(), ['p'])
  await assert.rejects(again.allocate(podOf('q', [{ memory: '8Gi', cpu: '5' }])), REFUSED)
  await again.release('p')
  assert.equal(JSON.parse(again.state.memory).machineState['0'].memoryMap.memory.free, 7 * GIB)
})

test('topologyManager() gives no more than there is, and gets all of it back', async () => {
  const asked = fc.record({
    cpu: fc.constantFrom('1', '2', '3', '500m'),
    memory: fc.constantFrom('1Gi', '3Gi', '9Gi'),
    gpus: fc.nat(1),
  })
  const pods = fc.array(
    fc.tuple(fc.array(asked, { minLength: 1, maxLength: 2 }), fc.array(asked, { maxLength: 1 })),
    { maxLength: 6 },
  )
  const policies = fc.constantFrom<TopologyPolicy>('none', 'best-effort', 'single-numa-node')
  const scopes = fc.constantFrom('container' as const, 'pod' as const)
  await fc.assert(
    fc.asyncProperty(pods, policies, scopes, async (given, policy, scope) => {
      const t = machine(policy, { scope })
      for (const [i, [containers, first]] of given.entries())
        await t.allocate(podOf(`p${i}`, containers, first)).catch((error: unknown) => {
          assert.equal((error as Error).name, 'AllocationError', String(error))
        })
      const { machineState } = JSON.parse(t.state.memory || '{"machineState":{}}')
      const tables: readonly { memoryMap: Record<string, Record<string, number>> }[] =
        Object.values(machineState)
      for (const { memoryMap } of tables)
        for (const { free, reserved, allocatable } of Object.values(memoryMap)) {
          assert.ok(free! >= 0)
          assert.equal(free! + reserved!, allocatable)
        }
      const sizes = t
        .holders()
        .flatMap((uid) => ['i0', 'c0', 'c1'].flatMap((name) => t.memory.blocks(uid, name)))
        .reduce((sum, { size }) => sum + size, 0)
      const reserved = tables
        .flatMap(({ memoryMap }) => Object.values(memoryMap))
        .reduce((sum, each) => sum + each['reserved']!, 0)
      assert.equal(reserved, sizes)
      for (const uid of t.holders()) await t.release(uid)
      assert.deepEqual(t.holders(), [])
    }),
    { numRuns: 60 },
  )
})
