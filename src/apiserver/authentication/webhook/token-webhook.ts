import type { ReviewWebhook } from '../../webhook-client/review-webhook.ts'
import type { Authentication, Authenticator, UserInfo } from '../authenticator.ts'

export interface TokenWebhookOptions {
  readonly webhook: ReviewWebhook
  /** The version of the TokenReviews that it takes. */
  readonly version: 'v1' | 'v1beta1'
  /** Whom tokens are for where the request does not say. */
  readonly apiAudiences: readonly string[]
}

const TIMEOUT_MS = 30_000

/**
 * Has a webhook judge tokens that nobody else knows:
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication
 */
export function tokenWebhook(options: TokenWebhookOptions): Authenticator {
  const { webhook, version, apiAudiences } = options
  return async ({ bearerToken, audiences = apiAudiences }) => {
    if (bearerToken === undefined) return undefined
    const review = {
      kind: 'TokenReview',
      apiVersion: `authentication.k8s.io/${version}`,
      metadata: { creationTimestamp: null },
      spec: { token: bearerToken, audiences },
    }
    try {
      return answerOf(await webhook.ask(review, { timeoutMs: TIMEOUT_MS }), audiences)
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error), isPassing: true }
    }
  }
}

type Json = Readonly<Record<string, unknown>>

function answerOf(answer: unknown, wanted: readonly string[]): Authentication | undefined {
  const status = objectAt(objectAt(answer)['status'])
  const { authenticated, error } = status
  if (authenticated !== true) {
    return typeof error === 'string' && error !== '' ? { failure: error } : undefined
  }
  const told = textsIn(status['audiences'])
  // A webhook that says nothing of audiences does not know of them, and judges for the API server.
  const audiences = told.length === 0 ? wanted : wanted.filter((each) => told.includes(each))
  if (audiences.length === 0) return undefined
  return { user: userOf(objectAt(status['user'])), audiences }
}

function userOf({ username, uid, groups, extra }: Json): UserInfo {
  const attributes = Object.entries(objectAt(extra)).map(
    ([key, values]) => [key, textsIn(values)] as const,
  )
  return {
    name: typeof username === 'string' ? username : '',
    groups: textsIn(groups),
    ...(typeof uid === 'string' && uid !== '' && { uid }),
    ...(attributes.length > 0 && { extra: Object.fromEntries(attributes) }),
  }
}

function objectAt(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
