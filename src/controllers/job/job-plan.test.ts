import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Job } from '../../api/batch/v1/job.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { storedPod } from '../testing.ts'
import { judgeFailure } from './failure-policy.ts'
import { COMPLETION_INDEX, formatIndexes, freeIndexes, parseIndexes } from './indexes.ts'
import { endMs, NO_FAILURES, recordEnds, replacementWaitMs } from './job-backoff.ts'
import { outcomeOf } from './job-outcome.ts'
import { planJob, type PlanTimes } from './job-plan.ts'
import { indexedPod, TRACKING_FINALIZER } from './job-pods.ts'
import { tallyPods } from './job-tally.ts'
import { metSuccessRule } from './success-policy.ts'

const nowMs = Date.parse('2026-01-01T01:00:00Z')

function job(spec: Partial<Job['spec']> = {}, status: Job['status'] = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'sum',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      parallelism: 2,
      completions: 4,
      backoffLimit: 2,
      template: { metadata: {}, spec: { containers: [{ name: 'main' }] } as never },
      ...spec,
    },
    status,
  }
}

function pod(name: string, phase: Pod['status']['phase'], index?: number): Pod {
  return storedPod(name, {
    metadata: {
      finalizers: [TRACKING_FINALIZER],
      ...(index !== undefined && { annotations: { [COMPLETION_INDEX]: String(index) } }),
    },
    status: { phase },
  })
}

const times: PlanTimes = { nowMs, waitMs: 0, indexWaitMs: () => 0 }
const plan = (of: Job, pods: readonly Pod[], more: Partial<PlanTimes> = {}) =>
  planJob(of, tallyPods(of, pods), { ...times, ...more })
const outcome = (of: Job, pods: readonly Pod[]) => outcomeOf(of, pods, tallyPods(of, pods), nowMs)

test('parseIndexes() reads what formatIndexes() writes', () => {
  assert.equal(formatIndexes(new Set([7, 1, 3, 4, 5, 9, 10])), '1,3-5,7,9,10')
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), (list) => {
      assert.deepEqual(
        parseIndexes(formatIndexes(new Set(list)), 100),
        new Set(list.toSorted((a, b) => a - b)),
      )
    }),
  )
  assert.deepEqual([...parseIndexes('0-9,x,', 3)], [0, 1, 2])
  assert.deepEqual(freeIndexes(new Set([0, 2]), 5, 2), [1, 3])
})

test('planJob() starts as many Pods as may run, and no more than are missing', () => {
  assert.equal(plan(job(), []).create, 2)
  assert.equal(plan(job(), [pod('a', 'Running')]).create, 1)
  assert.equal(plan(job({}, { succeeded: 3 }), []).create, 1)
  assert.equal(plan(job({ suspend: true }), []).create, 0)
})

test('planJob() starts no more Pods of a work queue once one has succeeded', () => {
  const { completions: _, ...spec } = job().spec
  const queue = { ...job(), spec }
  assert.equal(plan(queue, []).create, 2)
  assert.equal(plan(queue, [pod('a', 'Succeeded'), pod('b', 'Running')]).create, 0)
})

test('planJob() stops Pods when the Job is suspended, or needs fewer', () => {
  const running = [pod('a', 'Running'), pod('b', 'Running')]
  assert.equal(plan(job({ suspend: true }), running).remove.length, 2)
  assert.equal(plan(job({ parallelism: 1 }), running).remove.length, 1)
})

test('planJob() gives each index one Pod', () => {
  const indexed = job({ completionMode: 'Indexed' })
  assert.deepEqual(plan(indexed, []).indexes, [0, 1])
  const some = [pod('a', 'Succeeded', 0), pod('b', 'Running', 1)]
  assert.deepEqual(plan(indexed, some).indexes, [2])
  const doubled = [pod('a', 'Running', 1), pod('b', 'Pending', 1), pod('c', 'Running', 9)]
  assert.deepEqual(new Set(plan(indexed, doubled).remove), new Set([doubled[1], doubled[2]]))
})

test('planJob() waits before it replaces failed Pods: all of them, or each index by itself', () => {
  const waitMs = 5000
  assert.deepEqual(plan(job(), [], { waitMs }), { remove: [], create: 0, indexes: [], waitMs })
  const limited = job({ completionMode: 'Indexed', backoffLimitPerIndex: 3, parallelism: 4 })
  const indexWaitMs = (index: number) => [0, 3000, 0, 2000][index]!
  assert.deepEqual(plan(limited, [], { waitMs, indexWaitMs }), {
    remove: [],
    create: 2,
    indexes: [0, 2],
    waitMs: 2000,
  })
})

test('indexedPod() tells its index in name, labels, hostname and environment', () => {
  const { metadata, spec } = indexedPod(job(), 3, { counted: 1, ignored: 2 })
  assert.equal(metadata?.generateName, 'sum-3-')
  assert.equal(spec?.hostname, 'sum-3')
  assert.deepEqual(metadata?.annotations, {
    'batch.kubernetes.io/job-completion-index': '3',
    'batch.kubernetes.io/job-index-failure-count': '1',
    'batch.kubernetes.io/job-index-ignored-failure-count': '2',
  })
  assert.deepEqual(metadata?.finalizers, [TRACKING_FINALIZER])
  assert.equal(spec?.containers[0]?.env?.[0]?.name, 'JOB_COMPLETION_INDEX')
})

