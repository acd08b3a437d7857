import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { equal } from '../apimachinery/equality.ts'
import { systemClock } from '../base/clock.node.ts'
import type { Clock } from '../base/clock.ts'
import { tokenFile, type Credentials, type CredentialSource } from './credentials.node.ts'
import type { HttpsTransportOptions } from './https-transport.node.ts'
import { KubeconfigError, parseKubeconfig, resolveContext, type UserEntry } from './kubeconfig.ts'

export interface KubeconfigOptions {
  /** The current context where absent. */
  readonly context?: string
  readonly clock?: Clock
}

export interface LoadedKubeconfig extends HttpsTransportOptions {
  readonly ca?: string
  readonly namespace: string
}

const RELOAD_MS = 60_000 // Certificates are renewed months before they end.

/** How to reach the cluster that a kubeconfig file names. Throws `KubeconfigError`. */
export async function loadKubeconfig(
  path: string,
  { context, clock = systemClock }: KubeconfigOptions = {},
): Promise<LoadedKubeconfig> {
  const access = resolveContext(parseKubeconfig(await read(path, path), path), path, context)
  const { cluster, namespace } = access
  const load = loader(path)
  const ca = await load(cluster['certificate-authority-data'], cluster['certificate-authority'])
  return {
    server: cluster.server,
    ...(ca !== undefined && { ca }),
    ...(cluster['tls-server-name'] && { serverName: cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { insecureSkipTlsVerify: true }),
    credentials: await credentialsOf(
      path,
      access.user,
      `the user of context "${access.context}"`,
      clock,
    ),
    namespace,
  }
}

/**
 * The same, for who stays: the file is read again now and then, since its certificates are renewed. What can no longer be
 * read stays as it was.
 */
export async function followKubeconfig(
  path: string,
  options: KubeconfigOptions = {},
): Promise<HttpsTransportOptions> {
  const { clock = systemClock } = options
  let loaded = await loadKubeconfig(path, options)
  let atMs = clock.monotonic()
  const reload = async (): Promise<void> => {
    if (clock.monotonic() - atMs < RELOAD_MS) return
    atMs = clock.monotonic()
    const next = await loadKubeconfig(path, options).catch(() => loaded)
    if (!equal(identityOf(next), identityOf(loaded))) loaded = next
  }
  return {
    ...loaded,
    ...(loaded.ca !== undefined && { ca: () => loaded.ca! }),
    async credentials() {
      await reload()
      const { credentials } = loaded
      return typeof credentials === 'function' ? credentials() : credentials!
    },
  }
}

// A source of credentials, as for a file with a token, looks after itself.
function identityOf({ ca, credentials }: LoadedKubeconfig): unknown {
  return { ca, credentials: typeof credentials === 'function' ? undefined : credentials }
}

/** How a user of a kubeconfig file shows who it is; `who` is for the error. Throws `KubeconfigError`. */
export async function credentialsOf(
  path: string,
  user: UserEntry,
  who: string,
  clock: Clock,
): Promise<Credentials | CredentialSource> {
  if (user.exec !== undefined || user['auth-provider'] !== undefined) {
    throw new KubeconfigError(path, `${who} needs a credential plugin`)
  }
  if (user.tokenFile) return tokenFile(resolve(dirname(path), user.tokenFile), clock)
  if (user.token) return { type: 'token', token: user.token }
  const load = loader(path)
  const cert = await load(user['client-certificate-data'], user['client-certificate'])
  const key = await load(user['client-key-data'], user['client-key'])
  if (cert !== undefined && key !== undefined) return { type: 'certificate', cert, key }
  if (cert !== undefined || key !== undefined) {
    const missing = cert === undefined ? 'client certificate' : 'client key'
    throw new KubeconfigError(path, `${who} has no ${missing}`)
  }
  const { username, password } = user
  return username ? { type: 'basic', username, password: password ?? '' } : { type: 'none' }
}

type Loader = (data: string | undefined, file: string | undefined) => Promise<string | undefined>

/** Gives the text that an entry holds in base64, or in a file beside the kubeconfig. */
function loader(path: string): Loader {
  return async (data, file) => {
    if (data) return Buffer.from(data, 'base64').toString('utf8')
    return file ? read(path, resolve(dirname(path), file)) : undefined
  }
}

async function read(kubeconfig: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    const what = file === kubeconfig ? 'it' : file
    throw new KubeconfigError(kubeconfig, `${what} ${why}`, { cause: error })
  }
}
