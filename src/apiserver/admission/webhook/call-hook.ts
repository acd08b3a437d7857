import { badRequest } from '../../../apimachinery/status-error.ts'
import { uuid } from '../../../base/random.ts'
import { postReview } from '../../webhook-client/post-review.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import type { Hook, Invocation } from './hook.ts'
import { denial, readReview, reviewOf, type ReviewResponse } from './review.ts'

type AnyHook = Pick<Hook, 'configuration'> & {
  readonly webhook: Omit<Hook['webhook'], 'reinvocationPolicy'>
}

/** A webhook could not be asked, or gave no sensible answer: its failure policy decides what becomes of the request. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed'

  constructor(webhook: string, reason: string, options?: ErrorOptions) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${reason}`, options)
  }
}

const SAFE_IN_DRY_RUN = ['None', 'NoneOnDryRun']

/** Asks one webhook. Throws `CallFailed`, or the refusal as a `StatusError`. */
export async function callHook(
  { webhook }: AnyHook,
  attributes: AdmissionAttributes,
  invocation: Invocation,
  isMutating: boolean,
  env: AdmissionEnvironment,
): Promise<ReviewResponse> {
  const { name, sideEffects } = webhook
  if (attributes.dryRun && !SAFE_IN_DRY_RUN.includes(sideEffects)) {
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`)
  }
  const response = await ask(webhook, attributes, invocation, isMutating, env)
  for (const [key, value] of Object.entries(response.auditAnnotations))
    attributes.annotate?.(`${name}/${key}`, value)
  for (const warning of response.warnings) attributes.warn(warning)
  if (!response.allowed) throw denial(name, response)
  return response
}

async function ask(
  webhook: AnyHook['webhook'],
  attributes: AdmissionAttributes,
  invocation: Invocation,
  isMutating: boolean,
  { clock, random, registry, webhooks, webhookUsers: users }: AdmissionEnvironment,
): Promise<ReviewResponse> {
  const { name, clientConfig, timeoutSeconds, admissionReviewVersions } = webhook
  const version = admissionReviewVersions.find((each) => each === 'v1' || each === 'v1beta1')
  if (version === undefined) {
    const reason = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)'
    throw new CallFailed(name, `could not create admission objects: ${reason}`)
  }
  const uid = uuid(random)
  const review = reviewOf(version, uid, attributes, invocation)
  const options = { clock, random, registry: registry(), webhooks, users, timeoutSeconds }
  const answer = await postReview(clientConfig, review, {
    ...options,
    tooLate: 'context deadline exceeded',
  }).catch((error: unknown) => {
    const reason = `failed to call webhook: ${(error as Error).message}`
    throw new CallFailed(name, reason, { cause: error })
  })
  try {
    return readReview(answer, version, uid, isMutating)
  } catch (error) {
    const reason = `received invalid webhook response: ${(error as Error).message}`
    throw new CallFailed(name, reason, { cause: error })
  }
}