test('outcomeOf() ends a Job when enough Pods have succeeded and none runs', () => {
  const three = job({}, { succeeded: 3 })
  assert.equal(outcome(three, []), undefined)
  assert.equal(outcome(three, [pod('a', 'Succeeded'), pod('b', 'Running')]), undefined)
  assert.deepEqual(outcome(three, [pod('a', 'Succeeded')]), {
    type: 'SuccessCriteriaMet',
    reason: 'CompletionsReached',
    message: 'Reached expected number of succeeded pods',
  })
})

test('outcomeOf() fails a Job at its limits', () => {
  const reason = (of: Job, pods: readonly Pod[]) => outcome(of, pods)?.reason
  assert.equal(reason(job({}, { failed: 2 }), [pod('a', 'Running')]), undefined)
  assert.equal(reason(job({}, { failed: 2 }), [pod('a', 'Failed')]), 'BackoffLimitExceeded')
  const startTime = '2026-01-01T00:00:00Z'
  assert.equal(reason(job({ activeDeadlineSeconds: 3600 }, { startTime }), []), 'DeadlineExceeded')
  assert.equal(reason(job({ activeDeadlineSeconds: 3601 }, { startTime }), []), undefined)
  const indexed = job({ completionMode: 'Indexed', backoffLimitPerIndex: 0, maxFailedIndexes: 1 })
  assert.equal(reason(indexed, [pod('a', 'Failed', 0)]), undefined)
  const two = [pod('a', 'Failed', 0), pod('b', 'Failed', 1)]
  assert.equal(reason(indexed, two), 'MaxFailedIndexesExceeded')
})

test('judgeFailure() finds the first rule that matches', () => {
  const exited = storedPod('p', {
    status: {
      phase: 'Failed',
      conditions: [{ type: 'DisruptionTarget', status: 'True' }],
      containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 42 } } } as never],
    },
  })
  const onExitCodes = { operator: 'In', values: [42] } as const
  const rules = [
    { action: 'Count', onExitCodes: { ...onExitCodes, containerName: 'other' } },
    { action: 'FailJob', onExitCodes },
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  ] as const
  assert.deepEqual(judgeFailure({ rules }, exited), {
    action: 'FailJob',
    message:
      'Container main for pod default/p failed with exit code 42 matching FailJob rule at index 1',
  })
  assert.deepEqual(judgeFailure({ rules: [rules[2]] }, exited).action, 'Ignore')
  assert.equal(judgeFailure({ rules: [rules[0]] }, exited).action, undefined)
})

test('metSuccessRule() finds the first rule that is met', () => {
  const rules = [{ succeededIndexes: '0,2' }, { succeededCount: 3 }]
  assert.equal(metSuccessRule({ rules }, new Set([0, 1]), 5), undefined)
  assert.equal(metSuccessRule({ rules }, new Set([0, 2]), 5), 0)
  assert.equal(metSuccessRule({ rules }, new Set([0, 1, 3]), 5), 1)
})

test('replacementWaitMs() grows with failures in a row, and a success forgets them', () => {
  const endedAt = (name: string, ms: number, phase: 'Failed' | 'Succeeded' = 'Failed') => {
    const terminated = { exitCode: 1, finishedAt: new Date(ms).toISOString() }
    const containerStatuses = [{ name: 'main', state: { terminated } }]
    return storedPod(name, { status: { phase, containerStatuses } as unknown as Pod['status'] })
  }
  const once = recordEnds(NO_FAILURES, [], [endedAt('a', nowMs)])
  assert.equal(replacementWaitMs(once, nowMs), 10_000)
  const thrice = recordEnds(
    once,
    [],
    ['b', 'c'].map((name) => endedAt(name, nowMs + 5000)),
  )
  assert.equal(replacementWaitMs(thrice, nowMs + 5000), 40_000)
  const again = recordEnds(thrice, [endedAt('d', nowMs + 9000, 'Succeeded')], [])
  assert.equal(replacementWaitMs(again, nowMs + 9000), 0)
})

test('endMs() goes by what tells most exactly', () => {
  const at = (seconds: number) => new Date(nowMs + seconds * 1000).toISOString()
  const metadata = { creationTimestamp: at(-100) }
  assert.equal(endMs(storedPod('a', { metadata })), nowMs - 100_000)
  const deleted = { ...metadata, deletionTimestamp: at(10), deletionGracePeriodSeconds: 30 }
  assert.equal(endMs(storedPod('a', { metadata: deleted })), nowMs - 20_000)
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: at(-5) }]
  assert.equal(endMs(storedPod('a', { metadata: deleted, status: { conditions } })), nowMs - 5000)
})
