import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResourceCalls, startTestServer, type ListValue } from '../testing.node.ts'
import type { TestApiServer } from '../testing.ts'

function pods({ transport }: TestApiServer, namespace?: string): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'pods', namespace)
}

async function create(api: TestApiServer, name: string, nodeName = ''): Promise<void> {
  const containers = [{ name: 'c', image: 'i' }]
  const spec = { containers, ...(nodeName !== '' && { nodeName }) }
  await pods(api, 'default').create({ metadata: { name }, spec })
}

function names({ items }: ListValue): readonly string[] {
  return items.map(({ metadata }) => metadata.name!)
}

const ON_N = { fieldSelector: 'spec.nodeName=n' }

test('a list by an indexed field follows what happens', async () => {
  await using api = await startTestServer()
  await create(api, 'b', 'n')
  await create(api, 'a', 'n')
  await create(api, 'c')
  assert.deepEqual(names(await pods(api).list(ON_N)), ['a', 'b'])
  const body = { metadata: { name: 'c' }, target: { name: 'n' } }
  await pods(api, 'default').create(body, { name: 'c', subresource: 'binding' })
  assert.deepEqual(names(await pods(api).list(ON_N)), ['a', 'b', 'c'])
  await pods(api, 'default').delete('a', { gracePeriodSeconds: 0 })
  assert.deepEqual(names(await pods(api).list(ON_N)), ['b', 'c'])
  const labelled = { ...ON_N, labelSelector: 'none' }
  assert.deepEqual(names(await pods(api).list(labelled)), [])
  assert.deepEqual(names(await pods(api, 'other').list(ON_N)), [])
})

test('a list by an indexed field is true for its resourceVersion, whatever is written meanwhile', async () => {
  await using api = await startTestServer()
  const lists: ListValue[] = []
  const writing = Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      await create(api, `p-${i}`, i % 2 === 0 ? 'n' : 'm')
      if (i % 3 === 0) await pods(api, 'default').delete(`p-${i}`, { gracePeriodSeconds: 0 })
    }),
  )
  for (let i = 0; i < 20; i++) lists.push(await pods(api).list(ON_N))
  await writing
  for (const list of lists) {
    const { resourceVersion } = list.metadata
    const exact = { ...ON_N, resourceVersion, resourceVersionMatch: 'Exact' } as const
    assert.deepEqual((await pods(api).list(exact)).items, list.items)
  }
})
