import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../../api/core/v1/pod.ts'
import { statusWith } from '../../testing.node.ts'
import { podProblems } from './limit-range-problems.ts'
import { podTests, type PodTests } from './testing-pods.node.ts'

async function withLimit(item: object): Promise<PodTests> {
  const tests = await podTests()
  const ranges = tests.api.calls('v1', 'limitranges', 'default')
  await ranges.create({ metadata: { name: 'l' }, spec: { limits: [item] } })
  return tests
}

const container = (resources: object): object => ({
  containers: [{ name: 'c', image: 'i', resources }],
})

test('containers get the defaults of a LimitRange, and an annotation says so', async () => {
  await using tests = await withLimit({
    type: 'Container',
    default: { cpu: '2', memory: '1Gi' },
    defaultRequest: { cpu: '1' },
  })
  const { spec, metadata } = await tests.create({
    ...container({ limits: { memory: '2Gi' } }),
    initContainers: [{ name: 'i', image: 'i' }],
  })
  assert.deepEqual(spec.containers[0]!.resources, {
    limits: { memory: '2Gi', cpu: '2' },
    requests: { memory: '2Gi', cpu: '1' },
  })
  assert.equal(
    metadata.annotations!['kubernetes.io/limit-ranger'],
    'LimitRanger plugin set: cpu request for container c; cpu limit for container c; cpu, memory request for init container i; cpu, memory limit for init container i',
  )
})

const cases: readonly (readonly [object, object, string])[] = [
  [
    { type: 'Pod', min: { cpu: '1' } },
    {},
    'minimum cpu usage per Pod is 1.  No request is specified',
  ],
  [
    { min: { cpu: '1' } },
    { requests: { cpu: '500m' } },
    'minimum cpu usage per Container is 1, but request is 500m',
  ],
  [
    { type: 'Pod', max: { memory: '1Gi' } },
    {},
    'maximum memory usage per Pod is 1Gi.  No limit is specified',
  ],
  [
    { type: 'Pod', max: { memory: '1Gi' } },
    { limits: { memory: '2Gi' } },
    'maximum memory usage per Pod is 1Gi, but limit is 2Gi',
  ],
  [
    { type: 'Pod', max: { cpu: '1', memory: '1Gi' } },
    { limits: { cpu: '2', memory: '2Gi' } },
    '[maximum cpu usage per Pod is 1, but limit is 2, maximum memory usage per Pod is 1Gi, but limit is 2Gi]',
  ],
  [
    { maxLimitRequestRatio: { cpu: '2' } },
    { requests: { cpu: '1' }, limits: { cpu: '3' } },
    'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
  ],
  [
    { maxLimitRequestRatio: { cpu: '2' } },
    {},
    'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
  ],
]

for (const [item, resources, text] of cases) {
  test(`LimitRange: ${text}`, async () => {
    await using tests = await withLimit({ type: 'Container', ...item })
    assert.equal(await tests.refusal(container(resources)), `pods "p" is forbidden: ${text}`)
  })
}

test('claims are held to a LimitRange too', async () => {
  await using tests = await withLimit({
    type: 'PersistentVolumeClaim',
    min: { storage: '1Gi' },
    max: { storage: '2Gi' },
  })
  const claims = tests.api.calls('v1', 'persistentvolumeclaims', 'default')
  const claim = (storage: string): object => ({
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  })
  const refused = (text: string): ReturnType<typeof statusWith> =>
    statusWith({ code: 403, message: `persistentvolumeclaims "c" is forbidden: ${text}` })
  await assert.rejects(
    claims.create(claim('1Mi')),
    refused('minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi'),
  )
  await assert.rejects(
    claims.create(claim('3Gi')),
    refused('maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi'),
  )
  await claims.create(claim('1Gi'))
})

test('what a runtime needs beside the containers counts in no limit', () => {
  const limit = { type: 'Pod', max: { cpu: '1' } } as never
  const pod = (cpu: string): Pod =>
    ({
      spec: {
        containers: [{ name: 'c', resources: { requests: { cpu }, limits: { cpu } } }],
        overhead: { cpu: '500m' },
      },
    }) as unknown as Pod
  assert.deepEqual(podProblems(limit, pod('1')), [])
  assert.deepEqual(podProblems(limit, pod('1100m')), [
    'maximum cpu usage per Pod is 1, but limit is 1100m',
  ])
})
