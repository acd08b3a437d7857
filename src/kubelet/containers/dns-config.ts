import type { Pod } from '../../api/core/v1/pod.ts'

const NAMESERVERS_MAX = 3
const SEARCHES_MAX = 32
const SEARCH_BYTES_MAX = 2048

/** What stands in a resolv.conf. */
export interface ResolvConf {
  readonly servers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

export interface ClusterDns {
  /** Addresses of the cluster's DNS; where there are none, Pods use the node's. */
  readonly servers: readonly string[]
  readonly domain: string
}

/** Reads a resolv.conf; the last `search` and all `options` count, as resolvers do it. */
export function parseResolvConf(content: string): ResolvConf {
  const servers: string[] = []
  let searches: string[] = []
  const options: string[] = []
  for (const line of content.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'nameserver' && values[0]) servers.push(values[0])
    else if (keyword === 'search') searches = values
    else if (keyword === 'options') options.push(...values)
  }
  return { servers, searches, options }
}

/**
 * The resolv.conf of a Pod, by its dnsPolicy and dnsConfig.
 * See https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
 */
export function podDns({ metadata, spec }: Pod, cluster: ClusterDns, node: ResolvConf): ResolvConf {
  const base = {
    None: { servers: [], searches: [], options: [] },
    Default: node,
    Cluster: clusterConf(metadata.namespace, cluster, node),
  }[kindOf(spec, cluster)]
  const { nameservers = [], searches = [], options = [] } = spec.dnsConfig ?? {}
  return {
    servers: unique([...base.servers, ...nameservers]).slice(0, NAMESERVERS_MAX),
    searches: limited(unique([...base.searches, ...searches])),
    options: mergeOptions(
      base.options,
      options.map(({ name, value }) => (value ? `${name}:${value}` : (name ?? ''))),
    ),
  }
}

function kindOf(
  { dnsPolicy, hostNetwork }: Pod['spec'],
  { servers }: ClusterDns,
): 'None' | 'Default' | 'Cluster' {
  if (dnsPolicy === 'None' || dnsPolicy === 'Default') return dnsPolicy
  if (dnsPolicy === 'ClusterFirst' && hostNetwork) return 'Default'
  return servers.length === 0 ? 'Default' : 'Cluster'
}

function clusterConf(
  namespace: string,
  { servers, domain }: ClusterDns,
  node: ResolvConf,
): ResolvConf {
  const searches = [`${namespace}.svc.${domain}`, `svc.${domain}`, domain]
  return { servers, searches: [...searches, ...node.searches], options: ['ndots:5'] }
}

function mergeOptions(base: readonly string[], own: readonly string[]): readonly string[] {
  const byName = new Map([...base, ...own].map((option) => [option.split(':')[0]!, option]))
  return [...byName.values()]
}

function limited(searches: readonly string[]): readonly string[] {
  let bytes = -1
  return searches.slice(0, SEARCHES_MAX).filter((search) => {
    bytes += search.length + 1
    return bytes <= SEARCH_BYTES_MAX
  })
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
