import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { PodDisruptionBudget } from '../../../api/policy/v1/pod-disruption-budget.ts'
import { ClusterCache } from '../../cache/cluster-cache.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import { podInfo, type PodInfo } from '../../cache/pod-info.ts'
import { Nominator } from '../../cycle/nominator.ts'
import { CycleState } from '../../framework/cycle-state.ts'
import { Profile } from '../../framework/profile.ts'
import { asking, everywhere, nodeWith, podWith } from '../../testing.ts'
import { nodeResourcesFit } from '../node-resources/fit.ts'
import { byImportance, pickCandidate, selectVictims, type Candidate } from './victims.ts'

const CPUS = 6

const podShape = fc.record({
  cpu: fc.integer({ min: 1, max: 4 }),
  priority: fc.integer({ min: 0, max: 3 }),
  isGuarded: fc.boolean(),
  minute: fc.integer({ min: 0, max: 59 }),
})
type PodShape = typeof podShape extends fc.Arbitrary<infer T> ? T : never

function podOf(name: string, { cpu, priority, isGuarded, minute }: PodShape): PodInfo {
  return podInfo(
    podWith(name, {
      metadata: { labels: { app: isGuarded ? 'guarded' : 'free' } },
      spec: asking({ cpu: `${cpu}` }, { priority }),
      status: { startTime: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z` },
    }),
  )
}

function budget(disruptionsAllowed: number): PodDisruptionBudget {
  return {
    metadata: { namespace: 'default', name: 'guard' },
    spec: { selector: { matchLabels: { app: 'guarded' } } },
    status: { disruptionsAllowed },
  } as unknown as PodDisruptionBudget
}

/** All ways to keep some Pods and give up others, as lists of which are kept. */
function waysToKeep(count: number): readonly (readonly boolean[])[] {
  return Array.from({ length: 2 ** count }, (_, bits) =>
    Array.from({ length: count }, (__, i) => (bits & (1 << i)) !== 0),
  )
}

/** Of all sets of Pods that could stay, the one that keeps the first of the order, then the second, and so on. */
function bestByTryingAll(node: NodeInfo, pod: PodInfo, allowed: number): Candidate | undefined {
  const pods = [...node.pods()]
  const lower = pods.filter(({ priority }) => priority < pod.priority).toSorted(byImportance)
  if (lower.length === 0) return undefined
  const guarded = lower.filter((each) => each.pod.metadata.labels?.['app'] === 'guarded')
  const violating = guarded.slice(allowed)
  const order = [...violating, ...lower.filter((each) => !violating.includes(each))]
  const cpuOf = (some: readonly PodInfo[]): number =>
    some.reduce((sum, { requests }) => sum + requests.milliCPU, 0)
  const others = cpuOf(pods.filter((each) => !lower.includes(each)))
  const fitting = waysToKeep(order.length).filter(
    (keep) =>
      others + pod.requests.milliCPU + cpuOf(order.filter((_, i) => keep[i])) <= CPUS * 1000,
  )
  const text = (keep: readonly boolean[]): string => keep.map(Number).join('')
  const best = fitting.toSorted((a, b) => text(b).localeCompare(text(a)))[0]
  if (!best) return undefined
  const victims = order.filter((_, i) => !best[i]).toSorted(byImportance)
  const violations = victims.filter((each) => violating.includes(each)).length
  return { nodeName: node.name, victims, violations }
}

/** What is compared of nodes, the first first: less is better. */
function costsOf({ victims, violations }: Candidate): readonly number[] {
  const highest = victims[0]!.priority
  const earliest = victims
    .filter(({ priority }) => priority === highest)
    .map(({ pod }) => Date.parse(pod.status.startTime!))
  return [
    violations,
    highest,
    victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0),
    victims.length,
    -Math.min(...earliest),
  ]
}

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((each, k) => each !== b[k])
  return i < 0 ? 0 : a[i]! - b[i]!
}

test('who must leave which node is the best of all that could be done', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(podShape, { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
      podShape,
      fc.integer({ min: 0, max: 2 }),
      (shapes, wanted, allowed) => {
        const cache = new ClusterCache()
        for (const [n, pods] of shapes.entries()) {
          cache.setNode(
            nodeWith(`n${n}`, { status: { allocatable: { cpu: `${CPUS}`, pods: '9' } } }),
          )
          for (const [i, shape] of pods.entries()) {
            const info = podOf(`p${n}-${i}`, shape)
            const used = cache.get(`n${n}`)!.requested.milliCPU
            if (used + info.requests.milliCPU <= CPUS * 1000) cache.assume(info, `n${n}`)
          }
        }
        const pod = podOf('new', wanted)
        const profile = new Profile('default-scheduler', everywhere(nodeResourcesFit()))
        const nominator = new Nominator(() => undefined)
        const state = new CycleState()
        profile.preFilter(state, pod, cache)
        const trial = { profile, nominator, state, pod, budgets: [budget(allowed)] }
        // Where it fits anyhow nobody is asked to leave.
        const full = cache.list().filter((node) => profile.filter(state, pod, node))
        const found = full.flatMap((node) => {
          const result = selectVictims(trial, node)
          return 'victims' in result ? [result] : []
        })
        const expected = full.flatMap((node) => bestByTryingAll(node, pod, allowed) ?? [])
        const plain = ({ nodeName, victims, violations }: Candidate) => ({
          nodeName,
          victims: victims.map(({ uid }) => uid).toSorted(),
          violations,
        })
        assert.deepEqual(found.map(plain), expected.map(plain))
        if (found.length === 0) return
        const chosen = costsOf(pickCandidate(found))
        for (const each of expected) assert.ok(compare(chosen, costsOf(each)) <= 0)
      },
    ),
    { numRuns: 300 },
  )
})
