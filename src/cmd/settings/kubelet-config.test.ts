import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkCredentialProviders } from './kubelet-config.node.ts'

test('checkCredentialProviders() says what is wrong with the file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-providers-'))
  try {
    const file = join(directory, 'providers.yaml')
    assert.throws(() => checkCredentialProviders(file), /no such file/)
    await writeFile(file, 'kind: Pod')
    assert.throws(() => checkCredentialProviders(file), {
      message: `invalid argument for --image-credential-provider-config ${file}: no kind "Pod" is registered for version "": want CredentialProviderConfig of kubelet.config.k8s.io/v1`,
    })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
