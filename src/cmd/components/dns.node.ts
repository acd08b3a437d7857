import { createClient } from '../../client/create-client.ts'
import { httpsTransport } from '../../client/https-transport.node.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { startClusterDns } from '../../dns/cluster-dns.node.ts'
import { dnsMetrics } from '../../dns/dns-metrics.ts'
import { parseListen } from '../flags/flags.node.ts'
import {
  componentMetrics,
  platform,
  serverOf,
  untilStopped,
  type ComponentFlags,
} from './component.node.ts'
import { serveMetrics, type PlainAnswer } from './plain-server.node.ts'

export interface DnsFlags extends ComponentFlags {
  /** HOST:PORT. */
  readonly listen: string
  readonly clusterDomain: string
  /** HOST:PORT; nothing is served where empty. */
  readonly metricsBindAddress: string
}

/** `trierarch dns`: the cluster's DNS, against any API server. */
export function dns(flags: DnsFlags): Promise<void> {
  return untilStopped(async () => {
    await using stack = new AsyncDisposableStack()
    const options = platform()
    const { host, port } = parseListen(flags.listen)
    const { set, observe } = componentMetrics()
    const server = { ...(await serverOf(flags)), observe }
    const transport = stack.use(httpsTransport({ ...server, userAgent: 'dns' }))
    const informers = stack.use(createInformers({ ...options, client: createClient(transport) }))
    const domain = flags.clusterDomain
    let isReady = false
    if (flags.metricsBindAddress !== '') {
      const [live, ready] = [
        (): PlainAnswer => ({ text: 'OK' }),
        (): PlainAnswer => (isReady ? { text: 'OK' } : { status: 503, text: 'kubernetes' }),
      ]
      // CoreDNS has a port for each of them, and calls them by its own names.
      const paths = { '/health': live, '/healthz': live, '/ready': ready, '/readyz': ready }
      stack.use(await serveMetrics(set, flags.metricsBindAddress, paths))
    }
    const metrics = dnsMetrics({ set, domain, host })
    stack.use(await startClusterDns({ ...options, informers, host, port, domain, metrics }))
    isReady = true
    return stack.move()
  })
}
