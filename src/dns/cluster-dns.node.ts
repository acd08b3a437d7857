import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import { clusterViewOf } from './cluster-view.ts'
import type { DnsMetrics } from './dns-metrics.ts'
import { serveDns } from './dns-server.node.ts'
import { Resolver } from './resolver.node.ts'
import { forwarder, nameServersOf } from './upstream.node.ts'

const TTL_SECONDS = 5 // As CoreDNS in most clusters: short, since Pods come and go.
const RESOLV_CONF = '/etc/resolv.conf'

export interface ClusterDnsOptions {
  readonly informers: SharedInformers
  /** Where Pods of this node reach the server: the node's own address. */
  readonly host: string
  readonly port: number
  /** Where Pods ask, if it is another address: asking there would be asking oneself. */
  readonly serviceAddress?: string
  /** Such as `cluster.local`. */
  readonly domain: string
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: DnsMetrics
}

/** Serves the cluster's DNS on a node, from memory; answers from the moment that it knows the whole cluster. */
export async function startClusterDns(options: ClusterDnsOptions): Promise<AsyncDisposable> {
  const { informers, host, port, serviceAddress = host, logger } = options
  const view = clusterViewOf(informers)
  informers.start()
  // An answer made from half the cluster would be a wrong "no such name".
  await informers.waitForSync()
  const servers = nameServersOf(RESOLV_CONF, [host, serviceAddress])
  const forward = forwarder({ ...options, servers, port: 53 })
  const resolver = new Resolver({ ...options, ttlSeconds: TTL_SECONDS, view, forward })
  return serveDns({ host, port, resolver, logger })
}
