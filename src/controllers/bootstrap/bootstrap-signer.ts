import {
  BOOTSTRAP_TOKEN_TYPE,
  bootstrapSecretName,
  bootstrapTokenFrom,
  CLUSTER_INFO,
  SIGNATURE_PREFIX,
} from '../../api/core/v1/bootstrap-token.ts'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Crypto } from '../../base/crypto.ts'
import { controller, watch, type Controller } from '../../controller-runtime/index.ts'
import { detachedJws } from '../../pki/detached-jws.ts'

const KUBECONFIG = 'kubeconfig'

/**
 * Signs `kube-public/cluster-info` with each bootstrap token that is for signing, so that a machine that joins can tell
 * whether what it reads there, before it knows anybody's certificate, comes from who gave it the token:
 * https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#configmap-signing
 */
export function bootstrapSigner({ crypto }: { readonly crypto: Crypto }): Controller {
  return controller<ConfigMap>('bootstrap-signer-controller', {
    for: ConfigMap,
    watches: [watch(Secret, (secret) => (isToken(secret) ? [CLUSTER_INFO] : []))],
    concurrency: 1,

    async reconcile(map, { cache, client, clock }) {
      const { namespace, name } = map.metadata
      if (namespace !== CLUSTER_INFO.namespace || name !== CLUSTER_INFO.name) return
      const secrets = cache.list(Secret, { namespace: 'kube-system' })
      const text = map.data?.[KUBECONFIG]
      const signatures = text === undefined ? {} : signaturesOf(text, secrets, crypto, clock.now())
      const others = Object.entries(map.data ?? {}).filter(
        ([key]) => !key.startsWith(SIGNATURE_PREFIX),
      )
      const data = { ...Object.fromEntries(others), ...signatures }
      if (equal(data, map.data ?? {})) return
      try {
        await client.update(ConfigMap, { ...map, data })
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) throw error
      }
    },
  })
}

function isToken({ type, metadata }: Secret): boolean {
  return type === BOOTSTRAP_TOKEN_TYPE && metadata.namespace === 'kube-system'
}

/** The signatures by their keys in the ConfigMap. */
function signaturesOf(
  text: string,
  secrets: readonly Secret[],
  crypto: Crypto,
  nowMs: number,
): Readonly<Record<string, string>> {
  const tokens = secrets
    .filter((secret) => isToken(secret) && secret.metadata.deletionTimestamp === undefined)
    .map((secret) => ({ ...bootstrapTokenFrom(secret), name: secret.metadata.name }))
    .filter(({ id, secret, name }) => secret !== '' && name === bootstrapSecretName(id))
    .filter(({ usages, isExpired }) => usages.signing && !isExpired(nowMs))
  return Object.fromEntries(
    tokens.map((token) => [`${SIGNATURE_PREFIX}${token.id}`, detachedJws(crypto, text, token)]),
  )
}
