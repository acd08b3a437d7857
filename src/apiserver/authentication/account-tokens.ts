import type { ServiceAccountClaims } from '../../pki/service-account-claims.ts'
import type { BoundTokenRequest, ServiceAccountTokens } from '../../pki/service-account-tokens.ts'
import type { TokenVerdict } from '../../pki/token-verification.ts'

export interface SignedToken {
  readonly token: string
  readonly claims: ServiceAccountClaims
}

/** Signs and verifies tokens of service accounts: with keys of our own at once, or by asking who has them. */
export interface AccountTokens extends Pick<ServiceAccountTokens, 'jwks' | 'openIdConfiguration'> {
  signBound(request: BoundTokenRequest): SignedToken | Promise<SignedToken>
  verify(token: string, audiences?: readonly string[]): TokenVerdict | Promise<TokenVerdict>
}
