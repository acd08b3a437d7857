import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JWTPayload } from 'jose'
import { systemClock } from '../../../base/clock.node.ts'
import type { Clock } from '../../../base/clock.ts'
import { encodeYaml } from '../../../apimachinery/yaml.ts'
import type { Authentication, Authenticator } from '../authenticator.ts'
import { parseAuthentication } from '../configuration/parse-authentication.ts'
import { httpsGet } from './https-get.node.ts'
import { JWS_ALGORITHMS } from './jws.ts'
import { jwsVerifier } from './jws.node.ts'
import { oidcAuthenticator } from './oidc-authenticator.ts'
import { testIssuer, type TestIssuer } from './testing.node.ts'

const NAME = { claimMappings: { username: { claim: 'sub', prefix: 'oidc:' } } }

function authenticatorFor(
  { url, ca }: TestIssuer,
  more: object = NAME,
  clock: Clock = systemClock,
): Authenticator {
  const issuer = { url, audiences: ['kubernetes'], certificateAuthority: ca }
  const [compiled] = parseAuthentication(configuration([{ issuer, ...more }]), []).jwt
  return oidcAuthenticator(compiled!, { clock, get: httpsGet, verify: jwsVerifier() })
}

function configuration(jwt: readonly object[]): string {
  const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' }
  return encodeYaml({ ...head, jwt })
}

async function failureOf(answer: ReturnType<Authenticator>): Promise<string> {
  return ((await answer) as Authentication & { readonly failure: string }).failure
}

