import type { Pod } from '../../api/core/v1/pod.ts'
import type { Secret } from '../../api/core/v1/secret.ts'
import type { PullCredential } from '../images/image-manager.ts'
import { pullCredentials, type PullSecret } from '../images/pull-credentials.ts'
import type { SecretOrigin } from '../images/pull-records.ts'
import { InvalidImageNameError } from '../images/reference.ts'
import type { References } from './environment.ts'

/** What the Pod's imagePullSecrets have for an image's registry. Secrets that are missing are passed over. */
export async function imagePullCredentials(
  { metadata, spec }: Pod,
  image: string,
  references: References,
  hash: (text: string) => string,
): Promise<readonly PullCredential[]> {
  const names = (spec.imagePullSecrets ?? []).map(({ name }) => name)
  const secrets = await Promise.all(
    names.map((name) => references.secret(metadata.namespace, name)),
  )
  const pullSecrets = secrets.flatMap((secret) => (secret ? pullSecretsOf(secret) : []))
  try {
    return pullCredentials(image, pullSecrets).map(({ auth, from: { origin } }) => ({
      auth,
      secret: { ...origin, hash: hash(JSON.stringify(auth)) },
    }))
  } catch (error) {
    if (error instanceof InvalidImageNameError) return [] // Whoever pulls it says so.
    throw error
  }
}

interface KnownSecret extends PullSecret {
  readonly origin: Omit<SecretOrigin, 'hash'>
}

function pullSecretsOf({ metadata, data = {} }: Secret): readonly KnownSecret[] {
  const { namespace, name, uid } = metadata
  const origin = { namespace, name, uid }
  const config = data['.dockerconfigjson']
  if (config !== undefined)
    return [
      { type: 'kubernetes.io/dockerconfigjson', content: Uint8Array.fromBase64(config), origin },
    ]
  const legacy = data['.dockercfg']
  if (legacy === undefined) return []
  return [{ type: 'kubernetes.io/dockercfg', content: Uint8Array.fromBase64(legacy), origin }]
}
