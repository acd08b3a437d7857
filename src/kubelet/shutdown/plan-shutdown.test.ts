import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_CONFIGURATION } from '../config/parse-kubelet-configuration.ts'
import { planned } from '../pod-workers/testing.ts'
import { isAboutToStop } from './inhibitor.node.ts'
import { planShutdown, shutdownSeconds } from './plan-shutdown.ts'

const pods = [0, 500, 100_000, 2_000_001_000].map((priority) =>
  planned(['c'], { metadata: { name: String(priority) }, spec: { priority } }),
)

function groups(settings: Partial<typeof DEFAULT_CONFIGURATION>) {
  return planShutdown(pods, { ...DEFAULT_CONFIGURATION, ...settings }).map((group) => ({
    names: group.pods.map(({ metadata }) => metadata.name),
    seconds: group.seconds,
  }))
}

test('planShutdown() lets critical Pods end last, in the time that is theirs', () => {
  const settings = { shutdownGracePeriod: '30s', shutdownGracePeriodCriticalPods: '10s' }
  assert.deepEqual(groups(settings), [
    { names: ['0', '500', '100000'], seconds: 20 },
    { names: ['2000001000'], seconds: 10 },
  ])
  assert.equal(shutdownSeconds({ ...DEFAULT_CONFIGURATION, ...settings }), 30)
})

test('planShutdown() follows the priorities that are named', () => {
  const shutdownGracePeriodByPodPriority = [
    { priority: 100_000, shutdownGracePeriodSeconds: 10 },
    { priority: 400, shutdownGracePeriodSeconds: 60 },
  ]
  assert.deepEqual(groups({ shutdownGracePeriodByPodPriority }), [
    { names: ['0', '500'], seconds: 60 },
    { names: ['100000', '2000001000'], seconds: 10 },
  ])
})

test('planShutdown() ends none where a node may not wait', () => {
  assert.deepEqual(groups({}), [])
})

test('isAboutToStop() tells a shutdown from one that was called off', () => {
  const line = (active: boolean) =>
    JSON.stringify({
      type: 'signal',
      member: 'PrepareForShutdown',
      payload: { type: 'b', data: [active] },
    })
  const lines = [line(true), line(false), 'no JSON']
  assert.deepEqual(lines.map(isAboutToStop), [true, false, undefined])
})
