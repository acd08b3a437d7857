import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { RuntimePod } from '../runtime/runtime-pod.ts'
import { planPod } from './plan-pod.ts'
import type { PodView } from './plan-types.ts'
import { NOW_MS, planned, run, runtimePod, sandbox, short, viewOf } from './testing.ts'

const S = [sandbox()]
const INIT = { initContainers: ['a', 'b'] }
const SIDE = {
  initContainers: [
    { name: 's', restartPolicy: 'Always' },
    'i',
    { name: 't', restartPolicy: 'Always' },
  ],
}
const ONCE = { restartPolicy: 'Never' }
const ON_FAILURE = { restartPolicy: 'OnFailure' }
const DELETED = { deletionTimestamp: '2026-01-01T00:10:00Z', deletionGracePeriodSeconds: 7 }

type Case = readonly [
  name: string,
  pod: Pod,
  runtime: RuntimePod,
  plan: readonly string[],
  more?: Partial<PodView>,
]

const CASES: readonly Case[] = [
  ['makes a sandbox first', planned(['m']), runtimePod([]), ['sandbox 0']],
  [
    'starts all regular containers, in order',
    planned(['m', 'n']),
    runtimePod(S),
    ['start regular m', 'start regular n'],
  ],
  ['leaves alone what runs', planned(['m']), runtimePod(S, run('m')), []],
  [
    'starts what is missing beside what runs',
    planned(['m', 'n']),
    runtimePod(S, run('m')),
    ['start regular n'],
  ],
  [
    'starts ended containers again',
    planned(['m']),
    runtimePod(S, run('m', 1)),
    ['start regular m'],
  ],
  [
    'starts those that succeeded again too',
    planned(['m']),
    runtimePod(S, run('m', 0)),
    ['start regular m'],
  ],
  [
    'not where only failures count',
    planned(['m', 'n'], { spec: ON_FAILURE }),
    runtimePod(S, run('m', 0), run('n')),
    [],
  ],
  [
    'nor those that run once',
    planned(['m', 'n'], { spec: ONCE }),
    runtimePod(S, run('m', 1), run('n')),
    [],
  ],
  [
    'a container has its own policy',
    planned([{ name: 'm', restartPolicy: 'Always' }, 'n'], { spec: ONCE }),
    runtimePod(S, run('m', 1), run('n')),
    ['start regular m'],
  ],
  [
    'stops a Pod that has succeeded',
    planned(['m'], { spec: ONCE }),
    runtimePod(S, run('m', 0)),
    ['stop s0'],
  ],
  [
    'and cleans up then',
    planned(['m'], { spec: ONCE }),
    runtimePod([sandbox({ ready: false })], run('m', 0)),
    ['finish'],
  ],
  ['one init container at a time', planned(['m'], { spec: INIT }), runtimePod(S), ['start init a']],
  ['waits for it', planned(['m'], { spec: INIT }), runtimePod(S, run('a')), []],
  ['then the next', planned(['m'], { spec: INIT }), runtimePod(S, run('a', 0)), ['start init b']],
  [
    'a failed one again',
    planned(['m'], { spec: INIT }),
    runtimePod(S, run('a', 0), run('b', 2)),
    ['start init b'],
  ],
  [
    'a failed one fails a Pod that runs once',
    planned(['m'], { spec: { ...INIT, ...ONCE } }),
    runtimePod(S, run('a', 2)),
    ['stop s0'],
  ],
  [
    'then the regular ones',
    planned(['m'], { spec: INIT }),
    runtimePod(S, run('a', 0), run('b', 0)),
    ['start regular m'],
  ],
  [
    'init containers do not run again beside regular ones',
    planned(['m'], { spec: INIT }),
    runtimePod(S, run('m')),
    [],
  ],
  [
    'a sidecar counts when it has started',
    planned(['m'], { spec: SIDE }),
    runtimePod(S, run('s')),
    [],
    { isStarted: () => false },
  ],
  [
    'then the next init container',
    planned(['m'], { spec: SIDE }),
    runtimePod(S, run('s')),
    ['start init i'],
  ],
  [
    'the second sidecar',
    planned(['m'], { spec: SIDE }),
    runtimePod(S, run('s'), run('i', 0)),
    ['start sidecar t'],
  ],
  [
    'sidecars are kept up before the regular ones',
    planned(['m'], { spec: SIDE }),
    runtimePod(S, run('s', 0), run('i', 0)),
    ['start sidecar s'],
  ],
  [
    'and beside them',
    planned(['m'], { spec: SIDE }),
    runtimePod(S, run('s', 1), run('i', 0), run('t'), run('m')),
    ['start sidecar s'],
  ],
  [
    'sidecars do not keep a Pod alive',
    planned(['m'], { spec: { ...SIDE, ...ONCE } }),
    runtimePod(S, run('s'), run('i', 0), run('t'), run('m', 0)),
    ['kill s 30 [m t]', 'kill t 30 [m]'],
  ],
  [
    'stops a deleted Pod, sidecars last',
    planned(['m', 'n'], { spec: SIDE, metadata: DELETED }),
    runtimePod(S, run('s'), run('t'), run('m'), run('n', 0)),
    ['kill s 7 [m n t]', 'kill t 7 [m n]', 'kill m 7'],
  ],
  [
    'then its sandbox',
    planned(['m'], { metadata: DELETED }),
    runtimePod(S, run('m', 0)),
    ['stop s0'],
  ],
  [
    'not while something is being made',
    planned(['m'], { metadata: DELETED }),
    runtimePod(S),
    [],
    { starting: true },
  ],
  ['cleans up at last', planned(['m'], { metadata: DELETED }), runtimePod([]), ['finish']],
  [
    'the same where the API has it no more',
    planned(['m']),
    runtimePod(S, run('m')),
    ['kill m 30'],
    { removed: true },
  ],
  [
    'ends a container whose liveness fails',
    planned(['m']),
    runtimePod(S, run('m')),
    ['kill m 30'],
    { failedProbe: () => 'liveness' },
  ],
  [
    'with the grace of its probe',
    planned([{ name: 'm', livenessProbe: { terminationGracePeriodSeconds: 3 } }]),
    runtimePod(S, run('m')),
    ['kill m 3'],
    { failedProbe: () => 'liveness' },
  ],
  [
    'ends a container whose image has changed',
    planned(['m']),
    runtimePod(S, run('m', undefined, { hash: 'other' })),
    ['kill m 30'],
  ],
  [
    'ends what is in a sandbox that broke',
    planned(['m']),
    runtimePod([sandbox({ ready: false })], run('m')),
    ['kill m 30'],
  ],
  [
    'makes another sandbox then',
    planned(['m']),
    runtimePod([sandbox({ ready: false })], run('m', 137)),
    ['sandbox 1'],
  ],
  [
    'not for a Pod that runs once',
    planned(['m'], { spec: ONCE }),
    runtimePod([sandbox({ ready: false })], run('m', 137)),
    ['finish'],
  ],
  [
    'runs init containers again in a new sandbox',
    planned(['m'], { spec: INIT }),
    runtimePod([sandbox({ id: 's1', attempt: 1 })], run('m', 137), run('b', 0), run('a', 0)),
    ['start init a'],
  ],
  [
    'stops a sandbox too many',
    planned(['m']),
    runtimePod(
      [sandbox({ id: 's1', attempt: 1 }), sandbox()],
      run('m', undefined, { sandboxId: 's1' }),
    ),
    ['stop s0'],
  ],
  [
    'a sandbox without an address is none',
    planned(['m']),
    runtimePod([sandbox({ ips: [] })]),
    ['stop s0'],
  ],
  [
    'but on the network of the node',
    planned(['m'], { spec: { hostNetwork: true } }),
    runtimePod([sandbox({ ips: [], hostNetwork: true })]),
    ['start regular m'],
  ],
  [
    'debug containers come whenever',
    planned(['m'], { spec: { ...INIT, ephemeralContainers: [{ name: 'd' }] } }),
    runtimePod(S, run('a')),
    ['start ephemeral d'],
  ],
  [
    'and are not started again',
    planned(['m'], { spec: { ephemeralContainers: [{ name: 'd' }] } }),
    runtimePod(S, run('m'), run('d', 1)),
    [],
  ],
  [
    'a deadline stops the Pod',
    planned(['m'], {
      spec: { activeDeadlineSeconds: 60 },
      status: { startTime: '2026-01-01T00:08:59Z' },
    }),
    runtimePod(S, run('m')),
    ['kill m 30'],
  ],
  [
    'a Pod that has ended stays ended',
    planned(['m'], { status: { phase: 'Failed' } }),
    runtimePod([]),
    ['finish'],
  ],
]

