import assert from 'node:assert/strict'
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node'
import { test } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { httpsTestServer, type HttpsTestServer } from './testing.node.ts'

function kubeConfig({ port, pki }: HttpsTestServer): KubeConfig {
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
