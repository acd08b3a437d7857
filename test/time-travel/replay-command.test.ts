import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { output } from '../e2e/programs.node.ts'
import { ROOT } from '../e2e/test-cluster.node.ts'

const action = (ms: number, rest: object): string =>
  JSON.stringify({
    apiVersion: 'action.kwok.x-k8s.io/v1alpha1',
    kind: 'ResourcePatch',
    resource: { version: 'v1', resource: 'configmaps' },
    target: { namespace: 'default', name: 'settings' },
    durationNanosecond: ms * 1e6,
    ...rest,
  })

const RECORDING = [
  action(0, {
    method: 'create',
    template: { metadata: { namespace: 'default', name: 'settings' } },
  }),
  action(500, { method: 'patch', patchType: 'merge', template: { data: { oars: '2' } } }),
].join('\n')

test('`trierarch replay` waits where the recording paused', async (t) => {
  await using cluster = await Cluster.start({ nodes: 0 })
  const dataDir = await mkdtemp(join(tmpdir(), 'trierarch-replay-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  await writeFile(join(dataDir, 'kubeconfig'), await cluster.kubeconfig())
  const file = join(dataDir, 'recording.jsonl')
  await writeFile(file, RECORDING)
  const said = await output([join(ROOT, 'bin', 'trierarch'), 'replay', file, '--data-dir', dataDir])
  assert.equal(said, 'Replayed 2 of 2 actions.')
  const key = { namespace: 'default', name: 'settings' }
  assert.deepEqual((await cluster.client.get(ConfigMap, key)).data, { oars: '2' })
})
