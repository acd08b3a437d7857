import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { parseCredentialProviders } from './credential-provider-config.ts'
import { credentialProviders } from './credential-providers.node.ts'

const VERSION = 'credentialprovider.kubelet.k8s.io/v1'
const config = (providers: readonly object[]): string =>
  JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1',
    kind: 'CredentialProviderConfig',
    providers,
  })
const provider = (more: object = {}) => ({
  name: 'helper',
  matchImages: ['*.example.com'],
  defaultCacheDuration: '10m',
  apiVersion: VERSION,
  ...more,
})

test('parseCredentialProviders() names all that is wrong', () => {
  assert.equal(parseCredentialProviders(config([provider()]))[0]!.name, 'helper')
  assert.throws(() => parseCredentialProviders(config([])), /at least 1 item in plugins/)
  assert.throws(
    () => parseCredentialProviders(config([provider({ name: 'a/b', matchImages: [] })])),
    /providers\[0\]\.name: .*path separators.*providers\[0\]\.matchImages: Required value/,
  )
  assert.throws(() => parseCredentialProviders('kind: Pod'), /no kind "Pod" is registered/)
  assert.throws(() => parseCredentialProviders('kind: [Pod'), { name: 'CredentialProviderError' })
  assert.throws(
    () => parseCredentialProviders(config([provider({ more: 1 })])),
    /strict decoding error: unknown field "providers\[0\]\.more"/,
  )
})

test('credentialProviders() ask programs, for the images that they are for, and keep what they say', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-providers-'))
  try {
    const [asked, answer] = [join(directory, 'asked'), join(directory, 'answer')]
    const script = `#!/bin/sh\ncat >> ${asked}; echo " $1 $WHO" >> ${asked}; cat ${answer} || exit 3\n`
    await writeFile(join(directory, 'helper'), script)
    await chmod(join(directory, 'helper'), 0o755)
    const configFile = join(directory, 'config.json')
    const more = { args: ['get'], env: [{ name: 'WHO', value: 'me' }] }
    await writeFile(configFile, config([provider(more)]))
    const clock = virtualClock()
    const providers = await credentialProviders({
      configFile,
      binDirectory: directory,
      clock,
      logger: silentLogger,
    })
    const questions = async (): Promise<readonly string[]> =>
      (await readFile(asked, 'utf8').catch(() => '')).split('\n').slice(0, -1)

    assert.deepEqual(await providers.credentials('a.example.com/app:1'), [])
    assert.equal((await questions()).length, 1)
    await writeFile(
      answer,
      JSON.stringify({
        kind: 'CredentialProviderResponse',
        apiVersion: VERSION,
        cacheKeyType: 'Registry',
        auth: { 'a.example.com/app': { username: 'u', password: 'p' } },
      }),
    )
    const login = [{ auth: { username: 'u', password: 'p' } }]
    assert.deepEqual(await providers.credentials('a.example.com/app:1'), login)
    assert.deepEqual(await providers.credentials('a.example.com/other'), [])
    assert.deepEqual(await providers.credentials('example.org/app'), [])
    assert.deepEqual(
      (await questions()).map((line) => line.replace(/ get me$/, '')),
      Array(2).fill(
        JSON.stringify({
          kind: 'CredentialProviderRequest',
          apiVersion: VERSION,
          image: 'a.example.com/app',
        }),
      ),
    )
    await clock.advance(600_000)
    assert.deepEqual(await providers.credentials('a.example.com/app:2'), login)
    assert.equal((await questions()).length, 3)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
