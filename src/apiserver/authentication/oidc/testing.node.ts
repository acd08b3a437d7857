import type { TestContext } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { testServer } from '../../../serving/testing.node.ts'

/** An OpenID Connect issuer over HTTPS, on loopback, until the test ends. */
export interface TestIssuer {
  readonly url: string
  /** Whose certificate it has, PEM. */
  readonly ca: string
  /** How often its keys were asked for. */
  readonly asked: () => number
  /** Signs an ID token for `kubernetes`, good for an hour, with the newest key. */
  token(claims?: JWTPayload): Promise<string>
  /** Replaces its keys by a new one. */
  rotate(algorithm?: string): Promise<void>
  /** What it answers instead of its documents. */
  broken: { readonly status: number; readonly location?: string } | undefined
}

export async function testIssuer(t: TestContext, algorithm = 'RS256'): Promise<TestIssuer> {
  const key = async (alg: string) => {
    const pair = await generateKeyPair(alg, { extractable: true })
    const kid = crypto.randomUUID()
    return {
      alg,
      kid,
      ...pair,
      jwk: { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' },
    }
  }
  let current = await key(algorithm)
  let asked = 0
  const { server, pki } = await testServer(t, (exchange) => {
    const documents: Readonly<Record<string, object>> = {
      '/.well-known/openid-configuration': { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` },
      '/keys': { keys: [current.jwk] },
    }
    const document = documents[exchange.path]
    if (exchange.path === '/keys') asked++
    const { status, location } = issuer.broken ?? { status: document ? 200 : 404 }
    const headers = { 'content-type': 'application/json', ...(location && { location }) }
    exchange.respond(status, headers, Buffer.from(JSON.stringify(document ?? {})))
  })
  const issuer: TestIssuer = {
    url: `https://127.0.0.1:${server.port}`,
    ca: pki.ca.certPem,
    asked: () => asked,
    broken: undefined,
    token: (claims = {}) =>
      new SignJWT({ iss: issuer.url, aud: 'kubernetes', sub: 'jane', ...claims })
        .setProtectedHeader({ alg: current.alg, kid: current.kid })
        .setExpirationTime(claims.exp ?? '1h')
        .sign(current.privateKey),
    async rotate(alg = algorithm) {
      current = await key(alg)
    },
  }
  return issuer
}
