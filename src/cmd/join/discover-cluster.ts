import {
  BOOTSTRAP_TOKEN,
  CLUSTER_INFO,
  SIGNATURE_PREFIX,
} from '../../api/core/v1/bootstrap-token.ts'
import type { Crypto } from '../../base/crypto.ts'
import { parseKubeconfig } from '../../client/kubeconfig.ts'
import { detachedJws } from '../../pki/detached-jws.ts'
import { UserError } from '../user-error.ts'
import { caHashes } from './ca-hash.ts'

/** Gets a path of the API server as nobody; with an authority, over a connection that shows a certificate of it. */
export type GetAsNobody = (path: string, ca?: string) => Promise<string>

export interface DiscoveryOptions {
  readonly token: string
  /** One of them must be that of the cluster's authority. None believes whoever knows the token. */
  readonly caHashes: readonly string[]
  readonly crypto: Crypto
  readonly get: GetAsNobody
}

const PATH = `/api/v1/namespaces/${CLUSTER_INFO.namespace}/configmaps/${CLUSTER_INFO.name}`

/**
 * Finds out whom to trust in a cluster that is only known by a token and the digest of its authority. What is read
 * before the authority is known is believed because it is signed with the token, and pinned; then it is read again over
 * a connection that is verified. Gives the authority, PEM. Throws `UserError`.
 */
export async function discoverCluster(options: DiscoveryOptions): Promise<string> {
  const { crypto, get, caHashes: pinned } = options
  const info = dataOf(await get(PATH))
  const kubeconfig = signedKubeconfig(info, options)
  const ca = authorityIn(kubeconfig)
  const found = caHashes(ca, crypto)
  if (pinned.length > 0 && !found.some((hash) => pinned.includes(hash))) {
    throw new UserError(
      `The cluster's certificate authority has the hash ${found.join(', ')}, not ${pinned.join(', ')}: this is another cluster, or somebody stands between.`,
    )
  }
  if (dataOf(await get(PATH, ca))['kubeconfig'] !== kubeconfig) {
    throw new UserError(
      'The cluster says something else over a verified connection: somebody stands between.',
    )
  }
  return ca
}

type Data = Readonly<Record<string, string>>

function dataOf(text: string): Data {
  const { data } = JSON.parse(text) as { readonly data?: Data }
  return data ?? {}
}

function signedKubeconfig(info: Data, { token, crypto }: DiscoveryOptions): string {
  const { kubeconfig } = info
  if (kubeconfig === undefined) throw new UserError('The cluster does not say how it is reached.')
  const [, id = '', secret = ''] = BOOTSTRAP_TOKEN.exec(token) ?? []
  const signature = info[`${SIGNATURE_PREFIX}${id}`]
  if (signature === undefined) {
    throw new UserError(
      `The cluster knows no token ${id}: it may have expired; make another with "trierarch token create".`,
    )
  }
  if (!crypto.equal(signature, detachedJws(crypto, kubeconfig, { id, secret })))
    throw new UserError(`The cluster does not know the secret of the token ${id}.`)
  return kubeconfig
}

/** The authorities that the kubeconfig of cluster-info names, PEM, the present one first. Throws `UserError`. */
export function authorityIn(kubeconfig: string): string {
  const { clusters } = parseKubeconfig(kubeconfig, 'of the cluster')
  const ca = clusters[0]?.cluster['certificate-authority-data']
  if (!ca) throw new UserError('The cluster does not name its certificate authority.')
  return new TextDecoder().decode(Uint8Array.fromBase64(ca))
}
