import type { ServiceAccountTokens } from '../../pki/service-account-tokens.ts'
import { utf8 } from '../base/bytes.ts'
import type { Route } from './router.ts'

const JWKS_PATH = '/openid/v1/jwks'
const CACHE = { 'cache-control': 'public, max-age=3600' }

/**
 * Lets others verify the tokens of service accounts (KEP-1393): who issues them, and the public keys. `origin` is where
 * the server is found, such as `https://10.0.0.1:6443`.
 */
export function issuerRoutes(
  tokens: Pick<ServiceAccountTokens, 'jwks' | 'openIdConfiguration'>,
  origin: (host: string) => string = (host) => `https://${host}`,
): readonly Route[] {
  return [
    {
      path: '/.well-known/openid-configuration',
      handler: (exchange) => {
        const document = tokens.openIdConfiguration(origin(exchange.host) + JWKS_PATH)
        exchange.respond(200, { ...CACHE, 'content-type': 'application/json' }, utf8(document))
      },
    },
    {
      path: JWKS_PATH,
      handler: (exchange) => {
        const headers = { ...CACHE, 'content-type': 'application/jwk-set+json' }
        exchange.respond(200, headers, utf8(tokens.jwks()))
      },
    },
  ]
}
