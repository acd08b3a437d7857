import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { equal } from '../../apimachinery/equality.ts'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import type { Client } from '../../client/client.ts'

export interface ClusterInformation {
  /** Where clients that are yet to join reach the server, such as https://10.0.0.1:6443. */
  readonly server: string
  /** The authority of the server's certificate, PEM. */
  readonly caPem: string
  /** The authorities of clients' certificates, PEM. */
  readonly clientCaPem: string
  /** Whose word about users is trusted: of proxies that authenticate for others. */
  readonly requestHeader?: {
    readonly caPem: string
    readonly allowedNames: readonly string[]
  }
}

/**
 * Publishes what others need to know of the cluster: for who wants to join, where it is and by whom it is vouched for;
 * for aggregated API servers, how to recognise its users.
 */
export async function publishClusterInformation(
  client: Client,
  information: ClusterInformation,
): Promise<void> {
  await put(client, 'kube-public', 'cluster-info', {
    kubeconfig: bareKubeconfig(information),
  })
  await publishAuthentication(client, information)
}

/** Publishes how other API servers recognise the cluster's users, and its front proxy, which speaks for them. */
export async function publishAuthentication(
  client: Client,
  information: Pick<ClusterInformation, 'clientCaPem' | 'requestHeader'>,
): Promise<void> {
  await put(client, 'kube-system', 'extension-apiserver-authentication', {
    'client-ca-file': information.clientCaPem,
    ...requestHeaderData(information),
  })
}

// By name and order as kubeadm writes it: a cluster, and nobody to be in it.
function bareKubeconfig({ server, caPem }: ClusterInformation): string {
  const ca = new TextEncoder().encode(caPem).toBase64()
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${ca}
    server: ${server}
  name: ""
contexts: null
current-context: ""
kind: Config
preferences: {}
users: null
`
}

function requestHeaderData({
  requestHeader,
}: Pick<ClusterInformation, 'requestHeader'>): Readonly<Record<string, string>> {
  if (!requestHeader) return {}
  return {
    'requestheader-allowed-names': JSON.stringify(requestHeader.allowedNames),
    'requestheader-client-ca-file': requestHeader.caPem,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  }
}

const ATTEMPTS_MAX = 5

/** Sets these entries; others, such as the signatures of the bootstrap signer, stay. */
async function put(
  client: Client,
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await putOnce(client, namespace, name, data)
    } catch (error) {
      // Another server, or the bootstrap signer, came first.
      const isLate = isAlreadyExists(error) || isConflict(error) || isNotFound(error)
      if (attempt === ATTEMPTS_MAX || !isLate) throw error
    }
  }
}

async function putOnce(
  client: Client,
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const current = await client.get(ConfigMap, { namespace, name }).catch(noneIfNotFound)
  if (!current) {
    await client.create(ConfigMap, { metadata: { namespace, name }, data })
    return
  }
  const wanted = { ...current, data: { ...current.data, ...data } }
  if (!equal(wanted, current)) await client.update(ConfigMap, wanted)
}

function noneIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
