import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { certificateRequestFromPem } from '../../pki/certificate-request.ts'
import { encodePem } from '../../pki/pem.ts'
import { makePodKey } from './pod-key.node.ts'

const HASHES = {
  RSA3072: 'sha256',
  RSA4096: 'sha256',
  ECDSAP256: 'sha256',
  ECDSAP384: 'sha384',
  ECDSAP521: 'sha512',
  ED25519: undefined,
} as const

for (const [keyType, hash] of Object.entries(HASHES))
  test(`makePodKey() makes ${keyType} keys with requests that they have signed`, async () => {
    const { keyPem, request } = await makePodKey(keyType)
    const { spki, signedPart, signature } = certificateRequestFromPem(
      encodePem('CERTIFICATE REQUEST', request),
    )
    const publicKey = createPublicKey(createPrivateKey(keyPem))
    assert.deepEqual(spki, new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })))
    assert.ok(nodeCrypto().verifyDer(spki, hash, signedPart, signature))
  })

test('makePodKey() refuses kinds of keys that it does not know', async () => {
  await assert.rejects(makePodKey('DSA'), { message: 'unknown key type "DSA"' })
})
