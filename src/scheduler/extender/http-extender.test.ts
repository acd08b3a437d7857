import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { Pod } from '../../api/core/v1/pod.ts'
import { eventually } from '../../base/async-eventually.node.ts'
import { testCredentials, testPki } from '../../serving/testing.node.ts'
import { asking, testScheduler, type TestScheduler } from '../testing.ts'
import { connectHttpExtender } from './http-extender.node.ts'

type Json = Readonly<Record<string, unknown>>
type Answers = Readonly<Record<string, (body: Json) => unknown>>

interface TestExtender extends AsyncDisposable {
  readonly url: string
  /** Verb and body of each request so far. */
  readonly requests: readonly (readonly [string, Json])[]
}

/** A real server that answers each verb. */
async function startExtender(answers: Answers, scheme: 'http' | 'https' = 'http') {
  const requests: [string, Json][] = []
  const listener: RequestListener = (request, response) => {
    void (async () => {
      const verb = request.url!.slice(1)
      const body = JSON.parse(await text(request)) as Json
      requests.push([verb, body])
      const answer = answers[verb]?.(body)
      response.writeHead(answer === undefined ? 500 : 200).end(JSON.stringify(answer ?? null))
    })()
  }
  const server: Server =
    scheme === 'http' ? createServer(listener) : createTlsServer(tlsOptions(), listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  } satisfies TestExtender
}

function tlsOptions(): { readonly cert: string; readonly key: string } {
  const { certPem, keyPem } = testCredentials(testPki())
  return { cert: certPem, key: keyPem }
}

function scheduler(extender: Json): Promise<TestScheduler> {
  return testScheduler({
    configuration: { extenders: [extender] },
    connectExtender: connectHttpExtender,
  })
}

/** Waits for an assertion to hold; answers come in real time, all else in the cluster's. */
async function until(cluster: TestScheduler, holds: () => void | Promise<void>): Promise<void> {
  await eventually(async () => {
    await cluster.settle()
    await holds()
    return true
  })
}

const namesIn = ({ NodeNames }: Json): readonly string[] => NodeNames as readonly string[]

test('an extender rules out nodes and ranks the others', async () => {
  await using extender = await startExtender({
    filter: (body) => ({
      nodeNames: namesIn(body).filter((name) => name !== 'a'),
      failedNodes: { a: 'too loud' },
    }),
    prioritize: (body) => namesIn(body).map((host) => ({ host, score: host === 'c' ? 10 : 1 })),
  })
  await using cluster = await scheduler({
    urlPrefix: `${extender.url}/`,
    filterVerb: 'filter',
    prioritizeVerb: 'prioritize',
    weight: 5,
    nodeCacheCapable: true,
  })
  for (const name of ['a', 'b', 'c']) await cluster.addNode(name)
  await cluster.settle()
  await cluster.addPod('web')
  await until(cluster, async () => assert.equal(await cluster.nodeOf('web'), 'c'))
  assert.deepEqual(
    extender.requests.map(([verb, body]) => [verb, namesIn(body).toSorted()]),
    [
      ['filter', ['a', 'b', 'c']],
      ['prioritize', ['b', 'c']],
    ],
  )
})

test('an extender without a cache of its own gets whole nodes, and what it says is told', async () => {
  await using extender = await startExtender({
    filter: () => ({ Nodes: { items: [] }, FailedAndUnresolvableNodes: { a: 'never here' } }),
  })
  await using cluster = await scheduler({ urlPrefix: extender.url, filterVerb: 'filter' })
  await cluster.addNode('a')
  await cluster.settle()
  await cluster.addPod('web')
  await until(cluster, async () => {
    const why = await cluster.whyWaiting('web')
    assert.match(
      why,
      /^0\/1 nodes are available: 1 never here\. no new claims to deallocate, preemption: 0\/1 nodes/,
    )
  })
  const { Nodes } = extender.requests[0]![1] as { Nodes: { items: Json[] } }
  assert.deepEqual(
    Nodes.items.map(({ kind }) => kind),
    ['Node'],
  )
})

