import { parseDocument } from 'yaml'

/**
 * A kubeconfig file, as data.
 * See https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export interface Kubeconfig {
  readonly 'current-context'?: string
  readonly clusters: readonly { readonly name: string; readonly cluster: ClusterEntry }[]
  readonly users: readonly { readonly name: string; readonly user: UserEntry }[]
  readonly contexts: readonly { readonly name: string; readonly context: ContextEntry }[]
}

interface ClusterEntry {
  readonly server?: string
  readonly 'certificate-authority'?: string
  readonly 'certificate-authority-data'?: string
  readonly 'tls-server-name'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
}

export interface UserEntry {
  readonly 'client-certificate'?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key'?: string
  readonly 'client-key-data'?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
  readonly exec?: unknown
  readonly 'auth-provider'?: unknown
}

interface ContextEntry {
  readonly cluster: string
  readonly user?: string
  readonly namespace?: string
}

/** Which server a context means, and as whom. Files are named relative to the kubeconfig that names them. */
export interface ClusterAccess {
  readonly context: string
  readonly cluster: ClusterEntry & { readonly server: string }
  readonly user: UserEntry
  readonly namespace: string
}

/** A kubeconfig cannot be used; the message is one sentence for the user. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'

  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`Cannot use kubeconfig ${path}: ${why}`, options)
  }
}

/** Reads the text of a kubeconfig; `path` is for the error. Throws `KubeconfigError`. */
export function parseKubeconfig(text: string, path: string): Kubeconfig {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) throw new KubeconfigError(path, firstLine(error.message), { cause: error })
  const config: unknown = document.toJS()
  if (!isObject(config)) throw new KubeconfigError(path, 'it is not a YAML mapping')
  const { kind = 'Config', 'current-context': current } = config
  if (kind !== 'Config') {
    throw new KubeconfigError(path, `its kind is ${JSON.stringify(kind)}, not "Config"`)
  }
  return {
    ...(typeof current === 'string' && current !== '' && { 'current-context': current }),
    clusters: entries(config, 'clusters', 'cluster', path) as Kubeconfig['clusters'],
    users: entries(config, 'users', 'user', path) as Kubeconfig['users'],
    contexts: entries(config, 'contexts', 'context', path) as Kubeconfig['contexts'],
  }
}

function entries(config: Json, list: string, entry: string, path: string): readonly unknown[] {
  const items = config[list] ?? []
  if (!Array.isArray(items)) throw new KubeconfigError(path, `${list} is not a list`)
  items.forEach((item: unknown, i) => {
    const where = `${list}[${i}]`
    if (!isObject(item) || typeof item['name'] !== 'string') {
      throw new KubeconfigError(path, `${where} has no name`)
    }
    if (!isObject(item[entry])) throw new KubeconfigError(path, `${where} has no ${entry}`)
  })
  return items
}

/** Finds what a context (the current one, unless named) stands for. Throws `KubeconfigError`. */
export function resolveContext(
  config: Kubeconfig,
  path: string,
  name: string | undefined = config['current-context'],
): ClusterAccess {
  if (name === undefined) throw new KubeconfigError(path, 'it has no current-context')
  const context = find(config.contexts, name)?.context
  if (!context) throw new KubeconfigError(path, `it has no context "${name}"`)
  const cluster = find(config.clusters, context.cluster)?.cluster
  if (!cluster) {
    throw new KubeconfigError(
      path,
      `context "${name}" names the unknown cluster "${context.cluster}"`,
    )
  }
  const { server } = cluster
  if (server === undefined || !URL.canParse(server)) {
    throw new KubeconfigError(path, `cluster "${context.cluster}" has no valid server URL`)
  }
  const user = context.user === undefined ? {} : find(config.users, context.user)?.user
  if (!user)
    throw new KubeconfigError(path, `context "${name}" names the unknown user "${context.user}"`)
  return {
    context: name,
    cluster: { ...cluster, server },
    user,
    namespace: context.namespace || 'default',
  }
}

function find<T extends { readonly name: string }>(
  items: readonly T[],
  name: string,
): T | undefined {
  return items.find((item) => item.name === name)
}

type Json = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.replace(/:$/, '')
}
