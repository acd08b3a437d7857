import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { ClusterRole } from '../../../src/api/rbac/v1/cluster-role.ts'
import { ClusterRoleBinding } from '../../../src/api/rbac/v1/cluster-role-binding.ts'
import { dynamicClass } from '../../../src/client/dynamic-class.ts'
import { serverIdentity } from '../../../src/streams/testing-identity.node.ts'
import { conformance } from '../conformance.ts'
import { rest } from '../rest.node.ts'
import { suite } from '../suite.node.ts'
import { GROUP, PATH, VERSION } from './flunders.ts'
import { API_SERVICE, available, registerSample, unregister } from './sample-api.ts'
import type { SampleServer } from './sample-server.node.ts'

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices'
const FLUNDERS = `${PATH}/namespaces/sample/flunders`
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const Flunder = dynamicClass({
  group: GROUP,
  version: VERSION,
  kind: 'Flunder',
  plural: 'flunders',
  namespaced: true,
})

function flunder(name: string): object {
  return { kind: 'Flunder', apiVersion: `${GROUP}/${VERSION}`, metadata: { name } }
}

describe('an aggregated API', () => {
  const api = suite()
  let sample: SampleServer
  before(async () => {
    sample = await registerSample(api, 'sample')
  })
  after(() => sample[Symbol.asyncDispose]())

  conformance(
    '[sig-api-machinery] Aggregator Should be able to support the 1.17 Sample API Server using the current Aggregator [Conformance]',
    async () => {
      const { rest } = api
      const created = await rest.post(FLUNDERS, flunder('first'))
      assert.equal(created.metadata.uid, 'uid-1')
      await rest.post(FLUNDERS, flunder('second'))
      assert.equal((await rest.get(FLUNDERS)).items?.length, 2)
      await rest.patch(`${FLUNDERS}/first`, { spec: { reference: 'x' } })
      assert.deepEqual((await rest.get(`${FLUNDERS}/first`))['spec'], { reference: 'x' })
      await rest.delete(`${FLUNDERS}/first`)
      assert.equal((await rest.call('GET', `${FLUNDERS}/first`)).status, 404)
      await rest.delete(FLUNDERS)
      assert.deepEqual((await rest.get(FLUNDERS)).items, [])

      const service = await rest.get(`${SERVICES}/${API_SERVICE}/status`)
      const conditions = [{ type: 'StatusUpdated', status: 'True', reason: 'E2E', message: 'Set' }]
      const status = { conditions: [...conditionsOf(service), ...conditions] }
      const updated = await rest.put(`${SERVICES}/${API_SERVICE}/status`, { ...service, status })
      assert.ok(conditionsOf(updated).some(({ type }) => type === 'StatusUpdated'))
      const labels = { metadata: { labels: { patched: 'true' } } }
      await rest.patch(`${SERVICES}/${API_SERVICE}`, labels)
      const listed = await rest.get(`${SERVICES}?labelSelector=patched%3Dtrue`)
      assert.deepEqual(
        listed.items?.map(({ metadata }) => metadata.name),
        [API_SERVICE],
      )
    },
  )

  test('is told of with all others, in its place', async () => {
    const { groups } = (await api.rest.get('/apis')) as unknown as {
      readonly groups: readonly { readonly name: string }[]
    }
    // Its priority is below all that is built in but metrics, which have the one that a metrics-server asks for.
    const last = groups.slice(-2).map(({ name }) => name)
    assert.deepEqual(last, [GROUP, 'metrics.k8s.io'])
    const group = await api.rest.get(`/apis/${GROUP}`)
    assert.deepEqual(group['preferredVersion'], {
      groupVersion: `${GROUP}/${VERSION}`,
      version: VERSION,
    })
    const list = await api.rest.get(PATH)
    assert.equal((list['resources'] as readonly { name: string }[])[0]?.name, 'flunders')
    const [found] = await discovered(GROUP)
    assert.equal(found?.freshness, 'Current')
    assert.deepEqual(
      found.resources.map((each) => each.resource),
      ['flunders'],
    )
  })

  test('is described in OpenAPI 3.0 and 2.0', async () => {
    const path = PATH.slice(1)
    const { paths } = (await api.rest.get('/openapi/v3')) as unknown as {
      readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>
    }
    const document = await api.rest.get(paths[path]!.serverRelativeURL)
    assert.match(JSON.stringify(document), /Flunder is an example type/)
    const two = (await api.rest.get('/openapi/v2')) as unknown as {
      readonly paths: object
      readonly definitions: Readonly<Record<string, { readonly type?: string }>>
    }
    assert.ok(`${PATH}/namespaces/{namespace}/flunders/{name}` in two.paths)
    assert.ok('/api/v1/namespaces/{namespace}/pods' in two.paths)
    const time = 'io.k8s.apimachinery.pkg.apis.meta.v1.Time'
    assert.equal(two.definitions[time]?.type, 'string')
    assert.equal(two.definitions[`${time}_v2`]?.type, 'integer')
  })

  test('keeps its description where its server fails, and loses it where that has none any more', async () => {
    const path = PATH.slice(1)
    const isDescribed = async (): Promise<boolean> =>
      path in ((await api.rest.get('/openapi/v3'))['paths'] as object)
    const asksAgain = async (code: number): Promise<void> => {
      sample.on('/openapi/v3', (response) => void response.writeHead(code).end())
      const count = (): number => sample.seen.filter(({ url }) => url === '/openapi/v3').length
      // The third question is not asked before the answer to the second is heard.
      const wanted = count() + 3
      for (let i = 0; count() < wanted; i += 1) {
        const before = count()
        const spec = { versionPriority: 100 + (i % 2) }
        await api.rest.patch(`${SERVICES}/${API_SERVICE}`, { spec })
        await eventually(() => count() > before)
      }
    }
    await asksAgain(500)
    assert.equal(await isDescribed(), true)
    await asksAgain(404)
    await eventually(async () => !(await isDescribed()))
    sample.on('/openapi/v3', undefined)
  })

  test('is told who asks, and nobody can pretend to be another', async () => {
    const user = { name: 'jane', groups: ['readers'], extra: { 'example.com/Team': ['a'] } }
    using jane = rest(await api.cluster.kubeconfig(user))
    const refused = await jane.call('GET', FLUNDERS)
    assert.equal(refused.status, 403)
    assert.match(refused.text, /User \\"jane\\" cannot list resource \\"flunders\\" in API group/)
    await mayRead('jane')
    await api.cluster.eventually(async () => (await jane.call('GET', FLUNDERS)).status === 200)
    const headers = { 'x-remote-user': 'admin', 'x-remote-extra-a': 'b', authorization: 'Basic x' }
    await jane.call('GET', `${FLUNDERS}?asked=1`, { headers })
    const seen = sample.seen.find(({ url }) => url.endsWith('asked=1'))!.headers
    assert.equal(seen['x-remote-user'], 'jane')
    assert.equal(seen['x-remote-group'], 'readers, system:authenticated')
    assert.equal(seen['x-remote-extra-a'], undefined)
    assert.equal(seen.authorization, undefined)
    assert.equal(seen['x-forwarded-for'], '127.0.0.1')
  })

  test('is reached by components of the same process', async () => {
    const { client } = api.cluster
    await client.create(Flunder, { metadata: { namespace: 'sample', name: 'direct' } } as never)
    const watching = client.watch(Flunder, { namespace: 'sample' })[Symbol.asyncIterator]()
    const { value } = await watching.next()
    assert.equal(value?.type, 'ADDED')
    await watching.return?.()
    const { items } = await client.list(Flunder, { namespace: 'sample' })
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['direct'],
    )
    const missing = client.get(Flunder, { namespace: 'sample', name: 'none' })
    await assert.rejects(missing, /flunders\.wardle\.example\.com "none" not found/)
    await client.delete(Flunder, { namespace: 'sample', name: 'direct' })
  })

  test('is watched event by event', async () => {
    using watch = await api.rest.watch(`${FLUNDERS}?watch=true`)
    await api.rest.post(FLUNDERS, flunder('seen'))
    assert.equal((await watch.next()).object.metadata.name, 'seen')
    await api.rest.delete(`${FLUNDERS}/seen`)
    assert.equal((await watch.next()).type, 'DELETED')
  })

  test('may change the protocol, as exec does', async () => {
    const { socket, lines } = await upgraded(`${PATH}/namespaces/sample/flunders/a/console`)
    const next = async (): Promise<string> => (await lines.next()).value as string
    assert.equal(await next(), 'kubernetes-admin')
    socket.write('hello\n')
    assert.equal(await next(), 'hello')
    socket.destroy()
  })

  test('cannot send anybody elsewhere', async () => {
    sample.on(`${FLUNDERS}/away`, (response) => {
      response.writeHead(302, { location: 'https://169.254.169.254/' }).end()
    })
    const answer = await api.rest.call('GET', `${FLUNDERS}/away`)
    assert.equal(answer.status, 502)
    assert.equal(
      answer.text,
      'the backend attempted to redirect this request, which is not permitted\n',
    )
  })

  test('learns that a client has gone, and is not waited for beyond the time', async () => {
    sample.on(`${FLUNDERS}/slow`, 'hang')
    const late = await api.rest.call('GET', `${FLUNDERS}/slow?timeout=1s`)
    assert.equal(late.status, 503)
    assert.equal(late.text, 'error trying to reach service: context deadline exceeded\n')
    const call = sent('GET', `${FLUNDERS}/slow`)
    await eventually(() => sample.hanging > 0)
    call.destroy()
    await eventually(() => sample.hanging === 0)
  })

  test('that nobody can vouch for is not spoken to', async () => {
    const other = Buffer.from(serverIdentity().ca).toString('base64')
    const bad = { spec: { caBundle: other } }
    const { spec } = await api.rest.get(`${SERVICES}/${API_SERVICE}`)
    await api.rest.patch(`${SERVICES}/${API_SERVICE}`, bad)
    await api.cluster.eventually(async () => {
      const answer = await api.rest.call('GET', FLUNDERS)
      return answer.status === 503 && answer.text.startsWith('error trying to reach service: ')
    })
    await api.rest.patch(`${SERVICES}/${API_SERVICE}`, { spec })
    await api.cluster.eventually(async () => (await api.rest.call('GET', FLUNDERS)).status === 200)
  })

  test('that is down is told of as stale, and comes back', async () => {
    sample.on(PATH, (response) => response.writeHead(500).end())
    // A change has it looked at again.
    await api.rest.patch(`${SERVICES}/${API_SERVICE}`, { spec: { versionPriority: 201 } })
    await api.cluster.eventually(
      async () => (await available(api))[0] === 'False FailedDiscoveryCheck',
    )
    const message = (await available(api))[1]
    assert.match(
      message,
      /^failing or missing response from https:\/\/localhost:\d+\/apis\/wardle\.example\.com\/v1alpha1: bad status from https:\/\/localhost:\d+\/apis\/wardle\.example\.com\/v1alpha1: 500$/,
    )
    const answer = await api.rest.call('GET', FLUNDERS)
    assert.deepEqual([answer.status, answer.text], [503, 'service unavailable\n'])
    assert.equal((await discovered(GROUP))[0]?.freshness, 'Stale')
    const direct = api.cluster.client.list(Flunder)
    await assert.rejects(direct, /service unavailable/)
    sample.on(PATH, (response) => response.writeHead(200).end('{}'))
    await api.cluster.eventually(async () => (await available(api))[0] === 'True Passed')
  })

  test('is gone with its APIService', async () => {
    await unregister(api)
    assert.deepEqual(await discovered(GROUP), [])
    assert.equal((await api.rest.call('GET', FLUNDERS)).status, 404)
  })

  async function mayRead(name: string): Promise<void> {
    const { client } = api.cluster
    const rules = [{ apiGroups: [GROUP], resources: ['flunders'], verbs: ['list'] }]
    await client.create(ClusterRole, { metadata: { name: 'flunders' }, rules })
    await client.create(ClusterRoleBinding, {
      metadata: { name: 'flunders' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'flunders' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    })
  }

  async function discovered(group: string): Promise<readonly DiscoveredVersion[]> {
    const answer = await api.rest.call('GET', '/apis', { headers: { accept: AGGREGATED } })
    const items = answer.body.items as unknown as readonly {
      readonly metadata: { readonly name: string }
      readonly versions: readonly DiscoveredVersion[]
    }[]
    return items.find(({ metadata }) => metadata.name === group)?.versions ?? []
  }

  function sent(method: string, path: string, headers = {}): ClientRequest {
    const call = request({ ...api.rest.target(path), method, headers })
    call.on('error', () => undefined)
    call.end()
    return call
  }

  async function upgraded(path: string) {
    const call = sent('GET', path, { connection: 'Upgrade', upgrade: 'SPDY/3.1' })
    const [, socket, head] = (await once(call, 'upgrade')) as [IncomingMessage, Duplex, Buffer]
    socket.unshift(head)
    return { socket, lines: createInterface({ input: socket })[Symbol.asyncIterator]() }
  }
})

interface DiscoveredVersion {
  readonly version: string
  readonly freshness: string
  readonly resources: readonly { readonly resource: string }[]
}

function conditionsOf(object: { readonly [field: string]: unknown }) {
  const { conditions = [] } = (object['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string }[]
  }
  return conditions
}
