import assert from 'node:assert/strict'
import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { Secret } from '../../src/api/core/v1/secret.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import type { Client } from '../../src/client/client.ts'
import { createClient } from '../../src/client/create-client.ts'
import { httpsTransport } from '../../src/client/https-transport.node.ts'
import { loadKubeconfig } from '../../src/client/kubeconfig.node.ts'
import {
  dataDirectory,
  presentTree,
  releaseTags,
  tagTree,
  type ReleaseTree,
} from './releases.node.ts'

const TAGS = releaseTags()
const FORMATS = join(import.meta.dirname, '..', '..', 'src', 'storage', 'sqlite', 'formats')
const UP = ['up', '--detach', '--node', 'none', '--listen', '127.0.0.1:0']
const WEB = { namespace: 'default', name: 'web' }

for (const tag of TAGS)
  test(`${tag} and this tree: the one's data and nodes work with the other's control plane`, async () => {
    await using earlier = await tagTree(tag)
    await sideBySide(earlier, presentTree())
  })

if (TAGS.length === 0)
  test('no release is tagged yet, so this tree is both: data and nodes work with the control plane of another process', () =>
    sideBySide(presentTree(), presentTree()))

/** A cluster of the earlier release with a node of the later one becomes one of the later with a node of the earlier. */
async function sideBySide(earlier: ReleaseTree, later: ReleaseTree): Promise<void> {
  await using data = await dataDirectory()
  const before = await withCluster(earlier, data.path, async (client, kubeconfig) => {
    await using _node = await later.startNode(kubeconfig, 'node-1')
    await client.create(Secret, { metadata: { ...WEB }, stringData: { key: 'value' } })
    await client.create(Deployment, { metadata: WEB, spec: { replicas: 2, ...WEB_SPEC } })
    return { pods: await running(client, 2), secret: await client.get(Secret, WEB) }
  })
  await withCluster(later, data.path, async (client, kubeconfig) => {
    assert.deepEqual(await client.get(Secret, WEB), before.secret)
    await using _node = await earlier.startNode(kubeconfig, 'node-1')
    await client.patch(Deployment, WEB, 'merge', { spec: { replicas: 4 } })
    const after = await running(client, 4)
    const uids = new Set(after.map(({ metadata }) => metadata.uid))
    for (const { metadata } of before.pods) assert.ok(uids.has(metadata.uid))
  })
}

const WEB_SPEC = {
  selector: { matchLabels: { app: 'web' } },
  template: {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'nginx' }] },
  },
}

/** Runs a cluster on a data directory, as the flags that it remembers say, while it is used. */
async function withCluster<T>(
  release: ReleaseTree,
  path: string,
  use: (client: Client, kubeconfig: string) => Promise<T>,
): Promise<T> {
  await release.trierarch(...UP, '--data-dir', path)
  const kubeconfig = join(path, 'kubeconfig')
  using transport = httpsTransport(await loadKubeconfig(kubeconfig))
  const result = await use(createClient(transport), kubeconfig)
  await release.trierarch('down', '--data-dir', path)
  return result
}

async function running(client: Client, count: number): Promise<readonly Pod[]> {
  return eventually(async () => {
    const { items } = await client.list(Pod, { labelSelector: 'app=web' })
    return (
      items.length === count && items.every(({ status }) => status.phase === 'Running') && items
    )
  })
}

test('a cluster starts on a data directory with a store of each format', async () => {
  const formats = (await readdir(FORMATS)).filter((name) => name.endsWith('.db'))
  assert.ok(formats.length > 0)
  for (const format of formats) {
    await using data = await dataDirectory()
    await mkdir(join(data.path, 'store'))
    await cp(join(FORMATS, format), join(data.path, 'store', 'state.db'))
    await withCluster(presentTree(), data.path, async (client) => {
      const { items } = await client.list(Pod, { namespace: 'default' })
      assert.deepEqual(
        items.map(({ metadata }) => metadata.name),
        ['web-0', 'web-1'],
      )
    })
  }
})