test('planPod() resizes a Pod as a whole', () => {
  const limited = (memory: string) => ({ limits: { memory } })
  const pod = planned(['m'], { spec: { resources: limited('2Gi') } })
  const plan = (more: Partial<PodView>) =>
    planPod(viewOf(pod, runtimePod([sandbox()], run('m')), more)).resizePod
  assert.equal(plan({ podResources: limited('2Gi') }), false)
  assert.equal(plan({ podResources: limited('1Gi') }), true)
  const refused = () => ({ reason: 'Deferred', message: '' })
  assert.equal(plan({ podResources: limited('1Gi'), resizeRefusal: refused }), false)
  assert.equal(plan({}), false)
})

test('planPod() resizes in place, or by a restart where the container wants that', () => {
  const resources = { requests: { cpu: '1' }, limits: { cpu: '1' } }
  const policy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }]
  const plan = (container: object, more: Partial<PodView> = {}) => {
    const pod = planned([{ name: 'm', resources, ...container }])
    const resourcesOf = () => ({ requests: { cpu: '2' }, limits: { cpu: '1' } })
    return short(planPod(viewOf(pod, runtimePod(S, run('m')), { resourcesOf, ...more })))
  }
  assert.deepEqual(plan({}), ['resize m'])
  assert.deepEqual(plan({ resizePolicy: policy }), ['kill m 30'])
  assert.deepEqual(plan({}, { resourcesOf: () => resources }), [])
  assert.deepEqual(plan({}, { resizeRefusal: () => ({ reason: 'Deferred', message: '' }) }), [])
})

