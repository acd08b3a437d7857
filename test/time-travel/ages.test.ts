import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Cluster } from 'trierarch'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { loadKubeconfig } from '../../src/client/kubeconfig.node.ts'
import { ask1 } from '../../src/serving/testing.node.ts'
import { SHIPS } from './ships.ts'

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

interface Table {
  readonly columnDefinitions: readonly { readonly name: string }[]
  readonly rows: readonly { readonly cells: readonly unknown[] }[]
}

/** Reads the age that a table shows, as kubectl would. */
async function ageReader(
  t: TestContext,
  cluster: Cluster,
): Promise<(path: string) => Promise<unknown>> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-ages-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const file = join(directory, 'kubeconfig')
  await writeFile(file, await cluster.kubeconfig())
  const { server, credentials } = await loadKubeconfig(file)
  assert.ok(typeof credentials === 'object' && credentials.type === 'certificate')
  const port = Number(new URL(server).port)
  const { cert, key } = credentials
  return async (path) => {
    const { status, body } = await ask1(port, path, { cert, key, headers: { accept: TABLE } })
    assert.equal(status, 200, body.toString())
    const { columnDefinitions, rows } = JSON.parse(body.toString()) as Table
    return rows[0]!.cells[columnDefinitions.findIndex(({ name }) => name === 'Age')]
  }
}

test('ages in the past count to the moment that is shown', async (t) => {
  await using cluster = await Cluster.start({ nodes: 0, clock: 'virtual' })
  const { client, clock } = cluster
  const startMs = clock.now()
  const key = { namespace: 'default', name: 'web' }
  const containers = [{ name: 'main', image: 'example' }]
  await client.create(Pod, { metadata: key, spec: { containers } })
  await cluster.apply(`${SHIPS}---
{ apiVersion: example.com/v1, kind: Ship, metadata: { name: web } }`)
  await clock.advance('30s')
  const marked = await client.patch(Pod, key, 'merge', { metadata: { labels: { a: 'b' } } })
  await clock.advance('60s')
  const age = await ageReader(t, cluster)
  const pods = '/api/v1/namespaces/default/pods'
  assert.equal(await age(pods), '90s')
  assert.equal(await age(`/trierarch/at/${marked.metadata.resourceVersion}${pods}`), '30s')
  assert.equal(await age(`/trierarch/at/${marked.metadata.resourceVersion}${pods}/web`), '30s')
  assert.equal(await age(`/trierarch/at/40s${pods}`), '50s')
  const time = new Date(startMs + 20_000).toISOString()
  assert.equal(await age(`/trierarch/at/${time}${pods}`), '20s')
  assert.equal(await age(`/trierarch/at/40s/apis/example.com/v1/namespaces/default/ships`), '50s')
})
