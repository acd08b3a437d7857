import { strict as assert } from 'node:assert'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from 'trierarch'
import { Deployment } from 'trierarch/api/apps/v1/deployment.ts'
import { Website } from './website.ts'

const KEY = { namespace: 'default', name: 'shop' }

export async function define(cluster: Cluster): Promise<void> {
  await cluster.apply(await readFile(join(import.meta.dirname, 'website.yaml'), 'utf8'))
}

/** The path of a kubeconfig of the cluster, for as long as it is not disposed. */
export async function kubeconfigFile(
  cluster: Cluster,
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'operator-'))
  const path = join(directory, 'kubeconfig')
  await writeFile(path, await cluster.kubeconfig(), { mode: 0o600 })
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) }
}

/** A Website lives its life, whoever looks after it. */
export async function livesItsLife(cluster: Cluster): Promise<void> {
  const { client } = cluster
  await cluster.apply(website('{ image: shop:1, replicas: 2 }'))
  await cluster.eventually(async () => {
    assert.equal((await client.get(Website, KEY)).status?.available, 2)
  })
  await cluster.apply(website('{ image: shop:2, replicas: 3 }'))
  await cluster.eventually(async () => {
    const { spec } = await client.get(Deployment, KEY)
    assert.equal(spec.template.spec.containers[0]?.image, 'shop:2')
    assert.equal((await client.get(Website, KEY)).status?.available, 3)
  })
  // What somebody else takes away comes back.
  await client.delete(Deployment, KEY)
  await cluster.eventually(async () => {
    assert.equal((await client.get(Deployment, KEY)).status.availableReplicas, 3)
  })
  await client.delete(Website, KEY)
  await cluster.eventually(async () => (await client.list(Deployment)).items.length === 0)
}

function website(spec: string): string {
  return `{apiVersion: example.com/v1, kind: Website, metadata: {name: shop}, spec: ${spec}}`
}
