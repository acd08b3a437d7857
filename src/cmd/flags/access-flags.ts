import type { FlagDefinition } from './definition.ts'

/** What the flags say of who may do what, by upstream's names. */
export interface AccessFlags {
  readonly authenticationConfig?: string
  readonly anonymousAuth?: string
  readonly clientCaFile?: string
  readonly tokenAuthFile?: string
  readonly oidcIssuerUrl?: string
  readonly oidcClientId?: string
  readonly oidcUsernameClaim?: string
  readonly oidcUsernamePrefix?: string
  readonly oidcGroupsClaim?: string
  readonly oidcGroupsPrefix?: string
  readonly oidcRequiredClaim?: string
  readonly oidcSigningAlgs?: string
  readonly oidcCaFile?: string
  readonly authenticationTokenWebhookConfigFile?: string
  readonly authenticationTokenWebhookVersion?: string
  readonly authenticationTokenWebhookCacheTtl?: string
  readonly serviceAccountSigningEndpoint?: string
  readonly serviceAccountExtendTokenExpiration?: string
  readonly serviceAccountMaxTokenExpiration?: string
  readonly authorizationConfig?: string
  readonly authorizationMode?: string
  readonly authorizationWebhookConfigFile?: string
  readonly authorizationWebhookVersion?: string
  readonly authorizationWebhookCacheAuthorizedTtl?: string
  readonly authorizationWebhookCacheUnauthorizedTtl?: string
}

const FILE = 'FILE'

export const ACCESS_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'authentication-config',
    argument: FILE,
    help: 'issuers of tokens and what nobody may do: an AuthenticationConfiguration',
  },
  {
    name: 'anonymous-auth',
    argument: 'BOOL',
    help: 'who shows nothing is nobody, everywhere or nowhere (default: for health, version and joining)',
  },
  {
    name: 'client-ca-file',
    argument: FILE,
    help: 'authorities beside our own whose certificates users may show',
  },
  {
    name: 'token-auth-file',
    argument: FILE,
    help: 'static tokens: token,user,uid,"group1,group2"',
  },
  { name: 'oidc-issuer-url', argument: 'URL', help: 'an OpenID Connect issuer' },
  { name: 'oidc-client-id', argument: 'ID', help: 'whom its tokens are for' },
  { name: 'oidc-username-claim', argument: 'CLAIM', help: 'whose value is the name (sub)' },
  { name: 'oidc-username-prefix', argument: 'PREFIX', help: 'before names; - for none' },
  { name: 'oidc-groups-claim', argument: 'CLAIM', help: 'whose values are the groups' },
  { name: 'oidc-groups-prefix', argument: 'PREFIX', help: 'before groups' },
  { name: 'oidc-required-claim', argument: 'KEY=VALUE', help: 'what tokens must say' },
  { name: 'oidc-signing-algs', argument: 'LIST', help: 'accepted signatures (RS256)' },
  { name: 'oidc-ca-file', argument: FILE, help: 'whose certificates the issuer has' },
  {
    name: 'authentication-token-webhook-config-file',
    argument: FILE,
    help: 'a kubeconfig: the webhook that judges tokens',
  },
  {
    name: 'authentication-token-webhook-version',
    argument: 'VERSION',
    help: 'of the TokenReviews it takes: v1 or v1beta1 (v1beta1)',
    choices: ['v1', 'v1beta1'],
  },
  {
    name: 'authentication-token-webhook-cache-ttl',
    argument: 'DURATION',
    help: 'how long its answers are remembered (2m)',
  },
  {
    name: 'service-account-signing-endpoint',
    argument: FILE,
    help: "the socket of a program that signs service accounts' tokens (KEP-740)",
  },
  {
    name: 'service-account-extend-token-expiration',
    argument: 'BOOL',
    help: 'tokens that Pods have by default are good for a year, late uses told (true)',
  },
  {
    name: 'service-account-max-token-expiration',
    argument: 'DURATION',
    help: 'longer tokens of service accounts are cut, an hour or more',
  },
  {
    name: 'authorization-config',
    argument: FILE,
    help: 'who decides on requests, in order: an AuthorizationConfiguration',
  },
  {
    name: 'authorization-mode',
    argument: 'LIST',
    help: 'the same by names: Node, RBAC, Webhook, AlwaysAllow, AlwaysDeny (Node,RBAC)',
  },
  {
    name: 'authorization-webhook-config-file',
    argument: FILE,
    help: 'a kubeconfig: the webhook that decides, for the mode Webhook',
  },
  {
    name: 'authorization-webhook-version',
    argument: 'VERSION',
    help: 'of the SubjectAccessReviews it takes: v1 or v1beta1 (v1beta1)',
    choices: ['v1', 'v1beta1'],
  },
  {
    name: 'authorization-webhook-cache-authorized-ttl',
    argument: 'DURATION',
    help: 'how long what it allowed is remembered (5m)',
  },
  {
    name: 'authorization-webhook-cache-unauthorized-ttl',
    argument: 'DURATION',
    help: 'how long what it did not allow is remembered (30s)',
  },
]
