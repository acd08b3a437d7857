import assert from 'node:assert/strict'
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node'
import { test } from 'node:test'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import type { Client } from '../../client/client.ts'
import { createClient } from '../../client/create-client.ts'
import type { HttpHandler } from '../../serving/exchange.ts'
import { testServer } from '../../serving/testing.node.ts'
import { MemoryStore } from '../../storage/memory/memory-store.ts'
import type { Store } from '../../storage/store.ts'
import { createApiServer, type ApiServer } from '../api-server.ts'
import { eventually } from '../../base/async-eventually.node.ts'
import { httpsTestServer, type HttpsTestServer } from './testing.node.ts'

function kubeConfig({ port, pki }: Pick<HttpsTestServer, 'pki' | 'port'>): KubeConfig {
  const config = new KubeConfig()
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  config.loadFromClusterAndUser(
    {
      name: 'c',
      server: `https://127.0.0.1:${port}`,
      caData: base64(pki.ca.certPem),
      skipTLSVerify: false,
    },
    { name: 'u', certData: base64(pki.superAdmin.certPem), keyData: base64(pki.superAdmin.keyPem) },
  )
  return config
}

test('client-node creates, lists, patches and deletes', async (t) => {
  const api = await httpsTestServer(t)
  const core = kubeConfig(api).makeApiClient(CoreV1Api)
  const namespace = 'default'
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name: 'a' }, data: { x: '1' } },
  })
  const { items } = await core.listNamespacedConfigMap({ namespace })
  assert.deepEqual(
    items.map(({ data }) => data),
    [{ x: '1' }],
  )
  const patch = [{ op: 'replace', path: '/data/x', value: '2' }]
  const patched = await core.patchNamespacedConfigMap({ namespace, name: 'a', body: patch })
  assert.deepEqual(patched.data, { x: '2' })
  await core.deleteNamespacedConfigMap({ namespace, name: 'a' })
  await assert.rejects(core.readNamespacedConfigMap({ namespace, name: 'a' }), { code: 404 })
})

test("client-node's informer follows what happens", async (t) => {
  const api = await httpsTestServer(t)
  const config = kubeConfig(api)
  const core = config.makeApiClient(CoreV1Api)
  const namespace = 'default'
  const create = (name: string): Promise<V1ConfigMap> =>
    core.createNamespacedConfigMap({ namespace, body: { metadata: { name } } })
  await create('a')
  const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
    core.listNamespacedConfigMap({ namespace }),
  )
  const seen: string[] = []
  informer.on('add', ({ metadata }) => void seen.push(`add ${metadata!.name}`))
  informer.on('delete', ({ metadata }) => void seen.push(`delete ${metadata!.name}`))
  await informer.start()
  t.after(() => informer.stop())
  await create('b')
  await core.deleteNamespacedConfigMap({ namespace, name: 'a' })
  await eventually(() => seen.length === 3)
  assert.deepEqual(seen, ['add a', 'add b', 'delete a'])
})

test("client-node's informer stays exact over restarts of the server, compaction and expired versions", async (t) => {
  const store = new MemoryStore({ clock: systemClock })
  let running = await apiServerOn(store)
  t.after(async () => {
    await running[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })
  let serving: HttpHandler = running.handle
  const { server, pki } = await testServer(t, (exchange) => serving(exchange))
  const config = kubeConfig({ port: server.port, pki })
  const core = config.makeApiClient(CoreV1Api)
  const informer = makeInformer(config, '/api/v1/configmaps', () =>
    core.listConfigMapForAllNamespaces(),
  )
  let isStopped = false
  t.after(() => {
    isStopped = true
    return informer.stop()
  })
  // As its users do it: it stops at an error, and is started again until there is an answer.
  const begin = async (): Promise<void> => {
    while (!isStopped)
      if (
        await informer.start().then(
          () => true,
          () => false,
        )
      )
        return
  }
  informer.on('error', () => void begin())
  await begin()

  const versions = (items: readonly HasVersion[]): readonly string[] =>
    items.map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`).toSorted()
  for (let round = 0; round < 3; round++) {
    const client = (): Client => createClient(running.transportFor(ADMIN))
    const named = (name: string) => ({ metadata: { namespace: 'default', name } })
    await client().create(ConfigMap, named(`kept-${round}`))
    await client().create(ConfigMap, named(`goes-${round}`))
    await eventually(() => informer.list().length === round + 2)
    // It is away while much happens, of which nothing is remembered when it is back.
    serving = (exchange) => exchange.abort()
    await running[Symbol.asyncDispose]()
    running = await apiServerOn(store)
    await client().delete(ConfigMap, named(`goes-${round}`).metadata)
    await client().patch(ConfigMap, named(`kept-${round}`).metadata, 'merge', { data: { x: '1' } })
    await store.compact(await store.revision())
    serving = running.handle
    const { items } = await client().list(ConfigMap)
    await eventually(() => {
      assert.deepEqual(versions(informer.list()), versions(items))
      return true
    })
  }
})

interface HasVersion {
  readonly metadata?: { readonly name?: string; readonly resourceVersion?: string }
}

const ADMIN = { name: 'admin', groups: ['system:masters'] }

async function apiServerOn(store: Store): Promise<ApiServer> {
  const server = createApiServer({
    store,
    clock: systemClock,
    random: seededRandom(2),
    logger: silentLogger,
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
    authenticators: [() => ({ user: ADMIN })],
  })
  await server.start()
  return server
}
