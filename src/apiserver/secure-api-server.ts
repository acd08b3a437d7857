import type { ServiceAccountTokens } from '../pki/service-account-tokens.ts'
import { DEFAULT_ISSUER } from '../pki/service-account-tokens.ts'
import { admissionPlugins, type PluginChoice } from './admission/plugins/admission-plugins.ts'
import { createApiServer, type ApiServer, type ApiServerOptions } from './api-server.ts'
import type { Authenticator } from './authentication/authenticator.ts'
import { clientCertificates } from './authentication/client-certificate.ts'
import { serviceAccountTokenAuthenticator } from './authentication/service-account-tokens.ts'
import { union } from './authentication/union.ts'
import type { Authorizer } from './authorization/authorizer.ts'
import { nodeAuthorizer } from './authorization/node/node-authorizer.ts'
import { NodeGraph } from './authorization/node/node-graph.ts'
import { escalationCheck } from './authorization/rbac/escalation.ts'
import { rbacAuthorizer } from './authorization/rbac/rbac-authorizer.ts'
import { RbacIndex } from './authorization/rbac/rbac-index.ts'
import { rulesReview } from './authorization/rbac/rules-review.ts'
import { superusers } from './authorization/superusers.ts'
import { ensureDefaultPolicy } from './bootstrap-policy/ensure-policy.ts'
import { liveObjects } from './live/live-objects.ts'

export interface SecureApiServerOptions extends Omit<
  ApiServerOptions,
  'authorizers' | 'tokenIssuer' | 'rulesOf'
> {
  /** Signs and verifies the tokens of service accounts. */
  readonly tokens: ServiceAccountTokens
  /** Whom tokens are for that name nobody. */
  readonly apiAudiences?: readonly string[]
  /** Which of Kubernetes' own admission plugins are asked. */
  readonly plugins?: PluginChoice
}

/**
 * The API server with all that Kubernetes has on by default: certificates and service account tokens, the authorizers
 * Node and RBAC with the default roles, and the admission plugins. Authenticators and admission plugins that are given
 * come after the default ones.
 */
export function createSecureApiServer(options: SecureApiServerOptions): ApiServer {
  const { tokens, clock, apiAudiences = [DEFAULT_ISSUER], authenticators = [] } = options
  const live = liveObjects(options)
  const index = new RbacIndex(live)
  const authorizers: readonly Authorizer[] = [
    superusers,
    nodeAuthorizer(new NodeGraph(live)),
    rbacAuthorizer(index),
  ]
  const known: readonly Authenticator[] = [
    clientCertificates,
    serviceAccountTokenAuthenticator({ tokens, live, clock }),
  ]
  const server = createApiServer({
    ...options,
    authenticators: [union([...known, ...authenticators])],
    authorizers,
    admissionPlugins: admissionPlugins(
      { ...options, live, apiAudiences, authorizers },
      options.plugins,
      [...(options.admissionPlugins ?? []), escalationCheck({ index, authorizers })],
    ),
    tokenIssuer: { tokens, apiAudiences },
    rulesOf: rulesReview(index),
  })
  const transport = server.transportFor(
    { name: 'system:apiserver', groups: ['system:masters'] },
    { userAgent: 'kube-apiserver' },
  )
  const connected = { registry: server.registry, transport }
  live.connect(connected)
  return {
    ...server,
    async start() {
      await server.start()
      await ensureDefaultPolicy({ ...options, ...connected })
      await live.start()
    },
    async [Symbol.asyncDispose]() {
      await live[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
