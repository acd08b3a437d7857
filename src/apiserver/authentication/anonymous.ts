/** Where nobody needs to say who they are. */
export interface AnonymousAccess {
  readonly enabled: boolean
  /** These paths exactly; all where absent. */
  readonly paths?: readonly string[] | undefined
}

/**
 * Where it is not configured: what watches over the server has no account there, and a node that joins must find out
 * first whom to trust. What is allowed there is for authorisation to say.
 */
const PUBLIC = [
  '/healthz',
  '/livez',
  '/readyz',
  '/version',
  '/version/',
  '/api/v1/namespaces/kube-public/configmaps/cluster-info',
]

/** Below these, each check has a path of its own. */
const PUBLIC_PREFIXES = ['/healthz/', '/livez/', '/readyz/']

/** Whether requests for a path may come from nobody. */
export function anonymousGate(access?: AnonymousAccess): (path: string) => boolean {
  if (!access) {
    const known = new Set(PUBLIC)
    return (path) => known.has(path) || PUBLIC_PREFIXES.some((prefix) => path.startsWith(prefix))
  }
  const { enabled, paths } = access
  if (!enabled) return () => false
  if (!paths) return () => true
  const known = new Set(paths)
  return (path) => known.has(path)
}