for (const algorithm of JWS_ALGORITHMS) {
  test(`an ID token signed with ${algorithm} is accepted`, async (t) => {
    const issuer = await testIssuer(t, algorithm)
    const authenticate = authenticatorFor(issuer)
    const bearerToken = await issuer.token()
    assert.deepEqual(await authenticate({ bearerToken }), {
      user: { name: 'oidc:jane', groups: [] },
    })
    const [head = '', body = '', signature = ''] = bearerToken.split('.')
    const other = `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    assert.match(await failureOf(authenticate({ bearerToken: other })), /failed to verify/)
  })
}

test('tokens of others are none of an issuer, and neither is what is no token', async (t) => {
  const issuer = await testIssuer(t)
  const authenticate = authenticatorFor(issuer)
  for (const bearerToken of ['', 'x', 'a.b.c', await issuer.token({ iss: 'https://other' })])
    assert.equal(await authenticate({ bearerToken }), undefined)
})

test('a token must be in time, and for one of the audiences', async (t) => {
  const issuer = await testIssuer(t)
  const authenticate = authenticatorFor(issuer)
  const ask = async (claims: JWTPayload): Promise<string> =>
    failureOf(authenticate({ bearerToken: await issuer.token(claims) }))
  assert.match(await ask({ exp: 1000 }), /^oidc: verify token: oidc: token is expired/)
  assert.match(await ask({ nbf: 9_999_999_999 }), /before the nbf/)
  assert.equal(
    await ask({ aud: ['vault'] }),
    'oidc: verify token: oidc: expected audience in ["kubernetes"] got ["vault"]',
  )
})

test('a key that is new is found, and one that was taken back is believed no longer', async (t) => {
  const issuer = await testIssuer(t)
  let nowMs = 0
  const clock = { ...systemClock, monotonic: () => nowMs }
  const authenticate = authenticatorFor(issuer, NAME, clock)
  const old = await issuer.token()
  assert.ok('user' in (await authenticate({ bearerToken: old }))!)
  await issuer.rotate('ES256')
  assert.ok('user' in (await authenticate({ bearerToken: old }))!, 'nobody has said otherwise yet')
  assert.equal(issuer.asked(), 1)
  assert.ok('user' in (await authenticate({ bearerToken: await issuer.token() }))!)
  assert.equal(issuer.asked(), 2)
  assert.match(await failureOf(authenticate({ bearerToken: old })), /failed to verify id token/)
  await issuer.rotate()
  nowMs += 11 * 60_000
  assert.ok('user' in (await authenticate({ bearerToken: await issuer.token() }))!)
  assert.equal(issuer.asked(), 4)
})

test('an issuer that is down or redirects is not believed, and is asked again', async (t) => {
  const issuer = await testIssuer(t)
  const authenticate = authenticatorFor(issuer)
  const bearerToken = await issuer.token()
  issuer.broken = { status: 503 }
  assert.match(await failureOf(authenticate({ bearerToken })), /status 503/)
  issuer.broken = { status: 302, location: 'https://127.0.0.1:1/' }
  assert.match(await failureOf(authenticate({ bearerToken })), /status 302/)
  issuer.broken = undefined
  assert.ok('user' in (await authenticate({ bearerToken }))!)
})

test('an unsigned token is refused, and one that is signed with a public key as if it were a secret', async (t) => {
  const issuer = await testIssuer(t)
  const authenticate = authenticatorFor(issuer)
  const [, body = ''] = (await issuer.token()).split('.')
  for (const alg of ['none', 'HS256', 'RS255']) {
    const head = Buffer.from(JSON.stringify({ alg })).toString('base64url')
    assert.match(
      await failureOf(authenticate({ bearerToken: `${head}.${body}.AAAA` })),
      /unsupported algorithm/,
    )
  }
})

test('claims become a user by names or by expressions', async (t) => {
  const issuer = await testIssuer(t)
  const byName = authenticatorFor(issuer, {
    claimMappings: {
      username: { claim: 'email', prefix: '' },
      groups: { claim: 'roles', prefix: 'oidc:' },
      uid: { claim: 'sub' },
    },
  })
  const claims = { email: 'j@x.org', email_verified: true, roles: ['a', 'b'] }
  assert.deepEqual(await byName({ bearerToken: await issuer.token(claims) }), {
    user: { name: 'j@x.org', groups: ['oidc:a', 'oidc:b'], uid: 'jane' },
  })
  const unverified = await issuer.token({ ...claims, email_verified: false })
  assert.equal(await failureOf(byName({ bearerToken: unverified })), 'oidc: email not verified')

  const byExpression = authenticatorFor(issuer, {
    claimMappings: {
      username: { expression: "claims.sub + ':' + claims.tenant.name" },
      groups: { expression: "claims.roles.split(',')" },
      uid: { expression: 'claims.sub' },
      extra: [
        { key: 'example.org/tenant', valueExpression: 'claims.tenant.name' },
        { key: 'example.org/none', valueExpression: "''" },
      ],
    },
    claimValidationRules: [
      { claim: 'hd', requiredValue: 'x.org' },
      { expression: 'claims.exp - claims.iat <= 7200', message: 'lives too long' },
    ],
    userValidationRules: [
      { expression: "!user.username.startsWith('system:')", message: 'reserved' },
      { expression: "user.groups.all(g, !g.startsWith('system:'))", message: 'reserved group' },
    ],
  })
  const iat = Math.floor(Date.now() / 1000)
  const good = { iat, roles: 'a,b', tenant: { name: 't' }, hd: 'x.org' }
  assert.deepEqual(await byExpression({ bearerToken: await issuer.token(good) }), {
    user: {
      name: 'jane:t',
      groups: ['a', 'b'],
      uid: 'jane',
      extra: { 'example.org/tenant': ['t'] },
    },
  })
  const failure = async (claims: object): Promise<string> =>
    failureOf(byExpression({ bearerToken: await issuer.token({ ...good, ...claims }) }))
  assert.match(await failure({ hd: 'y.org' }), /Got = y.org, want = x.org/)
  assert.match(await failure({ hd: undefined }), /required claim hd not present/)
  assert.match(await failure({ iat: 0 }), /failed: lives too long$/)
  assert.match(await failure({ sub: 'system:admin' }), /failed: reserved$/)
  assert.match(await failure({ roles: 'system:masters' }), /failed: reserved group$/)
  assert.match(await failure({ tenant: 1 }), /error evaluating username claim expression/)
  assert.match(await failure({ tenant: { name: 'n' }, roles: 7 }), /group claim expression/)
})
