import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { nodeCrypto } from '../base/crypto.node.ts'
import { InvalidKeyError } from '../base/crypto.ts'
import { privateKeyFromPem, privateKeyToPem, publicKeysFromPem, publicKeyToPem } from './keys.ts'

const crypto = nodeCrypto()

for (const algorithm of ['ES256', 'RS256'] as const) {
  test(`keys survive their PEM files (${algorithm})`, () => {
    const { privateKey, publicKey } = crypto.generateKeyPair(algorithm)
    assert.deepEqual(privateKeyFromPem(privateKeyToPem(privateKey)), privateKey)
    assert.deepEqual(publicKeysFromPem(publicKeyToPem(publicKey) + publicKeyToPem(publicKey)), [
      publicKey,
      publicKey,
    ])
    assert.equal(createPrivateKey(privateKeyToPem(privateKey)).type, 'private')
  })

  test(`privateKeyFromPem() reads the older form too (${algorithm})`, () => {
    const { privateKey, publicKey } = crypto.generateKeyPair(algorithm)
    const type = algorithm === 'ES256' ? 'sec1' : 'pkcs1'
    const older = createPrivateKey(privateKeyToPem(privateKey)).export({ type, format: 'pem' })
    const read = privateKeyFromPem(older)
    assert.deepEqual(crypto.publicKeyOf(read), publicKey)
  })
}

test('privateKeyFromPem() refuses what is no key of ours', () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const ed25519 = privateKey.export({ type: 'pkcs8', format: 'pem' })
  for (const pem of ['', ed25519, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----']) {
    assert.throws(() => privateKeyFromPem(pem), InvalidKeyError)
  }
})
