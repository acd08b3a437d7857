import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ClusterCache } from '../cache/cluster-cache.ts'
import { podInfo } from '../cache/pod-info.ts'
import { Profile } from '../framework/profile.ts'
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
