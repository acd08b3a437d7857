import type { Crypto } from '../../base/crypto.ts'
import { unauthorized } from '../../apimachinery/status-error.ts'
import { DerError } from '../../pki/der-reader.ts'
import { parseClientIdentity } from '../../pki/client-identity.ts'
import type { HttpExchange, PeerCertificate } from '../../serving/exchange.ts'
import { authenticated } from '../authentication/authenticated.ts'
import type { Authenticator, Credentials, UserInfo } from '../authentication/authenticator.ts'

interface Authentication {
  readonly user: UserInfo
  /** Nobody said who they are. */
  readonly anonymous: boolean
  /** What the client should hear of its credentials. */
  readonly warnings?: readonly string[]
  /** What the audit log should say of them. */
  readonly annotations?: Readonly<Record<string, string>>
}

/** Finds out who sends an HTTP request. Throws `Unauthorized` where what was shown is wrong. */
export type HttpAuthenticator = (exchange: HttpExchange) => Promise<Authentication>

const ANONYMOUS: Authentication = {
  user: { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  anonymous: true,
}

/** The set of authorities, by the name the listener gives it, that vouches for users. */
const CLIENT_AUTHORITIES = 'client'

/** The set of authorities that vouches for proxies which speak for users. */
const PROXY_AUTHORITIES = 'front-proxy'

export function httpAuthenticator(
  authenticators: readonly Authenticator[],
  crypto: Crypto | undefined,
): HttpAuthenticator {
  // A connection shows one certificate and carries many requests.
  const certificates: KnownIdentities = new WeakMap()

  return async (exchange) => {
    const credentials = credentialsOf(exchange, crypto, certificates)
    for (const authenticate of authenticators) {
      const answer = authenticate(credentials)
      const result = answer instanceof Promise ? await answer : answer
      if (!result) continue
      if ('failure' in result) throw unauthorized('Unauthorized')
      const { warnings, annotations } = result
      return {
        user: authenticated(result.user),
        anonymous: false,
        ...(warnings && { warnings }),
        ...(annotations && { annotations }),
      }
    }
    if (credentials.bearerToken !== undefined) throw unauthorized('Unauthorized')
    return ANONYMOUS
  }
}

type Identity = NonNullable<Credentials['certificate']>
type KnownIdentities = WeakMap<PeerCertificate, Identity>

function credentialsOf(
  exchange: HttpExchange,
  crypto: Crypto | undefined,
  known: KnownIdentities,
): Credentials {
  const { peerCertificate, peerCertificateError: error } = exchange
  const identity = error === undefined ? identityIn(peerCertificate, crypto, known) : { error }
  const trustedBy = error === undefined ? (peerCertificate?.trustedBy ?? []) : [CLIENT_AUTHORITIES]
  const proxy = identity && trustedBy.includes(PROXY_AUTHORITIES) && proxyOf(identity, exchange)
  const bearerToken = bearerTokenOf(exchange)
  return {
    ...(identity && trustedBy.includes(CLIENT_AUTHORITIES) && { certificate: identity }),
    ...(proxy && { proxy }),
    ...(bearerToken !== undefined && { bearerToken }),
  }
}

function proxyOf(identity: Identity, { distinctHeaders }: HttpExchange): Credentials['proxy'] {
  if ('error' in identity) return undefined
  return { commonName: identity.commonName, headers: distinctHeaders }
}

function identityIn(
  certificate: PeerCertificate | undefined,
  crypto: Crypto | undefined,
  known: KnownIdentities,
): Identity | undefined {
  if (!certificate || !crypto) return undefined
  const seen = known.get(certificate)
  if (seen) return seen
  const identity = identityOf(certificate, crypto)
  known.set(certificate, identity)
  return identity
}

function identityOf({ der }: PeerCertificate, crypto: Crypto): Identity {
  try {
    return parseClientIdentity(crypto, der)
  } catch (error) {
    if (error instanceof DerError) return { error: error.message }
    throw error
  }
}

const WEBSOCKET_BEARER = 'base64url.bearer.authorization.k8s.io.'

function bearerTokenOf({ headers, upgrade }: HttpExchange): string | undefined {
  const { authorization } = headers
  if (typeof authorization === 'string') {
    const match = /^bearer +(.+)$/i.exec(authorization.trim())
    if (match) return match[1]!.trim()
  }
  // A browser can set no headers on a WebSocket, so its token comes as a protocol.
  if (!upgrade?.protocols.includes('websocket')) return undefined
  const protocols = String(headers['sec-websocket-protocol'] ?? '').split(',')
  const bearer = protocols.find((each) => each.trim().startsWith(WEBSOCKET_BEARER))
  return bearer && decodeToken(bearer.trim().slice(WEBSOCKET_BEARER.length))
}

function decodeToken(text: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.fromBase64(text, { alphabet: 'base64url' }),
    )
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}
