import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { DaemonSet } from '../../api/apps/v1/daemon-set.ts'
import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Taint } from '../../api/core/v1/toleration.ts'
import { REVISION_HASH } from '../common/controller-revisions.ts'
import { storedPod } from '../testing.ts'
import { planDaemons, podsByNode } from './daemon-plan.ts'
import { daemonPod, daemonTolerations, placementOn, targetNode } from './daemon-pods.ts'
import { planUpdate, updateLimits } from './update-plan.ts'

const nowMs = Date.parse('2026-01-01T01:00:00Z')
const metadata = {
  namespace: 'default',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
}

function daemonSet(podSpec: object = {}, rollingUpdate: object = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata, name: 'agent' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: {
        metadata: { labels: { app: 'agent' } },
        spec: { containers: [], ...podSpec } as never,
      },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate },
      revisionHistoryLimit: 10,
    },
    status: {} as DaemonSet['status'],
  }
}

function node(name: string, { taints = [] as readonly Taint[], labels = {} } = {}): Node {
  const { namespace: _, ...rest } = metadata
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...rest, name, labels },
    spec: { taints },
    status: {} as Node['status'],
  }
}

function pod(name: string, nodeName: string, hash = 'new', available = true): Pod {
  return storedPod(name, {
    metadata: { labels: { [REVISION_HASH]: hash } },
    spec: { nodeName },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: available ? 'True' : 'False' }],
    },
  })
}

const context = { hash: 'new', surge: 0, nowMs }
const names = (pods: readonly Pod[]) => pods.map(({ metadata: { name } }) => name)

function plan(nodes: readonly Node[], pods: readonly Pod[], set = daemonSet()) {
  const { create, remove } = planDaemons(set, podsByNode(nodes, pods), context)
  return { create, remove: names(remove) }
}

test('planDaemons() wants one Pod on each node', () => {
  const nodes = [node('a'), node('b'), node('c')]
  const pods = [pod('pa', 'a'), pod('pb1', 'b'), pod('pb2', 'b'), pod('lost', 'gone')]
  assert.deepEqual(plan(nodes, pods), { create: ['c'], remove: ['pb2'] })
})

test('planDaemons() removes Pods that have ended, and those meant for nodes that are gone', () => {
  const ended = storedPod('ended', { spec: { nodeName: 'a' }, status: { phase: 'Failed' } })
  const { spec } = daemonPod(daemonSet(), 'gone', 'new')
  const waiting = storedPod('waiting', { spec: spec as Pod['spec'] })
  assert.equal(targetNode(waiting), 'gone')
  assert.deepEqual(plan([node('a')], [ended, waiting]), {
    create: [],
    remove: ['ended', 'waiting'],
  })
})

test('placementOn() goes by affinity, and by taints that the set does not tolerate', () => {
  const on = (of: Node, spec: object = {}) => placementOn(daemonSet(spec), of)
  const linux = { nodeSelector: { os: 'linux' } }
  assert.deepEqual(on(node('a'), linux), { run: false, stay: false })
  assert.deepEqual(on(node('a', { labels: { os: 'linux' } }), linux), { run: true, stay: true })
  const taint = (effect: 'NoSchedule' | 'NoExecute', key = 'example.com/x') =>
    node('a', { taints: [{ key, effect }] })
  assert.deepEqual(on(taint('NoSchedule')), { run: false, stay: true })
  assert.deepEqual(on(taint('NoExecute')), { run: false, stay: false })
  const notReady = taint('NoExecute', 'node.kubernetes.io/not-ready')
  assert.deepEqual(on(notReady), { run: true, stay: true })
})

test('daemonTolerations() adds one more for the network of the host', () => {
  assert.equal(daemonTolerations({ containers: [] } as never).length, 6)
  assert.equal(daemonTolerations({ containers: [], hostNetwork: true } as never).length, 7)
})

function update(pods: readonly Pod[], rollingUpdate: object) {
  const nodes = ['a', 'b', 'c', 'd'].map((name) => node(name))
  const set = daemonSet({}, rollingUpdate)
  const limits = updateLimits(set, nodes.length)
  const { onNodes } = podsByNode(nodes, pods)
  const { create, remove } = planUpdate(set, onNodes, limits, { ...context, surge: limits.surge })
  return { create, remove: names(remove) }
}

test('planUpdate() gives up old Pods that serve nobody, and as many more as may be missing', () => {
  const pods = [
    pod('a', 'a', 'old'),
    pod('b', 'b', 'old', false),
    pod('c', 'c', 'old'),
    pod('d', 'd', 'new'),
  ]
  assert.deepEqual(update(pods, { maxUnavailable: 1 }).remove, ['b'])
  assert.deepEqual(update(pods, { maxUnavailable: '50%' }).remove, ['b', 'a'])
  const waiting = [...pods.slice(0, 3), pod('d', 'd', 'new', false)]
  assert.deepEqual(update(waiting, { maxUnavailable: 2 }).remove, ['b'])
})

test('planUpdate() starts new Pods beside old ones while it may surge', () => {
  const pods = [
    pod('a', 'a', 'old'),
    pod('b', 'b', 'old'),
    pod('c', 'c', 'old', false),
    pod('d', 'd'),
  ]
  const surging = { maxSurge: 1, maxUnavailable: 0 }
  assert.deepEqual(update(pods, surging), { create: ['c', 'a'], remove: [] })
  const started = [...pods, pod('a2', 'a', 'new', false), pod('c2', 'c')]
  assert.deepEqual(update(started, surging), { create: [], remove: ['c'] })
})
