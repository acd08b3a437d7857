import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import type { Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.node.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import type { SigningAlgorithm } from '../base/crypto.ts'
import { toBase64url } from './base64url.ts'
import { publicKeyToPem } from './keys.ts'
import { toJwk } from './jwk.ts'
import {
  DEFAULT_ISSUER,
  serviceAccountTokens,
  type BoundTokenRequest,
  type ServiceAccountTokens,
  type TokenOptions,
} from './service-account-tokens.ts'

const crypto = nodeCrypto()
const START_MS = Date.UTC(2026, 0, 1)
const request: BoundTokenRequest = {
  namespace: 'shop',
  serviceAccount: { name: 'cart', uid: 'u-1' },
  audiences: [DEFAULT_ISSUER],
  expirationSeconds: 3600,
  pod: { name: 'cart-1', uid: 'u-2' },
  node: { name: 'node-a', uid: 'u-3' },
}

interface Moving {
  nowMs: number
}

function clockAt(moving: Moving): Clock {
  return { ...systemClock, now: () => moving.nowMs }
}

function setUp(
  options: Partial<TokenOptions> = {},
  algorithm: SigningAlgorithm = 'ES256',
): { readonly tokens: ServiceAccountTokens; readonly time: Moving } {
  const time = { nowMs: START_MS }
  const signingKey = crypto.generateKeyPair(algorithm).privateKey
  const tokens = serviceAccountTokens({ crypto, clock: clockAt(time), signingKey, ...options })
  return { tokens, time }
}

function payloadOf(token: string): unknown {
  return JSON.parse(
    new TextDecoder().decode(
      Uint8Array.fromBase64(token.split('.')[1]!, { alphabet: 'base64url' }),
    ),
  )
}

for (const algorithm of ['ES256', 'RS256'] as const) {
  test(`signBound() makes tokens that others verify by the published keys (${algorithm})`, async () => {
    const { tokens } = setUp({}, algorithm)
    const { token } = tokens.signBound(request)
    const keys = createLocalJWKSet(JSON.parse(tokens.jwks()) as JSONWebKeySet)
    const { payload } = await jwtVerify(token, keys, {
      issuer: DEFAULT_ISSUER,
      audience: DEFAULT_ISSUER,
      currentDate: new Date(START_MS),
    })
    assert.equal(payload.sub, 'system:serviceaccount:shop:cart')
    assert.equal(decodeProtectedHeader(token).alg, algorithm)
  })

  test(`verify() accepts what signBound() made (${algorithm})`, () => {
    const { tokens } = setUp({}, algorithm)
    const { token, claims } = tokens.signBound({ ...request, warnAfterSeconds: 3607 })
    assert.deepEqual(tokens.verify(token), {
      type: 'verified',
      claims,
      audiences: [DEFAULT_ISSUER],
    })
    assert.deepEqual(tokens.verify(token), tokens.verify(token))
  })
}

test('signBound() writes the claims as Kubernetes does', () => {
  const { tokens } = setUp()
  const { token, claims } = tokens.signBound({ ...request, warnAfterSeconds: 3607 })
  const seconds = START_MS / 1000
  assert.deepEqual(payloadOf(token), {
    aud: [DEFAULT_ISSUER],
    exp: seconds + 3600,
    iat: seconds,
    iss: DEFAULT_ISSUER,
    jti: claims.id,
    'kubernetes.io': {
      namespace: 'shop',
      node: { name: 'node-a', uid: 'u-3' },
      pod: { name: 'cart-1', uid: 'u-2' },
      serviceaccount: { name: 'cart', uid: 'u-1' },
      warnafter: seconds + 3607,
    },
    nbf: seconds,
    sub: 'system:serviceaccount:shop:cart',
  })
})

test('verify() minds the clock, with a minute of leeway', () => {
  const { tokens, time } = setUp()
  const { token } = tokens.signBound(request)
  const verdictAt = (seconds: number): unknown => {
    time.nowMs = START_MS + seconds * 1000
    const verdict = tokens.verify(token)
    return verdict.type === 'invalid' ? verdict.reason : verdict.type
  }
  assert.equal(verdictAt(3660), 'verified')
  assert.equal(verdictAt(3661), 'service account token has expired')
  assert.equal(verdictAt(-60), 'verified')
  assert.equal(verdictAt(-61), 'service account token is not valid yet')
})

test('verify() wants one of its audiences', () => {
  const { tokens } = setUp()
  const { token } = tokens.signBound({ ...request, audiences: ['vault', 'bank'] })
  assert.deepEqual(tokens.verify(token), {
    type: 'invalid',
    reason: `token audiences ["vault" "bank"] is invalid for the target audiences ["${DEFAULT_ISSUER}"]`,
  })
  const verdict = tokens.verify(token, ['bank', 'shop'])
  assert.deepEqual(verdict.type === 'verified' && verdict.audiences, ['bank'])
})

test('verify() leaves tokens of other issuers, and what is no token, to others', () => {
  const { tokens } = setUp({ issuers: ['https://other'] })
  const ours = setUp().tokens
  const texts = [
    tokens.signBound(request).token,
    '',
    'a.b.c',
    'abc',
    'a.b',
    '{}',
    'e30.e30.',
    'e30.e30.e30.e30',
  ]
  for (const text of texts) assert.deepEqual(ours.verify(text), { type: 'foreign' })
})

test('verify() refuses a changed token, an unknown key, and another algorithm', () => {
  const { tokens } = setUp()
  const { token } = tokens.signBound(request)
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const changed = toBase64url(
    JSON.stringify({ ...(payloadOf(token) as object), sub: 'system:admin' }),
  )
  const none = toBase64url(JSON.stringify({ alg: 'none' }))
  const refused = (text: string): string => {
    const verdict = tokens.verify(text)
    return verdict.type === 'invalid' ? verdict.reason : verdict.type
  }
  assert.equal(refused(`${header}.${changed}.${signature}`), 'invalid signature')
  assert.equal(refused(`${none}.${payload}.`), 'invalid signature')
  assert.equal(refused(`${token} `), 'foreign')
  assert.equal(refused(setUp().tokens.signBound(request).token), 'invalid signature, no keys found')
})

test('verify() knows tokens of a key that once signed, and of an issuer that once was', () => {
  const old = crypto.generateKeyPair('RS256')
  const before = setUp({ issuers: ['https://old'], signingKey: old.privateKey }).tokens
  const now = setUp({
    issuers: [DEFAULT_ISSUER, 'https://old'],
    verificationKeys: [old.publicKey],
  }).tokens
  const { token } = before.signBound({ ...request, audiences: ['https://old'] })
  assert.equal(now.verify(token).type, 'verified')
})

test('signLegacy() makes tokens without an end, for the API server', () => {
  const { tokens, time } = setUp()
  const token = tokens.signLegacy({
    namespace: 'shop',
    serviceAccount: request.serviceAccount,
    secretName: 's',
  })
  time.nowMs += 1e12
  const verdict = tokens.verify(token)
  assert.equal(verdict.type, 'verified')
  assert.deepEqual(verdict.type === 'verified' && verdict.claims.secret, { name: 's', uid: '' })
  assert.equal(verdict.type === 'verified' && verdict.claims.legacy, true)
  assert.equal(tokens.verify(token, ['vault']).type, 'invalid')
})

test('openIdConfiguration() names issuer, key set and algorithms', () => {
  const { tokens } = setUp()
  assert.deepEqual(
    JSON.parse(tokens.openIdConfiguration('https://192.0.2.7:6443/openid/v1/jwks')),
    {
      issuer: DEFAULT_ISSUER,
      jwks_uri: 'https://192.0.2.7:6443/openid/v1/jwks',
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    },
  )
})

for (const algorithm of ['ES256', 'RS256'] as const) {
  test(`toJwk() agrees with OpenSSL (${algorithm})`, () => {
    const { publicKey } = crypto.generateKeyPair(algorithm)
    const { use, kid, alg, ...jwk } = toJwk(crypto, publicKey)
    assert.deepEqual(jwk, createPublicKey(publicKeyToPem(publicKey)).export({ format: 'jwk' }))
    assert.deepEqual([use, kid?.length, alg], ['sig', 43, algorithm])
  })
}
