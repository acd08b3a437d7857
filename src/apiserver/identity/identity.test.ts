import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { Lease } from '../../api/coordination/v1/lease.ts'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { createClient } from '../../client/create-client.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { MemoryStore } from '../../storage/memory/memory-store.ts'
import { testApiServer } from '../testing.ts'
import { publishClusterInformation } from './cluster-information.ts'
import { startEndpointLeases, type EndpointLeases } from './endpoint-leases.ts'
import { IDENTITY_LABEL, startIdentityLease } from './identity-lease.ts'

async function server() {
  const clock = virtualClock()
  const api = await testApiServer({ clock })
  return { api, clock, client: createClient(api.transport) }
}

test('a server keeps a Lease while it runs, and removes those of servers long gone', async () => {
  const { api, clock, client } = await server()
  await using _ = api
  const start = (hostname: string): Promise<Disposable> =>
    startIdentityLease({
      client,
      clock,
      hostname,
      crypto: nodeCrypto(),
      random: seededRandom(1),
      logger: silentLogger,
    })
  const leases = async (): Promise<readonly Lease[]> => {
    const labelSelector = `${IDENTITY_LABEL}=kube-apiserver`
    return (await client.list(Lease, { namespace: 'kube-system', labelSelector })).items
  }
  const gone = await start('gone')
  gone[Symbol.dispose]()
  using here = await start('here')
  assert.ok(here)
  const before = await leases()
  assert.equal(before.length, 2)
  const mine = before.find(
    ({ metadata }) => metadata.labels?.['kubernetes.io/hostname'] === 'here',
  )!
  assert.match(mine.metadata.name, /^apiserver-[a-z2-7]{26}$/)
  assert.ok(mine.spec.holderIdentity!.startsWith(`${mine.metadata.name}_`))
  await clock.advance(10_000)
  const renewed = (await leases()).find(({ metadata }) => metadata.name === mine.metadata.name)!
  assert.notEqual(renewed.spec.renewTime, mine.spec.renewTime)
  assert.equal(renewed.spec.acquireTime, mine.spec.acquireTime)
  await clock.advance(2 * 3_600_000)
  const left = await leases()
  assert.deepEqual(
    left.map(({ metadata }) => metadata.labels?.['kubernetes.io/hostname']),
    ['here'],
  )
})

test('API servers on one store publish the addresses of all that run', async () => {
  const clock = virtualClock()
  await using store = new MemoryStore({ clock })
  let published: readonly string[] = []
  const start = (address: string): Promise<EndpointLeases> =>
    startEndpointLeases({
      store,
      clock,
      logger: silentLogger,
      address,
      publish: (addresses) => {
        published = addresses
        return Promise.resolve()
      },
    })
  const a = await start('10.0.0.1')
  const b = await start('10.0.0.2')
  assert.deepEqual(published, ['10.0.0.1', '10.0.0.2'])
  await clock.advance(60_000)
  assert.deepEqual(published, ['10.0.0.1', '10.0.0.2'])
  await b[Symbol.asyncDispose]()
  assert.deepEqual(published, ['10.0.0.1'])
  // One that ends without a word is missed when its key has passed away.
  await store.commit('/registry/masterleases/10.0.0.3', 0, {
    type: 'put',
    value: { bytes: new TextEncoder().encode('{"address":"10.0.0.3"}') },
    ttlSeconds: 15,
  })
  await a.reconcile()
  assert.deepEqual(published, ['10.0.0.1', '10.0.0.3'])
  await clock.advance(30_000)
  assert.deepEqual(published, ['10.0.0.1'])
  await a[Symbol.asyncDispose]()
  assert.deepEqual(published, ['10.0.0.1'])
})

test('cluster-info and extension-apiserver-authentication say whom to trust', async () => {
  const { api, client } = await server()
  await using _ = api
  const information = {
    server: 'https://10.0.0.1:6443',
    caPem: 'CA',
    clientCaPem: 'CLIENTS',
    requestHeader: { caPem: 'PROXIES', allowedNames: ['front-proxy-client'] },
  }
  await publishClusterInformation(client, information)
  const key = { namespace: 'kube-public', name: 'cluster-info' }
  const info = await client.get(ConfigMap, key)
  const [kubeconfig] = parseYamlDocuments(info.data!['kubeconfig']!)
  assert.deepEqual((kubeconfig!.value as { clusters: unknown }).clusters, [
    {
      name: '',
      cluster: { 'certificate-authority-data': 'Q0E=', server: 'https://10.0.0.1:6443' },
    },
  ])
  const authentication = await client.get(ConfigMap, {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication',
  })
  assert.equal(authentication.data!['client-ca-file'], 'CLIENTS')
  assert.equal(authentication.data!['requestheader-allowed-names'], '["front-proxy-client"]')

  // Two servers that start at once come to the same.
  await client.delete(ConfigMap, key)
  const twice = [1, 2].map(() => publishClusterInformation(client, information))
  await Promise.all(twice)
  const moved = ['a', 'b'].map((caPem) =>
    publishClusterInformation(client, { ...information, caPem }),
  )
  await Promise.all(moved)
  await publishClusterInformation(client, information)

  // What others added stays, and nothing is written where nothing is new.
  const again = await client.get(ConfigMap, key)
  const signed = { ...again, data: { ...info.data, 'jws-kubeconfig-abcdef': 'signature' } }
  const { metadata } = await client.update(ConfigMap, signed)
  await publishClusterInformation(client, information)
  const after = await client.get(ConfigMap, key)
  assert.equal(after.data!['jws-kubeconfig-abcdef'], 'signature')
  assert.equal(after.metadata.resourceVersion, metadata.resourceVersion)
})
