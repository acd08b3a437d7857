import type { Clock } from '../../../base/clock.ts'
import { timedCache } from '../../../base/timed-cache.ts'
import type { ReviewWebhook } from '../../webhook-client/review-webhook.ts'
import type { AuthorizationDecision, Authorizer } from '../authorizer.ts'
import type { Matches } from './match-conditions.ts'
import { reviewSpecOf } from './review-of.ts'

export interface WebhookSettings {
  readonly name: string
  readonly timeoutMs: number
  /** How long what it allowed is remembered; 0 asks each time. */
  readonly allowedMs: number
  readonly refusedMs: number
  readonly version: 'v1' | 'v1beta1'
  /** What counts where there is no answer. */
  readonly onFailure: 'deny' | 'noOpinion'
  readonly matches: Matches
}

export interface WebhookAuthorizerOptions extends WebhookSettings {
  readonly webhook: ReviewWebhook
  readonly clock: Clock
}

const REMEMBERED_MAX = 8192
const KEY_LENGTH_MAX = 10_000 // Upstream's.

/** Has a webhook decide: https://kubernetes.io/docs/reference/access-authn-authz/webhook/ */
export function webhookAuthorizer(options: WebhookAuthorizerOptions): Authorizer {
  const { name, clock, onFailure, matches, allowedMs, refusedMs } = options
  const known = timedCache<AuthorizationDecision>({
    clock,
    max: REMEMBERED_MAX,
    keyLengthMax: KEY_LENGTH_MAX,
  })
  const msFor = ({ decision }: AuthorizationDecision): number =>
    decision === 'allow' ? allowedMs : refusedMs
  const failed = (error: string): AuthorizationDecision => ({
    decision: onFailure,
    reason: '',
    error,
  })
  return {
    name,
    async authorize(attributes) {
      const spec = reviewSpecOf(attributes)
      const matched = matches(spec)
      if (matched === false) return NO_OPINION
      // With nothing to lose by leaving the webhook out, its conditions are no error.
      if (matched !== true) return onFailure === 'deny' ? failed(matched.error) : NO_OPINION
      try {
        return await known.get(JSON.stringify(spec), () => ask(spec, options), msFor)
      } catch (error) {
        return failed(error instanceof Error ? error.message : String(error))
      }
    },
  }
}

const NO_OPINION: AuthorizationDecision = { decision: 'noOpinion', reason: '' }

async function ask(
  spec: Readonly<Record<string, unknown>>,
  { webhook, version, timeoutMs }: WebhookAuthorizerOptions,
): Promise<AuthorizationDecision> {
  const { groups, ...others } = spec
  const review = {
    kind: 'SubjectAccessReview',
    apiVersion: `authorization.k8s.io/${version}`,
    metadata: { creationTimestamp: null },
    spec: version === 'v1' ? spec : { ...others, ...(groups !== undefined && { group: groups }) },
    status: { allowed: false },
  }
  return decisionOf(await webhook.ask(review, { timeoutMs }))
}

function decisionOf(answer: unknown): AuthorizationDecision {
  const { status } = (answer ?? {}) as { readonly status?: unknown }
  const { allowed, denied, reason: why } = (status ?? {}) as Readonly<Record<string, unknown>>
  const reason = typeof why === 'string' ? why : ''
  if (denied === true && allowed === true) {
    const error = 'webhook subject access review returned both allow and deny response'
    return { decision: 'deny', reason, error }
  }
  if (denied === true) return { decision: 'deny', reason }
  return { decision: allowed === true ? 'allow' : 'noOpinion', reason }
}
