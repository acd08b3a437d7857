import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { MetricSet } from '../base/metrics.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { measuredQueue } from './measured-queue.ts'
import { controllerMetrics } from './metrics.ts'

test('controllerMetrics() tells of queues by the names of client-go', async () => {
  const clock = virtualClock()
  const set = new MetricSet()
  const metrics = controllerMetrics(set)
  using queue = measuredQueue('deployment', { clock, metrics })
  queue.add('a')
  queue.add('a') // It waits already.
  queue.add('b')
  await clock.advance(2000)
  const key = await queue.take()
  await clock.advance(500)
  const during = await set.text()
  assert.match(during, /^workqueue_depth\{name="deployment"\} 1$/m)
  assert.match(during, /^workqueue_adds_total\{name="deployment"\} 2$/m)
  assert.match(during, /^workqueue_queue_duration_seconds_sum\{name="deployment"\} 2$/m)
  assert.match(during, /^workqueue_unfinished_work_seconds\{name="deployment"\} 0.5$/m)
  assert.match(during, /^workqueue_longest_running_processor_seconds\{name="deployment"\} 0.5$/m)
  queue.retry(key!)
  queue.done(key!)
  const after = await set.text()
  assert.match(after, /^workqueue_retries_total\{name="deployment"\} 1$/m)
  assert.match(after, /^workqueue_work_duration_seconds_sum\{name="deployment"\} 0.5$/m)
  assert.match(after, /^workqueue_unfinished_work_seconds\{name="deployment"\} 0$/m)
})

test('controllerMetrics() tells which controllers run', async () => {
  const set = new MetricSet()
  const running = controllerMetrics(set).running('job-controller')
  const line =
    /^running_managed_controllers\{name="job-controller",manager="kube-controller-manager"\} /
  const told = async () => (await set.text()).split('\n').find((each) => line.test(each))
  assert.match((await told())!, / 1$/)
  running[Symbol.dispose]()
  assert.match((await told())!, / 0$/)
})
