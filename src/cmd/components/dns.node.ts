import { createClient } from '../../client/create-client.ts'
import { httpsTransport } from '../../client/https-transport.node.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { startClusterDns } from '../../dns/cluster-dns.node.ts'
import { parseListen } from '../flags/flags.node.ts'
import { platform, serverOf, untilStopped, type ComponentFlags } from './component.node.ts'

export interface DnsFlags extends ComponentFlags {
  /** HOST:PORT. */
  readonly listen: string
  readonly clusterDomain: string
}

/** `trierarch dns`: the cluster's DNS, against any API server. */
export function dns(flags: DnsFlags): Promise<void> {
  return untilStopped(async () => {
    await using stack = new AsyncDisposableStack()
    const options = platform()
    const { host, port } = parseListen(flags.listen)
    const transport = stack.use(httpsTransport({ ...(await serverOf(flags)), userAgent: 'dns' }))
    const informers = stack.use(createInformers({ ...options, client: createClient(transport) }))
    const domain = flags.clusterDomain
    stack.use(await startClusterDns({ ...options, informers, host, port, domain }))
    return stack.move()
  })
}
