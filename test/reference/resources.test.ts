import assert from 'node:assert/strict'
import { test } from 'node:test'
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

function nameOf({ resource }: ResourceClass): string {
  return `${apiVersionOf(resource)} ${resource.plural}`
}

function firstWords(line: string): string {
  return line.split(' ', 2).join(' ')
}
