import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ClusterCache } from '../cache/cluster-cache.ts'
import { podInfo } from '../cache/pod-info.ts'
import { totalScores } from '../cycle/choose-node.ts'
import { CycleState } from '../framework/cycle-state.ts'
import type { Plugin } from '../framework/plugin.ts'
import { Profile } from '../framework/profile.ts'
import { asking, everywhere, nodeWith, podWith, type Overlay } from '../testing.ts'
import { imageLocality } from './image-locality/image-locality.ts'
import { nodeAffinity } from './node-affinity/node-affinity.ts'
import { nodeResourcesBalancedAllocation } from './node-resources/balanced-allocation.ts'
import { nodeResourcesFit } from './node-resources/fit.ts'
import { taintToleration } from './taint-toleration/taint-toleration.ts'

/** What a plugin thinks of each node, by itself. */
function scoresBy(plugin: Plugin, pod: Overlay, nodes: readonly Overlay[]): readonly number[] {
  const cluster = new ClusterCache()
  for (const [i, node] of nodes.entries()) cluster.setNode(nodeWith(`n${i}`, node))
  const profile = new Profile('default-scheduler', everywhere(plugin))
  const info = podInfo(podWith('web', pod))
  const state = new CycleState()
  profile.preScore(state, info, cluster.list(), cluster)
  return [...totalScores(profile, state, info, cluster.list())]
}

const sized = (cpu: string, memory: string): Overlay => ({
  status: { allocatable: { cpu, memory, pods: '10' } },
})
const SIZES = [sized('4', '10k'), sized('6', '10k')]
const POD: Overlay = { spec: asking({ cpu: '3', memory: '5k' }) }

test('NodeResourcesFit ranks nodes by what is left, by what is used, or by a line', () => {
  const by = (scoringStrategy: Parameters<typeof nodeResourcesFit>[0] & object) =>
    scoresBy(nodeResourcesFit(scoringStrategy), POD, SIZES)
  assert.deepEqual(by({ scoringStrategy: { type: 'LeastAllocated' } }), [37, 50])
  assert.deepEqual(by({ scoringStrategy: { type: 'MostAllocated' } }), [62, 50])
  const shape = [
    { utilization: 0, score: 10 },
    { utilization: 100, score: 0 },
  ]
  const requestedToCapacityRatio = { shape }
  assert.deepEqual(
    by({ scoringStrategy: { type: 'RequestedToCapacityRatio', requestedToCapacityRatio } }),
    [38, 50],
  )
  const resources = [
    { name: 'cpu', weight: 3 },
    { name: 'memory', weight: 1 },
  ]
  assert.deepEqual(by({ scoringStrategy: { type: 'LeastAllocated', resources } }), [31, 50])
})

test('NodeResourcesBalancedAllocation prefers nodes whose resources are used alike', () => {
  assert.deepEqual(scoresBy(nodeResourcesBalancedAllocation(), POD, SIZES), [87, 100])
})

test('ImageLocality prefers nodes that have large images of the Pod', () => {
  const having = (...images: readonly (readonly [string, number])[]): Overlay => ({
    status: {
      images: images.map(([name, mebibytes]) => ({
        names: [`${name}:latest`],
        sizeBytes: mebibytes * 1024 * 1024,
      })),
    },
  })
  const spec = {
    containers: [
      { name: 'small', image: 'small', resources: {} },
      { name: 'large', image: 'large', resources: {} },
    ],
  }
  const nodes = [having(['small', 40], ['other', 300]), having(['large', 250], ['more', 10])]
  assert.deepEqual(scoresBy(imageLocality, { spec }, nodes), [0, 5])
})

test('NodeAffinity and TaintToleration spread their scores to 100', () => {
  const preferring = (weight: number, value: string) => ({
    weight,
    preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: [value] }] },
  })
  const preferredDuringSchedulingIgnoredDuringExecution = [
    preferring(40, 'ssd'),
    preferring(10, 'hdd'),
  ]
  const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution } }
  const labelled = (disk: string): Overlay => ({ metadata: { labels: { disk } } })
  const disks = ['ssd', 'hdd', 'tape'].map(labelled)
  assert.deepEqual(scoresBy(nodeAffinity(), { spec: { affinity } }, disks), [100, 25, 0])
  const tainted = (...keys: readonly string[]): Overlay => ({
    spec: { taints: keys.map((key) => ({ key, effect: 'PreferNoSchedule' })) },
  })
  const tolerations = [{ key: 'c', operator: 'Exists' }]
  const nodes = [tainted('a', 'b'), tainted('a', 'c'), tainted()]
  assert.deepEqual(scoresBy(taintToleration, { spec: { tolerations } }, nodes), [0, 50, 100])
})
