import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PodStatus } from '../../api/core/v1/common.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { NOW_MS, planned, run, runtimePod, sandbox } from '../pod-workers/testing.ts'
import type { RuntimePod } from '../runtime/runtime-pod.ts'
import { podStatus, type PodStatusContext } from './pod-status.ts'
import { statusPatch } from './status-patch.ts'

const S = [sandbox()]
const ONCE = { restartPolicy: 'Never' }
const STARTED = { startTime: '2026-01-01T00:09:00Z' }

function status(pod: Pod, runtime: RuntimePod, more: Partial<PodStatusContext> = {}): PodStatus {
  return podStatus({
    pod,
    runtime,
    waiting: new Map(),
    ended: false,
    nowMs: NOW_MS,
    hostIPs: ['192.0.2.1'],
    isReady: () => true,
    isStarted: () => true,
    resourcesOf: () => undefined,
    resizeRefusal: () => undefined,
    ...more,
  })
}

const conditions = (of: PodStatus): readonly string[] =>
  of.conditions!.map(({ type, status: is, reason, message }) =>
    [type, is, reason, message].filter(Boolean).join(' '),
  )

describe('podStatus()', () => {
  test('a Pod that has just come', () => {
    const seen = status(planned(['m']), runtimePod([]))
    assert.equal(seen.phase, 'Pending')
    assert.equal(seen.startTime, '2026-01-01T00:10:00Z')
    assert.equal(seen.podIP, undefined)
    assert.deepEqual(seen.containerStatuses, [
      {
        name: 'm',
        state: { waiting: { reason: 'ContainerCreating' } },
        lastState: {},
        ready: false,
        restartCount: 0,
        image: 'image',
        imageID: '',
        started: false,
      },
    ])
    assert.deepEqual(conditions(seen), [
      'PodReadyToStartContainers False',
      'Initialized True',
      'Ready False ContainersNotReady containers with unready status: [m]',
      'ContainersReady False ContainersNotReady containers with unready status: [m]',
      'PodScheduled True',
    ])
  })

  test('the addresses of a Pod are in the order of the families of its node', () => {
    const both = [sandbox({ ips: ['10.0.0.5', 'fd00::5'] })]
    const first = (...hostIPs: readonly string[]) =>
      status(planned(['m']), runtimePod(both, run('m')), { hostIPs }).podIP
    assert.equal(first('192.0.2.1', '2001:db8::1'), '10.0.0.5')
    assert.equal(first('2001:db8::1', '192.0.2.1'), 'fd00::5')
  })

  test('a Pod that runs and is ready', () => {
    const seen = status(planned(['m'], { status: STARTED }), runtimePod(S, run('m')))
    assert.equal(seen.phase, 'Running')
    assert.equal(seen.startTime, STARTED.startTime)
    assert.deepEqual(seen.podIPs, [{ ip: '10.0.0.5' }])
    assert.deepEqual(seen.hostIPs, [{ ip: '192.0.2.1' }])
    assert.equal(seen.qosClass, 'BestEffort')
    assert.equal(seen.observedGeneration, 1)
    const [container] = seen.containerStatuses!
    assert.deepEqual(container!.state, { running: { startedAt: '2026-01-01T00:09:00Z' } })
    assert.equal(container!.containerID, 'containerd://m-id')
    assert.ok(seen.conditions!.every(({ status: is }) => is === 'True'))
  })

  test('init containers hold a Pod back', () => {
    const pod = planned(['m'], { spec: { initContainers: ['a', 'b'] } })
    const seen = status(pod, runtimePod(S, run('a', 0), run('b')))
    assert.equal(seen.phase, 'Pending')
    assert.deepEqual(
      seen.initContainerStatuses!.map(({ ready }) => ready),
      [true, false],
    )
    assert.deepEqual(seen.containerStatuses![0]!.state, { waiting: { reason: 'PodInitializing' } })
    assert.equal(
      conditions(seen)[1],
      'Initialized False ContainersNotInitialized containers with incomplete status: [b]',
    )
  })

  test('a crash loop', () => {
    const waits = { reason: 'CrashLoopBackOff', message: 'back-off' }
    const runs = runtimePod(S, run('m', 1, { attempt: 3, message: 'bye' }), run('m', 2))
    const seen = status(planned(['m']), runs, { waiting: new Map([['m', waits]]) })
    assert.equal(seen.phase, 'Running')
    const [container] = seen.containerStatuses!
    assert.deepEqual(container!.state, { waiting: waits })
    assert.equal(container!.lastState.terminated?.message, 'bye')
    assert.equal(container!.lastState.terminated?.reason, 'Error')
    assert.equal(container!.restartCount, 3)
  })

  test('phases of Pods that run once', () => {
    const pod = planned(['m', 'n'], { spec: ONCE })
    const phase = (m?: number, n?: number) =>
      status(pod, runtimePod(S, run('m', m), run('n', n))).phase
    assert.equal(phase(0, 0), 'Succeeded')
    assert.equal(phase(0, 1), 'Failed')
    assert.equal(phase(1, undefined), 'Running')
    const done = status(pod, runtimePod(S, run('m', 0), run('n', 0)))
    assert.deepEqual(conditions(done).slice(1, 4), [
      'Initialized True PodCompleted',
      'Ready False PodCompleted',
      'ContainersReady False PodCompleted',
    ])
  })

  test('a Pod that was stopped has ended, whatever its policy', () => {
    const phase = (code: number) =>
      status(planned(['m']), runtimePod([], run('m', code)), { ended: true }).phase
    assert.equal(phase(0), 'Succeeded')
    assert.equal(phase(143), 'Failed')
    assert.equal(status(planned(['m']), runtimePod([]), { ended: true }).phase, 'Pending')
  })

  test('readiness gates', () => {
    const spec = { readinessGates: [{ conditionType: 'x/a' }] }
    const ready = (more: Partial<Pod['status']>) =>
      conditions(status(planned(['m'], { spec, status: more }), runtimePod(S, run('m'))))[2]
    assert.equal(
      ready({}),
      'Ready False ReadinessGatesNotReady corresponding condition of pod readiness gate "x/a" does not exist.',
    )
    assert.equal(
      ready({ conditions: [{ type: 'x/a', status: 'False' }] }),
      'Ready False ReadinessGatesNotReady the status of pod readiness gate "x/a" is not "True", but False',
    )
    assert.equal(ready({ conditions: [{ type: 'x/a', status: 'True' }] }), 'Ready True')
  })

  test('keeps what others say, and when conditions changed', () => {
    const foreign = { type: 'x/a', status: 'True', lastTransitionTime: '2026-01-01T00:00:01Z' }
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:02Z' }
    const pod = planned(['m'], { status: { conditions: [foreign, ready] } })
    const seen = status(pod, runtimePod(S, run('m')))
    assert.deepEqual(
      seen.conditions!.find(({ type }) => type === 'x/a'),
      foreign,
    )
    const times = seen.conditions!.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])
    assert.equal(Object.fromEntries(times)['Ready'], '2026-01-01T00:00:02Z')
    assert.equal(Object.fromEntries(times)['Initialized'], '2026-01-01T00:10:00Z')
  })

  test('a container that the runtime lost is reported as lost', () => {
    const reported = status(planned(['m']), runtimePod(S, run('m')))
    const pod = planned(['m'], { spec: ONCE, status: reported })
    const seen = status(pod, runtimePod([]), { ended: true })
    assert.equal(seen.containerStatuses![0]!.state.terminated?.reason, 'ContainerStatusUnknown')
    assert.equal(seen.containerStatuses![0]!.state.terminated?.exitCode, 137)
  })
})

describe('statusPatch()', () => {
  const before = status(planned(['m']), runtimePod([]))

  test('is none where nothing changed', () => {
    assert.equal(statusPatch(before, structuredClone(before)), undefined)
  })

  test('has what changed alone', () => {
    const after = status(planned(['m'], { status: before }), runtimePod(S))
    assert.deepEqual(statusPatch(before, after), {
      podIP: '10.0.0.5',
      podIPs: [{ ip: '10.0.0.5' }],
      conditions: [
        {
          type: 'PodReadyToStartContainers',
          status: 'True',
          lastTransitionTime: '2026-01-01T00:10:00Z',
          reason: null,
          message: null,
          observedGeneration: 1,
        },
      ],
    })
  })

  test('takes back addresses that are gone', () => {
    const from = { ...before, podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }
    const to = { ...before, podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.2' }] }
    assert.deepEqual(statusPatch(from, to)?.['podIPs'], [
      { ip: '10.0.0.2' },
      { ip: '10.0.0.1', $patch: 'delete' },
    ])
  })
})
