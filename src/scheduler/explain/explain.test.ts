import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ClusterCache } from '../cache/cluster-cache.ts'
import { podInfo } from '../cache/pod-info.ts'
import { Profile } from '../framework/profile.ts'
import { interPodAffinity } from '../plugins/inter-pod-affinity/inter-pod-affinity.ts'
import { nodePorts } from '../plugins/node-ports/node-ports.ts'
import { nodeAffinity } from '../plugins/node-affinity/node-affinity.ts'
import { nodeResourcesFit } from '../plugins/node-resources/fit.ts'
import { nodeUnschedulable } from '../plugins/node-unschedulable/node-unschedulable.ts'
import { schedulingGates } from '../plugins/scheduling-gates/scheduling-gates.ts'
import { taintToleration } from '../plugins/taint-toleration/taint-toleration.ts'
import { asking, everywhere, nodeWith, podWith } from '../testing.ts'
import { explain } from './explain.ts'

const profile = new Profile(
  'default-scheduler',
  everywhere(
    schedulingGates,
    nodeUnschedulable,
    taintToleration,
    nodeAffinity(),
    nodePorts,
    nodeResourcesFit(),
  ),
)

test('explain() names each node, the check that it failed and what would help', () => {
  const cluster = new ClusterCache()
  cluster.setNode(nodeWith('cordoned', { spec: { unschedulable: true } }))
  const taints = [{ key: 'a', value: 'b', effect: 'NoSchedule' }]
  cluster.setNode(nodeWith('tainted', { spec: { taints } }))
  cluster.setNode(nodeWith('full', { metadata: { labels: { disk: 'ssd' } } }))
  cluster.setNode(nodeWith('other'))
  cluster.assume(podInfo(podWith('busy', { spec: asking({ cpu: '3' }) })), 'full')
  const pod = podWith('web', { spec: asking({ cpu: '2' }, { nodeSelector: { disk: 'ssd' } }) })
  const found = explain(pod, profile, cluster).nodes.map(
    ({ node, plugin, reason, change }) => `${node}: ${plugin}: ${reason}: ${change}`,
  )
  assert.deepEqual(found, [
    'cordoned: NodeUnschedulable: node(s) were unschedulable: kubectl uncordon cordoned',
    'tainted: TaintToleration: node(s) had untolerated taint(s): tolerate a=b:NoSchedule in the Pod, or kubectl taint node tainted a=b:NoSchedule-',
    'full: NodeResourcesFit: Insufficient cpu: ask for at most 1 cpu instead of 2, or free 1',
    "other: NodeAffinity: node(s) didn't match Pod's node affinity/selector: kubectl label node other --overwrite disk=ssd",
  ])
})

test('explain() tells of gates before any node', () => {
  const pod = podWith('web', { spec: { schedulingGates: [{ name: 'x' }] } })
  const { heldBack, nodes } = explain(pod, profile, new ClusterCache())
  assert.equal(heldBack, 'waiting for scheduling gates: [x]')
  assert.deepEqual(nodes, [])
})

const ZONE = 'topology.kubernetes.io/zone'

test('explain() tells all that stands in the way on a node', () => {
  const cluster = new ClusterCache()
  cluster.setNode(nodeWith('a', { spec: { unschedulable: true } }))
  const [node] = explain(podWith('web', { spec: asking({ cpu: '8' }) }), profile, cluster).nodes
  assert.equal(node?.plugin, 'NodeUnschedulable')
  assert.deepEqual(node?.others, [
    {
      plugin: 'NodeResourcesFit',
      reason: 'Insufficient cpu',
      change: 'ask for at most 4 cpu instead of 8',
    },
  ])
})

test('explain() names the fewest labels by which a node would be one that the Pod may run on', () => {
  const cluster = new ClusterCache()
  cluster.setNode(nodeWith('a', { metadata: { labels: { os: 'linux', old: 'yes', size: '3' } } }))
  const term = (...expressions: readonly (readonly [string, string, ...string[]])[]) => ({
    matchExpressions: expressions.map(([key, operator, ...values]) => ({ key, operator, values })),
  })
  const nodeSelectorTerms = [
    term(['gpu', 'In', 'a100'], ['fast', 'Exists'], ['size', 'Gt', '7']),
    term(['os', 'In', 'linux'], ['old', 'DoesNotExist'], ['size', 'Gt', '7']),
  ]
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }
  const pod = podWith('web', { spec: { affinity: { nodeAffinity: required } } })
  assert.equal(
    explain(pod, profile, cluster).nodes[0]?.change,
    'kubectl label node a --overwrite old- size=8',
  )
})

test('explain() names the Pods that keep a Pod away', () => {
  const namespaces = { labelsOf: () => undefined, version: () => 0 }
  const withAffinity = new Profile('default-scheduler', everywhere(interPodAffinity(namespaces)))
  const cluster = new ClusterCache()
  for (const [name, zone] of [
    ['a', 'one'],
    ['b', 'one'],
    ['c', 'two'],
  ] as const)
    cluster.setNode(nodeWith(name, { metadata: { labels: { [ZONE]: zone } } }))
  const term = { topologyKey: ZONE, labelSelector: { matchLabels: { app: 'web' } } }
  const terms = { requiredDuringSchedulingIgnoredDuringExecution: [term] }
  const webWith = (name: string, affinity: object) =>
    podWith(name, { metadata: { labels: { app: 'web' } }, spec: { affinity } })
  cluster.assume(podInfo(webWith('lonely', { podAntiAffinity: terms })), 'b')
  const changesFor = (affinity: object): readonly string[] => {
    const { nodes } = explain(webWith('new', affinity), withAffinity, cluster)
    const byNode = new Map(nodes.map(({ node, change }) => [node, change ?? 'fits']))
    return ['a', 'b', 'c'].map((node) => byNode.get(node)!)
  }
  const away = `move pod default/lonely out of ${ZONE}=one`
  assert.deepEqual(changesFor({ podAntiAffinity: terms }), [away, away, 'fits'])
  const unwanted = `move pod default/lonely, which wants no such Pod, out of ${ZONE}=one`
  assert.deepEqual(changesFor({}), [unwanted, unwanted, 'fits'])
  const near = changesFor({ podAffinity: terms })
  assert.ok(near.includes(`run a Pod that its affinity means in ${ZONE}=two first`))
})
