import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Secret } from '../../src/api/core/v1/secret.ts'
import type { ListResult } from '../../src/client/client.ts'
import { ClusterRole } from '../../src/api/rbac/v1/cluster-role.ts'
import { SHIP, SHIPS } from './ships.ts'

const KEY = { namespace: 'default', name: 'settings' }

async function changedTwice({ client, clock }: Cluster): Promise<readonly string[]> {
  const { metadata } = await client.create(ConfigMap, { metadata: KEY, data: { oars: '1' } })
  await clock.advance('10s')
  const changed = await client.patch(ConfigMap, KEY, 'merge', { data: { oars: '2' } })
  await clock.advance('10s')
  await client.delete(ConfigMap, KEY)
  return [metadata.resourceVersion, changed.metadata.resourceVersion]
}

function virtualCluster(): Promise<Cluster> {
  return Cluster.start({ nodes: 0, clock: 'virtual' })
}

test('at() reads every state of an object, by revision and by time', async () => {
  await using cluster = await virtualCluster()
  const startMs = cluster.clock.now()
  const [first, second] = await changedTwice(cluster)
  await cluster.clock.advance('10s')
  const oars = async (when: string): Promise<string | undefined> =>
    (await cluster.at(when).get(ConfigMap, KEY)).data?.['oars']
  assert.equal(await oars(first!), '1')
  assert.equal(await oars(second!), '2')
  assert.equal(await oars(new Date(startMs + 5000).toISOString()), '1')
  assert.equal(await oars('15s'), '2')
  await assert.rejects(oars('1s'), /configmaps "settings" not found/)
  const then = cluster.at(first!)
  const { items, resourceVersion } = await then.list(ConfigMap, { namespace: 'default' })
  assert.ok(
    items.some(({ metadata, data }) => metadata.name === 'settings' && data?.['oars'] === '1'),
  )
  assert.equal(resourceVersion, first)
})

test('at() pages through the past', async () => {
  await using cluster = await virtualCluster()
  for (let i = 0; i < 5; i++)
    await cluster.client.create(ConfigMap, { metadata: { namespace: 'default', name: `c${i}` } })
  const { resourceVersion } = await cluster.client.list(ConfigMap, { namespace: 'default' })
  for (let i = 0; i < 5; i++)
    await cluster.client.delete(ConfigMap, { namespace: 'default', name: `c${i}` })
  const past = cluster.at(resourceVersion)
  const names: string[] = []
  for (let next: string | undefined = ''; next !== undefined;) {
    const page: ListResult<ConfigMap> = await past.list(ConfigMap, {
      namespace: 'default',
      limit: 2,
      ...(next !== '' && { continue: next }),
    })
    names.push(...page.items.map(({ metadata }) => metadata.name))
    next = page.continue
  }
  assert.deepEqual(
    names.filter((name) => name.startsWith('c')),
    ['c0', 'c1', 'c2', 'c3', 'c4'],
  )
})

test('at() watches from the past on', async () => {
  await using cluster = await virtualCluster()
  const [first] = await changedTwice(cluster)
  const types: string[] = []
  for await (const event of cluster
    .at(first!)
    .watch(ConfigMap, { fieldSelector: 'metadata.name=settings' })) {
    types.push(event.type)
    if (event.type === 'DELETED') break
  }
  assert.deepEqual(types, ['MODIFIED', 'DELETED'])
})

test('the past says in one sentence why it cannot be read or changed', async () => {
  await using cluster = await virtualCluster()
  const get = (when: string): Promise<unknown> => cluster.at(when).get(ConfigMap, KEY)
  await assert.rejects(get('9999999'), /revision 9999999 is yet to come: the newest is \d+/)
  await assert.rejects(get('2000-01-01T00:00:00Z'), /lies before the history that is kept/)
  await assert.rejects(get('9999-01-01T00:00:00Z'), /is yet to come/)
  assert.throws(() => cluster.at('yesterday'), /"yesterday" is no revision, time or duration/)
  const create = (name: string): Promise<unknown> =>
    cluster.client.create(ConfigMap, { metadata: { namespace: 'default', name } })
  // The past is forgotten in pieces of some size, in passing.
  for (let i = 0; i < 600; i++) await create(`c${i}`)
  await cluster.clock.advance('30m')
  await create('last')
  await assert.rejects(get('3'), /The resourceVersion for the provided list is too old/)
  await assert.rejects(
    cluster.at('1s').create(ConfigMap, { metadata: KEY }),
    /the server does not allow this method on the requested resource/,
  )
})

test('the past may be read by those who may read the present, and by nobody else', async () => {
  await using cluster = await virtualCluster()
  const { client } = cluster
  const user = { name: 'eve', groups: ['system:authenticated'] }
  await client.create(ClusterRole, {
    metadata: { name: 'configmaps' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
  })
  const [first] = await changedTwice(cluster)
  const read = (): Promise<unknown> => cluster.at(first!, user).get(ConfigMap, KEY)
  await assert.rejects(read(), /User "eve" cannot get resource "configmaps"/)
  await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: eve }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: configmaps }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: eve }]
`)
  await cluster.eventually(async () => (await read()) !== undefined)
})

test('the past of Secrets is kept encrypted, and of custom resources, too', async () => {
  const bytes: Uint8Array[] = []
  await using cluster = await Cluster.start({
    nodes: 0,
    clock: 'virtual',
    onWrite: ({ key, entry }) => {
      if (key.startsWith('/registry/secrets/default/')) bytes.push(entry!.value.bytes)
    },
    encryptionConfiguration: `
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers: [{ aesgcm: { keys: [{ name: one, secret: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= }] } }]
`,
  })
  const { client } = cluster
  await cluster.apply(SHIPS)
  const apply = (oars: number): Promise<unknown> =>
    cluster.apply(
      `{ apiVersion: example.com/v1, kind: Ship, metadata: { name: a }, oars: ${oars} }`,
    )
  await apply(1)
  const secret = await client.create(Secret, { metadata: KEY, data: { word: 'c2VzYW1l' } })
  await client.patch(Secret, KEY, 'merge', { data: { word: 'b3Blbg==' } })
  await apply(2)
  const then = cluster.at(secret.metadata.resourceVersion)
  assert.equal((await then.get(Secret, KEY)).data?.['word'], 'c2VzYW1l')
  assert.equal(bytes.length, 2)
  for (const each of bytes) assert.match(new TextDecoder().decode(each), /^k8s:enc:aesgcm:v1:one:/)
  const ship = await then.get(SHIP, { namespace: 'default', name: 'a' })
  assert.equal((ship as unknown as { oars: number }).oars, 1)
})
