import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { asking, testScheduler } from '../testing.ts'

const PROFILE = 'profile="default-scheduler"'

test('a scheduler tells what it does, by the names that kube-scheduler has', async () => {
  await using cluster = await testScheduler()
  await cluster.addNode('a')
  await cluster.addPod('fits')
  await cluster.addPod('huge', { spec: asking({ cpu: '100' }) })
  await cluster.addPod('gated', { spec: { schedulingGates: [{ name: 'wait' }] } })
  await cluster.settle()
  const lines = new Set((await cluster.metrics.text()).split('\n'))
  for (const line of [
    `scheduler_schedule_attempts_total{result="scheduled",${PROFILE}} 1`,
    `scheduler_schedule_attempts_total{result="unschedulable",${PROFILE}} 1`,
    `scheduler_scheduling_attempt_duration_seconds_count{result="scheduled",${PROFILE}} 1`,
    'scheduler_scheduling_algorithm_duration_seconds_count 2',
    'scheduler_pod_scheduling_attempts_count 1',
    'scheduler_pod_scheduling_sli_duration_seconds_count{attempts="1"} 1',
    'scheduler_pending_pods{queue="active"} 0',
    'scheduler_pending_pods{queue="unschedulable"} 1',
    'scheduler_pending_pods{queue="gated"} 1',
    'scheduler_queue_incoming_pods_total{queue="active",event="PodAdd"} 2',
    'scheduler_queue_incoming_pods_total{queue="unschedulable",event="ScheduleAttemptFailure"} 1',
    'scheduler_cache_size{type="nodes"} 1',
    'scheduler_cache_size{type="assumed_pods"} 0',
    `scheduler_unschedulable_pods{plugin="NodeResourcesFit",${PROFILE}} 1`,
    `scheduler_unschedulable_pods{plugin="SchedulingGates",${PROFILE}} 1`,
    `scheduler_framework_extension_point_duration_seconds_count{extension_point="Filter",status="Success",${PROFILE}} 2`,
    `scheduler_framework_extension_point_duration_seconds_count{extension_point="Bind",status="Success",${PROFILE}} 1`,
    'scheduler_plugin_execution_duration_seconds_count{plugin="NodeName",extension_point="Filter",status="Success"} 1',
    `scheduler_plugin_evaluation_total{plugin="NodeName",extension_point="Filter",${PROFILE}} 2`,
  ])
    assert.ok(lines.has(line), `${line} is missing from\n${[...lines].join('\n')}`)
})

test('preemption is counted with its victims', async () => {
  await using cluster = await testScheduler()
  await cluster.addNode('a')
  await cluster.addPod('low', { spec: asking({ cpu: '4' }) })
  await cluster.settle()
  await cluster.addPod('high', { spec: asking({ cpu: '4' }, { priority: 10 }) })
  await cluster.settle()
  const text = await cluster.metrics.text()
  assert.match(text, /^scheduler_preemption_attempts_total 1$/m)
  assert.match(text, /^scheduler_preemption_victims_sum 1$/m)
})
