import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { nodeCrypto } from './crypto.node.ts'
import { seededRandom } from './random.ts'
import { seededCrypto } from './seeded-crypto.node.ts'

test('seededCrypto() makes the same keys and signatures from the same seed, and others from another', () => {
  const make = (seed: number) => {
    const crypto = seededCrypto(seededRandom(seed))
    const { privateKey, publicKey } = crypto.generateKeyPair('ES256')
    return { privateKey, publicKey, signature: crypto.sign(privateKey, 'message') }
  }
  assert.deepEqual(make(7), make(7))
  assert.notDeepEqual(make(7).publicKey, make(8).publicKey)
})

test('seededCrypto() makes what others accept', () => {
  const crypto = seededCrypto(seededRandom(1))
  const { privateKey, publicKey } = crypto.generateKeyPair('ES256')
  const other = nodeCrypto()
  assert.deepEqual(other.publicKeyOf(privateKey), publicKey)
  for (const message of ['', 'one', 'two'])
    assert.ok(other.verify(publicKey, message, crypto.sign(privateKey, message)), message)
  assert.equal(other.verify(publicKey, 'three', crypto.sign(privateKey, 'two')), false)
  assert.ok(crypto.verify(publicKey, 'four', other.sign(privateKey, 'four')))
})

test('seededCrypto() signs as RFC 6979, A.2.5', () => {
  const d = 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721'
  const scalar = Uint8Array.fromHex(d)
  const random = { next: () => 0, bytes: () => scalar }
  const crypto = seededCrypto(random)
  const { privateKey } = crypto.generateKeyPair('ES256')
  assert.equal(
    crypto.sign(privateKey, 'sample').toHex(),
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
      'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  )
})

test('seededCrypto() says which keys it does not make', () => {
  const crypto = seededCrypto(seededRandom(1))
  assert.throws(() => crypto.generateKeyPair('RS256'), /Cannot make a seeded key for RS256/)
})
