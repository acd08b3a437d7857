import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CustomResourceDefinition } from '../../../src/api/apiextensions/v1/custom-resource-definition.ts'
import { StorageVersionMigration } from '../../../src/api/storagemigration/v1beta1/storage-version-migration.ts'
import { Cluster } from '../../../src/cluster/cluster.node.ts'

const DEFINITION = { name: 'things.example.com' }

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
})

const definition = (storage: 'v1' | 'v2') => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: DEFINITION,
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Thing', plural: 'things' },
    versions: ['v1', 'v2'].map((name) => version(name, name === storage)),
  },
})

// Each as its own service account, with no more than the roles that come with the feature.
test('a migration has custom resources stored in the newest version, so that the old one can go', async () => {
  const written = new Map<string, string>()
  await using cluster = await Cluster.start({
    nodes: 0,
    clock: 'virtual',
    featureGates: { StorageVersionMigrator: true },
    runtimeConfig: { 'storagemigration.k8s.io/v1beta1': true },
    onWrite: ({ key, entry }) => {
      if (key.includes('/things/') && entry)
        written.set(
          key,
          (JSON.parse(new TextDecoder().decode(entry.value.bytes)) as { apiVersion: string })
            .apiVersion,
        )
    },
  })
  const { client } = cluster
  await cluster.apply(JSON.stringify(definition('v1')))
  await cluster.apply(
    JSON.stringify({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name: 'a', namespace: 'default' },
      spec: { size: 1 },
    }),
  )
  await cluster.apply(JSON.stringify(definition('v2')))
  const storedVersions = async () =>
    (await client.get(CustomResourceDefinition, DEFINITION)).status.storedVersions
  await cluster.eventually(async () => assert.deepEqual(await storedVersions(), ['v1', 'v2']))
  assert.deepEqual([...written.values()], ['example.com/v1'])
  await client.create(StorageVersionMigration, {
    metadata: { name: 'things' },
    spec: { resource: { group: 'example.com', resource: 'things' } },
  })
  await cluster.eventually(async () => {
    const { status } = await client.get(StorageVersionMigration, { name: 'things' })
    const succeeded = status.conditions?.find(({ type }) => type === 'Succeeded')
    assert.equal(succeeded?.status, 'True')
  })
  assert.deepEqual([...written.values()], ['example.com/v2'])
  assert.deepEqual(await storedVersions(), ['v2'])
})