test('an extender is asked only about Pods that want what it manages, and may bind them', async () => {
  await using extender = await startExtender({ bind: () => ({}) })
  await using cluster = await scheduler({
    urlPrefix: extender.url,
    bindVerb: 'bind',
    managedResources: [{ name: 'example.com/gpu', ignoredByScheduler: true }],
  })
  await cluster.addNode('a')
  await cluster.settle()
  await cluster.addPod('plain')
  await cluster.addPod('gpu', {
    spec: {
      containers: [
        { name: 'main', image: 'image:1', resources: { limits: { 'example.com/gpu': '1' } } },
      ],
    },
  })
  await until(cluster, () => assert.equal(extender.requests.length, 1))
  await until(cluster, async () => assert.equal(await cluster.nodeOf('plain'), 'a'))
  const [verb, { PodName, PodNamespace, Node }] = extender.requests[0]!
  assert.deepEqual([verb, PodName, PodNamespace, Node], ['bind', 'gpu', 'default', 'a'])
})

test('an extender that fails holds Pods back, unless it can be ignored', async () => {
  await using extender = await startExtender({})
  await using strict = await scheduler({ urlPrefix: extender.url, filterVerb: 'filter' })
  await using lax = await scheduler({
    urlPrefix: extender.url,
    filterVerb: 'filter',
    ignorable: true,
  })
  for (const cluster of [strict, lax]) {
    await cluster.addNode('a')
    await cluster.settle()
    await cluster.addPod('web')
  }
  await until(lax, async () => assert.equal(await lax.nodeOf('web'), 'a'))
  await until(strict, async () =>
    assert.equal(
      await strict.whyWaiting('web'),
      `failed filter with extender at URL ${extender.url}/filter, code 500`,
    ),
  )
})

test('an extender chooses who must go', async () => {
  await using extender = await startExtender({
    preempt({ NodeNameToVictims }) {
      const victims = NodeNameToVictims as Record<string, { Pods: { metadata: { uid: string } }[] }>
      const pods = victims['b']!.Pods.map(({ metadata: { uid } }) => ({ UID: uid }))
      return { NodeNameToMetaVictims: { b: { Pods: pods, NumPDBViolations: 0 } } }
    },
  })
  await using cluster = await scheduler({ urlPrefix: extender.url, preemptVerb: 'preempt' })
  const whole = asking({ cpu: '4' })
  for (const name of ['a', 'b', 'c']) {
    await cluster.addNode(name)
    await cluster.settle()
    await cluster.addPod(`low-${name}`, { spec: whole })
    await cluster.settle()
  }
  await cluster.addPod('high', { spec: asking({ cpu: '4' }, { priority: 10 }) })
  await until(cluster, async () => {
    const told = (await cluster.events()).filter((each) => each.startsWith('Preempted'))
    assert.match(told.join(), /^Preempted Preempted by pod \S+ on node b$/)
  })
})

test('an extender that fails to choose who must go leaves the Pod waiting', async () => {
  await using extender = await startExtender({})
  await using cluster = await scheduler({ urlPrefix: extender.url, preemptVerb: 'preempt' })
  await cluster.addNode('a')
  await cluster.settle()
  await cluster.addPod('low', { spec: asking({ cpu: '4' }) })
  await cluster.settle()
  await cluster.addPod('high', { spec: asking({ cpu: '4' }, { priority: 10 }) })
  const why = `preemption: failed preempt with extender at URL ${extender.url}/preempt, code 500`
  await until(cluster, async () =>
    assert.equal(
      await cluster.whyWaiting('high'),
      `0/1 nodes are available: 1 Insufficient cpu. ${why}`,
    ),
  )
  const key = { namespace: 'default', name: 'low' }
  await cluster.client.delete(Pod, key, { gracePeriodSeconds: 0 })
  await cluster.clock.advance(2000)
  await until(cluster, async () => assert.equal(await cluster.nodeOf('high'), 'a'))
})

test('an extender is reached by TLS', async () => {
  await using extender = await startExtender(
    { filter: (body) => ({ NodeNames: namesIn(body) }) },
    'https',
  )
  await using cluster = await scheduler({
    urlPrefix: extender.url,
    filterVerb: 'filter',
    enableHTTPS: true,
    nodeCacheCapable: true,
  })
  await cluster.addNode('a')
  await cluster.settle()
  await cluster.addPod('web')
  await until(cluster, async () => assert.equal(await cluster.nodeOf('web'), 'a'))
  assert.equal(extender.requests.length, 1)
})
