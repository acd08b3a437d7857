import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Clock } from '../../base/clock.ts'
import type { Client } from '../../client/client.ts'
import type { ServiceAccountClaims } from '../../pki/service-account-claims.ts'
import type { LiveObjects } from '../live/live-objects.ts'

/** When a token that a Secret holds was last shown, as a label of the Secret (KEP-2799). */
const LAST_USED = 'kubernetes.io/legacy-token-last-used'
/** Since when it counts no more. */
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since'

/** Since when tokens that are shown are noted; what cleans up waits for long after that. */
const TRACKING = {
  namespace: 'kube-system',
  name: 'kube-apiserver-legacy-service-account-token-tracking',
}

const WARNING =
  'Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.'

export interface LegacyTokenOptions {
  readonly live: Pick<LiveObjects, 'get' | 'client'>
  readonly clock: Clock
}

/** Why the token of this Secret counts no more; undefined where it does. */
export function invalidated(
  { metadata }: Secret,
  { namespace, serviceAccount }: ServiceAccountClaims,
): string | undefined {
  if (metadata.labels?.[INVALID_SINCE] === undefined) return undefined
  return `the token in secret ${namespace}/${metadata.name} for service account ${namespace}/${serviceAccount.name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${INVALID_SINCE}' label from the secret to temporarily allow use of this token`
}

/** What the bearer should hear: that the token was made for the account by itself, which is no longer done. */
export async function warningsFor(
  { namespace, serviceAccount, secret }: ServiceAccountClaims,
  { live }: LegacyTokenOptions,
): Promise<readonly string[]> {
  const account = await live.get(ServiceAccount, { namespace, name: serviceAccount.name })
  return account?.secrets?.some(({ name }) => name === secret?.name) ? [WARNING] : []
}

/** Notes on the Secret that its token was shown today. Whoever shows it need not wait for that. */
export async function noteUse(
  { metadata }: Secret,
  { live, clock }: LegacyTokenOptions,
): Promise<void> {
  const today = dayOf(clock)
  if (metadata.labels?.[LAST_USED] === today) return
  const { uid } = metadata
  try {
    await live.client.patch(Secret, metadata, 'merge', {
      metadata: { uid, labels: { [LAST_USED]: today } },
    })
  } catch (error) {
    // It is gone, or another one by now; and the next use is noted.
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

/** Notes since when uses are noted, once for a cluster. */
export async function ensureTracking(client: Client, clock: Clock): Promise<void> {
  const data = { since: dayOf(clock) }
  try {
    const found = await client.get(ConfigMap, TRACKING)
    const since = Date.parse(found.data?.['since'] ?? '')
    if (since <= clock.now()) return
    await client.update(ConfigMap, { ...found, data })
  } catch (error) {
    if (isConflict(error)) return // Another server does the same.
    if (!isNotFound(error)) throw error
    await client.create(ConfigMap, { metadata: TRACKING, data }).catch((failure: unknown) => {
      if (!isAlreadyExists(failure)) throw failure
    })
  }
}

function dayOf(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(0, 10)
}
