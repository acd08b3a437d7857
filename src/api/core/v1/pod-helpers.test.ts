import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decoded } from '../../testing.ts'
import { hostPorts, hostPortsConflict } from './host-ports.ts'
import { matchesNodeAffinity } from './node-affinity.ts'
import { isPodActive, isPodAvailable, isPodReady, withCondition } from './pod-conditions.ts'
import { podQosClass } from './pod-qos.ts'
import { podLimits, podRequests } from './pod-resources.ts'
import { containerShouldRestart } from './pod-restart.ts'
import type { PodSpec } from './pod-spec.ts'
import { Pod } from './pod.ts'
import { findUntoleratedTaint, toleratesTaint } from './tolerations.ts'

type Json = Readonly<Record<string, unknown>>

function specOf(spec: Json): PodSpec {
  return decoded(Pod, { spec: { containers: [], ...spec } }).spec
}

function asking(cpu: string, more: Json = {}): Json {
  return { name: `c${cpu}`, resources: { requests: { cpu } }, ...more }
}

const SIDECAR = { restartPolicy: 'Always' }

const REQUESTS: readonly (readonly [string, Json, Json])[] = [
  ['nothing', {}, {}],
  ['containers, which add up', { containers: [asking('1'), asking('500m')] }, { cpu: '1500m' }],
  [
    'a large init container',
    { initContainers: [asking('3'), asking('2')], containers: [asking('1')] },
    { cpu: '3' },
  ],
  [
    'a sidecar beside regular and later init containers',
    {
      initContainers: [asking('3'), asking('1', SIDECAR), asking('2500m')],
      containers: [asking('1')],
    },
    { cpu: '3500m' },
  ],
  ['overhead', { containers: [asking('1')], overhead: { cpu: '250m' } }, { cpu: '1250m' }],
  [
    'resources of the Pod as a whole',
    { containers: [asking('1')], resources: { requests: { cpu: '4', memory: '1Gi' } } },
    { cpu: '4', memory: '1Gi' },
  ],
]

for (const [what, spec, expected] of REQUESTS) {
  test(`podRequests() of ${what}`, () => assert.deepEqual(podRequests(specOf(spec)), expected))
}

test('podRequests() counts what containers really have where it is more', () => {
  const spec = specOf({ containers: [asking('1', { name: 'a' })] })
  assert.deepEqual(podRequests(spec, { actual: { a: { cpu: '2' } } }), { cpu: '2' })
})

test('podLimits() adds overhead only to what is limited', () => {
  const containers = [{ name: 'a', resources: { limits: { memory: '1Gi' } } }]
  assert.deepEqual(podLimits(specOf({ containers, overhead: { cpu: '1', memory: '1Gi' } })), {
    memory: '2Gi',
  })
})

test('podQosClass() looks at the CPU and memory of all containers', () => {
  const of = (...resources: readonly Json[]): string =>
    podQosClass(
      specOf({ containers: resources.map((each, i) => ({ name: `c${i}`, resources: each })) }),
    )
  const all = { cpu: '1', memory: '1Gi' }
  assert.equal(of({}), 'BestEffort')
  assert.equal(of({ requests: { 'example.com/gpu': '1' } }), 'BestEffort')
  assert.equal(of({ requests: all, limits: { cpu: '1000m', memory: '1024Mi' } }), 'Guaranteed')
  assert.equal(of({ requests: all, limits: all }, {}), 'Burstable')
  assert.equal(of({ requests: { cpu: '1' } }), 'Burstable')
})

test('toleratesTaint() compares key, value and effect', () => {
  const taint = { key: 'a', value: 'b', effect: 'NoSchedule' } as const
  const tolerates = (json: Json): boolean =>
    toleratesTaint(specOf({ tolerations: [json] }).tolerations![0]!, taint)
  assert.equal(tolerates({ operator: 'Exists' }), true)
  assert.equal(tolerates({ key: 'a', operator: 'Exists', effect: 'NoExecute' }), false)
  assert.equal(tolerates({ key: 'a', value: 'b' }), true)
  assert.equal(tolerates({ key: 'a', value: 'c' }), false)
  assert.equal(findUntoleratedTaint([taint], [], ['NoExecute']), undefined)
  assert.equal(findUntoleratedTaint([taint], [], ['NoSchedule']), taint)
})

