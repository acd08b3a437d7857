import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { AnyObject } from '../../client/dynamic-class.ts'
import { planDeletion, type OwnerState } from './deletion-plan.ts'
import {
  FOREGROUND_FINALIZER,
  ORPHAN_FINALIZER,
  OwnerGraph,
  type Consequences,
  type GraphNode,
} from './owner-graph.ts'

type Metadata = Partial<AnyObject['metadata']>

const reference = (uid: string, blockOwnerDeletion = false) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: uid,
  uid,
  blockOwnerDeletion,
})

const object = (uid: string, owners: readonly string[] = [], more: Metadata = {}): AnyObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    namespace: 'default',
    name: uid,
    uid,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ownerReferences: owners.map((owner) => reference(owner)),
    ...more,
  },
})

const deleting = (finalizer: string): Metadata => ({
  deletionTimestamp: '2026-01-01T00:00:00Z',
  finalizers: [finalizer],
})

const uids = ({ attempt, orphan }: Consequences) => [
  attempt.map(({ uid }) => uid),
  orphan.map(({ uid }) => uid),
]

test('OwnerGraph has an owner that nobody has seen verified, once', () => {
  const graph = new OwnerGraph()
  assert.deepEqual(uids(graph.put(object('a', ['owner']))), [['owner'], []])
  assert.deepEqual(uids(graph.put(object('b', ['owner']))), [[], []])
  assert.equal(graph.get('owner')?.isVirtual, true)
  assert.deepEqual(uids(graph.remove('owner')), [['a', 'b'], []])
})

test('OwnerGraph knows an owner that comes after its dependents', () => {
  const graph = new OwnerGraph()
  graph.put(object('a', ['owner']))
  graph.put(object('owner'))
  assert.equal(graph.get('owner')?.isVirtual, false)
  assert.deepEqual(uids(graph.remove('owner')), [['a'], []])
})

test('OwnerGraph tells every dependent of an absent owner, however late it is seen', () => {
  const graph = new OwnerGraph()
  graph.put(object('a', ['owner']))
  assert.deepEqual(uids(graph.remove('owner')), [['a'], []])
  assert.deepEqual(uids(graph.put(object('late', ['owner']))), [['late'], []])
  assert.equal(graph.get('owner')?.isAbsent, true)
  graph.remove('a')
  graph.remove('late')
  assert.equal(graph.size, 0)
})

test('OwnerGraph tells of dependents in another namespace than their owner, whichever is seen first', () => {
  const strays = ({ strays = [] }: Consequences) => strays.map(({ dependent }) => dependent.uid)
  const graph = new OwnerGraph()
  const elsewhere = { namespace: 'other' }
  assert.deepEqual(strays(graph.put(object('early', ['owner'], elsewhere))), [])
  graph.put(object('child', ['owner']))
  assert.deepEqual(strays(graph.put(object('owner'))), ['early'])
  assert.deepEqual(strays(graph.put(object('owner'))), [])
  assert.deepEqual(strays(graph.put(object('late', ['owner'], elsewhere))), ['late'])
})

test('OwnerGraph forgets an owner that nobody names any more', () => {
  const graph = new OwnerGraph()
  graph.put(object('a', ['owner']))
  graph.put(object('a'))
  assert.equal(graph.get('owner'), undefined)
  assert.equal(graph.size, 1)
})

test('OwnerGraph tells who is touched by a foreground deletion, and by its end', () => {
  const graph = new OwnerGraph()
  graph.put(object('owner'))
  graph.put(object('a', ['owner']))
  const begun = graph.put(object('owner', [], deleting(FOREGROUND_FINALIZER)))
  assert.deepEqual(uids(begun), [['a', 'owner'], []])
  assert.deepEqual(uids(graph.remove('a')), [['owner'], []])
})

test('OwnerGraph tells who is to set its dependents free', () => {
  const graph = new OwnerGraph()
  const begun = graph.put(object('owner', [], deleting(ORPHAN_FINALIZER)))
  assert.deepEqual(uids(begun), [[], ['owner']])
})

test('OwnerGraph looks again at an owner whose dependent does not hold it up any more', () => {
  const graph = new OwnerGraph()
  graph.put(object('owner'))
  graph.put(object('a', [], { ownerReferences: [reference('owner', true)] }))
  assert.deepEqual(uids(graph.put(object('a', ['owner']))), [['owner'], []])
})

function nodeOf(owners: readonly string[], more: Metadata = {}): GraphNode {
  const graph = new OwnerGraph()
  graph.put(object('node', owners, more))
  return graph.get('node')!
}

const states =
  (of: Readonly<Record<string, OwnerState>>) =>
  ({ uid }: { uid: string }) =>
    of[uid]!

test('planDeletion() leaves alone what has an owner, and forgets owners that are gone', () => {
  const node = nodeOf(['a', 'b'])
  assert.deepEqual(planDeletion(node, [], states({ a: 'there', b: 'there' })), { type: 'nothing' })
  const uidsGone = { type: 'disown', uids: ['b'] }
  assert.deepEqual(planDeletion(node, [], states({ a: 'there', b: 'absent' })), uidsGone)
  const going = states({ a: 'there', b: 'deleting dependents' })
  assert.deepEqual(planDeletion(node, [], going), uidsGone)
})

test('planDeletion() deletes what has no owner left, as whoever asked before wanted', () => {
  const gone = states({ a: 'absent' })
  const policy = (finalizers: readonly string[]) => {
    const plan = planDeletion(nodeOf(['a']), finalizers, gone)
    return plan.type === 'delete' && plan.policy
  }
  assert.deepEqual(
    [policy([]), policy([FOREGROUND_FINALIZER]), policy([ORPHAN_FINALIZER])],
    ['Background', 'Foreground', 'Orphan'],
  )
})

test('planDeletion() ends a foreground deletion once nothing holds it up', () => {
  const graph = new OwnerGraph()
  graph.put(object('owner', [], deleting(FOREGROUND_FINALIZER)))
  graph.put(object('free', ['owner']))
  graph.put(object('held', [], { ownerReferences: [reference('owner', true)] }))
  const plan = () => planDeletion(graph.get('owner')!, [FOREGROUND_FINALIZER], () => 'there')
  const first = plan()
  assert.deepEqual(first.type === 'wait' && first.dependents.map(({ uid }) => uid), ['held'])
  graph.remove('held')
  assert.deepEqual(plan(), { type: 'finish' })
})

test('planDeletion() breaks a ring of objects that wait for each other', () => {
  const graph = new OwnerGraph()
  graph.put(object('a', ['b'], deleting(FOREGROUND_FINALIZER)))
  graph.put(object('b', ['a']))
  const plan = planDeletion(graph.get('b')!, [], () => 'deleting dependents')
  assert.deepEqual(plan, { type: 'delete', policy: 'Foreground', unblock: true })
})
