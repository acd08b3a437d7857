import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { ResourceCalls, startTestServer, statusWith } from '../testing.node.ts'
import type { TestApiServer } from '../testing.ts'

function pods({ transport }: TestApiServer): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'pods', 'default')
}

function create(api: TestApiServer, name: string, spec: object = {}): Promise<unknown> {
  const containers = [{ name: 'c', image: 'i' }]
  return pods(api).create({
    metadata: { name, labels: { app: 'a' } },
    spec: { containers, ...spec },
  })
}

function bind(api: TestApiServer, name: string, node: string): Promise<unknown> {
  const body = { metadata: { name }, target: { kind: 'Node', name: node } }
  return pods(api).create(body, { name, subresource: 'binding' })
}

test('binding: a Pod is tied to a node once', async () => {
  await using api = await startTestServer()
  await create(api, 'a')
  await bind(api, 'a', 'n')
  const pod = (await pods(api).get('a')) as unknown as Pod
  assert.equal(pod.spec.nodeName, 'n')
  const [condition] = pod.status.conditions!
  assert.equal(`${condition!.type} ${condition!.status}`, 'PodScheduled True')
  await assert.rejects(
    bind(api, 'a', 'other'),
    statusWith({
      code: 409,
      message:
        'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n"',
    }),
  )
  await assert.rejects(bind(api, 'none', 'n'), statusWith({ code: 404 }))
})

test('binding: what waits behind gates, or has no target, is not bound', async () => {
  await using api = await startTestServer()
  await create(api, 'a', { schedulingGates: [{ name: 'example.com/g' }] })
  await assert.rejects(
    bind(api, 'a', 'n'),
    statusWith({ code: 409, message: /pod a has non-empty \.spec\.schedulingGates$/ }),
  )
  await assert.rejects(
    bind(api, 'a', ''),
    statusWith({ code: 422, message: /target\.name: Required value/ }),
  )
})

test('binding: the bindings of a namespace name their Pod themselves', async () => {
  await using api = await startTestServer()
  await create(api, 'a')
  const bindings = new ResourceCalls(api.transport, 'v1', 'bindings', 'default')
  await bindings.create({ metadata: { name: 'a' }, target: { kind: 'Node', name: 'n' } })
  const pod = (await pods(api).get('a')) as unknown as Pod
  assert.equal(pod.spec.nodeName, 'n')
})

function evict(api: TestApiServer, name: string, options: object = {}): Promise<unknown> {
  return pods(api).create({ metadata: { name }, ...options }, { name, subresource: 'eviction' })
}

/** A budget for all Pods, as its controller has judged it. */
async function budget(
  { transport }: TestApiServer,
  name: string,
  disruptionsAllowed: number,
): Promise<ResourceCalls> {
  const budgets = new ResourceCalls(transport, 'policy/v1', 'poddisruptionbudgets', 'default')
  const spec = { minAvailable: 1, selector: { matchLabels: { app: 'a' } } }
  const { metadata } = await budgets.create({ metadata: { name }, spec })
  const observedGeneration = metadata.generation ?? 0
  const status = { disruptionsAllowed, observedGeneration, currentHealthy: 1, desiredHealthy: 2 }
  await budgets.patch(name, { status }, { subresource: 'status' })
  return budgets
}

async function runningPod(api: TestApiServer, name: string): Promise<void> {
  await create(api, name)
  const conditions = [{ type: 'Ready', status: 'True' }]
  const status = { phase: 'Running', conditions }
  await pods(api).patch(name, { status }, { subresource: 'status' })
}

test('eviction: a Pod without a budget goes', async () => {
  await using api = await startTestServer()
  await runningPod(api, 'a')
  await evict(api, 'a', { deleteOptions: { dryRun: ['All'] } })
  await pods(api).get('a')
  await evict(api, 'a')
  await assert.rejects(pods(api).get('a'), statusWith({ code: 404 }))
})

test('eviction: the Pod tells that it is a target, and the version that was asked for still counts', async () => {
  await using api = await startTestServer()
  await runningPod(api, 'a')
  const { metadata } = await pods(api).patch('a', { metadata: { finalizers: ['e.com/held'] } })
  const asked = (resourceVersion?: string) => ({
    deleteOptions: { preconditions: { resourceVersion } },
  })
  await assert.rejects(evict(api, 'a', asked('1')), statusWith({ code: 409 }))
  await evict(api, 'a', asked(metadata.resourceVersion))
  const pod = (await pods(api).get('a')) as unknown as Pod
  assert.notEqual(pod.metadata.deletionTimestamp, undefined)
  const told = pod.status.conditions?.find(({ type }) => type === 'DisruptionTarget')
  assert.equal(told?.reason, 'EvictionByEvictionAPI')
  assert.equal(told.message, 'Eviction API: evicting')
})

test('eviction: a budget is used up, and then protects', async () => {
  await using api = await startTestServer()
  const budgets = await budget(api, 'b', 1)
  await runningPod(api, 'a')
  await runningPod(api, 'c')
  await evict(api, 'a')
  const { disruptionsAllowed, disruptedPods } = (await budgets.get('b'))['status'] as {
    disruptionsAllowed: number
    disruptedPods: object
  }
  assert.equal(disruptionsAllowed, 0)
  assert.deepEqual(Object.keys(disruptedPods), ['a'])
  await assert.rejects(evict(api, 'c'), (error: { status: object }) => {
    assert.partialDeepStrictEqual(error.status, {
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget b needs 2 healthy pods and has 1 currently',
          },
        ],
      },
    })
    return true
  })
})

test('eviction: two budgets for one Pod are too many', async () => {
  await using api = await startTestServer()
  for (const name of ['b', 'c']) await budget(api, name, 1)
  await runningPod(api, 'a')
  await assert.rejects(
    evict(api, 'a'),
    statusWith({ code: 500, message: /^This pod has more than one PodDisruptionBudget/ }),
  )
})

test('eviction: what does not run yet needs no budget', async () => {
  await using api = await startTestServer()
  await budget(api, 'b', 0)
  await create(api, 'a')
  await evict(api, 'a')
  await assert.rejects(pods(api).get('a'), statusWith({ code: 404 }))
})
