import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiResourceList } from '../../src/apiserver/discovery/classic.ts'
import { groupsOf } from '../../src/apiserver/discovery/groups.ts'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { storageClassOf } from '../../src/api/resources.ts'
import { apiVersionOf, type ResourceClass } from '../../src/schema/resource.ts'
import { defaultKinds, optionalKinds } from './declared.ts'
import { RESOURCE_EXCEPTIONS } from './exceptions.ts'
import { assertSameLines, factLines } from './facts.ts'
import { resourceLine } from './resource-lines.ts'

function lineOf(type: ResourceClass): string {
  const { resource } = type
  const isStored = resource.verbs.includes('get')
  const storedAs = isStored ? apiVersionOf(storageClassOf(type).resource) : undefined
  return resourceLine({ ...resource, storedAs })
}

test('the kinds, and what can be done with them, are those of Kubernetes 1.36', async () => {
  const ours = [...defaultKinds, ...(await optionalKinds())].map(lineOf)
  const facts = [...factLines('resources.txt'), ...factLines('optional-resources.txt')]
  assertSameLines(ours, facts, RESOURCE_EXCEPTIONS)
})

test('the kinds that are served by default are those of Kubernetes 1.36', () => {
  assert.deepEqual(defaultKinds.map(nameOf).toSorted(), factLines('resources.txt').map(firstWords))
})

test('each group prefers the version that it prefers in Kubernetes 1.36', async () => {
  const groups = groupsOf([...defaultKinds, ...(await optionalKinds())])
  const preferred = groups.map(({ name, versions }) => `${name || 'core'} ${versions[0]!.version}`)
  assert.deepEqual(preferred.toSorted(), factLines('preferred-versions.txt'))
})

test('what objects are stored as is hashed as in real clusters', () => {
  const known = new Map(factLines('storage-version-hashes.txt').map(nameAndHash))
  const types = defaultKinds.filter((type) => known.has(nameOf(type)))
  assert.equal(types.length, known.size)
  for (const [apiVersion, of] of Map.groupBy(types, ({ resource }) => apiVersionOf(resource))) {
    const { group, version } = of[0]!.resource
    const { resources } = apiResourceList(group, { version, resources: of }, nodeCrypto())
    for (const each of resources) {
      const expected = known.get(`${apiVersion} ${each.name}`)
      const { storageVersionHash } = each as { readonly storageVersionHash?: string }
      assert.equal(storageVersionHash, expected, each.name)
    }
  }
})

function nameAndHash(line: string): readonly [name: string, hash: string] {
  const [apiVersion, plural, hash] = line.split(' ')
  return [`${apiVersion} ${plural}`, hash!]
}

function nameOf({ resource }: ResourceClass): string {
  return `${apiVersionOf(resource)} ${resource.plural}`
}

function firstWords(line: string): string {
  return line.split(' ', 2).join(' ')
}
