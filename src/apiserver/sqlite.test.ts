import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../base/clock.node.ts'
import { silentLogger } from '../base/logger.ts'
import { systemRandom } from '../base/random.node.ts'
import { openSqliteStore } from '../storage/sqlite/sqlite-store.node.ts'
import { createApiServer, type ApiServer } from './api-server.ts'
import { ResourceCalls, statusWith } from './testing.node.ts'

async function temporaryFile(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-apiserver-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'store.db')
}

/** Runs an API server on a file, and stops it. */
async function serve<T>(file: string, use: (server: ApiServer) => Promise<T>): Promise<T> {
  await using store = await openSqliteStore({ file })
  await using server = createApiServer({
    store,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
    freeze: true,
  })
  await server.start()
  return await use(server)
}

function calls(server: ApiServer, resource: string): ResourceCalls {
  const transport = server.transportFor({ name: 'test', groups: ['system:masters'] })
  return new ResourceCalls(transport, 'v1', resource, 'default')
}

test('objects and what they hold are the same after a restart', async (t) => {
  const file = await temporaryFile(t)
  const spec = { ports: [{ port: 80 }], clusterIP: '10.96.0.10' }
  const before = await serve(file, async (server) => {
    const configMap = await calls(server, 'configmaps').create({
      metadata: { name: 'a', labels: { x: 'y' } },
      data: { x: 'é' },
    })
    await calls(server, 'services').create({ metadata: { name: 's' }, spec })
    return configMap
  })
  await serve(file, async (server) => {
    const after = await calls(server, 'configmaps').get('a')
    assert.deepEqual(after, before)
    const changed = await calls(server, 'configmaps').patch('a', { data: { y: '2' } })
    assert.ok(Number(changed.metadata.resourceVersion) > Number(before.metadata.resourceVersion))
    await assert.rejects(
      calls(server, 'services').create({ metadata: { name: 'other' }, spec }),
      statusWith({ code: 422, message: /provided IP is already allocated/ }),
    )
  })
})

test('a watch goes on over a restart where it was', async (t) => {
  const file = await temporaryFile(t)
  const resourceVersion = await serve(file, async (server) => {
    const configMaps = calls(server, 'configmaps')
    const { metadata } = await configMaps.create({ metadata: { name: 'a' } })
    await configMaps.create({ metadata: { name: 'b' } })
    await configMaps.delete('a')
    return metadata.resourceVersion!
  })
  await serve(file, async (server) => {
    const seen = await calls(server, 'configmaps').watch(
      { resourceVersion },
      ({ length }) => length === 2,
    )
    assert.deepEqual(seen, ['ADDED b', 'DELETED a'])
  })
})
