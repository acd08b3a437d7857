import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { referencesOf } from '../../api/core/v1/pod-references.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import {
  controller,
  done,
  indexBy,
  requeueAfter,
  type Controller,
  type Pass,
  type PassCache,
} from '../../controller-runtime/index.ts'
import {
  SECRET_TYPE,
  SERVICE_ACCOUNT_NAME,
  SERVICE_ACCOUNT_UID,
} from '../serviceaccount-token/complete-secret.ts'
import { DAY_MS, INVALID_SINCE, planCleaning, type CleaningPlan } from './cleaning-plan.ts'

export interface LegacyTokenCleanerOptions {
  /** How long a token may be of no use before it is invalid, and then how long before it is gone; a year where absent. */
  readonly legacyTokenCleanUpMs?: number
}

const CLEAN_UP_MS = 365 * DAY_MS
const TRACKING = {
  namespace: 'kube-system',
  name: 'kube-apiserver-legacy-service-account-token-tracking',
}

const podsBySecret = indexBy(Pod, 'secret', (pod) =>
  referencesOf(pod)
    .filter(({ kind }) => kind === 'Secret')
    .map(({ name }) => `${pod.metadata.namespace}/${name}`),
)

/**
 * Removes tokens that clusters before 1.24 made for each service account, once nobody has used them for long: first they
 * become invalid, then they go (KEP-2799).
 */
export function legacyServiceAccountTokenCleaner({
  legacyTokenCleanUpMs: periodMs = CLEAN_UP_MS,
}: LegacyTokenCleanerOptions = {}): Controller {
  return controller<Secret>('legacy-serviceaccount-token-cleaner-controller', {
    for: Secret,
    // Nothing changes within a day.
    changed: () => false,
    reads: [ServiceAccount, Pod],
    concurrency: 1,

    async reconcile(secret, pass) {
      if (secret.type !== SECRET_TYPE || secret.metadata.deletionTimestamp !== undefined)
        return done
      const times = { nowMs: pass.clock.now(), periodMs }
      const isOld = Date.parse(secret.metadata.creationTimestamp) < times.nowMs - periodMs
      if (isOld && isLeftOver(secret, pass.cache)) {
        const trackedSince = await trackingStart(pass)
        await carryOut(planCleaning(secret, trackedSince, times), secret, pass)
      }
      return requeueAfter(DAY_MS)
    },
  })
}

/** Whether a token was made for an account by itself, and no Pod uses it. */
function isLeftOver({ metadata }: Secret, cache: PassCache): boolean {
  const { namespace, name, annotations = {} } = metadata
  const account = cache.get(ServiceAccount, {
    namespace,
    name: annotations[SERVICE_ACCOUNT_NAME] ?? '',
  })
  const uid = annotations[SERVICE_ACCOUNT_UID]
  if (!account || (uid && uid !== account.metadata.uid)) return false
  if (!account.secrets?.some((each) => each.name === name)) return false
  return cache.count(podsBySecret, `${namespace}/${name}`) === 0
}

/** The day since when the API servers note when tokens are used; empty where they don't. */
async function trackingStart({ client }: Pass): Promise<string> {
  try {
    return (await client.get(ConfigMap, TRACKING)).data?.['since'] ?? ''
  } catch (error) {
    if (isNotFound(error)) return ''
    throw error
  }
}

async function carryOut(
  plan: CleaningPlan,
  { metadata }: Secret,
  { client, logger }: Pass,
): Promise<void> {
  const { uid, resourceVersion } = metadata
  try {
    if (plan.type === 'invalidate') {
      const patch = { metadata: { uid, labels: { [INVALID_SINCE]: plan.since } } }
      await client.patch(Secret, metadata, 'merge', patch)
    } else if (plan.type === 'delete') {
      logger.info('Delete auto-generated service account token', { secret: metadata.name })
      await client.delete(Secret, metadata, { preconditions: { resourceVersion } })
    }
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
