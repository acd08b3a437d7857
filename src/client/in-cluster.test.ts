import { strict as assert } from 'node:assert'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { tokenFile } from './credentials.node.ts'
import { inClusterConfig } from './in-cluster.node.ts'

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'in-cluster-'))
  try {
    await use(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

test('inClusterConfig() goes by the environment and the mounted files', async () => {
  await withDirectory(async (directory) => {
    await writeFile(join(directory, 'ca.crt'), 'CA')
    await writeFile(join(directory, 'token'), 'T\n')
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    const { server, ca, credentials } = await inClusterConfig(environment, directory)
    assert.deepEqual([server, ca], ['https://[fd00::1]:443', 'CA'])
    assert.ok(typeof credentials === 'function')
    assert.deepEqual(await credentials(), { type: 'token', token: 'T' })
  })
})

test('inClusterConfig() says what is missing outside of a cluster', async () => {
  await assert.rejects(inClusterConfig({}, '/'), /KUBERNETES_SERVICE_HOST .* must be set/)
})

test('tokenFile() reads the file again after a minute, and keeps what has not changed', async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'token')
    await writeFile(path, 'first')
    const clock = virtualClock()
    const source = tokenFile(path, clock)
    const first = await source()
    await clock.advance(61_000)
    assert.equal(await source(), first)
    await writeFile(path, 'second')
    assert.equal(await source(), first)
    await clock.advance(61_000)
    assert.deepEqual(await source(), { type: 'token', token: 'second' })
  })
})
