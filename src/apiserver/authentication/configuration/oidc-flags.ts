import type { ClaimValidationRule, JWTAuthenticator } from './types.ts'

/** The flags `--oidc-*`, by their names without the prefix. */
export interface OidcFlags {
  readonly issuerUrl: string
  readonly clientId?: string
  readonly usernameClaim?: string
  /** `-` for none. By default the issuer, where names are no e-mail addresses. */
  readonly usernamePrefix?: string
  readonly groupsClaim?: string
  readonly groupsPrefix?: string
  /** `key=value`, with commas. */
  readonly requiredClaim?: string
  /** PEM. */
  readonly ca?: string
}

/** The authenticator that the flags describe, as a configuration file would. Throws an Error. */
export function jwtFromFlags(flags: OidcFlags): JWTAuthenticator {
  const { issuerUrl: url, clientId, usernameClaim: claim = 'sub', groupsClaim, ca } = flags
  if (!clientId)
    throw new Error(
      'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set',
    )
  return {
    issuer: { url, audiences: [clientId], ...(ca && { certificateAuthority: ca }) },
    claimValidationRules: requiredClaims(flags.requiredClaim),
    claimMappings: {
      username: { claim, prefix: usernamePrefix(claim, flags) },
      groups: groupsClaim ? { claim: groupsClaim, prefix: flags.groupsPrefix ?? '' } : {},
      uid: {},
    },
  }
}

function usernamePrefix(claim: string, { usernamePrefix: prefix, issuerUrl }: OidcFlags): string {
  if (prefix === '-') return ''
  if (prefix) return prefix
  return claim === 'email' ? '' : `${issuerUrl}#`
}

function requiredClaims(text = ''): readonly ClaimValidationRule[] {
  return text
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      if (at <= 0) throw new Error(`${pair} must be formatted as key=value`)
      return { claim: pair.slice(0, at), requiredValue: pair.slice(at + 1) }
    })
}
