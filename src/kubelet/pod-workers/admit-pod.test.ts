import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { exclusiveRefusal, refusal } from './admit-pod.ts'
import { planned } from './testing.ts'

const NODE = {
  metadata: { name: 'n', labels: { disk: 'ssd' } },
  spec: {},
} as unknown as Pick<Node, 'metadata' | 'spec'>
const ALLOCATABLE = { cpu: '2', memory: '1Gi', pods: '3' }

function asking(uid: string, requests: Readonly<Record<string, string>>, more: object = {}): Pod {
  return planned([{ name: 'm', resources: { requests }, ...more }], { metadata: { uid } })
}

test('refusal() takes what fits', () => {
  const others = [asking('a', { cpu: '1' }), asking('self', { cpu: '2' })]
  assert.equal(refusal(asking('self', { cpu: '1' }), others, NODE, ALLOCATABLE), undefined)
})

test('refusal() names the resource that is missing', () => {
  const pod = asking('self', { cpu: '1500m' })
  assert.deepEqual(refusal(pod, [asking('a', { cpu: '1' })], NODE, ALLOCATABLE), {
    reason: 'OutOfcpu',
    message:
      "Pod was rejected: Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
  })
  const full = ['a', 'b', 'c'].map((uid) => asking(uid, {}))
  assert.equal(refusal(pod, full, NODE, ALLOCATABLE)?.reason, 'OutOfpods')
})

test('refusal() looks at labels, ports and taints', () => {
  const selecting = planned(['m'], { spec: { nodeSelector: { disk: 'hdd' } } })
  assert.equal(refusal(selecting, [], NODE, ALLOCATABLE)?.reason, 'NodeAffinity')
  const port = { ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }
  assert.equal(
    refusal(asking('self', {}, port), [asking('a', {}, port)], NODE, ALLOCATABLE)?.reason,
    'NodePorts',
  )
  const tainted = { ...NODE, spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } } as typeof NODE
  assert.equal(refusal(planned(['m']), [], tainted, ALLOCATABLE)?.reason, 'TaintToleration')
})

test('exclusiveRefusal() leaves Pods as they are that have CPUs or memory for themselves', () => {
  const pod = planned(['m'])
  const block = { numaAffinity: [0], type: 'memory', size: 1 }
  const refused = (cpus: readonly number[] | undefined, blocks: readonly (typeof block)[]) =>
    exclusiveRefusal(pod, { exclusive: () => cpus }, { blocks: () => blocks })
  assert.equal(refused(undefined, []), undefined)
  const message = (policy: string) =>
    `Resize is infeasible for Guaranteed Pods alongside ${policy} static policy`
  assert.deepEqual(refused([1], []), { reason: 'Infeasible', message: message('CPU Manager') })
  assert.equal(refused(undefined, [block])?.message, message('Memory Manager'))
})