describe('planPod()', () => {
  for (const [name, pod, runtime, expected, more] of CASES)
    test(name, () => assert.deepEqual(short(planPod(viewOf(pod, runtime, more))), expected))

  test('crashed containers wait, and it says until when', () => {
    const untilMs = NOW_MS + 5000
    const waiting = () => ({ delayMs: 20_000, untilMs })
    const view = viewOf(planned(['m']), runtimePod(S, run('m', 1)), { backoff: { waiting } })
    const plan = planPod(view)
    assert.deepEqual(short(plan), ['wait m'])
    assert.equal(plan.wakeAtMs, untilMs)
    assert.deepEqual(plan.backOff.get('m'), {
      reason: 'CrashLoopBackOff',
      message: 'back-off 20s restarting failed container=m pod=pod_default(uid)',
    })
  })

  test('what could not be made is tried again later', () => {
    const view = viewOf(planned(['m', 'n']), runtimePod(S), {
      retryAtMs: new Map([['m', NOW_MS + 3000]]),
    })
    const plan = planPod(view)
    assert.deepEqual(short(plan), ['start regular n'])
    assert.equal(plan.wakeAtMs, NOW_MS + 3000)
  })

  test('says why a Pod fails as a whole, and when it will', () => {
    const pod = planned(['m'], {
      spec: { activeDeadlineSeconds: 60 },
      status: { startTime: '2026-01-01T00:09:30Z' },
    })
    const early = planPod(viewOf(pod, runtimePod(S, run('m'))))
    assert.equal(early.failure, undefined)
    assert.equal(early.wakeAtMs, NOW_MS + 30_000)
    const late = planPod(viewOf(pod, runtimePod(S, run('m')), { nowMs: NOW_MS + 30_000 }))
    assert.deepEqual(late.failure, {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    })
  })

  test("tells kills with upstream's words", () => {
    const pod = planned(['m'])
    const message = (more: Partial<PodView>, of = pod): string | undefined =>
      planPod(viewOf(of, runtimePod(S, run('m')), more)).kill[0]?.message
    assert.equal(
      message({ failedProbe: () => 'liveness' }),
      'Container m failed liveness probe, will be restarted',
    )
    assert.equal(
      message({ failedProbe: () => 'startup' }, planned(['m'], { spec: ONCE })),
      'Container m failed startup probe',
    )
    assert.equal(message({ removed: true }), 'Stopping container m')
  })
})
