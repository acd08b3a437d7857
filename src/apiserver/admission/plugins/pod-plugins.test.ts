import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusWith } from '../../testing.node.ts'
import { podTests } from './testing-pods.node.ts'

test('a Pod gets the number and policy of its priority class', async () => {
  await using tests = await podTests()
  const classes = tests.api.calls('scheduling.k8s.io/v1', 'priorityclasses')
  const plain = await tests.create()
  assert.deepEqual([plain.spec.priority, plain.spec.preemptionPolicy], [0, 'PreemptLowerPriority'])
  const critical = await tests.create({ priorityClassName: 'system-node-critical' })
  assert.equal(critical.spec.priority, 2_000_001_000)
  await classes.create({
    metadata: { name: 'usual' },
    value: 7,
    globalDefault: true,
    preemptionPolicy: 'Never',
  })
  const { spec } = await tests.create()
  assert.deepEqual(
    [spec.priorityClassName, spec.priority, spec.preemptionPolicy],
    ['usual', 7, 'Never'],
  )
})

test('a Pod cannot say its priority itself', async () => {
  await using tests = await podTests()
  assert.equal(
    await tests.refusal({ priorityClassName: 'none' }),
    'pods "p" is forbidden: no PriorityClass with name none was found',
  )
  assert.equal(
    await tests.refusal({ priority: 5 }),
    'pods "p" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
  )
  assert.equal(
    await tests.refusal({ preemptionPolicy: 'Never' }),
    'pods "p" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
  )
})

test('only one priority class is the default', async () => {
  await using tests = await podTests()
  const classes = tests.api.calls('scheduling.k8s.io/v1', 'priorityclasses')
  await classes.create({ metadata: { name: 'a' }, value: 1, globalDefault: true })
  await assert.rejects(
    classes.create({ metadata: { name: 'b' }, value: 1, globalDefault: true }),
    statusWith({
      code: 403,
      message:
        'priorityclasses.scheduling.k8s.io "b" is forbidden: PriorityClass a is already marked as default. Only one default can exist',
    }),
  )
  await classes.patch('a', { description: 'still' })
})

const tolerated = (key: string): object => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
})

const tolerationCases: readonly (readonly [string, readonly object[], readonly object[]])[] = [
  ['none', [], [tolerated('not-ready'), tolerated('unreachable')]],
  ['of everything', [{ operator: 'Exists' }], []],
  [
    'of one',
    [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
    [tolerated('unreachable')],
  ],
  [
    'of another effect',
    [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoSchedule' }],
    [tolerated('not-ready'), tolerated('unreachable')],
  ],
]

for (const [what, own, added] of tolerationCases) {
  test(`a Pod stays 300 s on a node that does not answer; own tolerations: ${what}`, async () => {
    await using tests = await podTests()
    const { spec } = await tests.create({ tolerations: own })
    assert.deepEqual(spec.tolerations, [...own, ...added])
  })
}

test('a new node takes no Pods until it is ready', async () => {
  await using tests = await podTests()
  const { spec } = await tests.api.calls('v1', 'nodes').create({ metadata: { name: 'n' } })
  assert.deepEqual(spec, {
    taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }],
  })
})

test('a Pod gets what its runtime needs', async () => {
  await using tests = await podTests()
  const classes = tests.api.calls('node.k8s.io/v1', 'runtimeclasses')
  const overhead = { podFixed: { memory: '10Mi' } }
  const toleration = { key: 'kata', operator: 'Exists' }
  await classes.create({
    metadata: { name: 'kata' },
    handler: 'kata',
    overhead,
    scheduling: { nodeSelector: { kata: 'yes' }, tolerations: [toleration] },
  })
  const { spec } = await tests.create({ runtimeClassName: 'kata', nodeSelector: { zone: 'a' } })
  assert.deepEqual(spec.overhead, overhead.podFixed)
  assert.deepEqual(spec.nodeSelector, { zone: 'a', kata: 'yes' })
  assert.deepEqual(
    spec.tolerations?.some(({ key }) => key === 'kata'),
    true,
  )
  const refused: readonly (readonly [object, string])[] = [
    [{ runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
    [
      { runtimeClassName: 'kata', overhead: { memory: '1Mi' } },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [
      { runtimeClassName: 'kata', nodeSelector: { kata: 'no' } },
      'conflict: runtimeClass.scheduling.nodeSelector[kata] = yes; pod.spec.nodeSelector[kata] = no',
    ],
    [
      { overhead: { memory: '1Mi' } },
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
  ]
  for (const [more, text] of refused) {
    assert.equal(await tests.refusal(more), `pods "p" is forbidden: ${text}`)
  }
})

test('a Pod gets the zone and region of its node when it is bound', async () => {
  await using tests = await podTests()
  const topology = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r' }
  await tests.api
    .calls('v1', 'nodes')
    .create({ metadata: { name: 'n', labels: { ...topology, other: 'x' } } })
  const bound = await tests.create({ nodeName: 'n' })
  assert.deepEqual(bound.metadata.labels, topology)
  const { metadata } = await tests.create({}, { labels: { a: 'b' } })
  const pods = tests.api.calls('v1', 'pods', 'default')
  const target = { kind: 'Node', name: 'n' }
  await pods.create(
    { metadata: { name: metadata.name }, target },
    { name: metadata.name, subresource: 'binding' },
  )
  assert.deepEqual((await pods.get(metadata.name)).metadata.labels, { a: 'b', ...topology })
})
