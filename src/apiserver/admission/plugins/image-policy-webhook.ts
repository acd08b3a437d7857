import { Pod } from '../../../api/core/v1/pod.ts'
import type { Clock } from '../../../base/clock.ts'
import { timedCache } from '../../../base/timed-cache.ts'
import { encodeJson } from '../../../schema/json.ts'
import type { ReviewWebhook } from '../../webhook-client/review-webhook.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { isAbout, objectOf } from './about.ts'
import { imagesOf, isUpdateWithoutNewImages } from './always-pull-images.ts'
import { refusal } from './refuse.ts'

export interface ImagePolicySettings {
  readonly webhook: ReviewWebhook
  /** For how long the webhook is not asked again. */
  readonly allowTtlMs: number
  readonly denyTtlMs: number
  /** What holds where the webhook does not answer. */
  readonly defaultAllow: boolean
}

interface Verdict {
  readonly allowed: boolean
  readonly reason?: string
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

const TIMEOUT_MS = 30_000
const CACHE_MAX = 1024
const AUDIT_PREFIX = 'imagepolicywebhook.image-policy.k8s.io/'
const ANNOTATION = /\.image-policy\.k8s\.io\//

/** Asks a webhook which images may run. Off unless asked for. */
export function imagePolicyWebhook(
  clock: Clock,
  settings: ImagePolicySettings | undefined,
): AdmissionPlugin {
  const known = timedCache<Verdict>({ clock, max: CACHE_MAX })
  const verdictOn = (spec: object, of: ImagePolicySettings): Promise<Verdict> =>
    known.get(
      encodeJson(spec),
      () => ask(of.webhook, spec),
      ({ allowed }) => (allowed ? of.allowTtlMs : of.denyTtlMs),
    )
  return {
    name: 'ImagePolicyWebhook',
    operations: ['CREATE', 'UPDATE'],
    async validate(attributes) {
      if (!settings || !isConcerned(attributes)) return
      const verdict = await verdictOn(specOf(attributes), settings).catch((error: unknown) =>
        failed(attributes, settings, error),
      )
      for (const [key, value] of Object.entries(verdict.auditAnnotations ?? {}))
        attributes.annotate?.(AUDIT_PREFIX + key, value)
      if (verdict.allowed) return
      throw refusal(
        attributes,
        verdict.reason
          ? `image policy webhook backend denied one or more images: ${verdict.reason}`
          : 'one or more images rejected by webhook backend',
      )
    },
  }
}

function isConcerned(attributes: AdmissionAttributes): boolean {
  if (isAbout(attributes, Pod, 'ephemeralcontainers')) return true
  return isAbout(attributes, Pod) && !isUpdateWithoutNewImages(attributes)
}

function specOf(attributes: AdmissionAttributes): object {
  const pod = objectOf(attributes, Pod)
  const annotations = Object.entries(pod.metadata.annotations ?? {}).filter(([key]) =>
    ANNOTATION.test(key),
  )
  return {
    containers: imagesOf(pod).map((image) => ({ image })),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    namespace: attributes.namespace,
  }
}

async function ask(webhook: ReviewWebhook, spec: object): Promise<Verdict> {
  const review = { apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', spec }
  const answer = (await webhook.ask(review, { timeoutMs: TIMEOUT_MS })) as { status?: Verdict }
  const { allowed = false, ...rest } = answer.status ?? {}
  return { allowed, ...rest }
}

function failed(
  attributes: AdmissionAttributes,
  { defaultAllow }: ImagePolicySettings,
  error: unknown,
): Verdict {
  if (!defaultAllow) {
    const why = error instanceof Error ? error.message : String(error)
    throw refusal(attributes, why)
  }
  attributes.annotate?.(`${AUDIT_PREFIX}failed-open`, 'true')
  return { allowed: true }
}
