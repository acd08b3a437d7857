import { createClient } from '../../client/create-client.ts'
import { httpsTransport } from '../../client/https-transport.node.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { machineNodeName } from '../../cluster/node-address.node.ts'
import { startProxy } from '../../proxy/proxy.node.ts'
import { platform, serverOf, untilStopped, type ComponentFlags } from './component.node.ts'

/** By upstream's names. */
export interface ProxyFlags extends ComponentFlags {
  readonly clusterCidr?: string
  readonly hostnameOverride?: string
}

const TABLE = 'trierarch-proxy'

/** `trierarch proxy`: the rules of Services on this machine, against any API server. */
export function proxy(flags: ProxyFlags): Promise<void> {
  return untilStopped(async () => {
    await using stack = new AsyncDisposableStack()
    const options = platform()
    const server = await serverOf(flags)
    const transport = stack.use(httpsTransport({ ...server, userAgent: 'kube-proxy' }))
    const informers = stack.use(createInformers({ ...options, client: createClient(transport) }))
    stack.use(
      startProxy({
        ...options,
        informers,
        nodeName: flags.hostnameOverride ?? machineNodeName(),
        table: TABLE,
        clusterCIDRs: flags.clusterCidr?.split(',') ?? [],
      }),
    )
    informers.start()
    return stack.move()
  })
}
