import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCrypto } from './crypto.node.ts'
import { InvalidKeyError, type SigningAlgorithm } from './crypto.ts'
import { seededRandom } from './random.ts'

const crypto = nodeCrypto()
const ALGORITHMS: readonly SigningAlgorithm[] = ['ES256', 'RS256']

test('hash() gives the published digests of "abc" (FIPS 180-4)', () => {
  assert.equal(crypto.hashHex('sha1', 'abc'), 'a9993e364706816aba3e25717850c26c9cd0d89d')
  assert.equal(
    crypto.hash('sha256', new TextEncoder().encode('abc')).toHex(),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  assert.equal(crypto.hash('sha512', 'abc').length, 64)
})

test('hmac() gives the published code of RFC 4231, test case 2', () => {
  const key = new TextEncoder().encode('Jefe')
  assert.equal(
    crypto.hmac('sha256', key, 'what do ya want for nothing?').toHex(),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('equal() compares secrets of any length', () => {
  assert.equal(crypto.equal('secret', 'secret'), true)
  assert.equal(crypto.equal('secret', 'secrets'), false)
  assert.equal(crypto.equal('secret', new TextEncoder().encode('secret')), true)
})

for (const algorithm of ALGORITHMS) {
  test(`sign() and verify() agree with ${algorithm}, and only on what was signed`, () => {
    const { publicKey, privateKey } = crypto.generateKeyPair(algorithm)
    const signature = crypto.sign(privateKey, 'data')
    assert.equal(crypto.verify(publicKey, 'data', signature), true)
    assert.equal(crypto.verify(publicKey, 'other', signature), false)
    assert.equal(crypto.verify(publicKey, 'data', signature.subarray(1)), false)
    assert.equal(
      crypto.verify(crypto.generateKeyPair(algorithm).publicKey, 'data', signature),
      false,
    )
    assert.equal(crypto.verify({ algorithm, spki: new Uint8Array(4) }, 'data', signature), false)
  })

  test(`publicKeyOf() finds the public half with ${algorithm}`, () => {
    const { publicKey, privateKey } = crypto.generateKeyPair(algorithm)
    assert.deepEqual(crypto.publicKeyOf({ algorithm, pkcs8: privateKey.pkcs8 }), publicKey)
  })
}

test('sign() refuses a key of another algorithm', () => {
  const { pkcs8 } = crypto.generateKeyPair('ES256').privateKey
  assert.throws(() => crypto.sign({ algorithm: 'RS256', pkcs8 }, 'data'), InvalidKeyError)
  assert.throws(
    () => crypto.sign({ algorithm: 'ES256', pkcs8: new Uint8Array(9) }, 'data'),
    InvalidKeyError,
  )
})

test('open() gives back what seal() took, and nothing once a byte has changed', () => {
  const key = crypto.random.bytes(32)
  const plaintext = new TextEncoder().encode('a Secret')
  const context = new TextEncoder().encode('/secrets/default/a')
  const sealed = crypto.seal(key, plaintext, context)
  assert.deepEqual(crypto.open(key, sealed, context), plaintext)
  assert.equal(crypto.open(key, sealed), undefined)
  assert.equal(crypto.open(crypto.random.bytes(32), sealed, context), undefined)
  assert.equal(crypto.open(key, sealed.subarray(0, 20), context), undefined)
  sealed[20]! ^= 1
  assert.equal(crypto.open(key, sealed, context), undefined)
})

test('seal() takes its nonce from the randomness it was given', () => {
  const key = new Uint8Array(16)
  const seal = (): Uint8Array => nodeCrypto(seededRandom(1)).seal(key, new Uint8Array(3))
  assert.deepEqual(seal(), seal())
  assert.throws(() => crypto.seal(new Uint8Array(5), key), InvalidKeyError)
})
