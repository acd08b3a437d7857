import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import type { Action } from '../../src/cmd/past/record/action.ts'
import { mergeDiff } from '../../src/cmd/past/record/merge-diff.ts'
import { readActions } from '../../src/cmd/past/record/read-actions.ts'
import { record } from '../../src/cmd/past/record/record.ts'
import { coreTypes, play } from './play.ts'

const TYPES = coreTypes('ConfigMap', 'Node', 'Pod', 'Secret')
const KEY = { namespace: 'default', name: 'settings' }

test('what was recorded in one cluster is done again in another', async () => {
  const actions: Action[] = []
  const end = new AbortController()
  await using cluster = await Cluster.start({ nodes: 0 })
  const { client, clock } = cluster
  const { metadata: owner } = await client.create(ConfigMap, {
    metadata: KEY,
    data: { oars: '1', sails: '1' },
  })
  const recording = record({
    client,
    clock,
    types: TYPES,
    signal: end.signal,
    write: (action) => void actions.push(action),
  })
  await cluster.eventually(() => actions.length > 0)
  await client.patch(ConfigMap, KEY, 'merge', { data: { oars: '2', sails: null } })
  await client.create(Pod, {
    metadata: {
      namespace: 'default',
      name: 'web',
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: owner.name, uid: owner.uid }],
    },
    spec: { nodeName: 'far', containers: [{ name: 'main', image: 'example' }] },
  })
  await cluster.eventually(() => actions.some(({ target }) => target.name === 'web'))
  end.abort()
  await recording
  assert.ok(actions.every(({ resource }) => resource.resource !== 'secrets'))

  const lines = actions.map((each) => JSON.stringify(each)).join('\n')
  await using other = await Cluster.start({ nodes: 0 })
  const refused = await play(other, readActions(lines, TYPES, 0), TYPES)
  assert.deepEqual(
    refused.filter((each) => !each.includes('the namespace of the object')),
    [],
  )
  const settings = await other.client.get(ConfigMap, KEY)
  assert.deepEqual(settings.data, { oars: '2' })
  const { metadata, spec } = await other.client.get(Pod, { namespace: 'default', name: 'web' })
  assert.equal(spec.nodeName, 'far')
  assert.equal(metadata.ownerReferences?.[0]?.uid, settings.metadata.uid)
})

test('recordings that cannot be read say why', () => {
  assert.throws(() => readActions('{"a":1}\n{"b"', TYPES, 0), /line 2: /)
  assert.throws(
    () => readActions('{ "apiVersion": "v1", "kind": "Ship", "metadata": {} }', TYPES, 0),
    /the cluster does not serve v1 Ship/,
  )
  for (const text of ['root:x:0:0', '[1]', '{ "kind": "Pod" }'])
    assert.throws(() => readActions(text, TYPES, 0), /it is no recording/)
})

test('mergeDiff() makes a patch that removes, changes and adds', () => {
  const patch = mergeDiff({ a: 1, b: { c: [1], d: 2 }, e: 1 }, { b: { c: [2], d: 2 }, e: 1, f: {} })
  assert.deepEqual(patch, { a: null, b: { c: [2] }, f: {} })
})
