import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Secret } from '../../src/api/core/v1/secret.ts'
import { fieldChanges } from '../../src/cmd/past/diff/field-changes.ts'
import { compareStates, formatChanges, readState } from '../../src/cmd/past/diff/state.ts'
import { coreTypes } from './play.ts'

const TYPES = coreTypes('ConfigMap', 'Secret')

test('fieldChanges() tells items of lists by their names', () => {
  const before = { spec: { containers: [{ name: 'a', image: '1' }, { name: 'b' }], args: ['x'] } }
  const after = { spec: { containers: [{ name: 'b' }, { name: 'a', image: '2' }], args: ['y'] } }
  assert.deepEqual(fieldChanges(before, after), [
    { path: 'spec.containers[name=a].image', before: '1', after: '2' },
    { path: 'spec.args[0]', before: 'x', after: 'y' },
  ])
  const labels = { labels: { 'a.b/c': 'd' } }
  assert.deepEqual(fieldChanges(labels, { labels: {} }), [
    { path: 'labels["a.b/c"]', before: 'd', after: undefined },
  ])
})

test('compareStates() finds what was added, changed and removed, and gives no secret away', async () => {
  await using cluster = await Cluster.start({ nodes: 0, clock: 'virtual' })
  const { client } = cluster
  const key = (name: string) => ({ namespace: 'default', name })
  await client.create(ConfigMap, { metadata: key('goes') })
  await client.create(ConfigMap, { metadata: key('stays'), data: { oars: '1' } })
  const applied = (data: object) => ({
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data }),
  })
  const { metadata } = await client.create(Secret, {
    metadata: { ...key('s'), annotations: applied({ a: 'YQ==' }) },
    data: { a: 'YQ==' },
  })
  await client.delete(ConfigMap, key('goes'))
  await client.patch(ConfigMap, key('stays'), 'merge', { data: { oars: '2' } })
  await client.patch(Secret, key('s'), 'merge', {
    metadata: { annotations: applied({ a: 'Yg==', b: 'Yg==' }) },
    data: { a: 'Yg==', b: 'Yg==' },
  })
  await client.create(ConfigMap, { metadata: key('comes') })
  const before = await readState(cluster.at(metadata.resourceVersion), TYPES)
  const text = formatChanges(compareStates(before, await readState(client, TYPES)))
  assert.equal(
    text,
    `+ v1 ConfigMap default/comes
- v1 ConfigMap default/goes
~ v1 ConfigMap default/stays
    data.oars: "1" -> "2"
~ v1 Secret default/s
    data.a: "***" -> "***"
    data.b: (none) -> "***"
`,
  )
})
