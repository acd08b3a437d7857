import type { Pod } from '../../api/core/v1/pod.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import type { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import { timestampOf } from '../../base/clock.ts'
import type { Client } from '../../client/client.ts'
import type { PodTokens } from '../volumes/service-account-token.ts'
import type { CsiVolume } from './csi-volume.ts'

const PREFIX = 'csi.storage.k8s.io'
const TOKENS = `${PREFIX}/serviceAccount.tokens`
const EXPIRATION_SECONDS = 3600

type Texts = Readonly<Record<string, string>>

interface ContextOptions {
  readonly client: Client
  readonly tokens: PodTokens
}

/** What a driver is told at each mount beside the volume itself. */
export interface MountContext {
  readonly volumeContext: Texts
  readonly secrets: Texts
}

/** What the driver is told when it gives a Pod a volume: the Pod itself and tokens of it too, where its object asks for them. */
export async function mountContext(
  pod: Pod,
  volume: CsiVolume,
  about: CSIDriver['spec'] | undefined,
  options: ContextOptions,
): Promise<MountContext> {
  const tokens = await podTokens(pod, about, options)
  const secrets = await secretsOf(volume.publishSecret, options.client)
  const inSecrets = about?.serviceAccountTokenInSecrets === true
  return {
    volumeContext: {
      ...volume.attributes,
      ...(about?.podInfoOnMount && podInfo(pod, volume)),
      ...(!inSecrets && tokens),
    },
    secrets: { ...secrets, ...(inSecrets && tokens) },
  }
}

function podInfo({ metadata, spec }: Pod, { isInline }: CsiVolume): Texts {
  return {
    [`${PREFIX}/pod.name`]: metadata.name,
    [`${PREFIX}/pod.namespace`]: metadata.namespace,
    [`${PREFIX}/pod.uid`]: metadata.uid,
    [`${PREFIX}/serviceAccount.name`]: spec.serviceAccountName ?? '',
    [`${PREFIX}/ephemeral`]: String(isInline),
  }
}

/** A token of the Pod's service account for each audience that the driver asks for (KEP-1855). */
async function podTokens(
  pod: Pod,
  about: CSIDriver['spec'] | undefined,
  { tokens }: ContextOptions,
): Promise<Texts> {
  const requests = about?.tokenRequests ?? []
  if (requests.length === 0) return {}
  const entries = await Promise.all(
    requests.map(async ({ audience, expirationSeconds = EXPIRATION_SECONDS }) => {
      const { token, expiresAtMs } = await tokens.get(pod, audience, expirationSeconds)
      return [audience, { token, expirationTimestamp: timestampOf(expiresAtMs) }] as const
    }),
  )
  return { [TOKENS]: JSON.stringify(Object.fromEntries(entries)) }
}

/** The values of a Secret that a volume names. */
export async function secretsOf(key: CsiVolume['publishSecret'], client: Client): Promise<Texts> {
  if (!key) return {}
  const { data = {} } = await client.get(Secret, key)
  return Object.fromEntries(
    Object.entries(data).map(([name, base64]) => [
      name,
      new TextDecoder().decode(Uint8Array.fromBase64(base64)),
    ]),
  )
}
