import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Client } from '../../client/client.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { ClusterCache } from '../cache/cluster-cache.ts'
import { podInfo } from '../cache/pod-info.ts'
import { DEFAULT_SETTINGS } from '../config/default-settings.ts'
import { profileParts } from '../default-plugins.ts'
import { CycleState } from '../framework/cycle-state.ts'
import { Profile } from '../framework/profile.ts'
import { asking, nodeWith, podWith } from '../testing.ts'
import { createChooser, totalScores } from './choose-node.ts'
import { deviceClasses } from '../plugins/dynamic-resources/device-classes.ts'
import { trackClaims } from '../plugins/dynamic-resources/claim-tracker.ts'
import { AssumedVolumes } from '../plugins/volume-binding/assumed-volumes.ts'
import { Nominator } from './nominator.ts'
import { sampleSize } from './sample-size.ts'

const ZONE = 'topology.kubernetes.io/zone'
const selector = { matchLabels: { app: 'web' } }
const term = { topologyKey: ZONE, labelSelector: selector }

const nodeShape = fc.record({
  cpu: fc.integer({ min: 1, max: 8 }),
  memory: fc.integer({ min: 1, max: 8 }),
  zone: fc.constantFrom('a', 'b', 'c'),
  taint: fc.constantFrom(undefined, 'NoSchedule', 'PreferNoSchedule'),
})
const podShape = fc.record({
  cpu: fc.integer({ min: 0, max: 4 }),
  memory: fc.integer({ min: 0, max: 4 }),
  web: fc.boolean(),
  kind: fc.constantFrom('plain', 'spread', 'apart', 'near', 'zoned'),
  /** What happens before, to the node of this number, where there is one. */
  event: fc.constantFrom('none', 'cordon', 'uncordon', 'leave', 'remove'),
  at: fc.nat({ max: 7 }),
})
type NodeShape = typeof nodeShape extends fc.Arbitrary<infer T> ? T : never
type PodShape = typeof podShape extends fc.Arbitrary<infer T> ? T : never

const KINDS: Readonly<Record<PodShape['kind'], object>> = {
  plain: {},
  spread: {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: ZONE,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: selector,
      },
    ],
  },
  apart: {
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
  },
  near: {
    affinity: {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 50, podAffinityTerm: term }],
      },
    },
  },
  zoned: { nodeSelector: { [ZONE]: 'a' } },
}

function clusterOf(shapes: readonly NodeShape[]) {
  const cache = new ClusterCache()
  for (const [i, shape] of shapes.entries()) cache.setNode(nodeOf(i, shape))
  return cache
}

function nodeOf(i: number, { cpu, memory, zone, taint }: NodeShape, unschedulable = false) {
  return nodeWith(`n${i}`, {
    metadata: { labels: { [ZONE]: zone } },
    spec: { ...(taint && { taints: [{ key: 'x', effect: taint }] }), unschedulable },
    status: { allocatable: { cpu: `${cpu}`, memory: `${memory}Gi`, pods: '10' } },
  })
}

function happen(cache: ClusterCache, shapes: readonly NodeShape[], { event, at }: PodShape): void {
  const node = cache.get(`n${at}`)
  const shape = shapes[at]
  if (!shape || event === 'none') return
  if (event === 'leave') for (const { uid } of Array.from(node?.pods() ?? [])) cache.forget(uid)
  else if (event === 'remove') cache.removeNode(`n${at}`)
  else cache.setNode(nodeOf(at, shape, event === 'cordon'))
}

