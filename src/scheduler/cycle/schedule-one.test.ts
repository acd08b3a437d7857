import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { podInfo } from '../cache/pod-info.ts'
import { CycleState } from '../framework/cycle-state.ts'
import type { Plugin } from '../framework/plugin.ts'
import { Profile } from '../framework/profile.ts'
import { failed, unschedulable } from '../framework/status.ts'
import { asking, everywhere, podWith, testScheduler } from '../testing.ts'

const breakOnce = (): (() => undefined) => {
  let isBroken = true
  return () => {
    if (!isBroken) return undefined
    isBroken = false
    throw new Error('out of order')
  }
}

function withPlugin(plugin: Plugin) {
  const multiPoint = { enabled: [{ name: plugin.name }] }
  const profiles = [{ schedulerName: 'default-scheduler', plugins: { multiPoint } }]
  return testScheduler({
    configuration: { profiles },
    plugins: { [plugin.name]: () => plugin },
  })
}

for (const point of ['reserve', 'permit'] as const) {
  test(`a Pod is tried again after a plugin has thrown in ${point}(), and nothing is left`, async () => {
    const undone: string[] = []
    await using cluster = await withPlugin({
      name: 'Broken',
      [point]: breakOnce(),
      unreserve: (_state, { pod }) => void undone.push(pod.metadata.name),
    })
    await cluster.addNode('a')
    await cluster.settle()
    await cluster.addPod('web', { spec: asking({ cpu: '4' }) })
    await cluster.settle()
    assert.equal(await cluster.whyWaiting('web'), 'out of order')
    assert.deepEqual(undone, ['web'])
    await cluster.clock.advance(2000)
    assert.equal(await cluster.nodeOf('web'), 'a')
  })
}

test('a Pod is told of a plugin that throws in postFilter(), and waits for room', async () => {
  const postFilter = (): never => {
    throw new Error('out of order')
  }
  await using cluster = await withPlugin({ name: 'Broken', postFilter })
  await cluster.addNode('a', { spec: { unschedulable: true } })
  await cluster.settle()
  await cluster.addPod('web')
  await cluster.settle()
  const why = '0/1 nodes are available: 1 node(s) were unschedulable. out of order'
  assert.equal(await cluster.whyWaiting('web'), why)
  await cluster.addNode('b')
  await cluster.clock.advance(2000)
  assert.equal(await cluster.nodeOf('web'), 'b')
})

test('Profile.postFilter() asks nobody after a plugin that failed', async () => {
  const asked: string[] = []
  const profile = new Profile(
    'default-scheduler',
    everywhere(
      { name: 'Failing', postFilter: () => ({ status: failed(new Error('out of order')) }) },
      {
        name: 'Next',
        postFilter() {
          asked.push('Next')
          return {}
        },
      },
    ),
  )
  const outcome = await profile.postFilter(new CycleState(), podInfo(podWith('web')), new Map())
  assert.deepEqual(outcome, { message: 'out of order' })
  assert.deepEqual(asked, [])
})

const NO = unschedulable('not now')
const REFUSALS: Readonly<Record<string, unknown>> = {
  reserve: NO,
  permit: { status: NO },
  preBind: Promise.resolve(NO),
}

for (const [point, refusal] of Object.entries(REFUSALS)) {
  test(`what a Pod had is given up where a plugin says no in ${point}(), and others get it`, async () => {
    const undone: string[] = []
    let refusals = 1
    await using cluster = await withPlugin({
      name: 'Fussy',
      [point]: () => (refusals-- > 0 ? refusal : undefined),
      unreserve: (_state, { pod }) => void undone.push(pod.metadata.name),
    })
    await cluster.addNode('a')
    await cluster.settle()
    await cluster.addPod('web', { spec: asking({ cpu: '4' }) })
    await cluster.settle()
    assert.equal(await cluster.whyWaiting('web'), 'not now')
    assert.deepEqual(undone, ['web'])
    await cluster.addPod('other', { spec: asking({ cpu: '4' }) })
    await cluster.settle()
    assert.equal(await cluster.nodeOf('other'), 'a')
  })
}
