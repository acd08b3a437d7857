import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Node } from '../../api/core/v1/node.ts'
import type { Taint } from '../../api/core/v1/toleration.ts'
import { silentConditions } from './node-health.ts'
import { NOT_READY, planTaints, UNREACHABLE, type Eviction } from './taints-plan.ts'
import { EVICTION_RATES, evictionRate, EvictionTurns } from './zones.ts'

const now = '2026-01-01T00:00:00Z'

function node(
  conditions: Readonly<Record<string, string>>,
  { taints, unschedulable }: { taints?: readonly Taint[]; unschedulable?: boolean } = {},
): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', uid: 'u', resourceVersion: '1', creationTimestamp: now },
    spec: { ...(taints && { taints }), ...(unschedulable && { unschedulable }) },
    status: {
      conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })),
    } as unknown as Node['status'],
  }
}

const plan = (of: Node, eviction: Eviction = 'now') =>
  planTaints(of, { eviction, now }).map(({ key, effect }) => `${key}:${effect}`)

test('planTaints() tells in taints what is wrong with a node', () => {
  assert.deepEqual(plan(node({ Ready: 'True' })), [])
  assert.deepEqual(plan(node({ Ready: 'False' })), [
    `${NOT_READY}:NoSchedule`,
    `${NOT_READY}:NoExecute`,
  ])
  const strained = node({ Ready: 'True', DiskPressure: 'True' }, { unschedulable: true })
  assert.deepEqual(plan(strained), [
    'node.kubernetes.io/disk-pressure:NoSchedule',
    'node.kubernetes.io/unschedulable:NoSchedule',
  ])
})

test('planTaints() drives Pods away only when it may, and goes on where it has begun', () => {
  const unknown = { Ready: 'Unknown' }
  assert.deepEqual(plan(node(unknown), 'wait'), [`${UNREACHABLE}:NoSchedule`])
  const taints: readonly Taint[] = [{ key: NOT_READY, effect: 'NoExecute', timeAdded: now }]
  assert.deepEqual(plan(node(unknown, { taints }), 'wait'), [
    `${UNREACHABLE}:NoSchedule`,
    `${UNREACHABLE}:NoExecute`,
  ])
  assert.deepEqual(plan(node(unknown, { taints }), 'never'), [`${UNREACHABLE}:NoSchedule`])
})

test('planTaints() leaves taints of others alone, and changes nothing without need', () => {
  const taints: readonly Taint[] = [{ key: 'example.com/gpu', effect: 'NoSchedule' }]
  const ready = node({ Ready: 'True' }, { taints })
  assert.equal(planTaints(ready, { eviction: 'now', now }), taints)
  const more = [...taints, { key: NOT_READY, effect: 'NoExecute' } as const]
  assert.deepEqual(plan(node({ Ready: 'True' }, { taints: more })), ['example.com/gpu:NoSchedule'])
})

test('silentConditions() says that nobody knows, once', () => {
  const silent = silentConditions(node({ Ready: 'True', NetworkUnavailable: 'False' }), now)
  const facts = silent.map(({ type, status, reason }) => `${type} ${status} ${reason}`)
  assert.deepEqual(facts, [
    'Ready Unknown NodeStatusUnknown',
    'NetworkUnavailable False undefined',
    'MemoryPressure Unknown NodeStatusNeverUpdated',
    'DiskPressure Unknown NodeStatusNeverUpdated',
    'PIDPressure Unknown NodeStatusNeverUpdated',
  ])
  const told = { ...node({}), status: { conditions: silent } as unknown as Node['status'] }
  assert.equal(silentConditions(told, 'later'), silent)
})

test('evictionRate() is low where much of a zone fails, and zero where nothing is left', () => {
  const rate = (zone: [number, number], ...others: [number, number][]) => {
    const [own, ...rest] = [zone, ...others].map(([ready, failed]) => ({ ready, failed }))
    return evictionRate(own!, [own!, ...rest], EVICTION_RATES)
  }
  assert.equal(rate([10, 1]), 0.1)
  assert.equal(rate([1, 2]), 0.1)
  assert.equal(rate([4, 6]), 0)
  assert.equal(rate([40, 60]), 0.01)
  assert.equal(rate([0, 5], [10, 0]), 0.1)
  assert.equal(rate([0, 5]), 0)
})

test('EvictionTurns gives each zone turns of its own', () => {
  const turns = new EvictionTurns()
  assert.equal(turns.msUntilNext('a', 0.1, 0), 0)
  turns.take('a', 0)
  assert.equal(turns.msUntilNext('a', 0.1, 4000), 6000)
  assert.equal(turns.msUntilNext('b', 0.1, 4000), 0)
  assert.equal(turns.msUntilNext('b', 0, 4000), undefined)
})