function profileFor(cache: ClusterCache, nominator: Nominator): Profile {
  const random = seededRandom(1)
  const clock = virtualClock()
  const client = {} as Client // Asked for nothing before the informers start.
  const informers = createInformers({ client, clock, random, logger: silentLogger })
  const { signal } = new AbortController()
  const shared = { client, informers, clock, random, logger: silentLogger, signal }
  const handle = {
    ...shared,
    nodes: cache,
    nominator,
    extenders: [],
    claimTracker: () => trackClaims(informers),
    assumedVolumes: new AssumedVolumes(),
    deviceClasses: () => deviceClasses(informers, true),
    taintRules: undefined,
    podGroups: undefined,
    waitingPods: new Map(),
  }
  const nothing = (): void => undefined
  const quiet = { ...handle, tell: nothing, activate: nothing, preempted: nothing }
  return new Profile('default-scheduler', profileParts(quiet, DEFAULT_SETTINGS.profiles[0]!))
}

const podOf = ({ cpu, memory, web, kind }: PodShape, i: number) =>
  podInfo(
    podWith(`p${i}`, {
      metadata: web ? { labels: { app: 'web' } } : {},
      spec: asking({ cpu: `${cpu * 500}m`, memory: `${memory * 512}Mi` }, KINDS[kind]),
    }),
  )

test('the chosen node is one of the best by exhaustive scoring with plugins that remember nothing', () => {
  fc.assert(
    fc.property(
      fc.array(nodeShape, { minLength: 1, maxLength: 8 }),
      fc.array(podShape, { minLength: 1, maxLength: 15 }),
      (nodes, pods) => {
        const cache = clusterOf(nodes)
        const nominator = new Nominator((name) => cache.touch(name))
        const profile = profileFor(cache, nominator)
        const chooser = createChooser({
          nodes: cache,
          nominator,
          random: seededRandom(2),
          extenders: [],
          logger: silentLogger,
        })
        for (const [i, shape] of pods.entries()) {
          happen(cache, nodes, shape)
          const pod = podOf(shape, i)
          const best = bestNodes(profileFor(cache, nominator), cache, pod)
          const choice = chooser.choose(profile, pod)
          assert.ok(!(choice instanceof Promise))
          assert.equal(choice.type, best.length > 0 ? 'fits' : 'unfit')
          if (choice.type !== 'fits') continue
          assert.ok(best.includes(choice.nodeName), `${choice.nodeName} is none of ${best.join()}`)
          cache.assume(pod, choice.nodeName)
        }
      },
    ),
    { numRuns: 60 },
  )
})

function bestNodes(profile: Profile, cache: ClusterCache, pod: ReturnType<typeof podOf>) {
  const state = new CycleState()
  if (profile.preFilter(state, pod, cache).type === 'stop') return []
  const feasible = cache.list().filter((node) => !profile.filter(state, pod, node))
  profile.preScore(state, pod, feasible, cache)
  const totals = totalScores(profile, state, pod, feasible)
  const most = Math.max(...totals)
  return feasible.filter((_, i) => totals[i] === most).map(({ name }) => name)
}

test('sampleSize() looks at all of a few nodes, and at fewer in a hundred the more there are', () => {
  assert.deepEqual(
    [50, 100, 1000, 5000, 10_000].map((count) => sampleSize(count, 0)),
    [50, 100, 420, 500, 500],
  )
  assert.equal(sampleSize(1000, 20), 200)
})

test('an assumed Pod counts, and no longer once it is forgotten', () => {
  const cache = clusterOf([{ cpu: 4, memory: 4, zone: 'a', taint: undefined }])
  const pod = podOf({ cpu: 4, memory: 1, web: false, kind: 'plain', event: 'none', at: 0 }, 0)
  cache.assume(pod, 'n0')
  assert.equal(cache.get('n0')?.requested.milliCPU, 2000)
  cache.forget(pod.uid)
  assert.equal(cache.get('n0')?.requested.milliCPU, 0)
  cache.setPod(podWith('p0', { spec: asking({ cpu: '1' }, { nodeName: 'n0' }) }))
  cache.forget(pod.uid)
  assert.equal(cache.get('n0')?.requested.milliCPU, 1000)
  cache.removeNode('n0')
  cache.setNode(nodeWith('n0'))
  assert.equal(cache.get('n0')?.requested.milliCPU, 1000)
})
