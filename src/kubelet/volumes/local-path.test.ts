import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Node } from '../../api/core/v1/node.ts'
import { LOCAL_PATH_DIRECTORY, removalKey, removalsOf } from '../../api/storage/v1/local-path.ts'
import { testApiServer } from '../../apiserver/testing.ts'
import { eventually } from '../../base/async-eventually.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { systemRandom } from '../../base/random.node.ts'
import { createClient } from '../../client/create-client.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { localPathAnnotations, makeLocalPath, removeLocalPaths } from './local-path.node.ts'

const VOLUME = 'pvc-0b3f6a5e-1111-4222-8333-444455556666'
const NODE = { name: 'n1' }

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-local-path-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

test('makeLocalPath() makes what the provisioner named, open to all, and nothing else', async (t) => {
  const dataDir = await directory(t)
  const root = localPathAnnotations(dataDir)[LOCAL_PATH_DIRECTORY]!
  await makeLocalPath(dataDir, join(root, VOLUME))
  assert.equal((await stat(join(root, VOLUME))).mode & 0o777, 0o777)
  for (const other of [`${root}/../${VOLUME}`, `${root}/other`, join(dataDir, VOLUME)]) {
    await makeLocalPath(dataDir, other)
    assert.equal(await isThere(other), false)
  }
})

test('removeLocalPaths() removes what is asked for on the Node, and never leaves the directory', async (t) => {
  const dataDir = await directory(t)
  const root = localPathAnnotations(dataDir)[LOCAL_PATH_DIRECTORY]!
  await using api = await testApiServer({ clock: systemClock })
  const client = createClient(api.transport)
  await client.create(Node, { metadata: NODE })
  const shared = { client, clock: systemClock, random: systemRandom, logger: silentLogger }
  await using informers = createInformers(shared)
  const nodes = informers.informer(Node, { fieldSelector: 'metadata.name=n1' })
  await using _remover = removeLocalPaths({ ...shared, nodes, nodeName: 'n1', dataDir })
  informers.start()

  await makeLocalPath(dataDir, join(root, VOLUME))
  await mkdir(join(root, VOLUME, 'sub'))
  await writeFile(join(root, VOLUME, 'sub', 'file'), 'data')
  await mkdir(join(dataDir, 'pods'))
  const ask = async (volume: string) => {
    const annotations = { [removalKey(volume)]: 'requested' }
    await client.patch(Node, NODE, 'merge', { metadata: { annotations } })
    return eventually(async () => {
      const { annotations: now } = (await client.get(Node, NODE)).metadata
      const removal = removalsOf(now).get(volume)
      return removal !== 'requested' && removal
    })
  }
  assert.equal(await ask(VOLUME), 'removed')
  assert.equal(await isThere(join(root, VOLUME)), false)
  assert.deepEqual(await ask('pods'), {
    failure: '"pods" is not the name of a volume of this node',
  })
  assert.equal(await isThere(join(dataDir, 'pods')), true)
})
