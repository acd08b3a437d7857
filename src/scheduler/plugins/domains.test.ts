import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ClusterCache } from '../cache/cluster-cache.ts'
import { podInfo } from '../cache/pod-info.ts'
import { CycleState } from '../framework/cycle-state.ts'
import type { Plugin } from '../framework/plugin.ts'
import { Profile } from '../framework/profile.ts'
import { everywhere, nodeWith, podWith, type Overlay } from '../testing.ts'
import { interPodAffinity } from './inter-pod-affinity/inter-pod-affinity.ts'
import { podTopologySpread } from './pod-topology-spread/pod-topology-spread.ts'

const ZONE = 'topology.kubernetes.io/zone'
const LABELS = { app: 'web', rev: '1' }

interface Site {
  readonly zone: string
  readonly node?: Overlay
  readonly pods?: readonly Overlay[]
}

/** The zones that would take a Pod, of one node each. */
function zonesFor(plugin: Plugin, spec: object, sites: readonly Site[]): string {
  const cluster = new ClusterCache()
  for (const { zone, node, pods = [] } of sites) {
    cluster.setNode(nodeWith(zone, { metadata: { labels: { [ZONE]: zone } }, ...node }))
    for (const [i, pod] of pods.entries())
      cluster.assume(podInfo(podWith(`${zone}${i}`, pod)), zone)
  }
  const profile = new Profile('default-scheduler', everywhere(plugin))
  const pod = podInfo(podWith('new', { metadata: { labels: LABELS }, spec }))
  const state = new CycleState()
  const { type } = profile.preFilter(state, pod, cluster)
  if (type === 'stop') return ''
  const fitting = cluster.list().filter((node) => !profile.filter(state, pod, node))
  return fitting.map(({ name }) => name).join('')
}

const web: Overlay = { metadata: { labels: LABELS } }
const older: Overlay = { metadata: { labels: { ...LABELS, rev: '0' } } }

/** What a topology spread constraint leaves of the zones. */
const spread = (sites: readonly Site[], more: object = {}, spec: object = {}): string => {
  const plugin = podTopologySpread({ defaultingType: 'List', ownerSelector: () => undefined })
  const constraint = {
    maxSkew: 1,
    topologyKey: ZONE,
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'web' } },
    ...more,
  }
  return zonesFor(plugin, { topologySpreadConstraints: [constraint], ...spec }, sites)
}

test('PodTopologySpread keeps the skew between zones', () => {
  const sites = [{ zone: 'a', pods: [web] }, { zone: 'b' }]
  assert.equal(spread(sites), 'b')
  assert.equal(spread(sites, { maxSkew: 2 }), 'ab')
  assert.equal(spread([...sites, { zone: 'c', node: { metadata: {} } }]), 'b')
})

test('PodTopologySpread counts nothing as the least while there are fewer than minDomains', () => {
  const sites = [{ zone: 'a', pods: [web] }]
  assert.equal(spread(sites), 'a')
  assert.equal(spread(sites, { minDomains: 2 }), '')
})

test('PodTopologySpread counts nodes by the policies for affinity and taints', () => {
  const sites = [{ zone: 'a', pods: [web] }, { zone: 'b' }]
  const onlyA = { nodeSelector: { [ZONE]: 'a' } }
  assert.equal(spread(sites, {}, onlyA), 'ab') // Whether a node is one of those is for NodeAffinity to say.
  assert.equal(spread(sites, { nodeAffinityPolicy: 'Ignore' }, onlyA), 'b')
  const tainted = {
    metadata: { labels: { [ZONE]: 'b' } },
    spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] },
  }
  const withTaint = [sites[0]!, { zone: 'b', node: tainted }]
  assert.equal(spread(withTaint), 'b')
  assert.equal(spread(withTaint, { nodeTaintsPolicy: 'Honor' }), 'ab')
})

test('PodTopologySpread counts only Pods with the same values of matchLabelKeys', () => {
  const sites = [{ zone: 'a', pods: [older] }, { zone: 'b' }]
  assert.equal(spread(sites), 'b')
  assert.equal(spread(sites, { matchLabelKeys: ['rev'] }), 'ab')
})

const TEAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  default: {},
  blue: { team: 'blue' },
  red: { team: 'red' },
}

/** What a required term leaves of the zones. */
const related = (kind: string, sites: readonly Site[], more: object = {}): string => {
  const plugin = interPodAffinity({ labelsOf: (name) => TEAMS[name], version: () => 0 })
  const term = { topologyKey: ZONE, labelSelector: { matchLabels: { app: 'web' } }, ...more }
  const required = { requiredDuringSchedulingIgnoredDuringExecution: [term] }
  return zonesFor(plugin, { affinity: { [kind]: required } }, sites)
}

test('InterPodAffinity looks at Pods of the own namespace, of those that are named, or selected', () => {
  const of = (namespace: string): Overlay => ({ metadata: { namespace, labels: LABELS } })
  const sites = [
    { zone: 'a', pods: [of('default')] },
    { zone: 'b', pods: [of('blue')] },
    { zone: 'c', pods: [of('red')] },
  ]
  assert.equal(related('podAffinity', sites), 'a')
  assert.equal(related('podAntiAffinity', sites), 'bc')
  assert.equal(related('podAffinity', sites, { namespaces: ['blue', 'red'] }), 'bc')
  const namespaceSelector = { matchLabels: { team: 'blue' } }
  assert.equal(related('podAffinity', sites, { namespaceSelector }), 'b')
  assert.equal(related('podAntiAffinity', sites, { namespaceSelector }), 'ac')
  assert.equal(related('podAntiAffinity', sites, { namespaceSelector: {} }), '')
  assert.equal(related('podAffinity', sites, { namespaceSelector, namespaces: ['red'] }), 'bc')
})

test('InterPodAffinity lets the first Pod of a group be by itself', () => {
  assert.equal(related('podAffinity', [{ zone: 'a' }, { zone: 'b' }]), 'ab')
})