const NODE = { metadata: { name: 'n1', labels: { zone: 'a', cores: '8' } } }

function required(term: Json): Json {
  const nodeSelectorTerms = [term]
  return {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
  }
}

function expression(key: string, operator: string, ...values: readonly string[]): Json {
  return required({ matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }] })
}

const NODES: readonly (readonly [string, Json, boolean])[] = [
  ['nothing', {}, true],
  ['a nodeSelector', { nodeSelector: { zone: 'a' } }, true],
  ['another nodeSelector', { nodeSelector: { zone: 'b' } }, false],
  ['an empty term', required({}), false],
  ['In', expression('zone', 'In', 'a', 'b'), true],
  ['NotIn, of a label that is not there', expression('x', 'NotIn', 'a'), true],
  ['Exists', expression('x', 'Exists'), false],
  ['DoesNotExist', expression('zone', 'DoesNotExist'), false],
  ['Gt', expression('cores', 'Gt', '4'), true],
  ['Lt, of what is no number', expression('zone', 'Lt', '4'), false],
  [
    'its name',
    required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }),
    true,
  ],
]

for (const [what, spec, expected] of NODES) {
  test(`matchesNodeAffinity() by ${what}`, () =>
    assert.equal(matchesNodeAffinity(specOf(spec), NODE), expected))
}

test('hostPorts() are those of containers that go on running', () => {
  const port = (hostPort: number, more: Json = {}): Json => ({
    name: `p${hostPort}`,
    ports: [{ containerPort: 1, hostPort }],
    ...more,
  })
  const [a, b, ...others] = hostPorts(
    specOf({ containers: [port(80), port(0)], initContainers: [port(81), port(82, SIDECAR)] }),
  )
  assert.deepEqual(others, [])
  assert.deepEqual(a, { protocol: 'TCP', hostIP: '0.0.0.0', hostPort: 80 })
  assert.equal(b!.hostPort, 82)
  assert.equal(hostPortsConflict(a, { ...a, hostIP: '10.0.0.1' }), true)
  assert.equal(hostPortsConflict(a, { ...a, protocol: 'UDP' }), false)
  const [x, y] = [
    { ...a, hostIP: '10.0.0.1' },
    { ...a, hostIP: '10.0.0.2' },
  ]
  assert.equal(hostPortsConflict(x, y), false)
})

test('containerShouldRestart() goes by rules, then by its own policy, then by that of the Pod', () => {
  const pod = { restartPolicy: 'OnFailure' } as const
  assert.equal(containerShouldRestart({}, pod, 0), false)
  assert.equal(containerShouldRestart({}, pod, 1), true)
  assert.equal(containerShouldRestart({ restartPolicy: 'Never' }, pod, 1), false)
  const rule = { action: 'Restart', exitCodes: { operator: 'In', values: [42] } } as const
  const never = { restartPolicy: 'Never', restartPolicyRules: [rule] } as const
  assert.equal(containerShouldRestart(never, pod, 42), true)
  assert.equal(containerShouldRestart(never, pod, 1), false)
})

test('a Pod is available once it has been ready for long enough', () => {
  const now = Date.UTC(2026, 0, 1)
  const ready = {
    type: 'Ready',
    status: 'True',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  } as const
  const pod = decoded(Pod, { spec: { containers: [] }, status: { conditions: [ready] } })
  assert.equal(isPodReady(pod), true)
  assert.equal(isPodAvailable(pod, 10, now + 9000), false)
  assert.equal(isPodAvailable(pod, 10, now + 10_000), true)
  assert.equal(isPodActive(pod), true)
  const failed = decoded(Pod, { spec: { containers: [] }, status: { phase: 'Failed' } })
  assert.equal(isPodActive(failed), false)
})

test('withCondition() keeps the time of a status that stays', () => {
  const before = [{ type: 'Ready', status: 'True', lastTransitionTime: 'then' }] as const
  const now = { type: 'Ready', lastTransitionTime: 'now' } as const
  assert.equal(withCondition(before, { ...now, status: 'True' }), before)
  const after = { ...now, status: 'False' } as const
  assert.deepEqual(withCondition(before, after), [after])
})
