import type { Pod } from '../../api/core/v1/pod.ts'
import type { Secret } from '../../api/core/v1/secret.ts'
import type { PullCredential } from '../images/image-manager.ts'
import { pullCredentials, type PullSecret } from '../images/pull-credentials.ts'
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
  try {
    return secrets.flatMap((secret) => {
      if (!secret) return []
      const { namespace, name, uid } = secret.metadata
      return pullCredentials(image, pullSecretsOf(secret)).map((auth) => ({
        auth,
        secret: { namespace, name, uid, hash: hash(JSON.stringify(auth)) },
      }))
    })
  } catch (error) {
    if (error instanceof InvalidImageNameError) return [] // Whoever pulls it says so.
    throw error
  }
}

function pullSecretsOf({ data = {} }: Secret): readonly PullSecret[] {
  const config = data['.dockerconfigjson']
  if (config !== undefined)
    return [{ type: 'kubernetes.io/dockerconfigjson', content: Uint8Array.fromBase64(config) }]
  const legacy = data['.dockercfg']
  if (legacy === undefined) return []
  return [{ type: 'kubernetes.io/dockercfg', content: Uint8Array.fromBase64(legacy) }]
}
