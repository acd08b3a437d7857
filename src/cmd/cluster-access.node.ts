import { StatusError } from '../apimachinery/status-error.ts'
import type { Client } from '../client/client.ts'
import { createConnections, UnreachableError } from '../client/connections.node.ts'
import { createClient } from '../client/create-client.ts'
import { httpsTransport } from '../client/https-transport.node.ts'
import { KubeconfigError } from '../client/kubeconfig.ts'
import { type LoadedKubeconfig, loadKubeconfig } from '../client/kubeconfig.node.ts'
import type { Transport } from '../client/transport.ts'
import type { KubeconfigEntry } from '../pki/kubeconfig.ts'
import type { DataDirectory } from './data-directory.node.ts'
import { UserError } from './user-error.ts'

/** The names of the admin's cluster, user and context in a kubeconfig. */
export const ADMIN_NAMES = {
  cluster: 'trierarch',
  user: 'trierarch-admin',
  context: 'trierarch',
} as const

interface Answer {
  readonly status: number
  readonly body: string
}

const TIMEOUT_MS = 5000

/** How the cluster's admin reaches the API server of a data directory. Throws `KubeconfigError`. */
export function adminAccess({ kubeconfig }: DataDirectory): Promise<LoadedKubeconfig> {
  return loadKubeconfig(kubeconfig)
}

/** How the admin of a data directory's cluster talks to it. */
interface Admin {
  readonly client: Client
  readonly transport: Transport
  readonly access: LoadedKubeconfig
}

/** Does something as the admin of a data directory's cluster; see `explained`. */
export function asAdmin<T>(
  directory: DataDirectory,
  act: (admin: Admin) => Promise<T>,
): Promise<T> {
  return explained(async () => {
    const access = await adminAccess(directory)
    using transport = httpsTransport(access)
    return await act({ client: createClient(transport), transport, access })
  })
}

/** What the cluster refuses, and that it cannot be reached, is said in one sentence: throws `UserError`. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const isForUser =
      cause instanceof StatusError ||
      cause instanceof KubeconfigError ||
      cause instanceof UnreachableError
    if (isForUser) throw new UserError(`Error: ${cause.message}`, { cause })
    throw cause
  }
}

/** What a user's own kubeconfig takes over of the admin's: server and certificates. */
export async function adminCertificates(
  directory: DataDirectory,
): Promise<Pick<KubeconfigEntry, 'server' | 'caPem' | 'clientCertPem' | 'clientKeyPem'>> {
  const { server, ca, credentials } = await adminAccess(directory)
  if (ca === undefined || typeof credentials !== 'object' || credentials.type !== 'certificate') {
    throw new UserError(
      `${directory.kubeconfig} does not hold the admin's certificate any more: start the cluster again, which writes it anew.`,
    )
  }
  return { server, caPem: ca, clientCertPem: credentials.cert, clientKeyPem: credentials.key }
}

/** Gets a path of the cluster's API server as its admin. */
export async function fetchFromCluster(directory: DataDirectory, path: string): Promise<Answer> {
  using connections = createConnections(await adminAccess(directory))
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await connections.send({ method: 'GET', path }, { signal })
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk)
  return { status: response.statusCode ?? 0, body }
}
