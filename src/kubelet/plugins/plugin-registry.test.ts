import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { type Logger, silentLogger } from '../../base/logger.ts'
import { type GrpcServer, serveGrpc, unaryMethod } from '../../grpc/grpc-server.node.ts'
import { type Plugin, watchPlugins } from './plugin-registry.node.ts'
import { REGISTRATION } from './registration.ts'

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-plugins-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

/** A plugin, and what it was told. */
async function plugin(
  path: string,
  name: string,
  type = 'Test',
): Promise<GrpcServer & { readonly told: string[] }> {
  const told: string[] = []
  const server = await serveGrpc(path, [
    unaryMethod(REGISTRATION.getInfo, () => ({ type, name, supportedVersions: ['1.0.0'] })),
    unaryMethod(REGISTRATION.notify, ({ pluginRegistered, error }) => {
      told.push(pluginRegistered ? 'registered' : error)
      return {}
    }),
  ])
  return { ...server, told }
}

function recorder() {
  const seen: string[] = []
  let failures = 0
  return {
    seen,
    failTimes: (times: number) => (failures = times),
    handler: {
      async register({ name, endpoint, versions }: Plugin) {
        if (failures > 0) {
          failures -= 1
          throw new Error('not yet')
        }
        seen.push(`+${name} ${endpoint.split('/').at(-1)} ${versions.join()}`)
      },
      async deregister({ name }: Plugin) {
        seen.push(`-${name}`)
      },
    },
  }
}

test('watchPlugins() meets plugins that are there, that come, and that come again', async (t) => {
  const path = await directory(t)
  const { seen, handler } = recorder()
  await writeFile(join(path, 'file'), '') // Not a socket.
  await using first = await plugin(join(path, 'a.sock'), 'a')
  const options = { directory: path, handlers: { Test: handler }, clock: systemClock }
  await using _registry = await watchPlugins({ ...options, logger: silentLogger })
  const sees = (...wanted: string[]) =>
    eventually(() => {
      assert.deepEqual(seen, wanted)
      return true
    })
  await sees('+a a.sock 1.0.0')
  await eventually(() => first.told.includes('registered'))
  await using _second = await plugin(join(path, 'b.sock'), 'b')
  await sees('+a a.sock 1.0.0', '+b b.sock 1.0.0')
  await first[Symbol.asyncDispose]()
  await sees('+a a.sock 1.0.0', '+b b.sock 1.0.0', '-a')
  await using _again = await plugin(join(path, 'a.sock'), 'a')
  await sees('+a a.sock 1.0.0', '+b b.sock 1.0.0', '-a', '+a a.sock 1.0.0')
})

test('watchPlugins() tells a plugin why it is not registered, and asks it again', async (t) => {
  const path = await directory(t)
  const { seen, handler, failTimes } = recorder()
  failTimes(1)
  await using late = await plugin(join(path, 'a.sock'), 'a')
  await using odd = await plugin(join(path, 'b.sock'), 'b', 'Odd')
  const options = { directory: path, handlers: { Test: handler }, clock: systemClock }
  await using _registry = await watchPlugins({ ...options, logger: silentLogger })
  await eventually(() => seen.length === 1 && late.told.includes('registered'))
  assert.deepEqual(late.told, ['not yet', 'registered'])
  assert.equal(
    odd.told[0],
    `no handler registered for plugin type: Odd at socket ${join(path, 'b.sock')}`,
  )
})

test('watchPlugins() goes on where the directory cannot be read for a while', async (t) => {
  const path = await directory(t)
  const { seen, handler, failTimes } = recorder()
  const warnings: string[] = []
  const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) }
  failTimes(3) // So that it looks again in any case, also where the directory goes late.
  await using first = await plugin(join(path, 'a.sock'), 'a')
  const options = { directory: path, handlers: { Test: handler }, clock: systemClock }
  await using _registry = await watchPlugins({ ...options, logger })
  await eventually(() => first.told.includes('not yet'))
  // At once: a directory that is emptied before it goes would be seen as one without plugins.
  const away = `${path}.away`
  t.after(() => rm(away, { recursive: true }))
  await rename(path, away)
  await eventually(() => warnings.includes('Cannot look for plugins'))
  await mkdir(path)
  await using _second = await plugin(join(path, 'b.sock'), 'b')
  await eventually(() => seen.at(-1) === '+b b.sock 1.0.0')
})
