import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { ADD, DELETE, on, queueIf } from '../framework/cluster-event.ts'
import type { Plugin } from '../framework/plugin.ts'
import { Profile } from '../framework/profile.ts'
import { schedulingGates } from '../plugins/scheduling-gates/scheduling-gates.ts'
import { everywhere, nodeWith, podWith } from '../testing.ts'
import { HintMap } from './hints.ts'
import { SchedulingQueue } from './scheduling-queue.ts'

const picky: Plugin = {
  name: 'Picky',
  events: [on('Node', ADD, (_pod, { after }) => queueIf(after?.metadata.name === 'good'))],
}
const nodeAdded = (name: string) =>
  ({ resource: 'Node', action: ADD, after: nodeWith(name) }) as const
const byPicky = new Set(['Picky'])

function setup() {
  const clock = virtualClock()
  const profile = new Profile('default-scheduler', everywhere(schedulingGates, picky))
  const hints = new HintMap(profile.parts.plugins)
  const gated: string[] = []
  const queue = new SchedulingQueue({
    clock,
    compare: (a, b) => profile.compare(a, b),
    preEnqueue: (pod) => profile.preEnqueue(pod),
    hintsOf: () => hints,
    onReady: () => undefined,
    onGated: ({ metadata }) => gated.push(metadata.name),
  })
  const popped = (): string | undefined => queue.pop()?.info.pod.metadata.name
  return { clock, queue, gated, popped }
}

const prioritised = (name: string, priority: number): Pod => podWith(name, { spec: { priority } })

test('Pods come out by priority, then in the order in which they came', async () => {
  const { clock, queue, popped } = setup()
  queue.add(prioritised('a', 1))
  await clock.advance(1)
  queue.add(prioritised('b', 2))
  await clock.advance(1)
  queue.add(prioritised('c', 1))
  assert.deepEqual([popped(), popped(), popped(), popped()], ['b', 'a', 'c', undefined])
})

test('a rejected Pod comes back for an event that its plugin thinks may help, and for no other', async () => {
  const { clock, queue, popped } = setup()
  queue.add(podWith('a'))
  queue.reject(queue.pop()!, byPicky)
  await clock.advance(20_000)
  queue.onEvent(nodeAdded('bad'))
  queue.onEvent({ resource: 'AssignedPod', action: DELETE })
  assert.equal(popped(), undefined)
  queue.onEvent(nodeAdded('good'))
  assert.equal(popped(), 'a')
})

test('an event during the cycle of a Pod counts', () => {
  const { queue, popped } = setup()
  queue.add(podWith('a'))
  const queued = queue.pop()!
  queue.onEvent(nodeAdded('good'))
  queue.reject(queued, byPicky)
  assert.equal(popped(), 'a')
})

test('a Pod that met an error waits 1 s, then 2 s, up to 10 s', async () => {
  const { clock, queue, popped } = setup()
  queue.add(podWith('a'))
  for (const seconds of [1, 2, 4, 8, 10, 10]) {
    queue.retry(queue.pop()!)
    await clock.advance(seconds * 1000 - 1)
    assert.equal(popped(), undefined)
    await clock.advance(1)
  }
  assert.equal(popped(), 'a')
})

test('a Pod that nothing helps is tried again after five minutes', async () => {
  const { clock, queue, popped } = setup()
  queue.add(podWith('a'))
  queue.reject(queue.pop()!, byPicky)
  await clock.advance(5 * 60_000 - 1)
  assert.equal(popped(), undefined)
  await clock.advance(1)
  assert.equal(popped(), 'a')
})

test('a gated Pod is told of once and is not tried', () => {
  const { queue, gated, popped } = setup()
  const pod = podWith('a', { spec: { schedulingGates: [{ name: 'x' }] } })
  queue.add(pod)
  assert.equal(popped(), undefined)
  assert.deepEqual(gated, ['a'])
  assert.equal(queue.counts.gated, 1)
})

test('a Pod that is deleted while it is tried does not come back', () => {
  const { queue, popped } = setup()
  queue.add(podWith('a'))
  const queued = queue.pop()!
  queue.delete('uid-a')
  queue.reject(queued, byPicky)
  queue.onEvent(nodeAdded('good'))
  assert.equal(popped(), undefined)
  assert.deepEqual(
    { ...queue.counts, gone: 0 },
    { active: 0, backoff: 0, unschedulable: 0, gated: 0, inFlight: 0, gone: 0 },
  )
})
