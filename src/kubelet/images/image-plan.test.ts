import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageEvents, planImage, pullFailure } from './image-plan.ts'
import { pullBackoff } from './pull-backoff.ts'

test('planImage() follows the pull policy', () => {
  assert.equal(planImage('Always', true), 'pull')
  assert.equal(planImage('Always', false), 'pull')
  assert.equal(planImage('IfNotPresent', true), 'use')
  assert.equal(planImage('IfNotPresent', false), 'pull')
  assert.equal(planImage('Never', true), 'use')
  assert.equal(planImage('Never', false), 'refuse')
})

test('pullFailure() tells a registry that is away from an image that is missing', () => {
  assert.deepEqual(pullFailure('busybox', 'rpc error: code = NotFound desc = no'), {
    reason: 'ErrImagePull',
    message: 'rpc error: code = NotFound desc = no',
  })
  assert.deepEqual(pullFailure('busybox', 'RegistryUnavailable: try later'), {
    reason: 'RegistryUnavailable',
    message: 'image pull failed for busybox because the registry is unavailable: try later',
  })
})

test('imageEvents words a pull as upstream does', () => {
  assert.equal(
    imageEvents.pulled('busybox:1', 1234.9, 61_500, 4711).message,
    'Successfully pulled image "busybox:1" in 1.234s (1m1.5s including waiting). Image size: 4711 bytes.',
  )
})

test('pullBackoff() waits 10 seconds, doubling up to 5 minutes, and forgets after 10', () => {
  const backoff = pullBackoff()
  const waits: number[] = []
  let now = 0
  for (let failure = 1; failure <= 7; failure += 1) {
    backoff.failed('pod_image', `failure ${failure}`, now)
    const { untilMs, message } = backoff.waiting('pod_image', now)!
    assert.equal(message, `failure ${failure}`)
    waits.push((untilMs - now) / 1000)
    now = untilMs
    assert.equal(backoff.waiting('pod_image', now), undefined)
  }
  assert.deepEqual(waits, [10, 20, 40, 80, 160, 300, 300])
  assert.equal(backoff.waiting('other', now), undefined)

  now += 700_000
  backoff.collect(now)
  backoff.failed('pod_image', 'again', now)
  assert.equal(backoff.waiting('pod_image', now)?.untilMs, now + 10_000)
})
