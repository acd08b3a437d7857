import { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { ObjectKey } from '../../client/client.ts'
import {
  serviceAccountGroups,
  type BoundObject,
  type ServiceAccountClaims,
} from '../../pki/service-account-claims.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { LiveObjects } from '../live/live-objects.ts'
import type { TokenMetrics } from '../metrics/token-metrics.ts'
import type { AccountTokens } from './account-tokens.ts'
import type { Authentication, Authenticator, UserInfo } from './authenticator.ts'
import { invalidated, noteUse, useOf } from './legacy-tokens.ts'
import { CREDENTIAL_ID, NODE_NAME, NODE_UID, POD_NAME, POD_UID } from './extra.ts'

const LEEWAY_MS = 60_000 // What is being deleted still may finish what it does.

export interface TokenAuthenticatorOptions {
  readonly tokens: Pick<AccountTokens, 'verify'>
  readonly live: LiveObjects
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: TokenMetrics | undefined
}

/**
 * Tokens of service accounts. A token is good as long as the account it names and what it is bound to exist, each with
 * the same uid. https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
 */
export function serviceAccountTokenAuthenticator(
  options: TokenAuthenticatorOptions,
): Authenticator {
  return async ({ bearerToken, audiences }) => {
    if (bearerToken === undefined) return undefined
    const answer = options.tokens.verify(bearerToken, audiences)
    const verdict = answer instanceof Promise ? await answer : answer
    if (verdict.type === 'foreign') return undefined
    if (verdict.type === 'invalid') return { failure: verdict.reason }
    const { claims } = verdict
    if (claims.legacy) return legacyUser(claims, bearerToken, verdict.audiences, options)
    const failure = await boundProblem(claims, options)
    if (failure !== undefined) return { failure }
    const annotations = staleness(claims, options)
    return {
      user: userOf(claims),
      audiences: verdict.audiences,
      ...(annotations && { annotations }),
    }
  }
}

/** What the audit log should say of a token with extended life that its bearer should have read anew. */
function staleness(
  { subject, warnAfter }: ServiceAccountClaims,
  { clock, metrics }: TokenAuthenticatorOptions,
): Readonly<Record<string, string>> | undefined {
  if (warnAfter === undefined) return undefined
  const seconds = Math.floor(clock.now() / 1000) - warnAfter
  if (clock.now() <= warnAfter * 1000) {
    metrics?.valid()
    return undefined
  }
  metrics?.stale()
  const text = `subject: ${subject}, seconds after warning threshold: ${seconds}`
  return { 'authentication.k8s.io/stale-token': text }
}

const INVALIDATED = 'service account token has been invalidated'

async function boundProblem(
  claims: ServiceAccountClaims,
  options: TokenAuthenticatorOptions,
): Promise<string | undefined> {
  const { namespace, secret, pod, node } = claims
  const problem = await accountProblem(claims, options)
  if (problem !== undefined) return problem
  if (secret) return objectProblem(Secret, { ...secret, namespace }, 'secret', options)
  if (pod) return objectProblem(Pod, { ...pod, namespace }, 'pod', options)
  // A Pod's token names the node for information; its life is the Pod's.
  if (node) return objectProblem(Node, node, 'node', options)
  return undefined
}

async function accountProblem(
  { namespace, serviceAccount }: ServiceAccountClaims,
  { live, clock }: TokenAuthenticatorOptions,
): Promise<string | undefined> {
  const { name, uid } = serviceAccount
  const account = await live.get(ServiceAccount, { namespace, name })
  if (!account) return `serviceaccounts ${JSON.stringify(name)} not found`
  if (isLongDeleted(account, clock)) return INVALIDATED
  if (account.metadata.uid === uid) return undefined
  return `service account UID (${account.metadata.uid}) does not match claim (${uid})`
}

interface HasMetadata {
  readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string }
}

async function objectProblem<T extends HasMetadata>(
  type: ResourceClass<T>,
  { uid, ...key }: BoundObject & ObjectKey,
  what: string,
  { live, clock }: TokenAuthenticatorOptions,
): Promise<string | undefined> {
  const object = await live.get(type, key)
  if (!object || isLongDeleted(object, clock)) return INVALIDATED
  if (object.metadata.uid === uid) return undefined
  return `${what} UID (${object.metadata.uid}) does not match service account ${what} ref claim (${uid})`
}

function isLongDeleted({ metadata }: HasMetadata, clock: Clock): boolean {
  const { deletionTimestamp } = metadata
  return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < clock.now() - LEEWAY_MS
}

// A token that was kept in a Secret is good as long as it is there.
async function legacyUser(
  claims: ServiceAccountClaims,
  token: string,
  audiences: readonly string[],
  options: TokenAuthenticatorOptions,
): Promise<Authentication> {
  const { namespace, secret } = claims
  const stored = await options.live.get(Secret, { namespace, name: secret?.name ?? '' })
  if (!stored || isLongDeleted(stored, options.clock)) return { failure: INVALIDATED }
  const kept = stored.data?.['token'] ?? ''
  // Its signature was right already: this tells an older token of the same Secret from its own.
  if (kept !== new TextEncoder().encode(token).toBase64()) return { failure: INVALIDATED }
  const problem = await accountProblem(claims, options)
  if (problem !== undefined) return { failure: problem }
  noteUse(stored, options).catch((error: unknown) =>
    options.logger.warn('Cannot note that a legacy token was used', {
      secret: secret?.name,
      error,
    }),
  )
  const failure = invalidated(stored, claims)
  if (failure !== undefined) {
    options.metrics?.legacy('invalidated')
    return { failure }
  }
  const use = await useOf(claims, options)
  options.metrics?.legacy(use.kind)
  return { user: userOf(claims), audiences, warnings: use.warnings, annotations: use.annotations }
}

function userOf({
  subject,
  namespace,
  serviceAccount,
  id,
  pod,
  node,
}: ServiceAccountClaims): UserInfo {
  const extra = {
    ...(id !== undefined && { [CREDENTIAL_ID]: [`JTI=${id}`] }),
    ...(pod && { [POD_NAME]: [pod.name], [POD_UID]: [pod.uid] }),
    ...(node && { [NODE_NAME]: [node.name] }),
    ...(node && node.uid !== '' && { [NODE_UID]: [node.uid] }),
  }
  return {
    name: subject,
    uid: serviceAccount.uid,
    groups: serviceAccountGroups(namespace),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}
