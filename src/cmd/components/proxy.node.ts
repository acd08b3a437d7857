import { Node } from '../../api/core/v1/node.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import { timestampOf } from '../../base/clock.ts'
import { systemClock } from '../../base/clock.node.ts'
import type { Client } from '../../client/client.ts'
import { createClient } from '../../client/create-client.ts'
import { httpsTransport } from '../../client/https-transport.node.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { machineNodeName } from '../../cluster/node-address.node.ts'
import { nodePortRanges, PRIMARY } from '../../proxy/node-port-addresses.ts'
import { startProxy, type Proxy } from '../../proxy/proxy.node.ts'
import { checkNodePortAddresses } from '../flags/check-flags.node.ts'
import { UserError } from '../user-error.ts'
import {
  componentMetrics,
  platform,
  serverOf,
  untilStopped,
  type ComponentFlags,
} from './component.node.ts'
import { serveMetrics, servePlain, type PlainAnswer, type PlainPaths } from './plain-server.node.ts'

/** By upstream's names. */
export interface ProxyFlags extends ComponentFlags {
  readonly clusterCidr?: string
  readonly hostnameOverride?: string
  /** Ranges, with commas between them, or `primary`. */
  readonly nodeportAddresses?: string
  /** HOST:PORT; nothing is served where empty. */
  readonly healthzBindAddress: string
  readonly metricsBindAddress: string
}

const TABLE = 'trierarch-proxy'

/** `trierarch proxy`: the rules of Services on this machine, against any API server. */
export function proxy(flags: ProxyFlags): Promise<void> {
  return untilStopped(async () => {
    await using stack = new AsyncDisposableStack()
    checkNodePortAddresses(flags)
    const options = platform()
    const { hostnameOverride: nodeName = machineNodeName() } = flags
    const metrics = componentMetrics()
    const server = { ...(await serverOf(flags)), observe: metrics.observe }
    const transport = stack.use(httpsTransport({ ...server, userAgent: 'kube-proxy' }))
    const client = createClient(transport)
    const nodePortAddresses = await nodePortsOf(flags, nodeName, client)
    const informers = stack.use(createInformers({ ...options, client }))
    const running = stack.use(
      startProxy({
        ...options,
        informers,
        nodeName,
        table: TABLE,
        clusterCIDRs: flags.clusterCidr?.split(',') ?? [],
        ...(nodePortAddresses && { nodePortAddresses }),
        metrics: metrics.set,
      }),
    )
    const { healthzBindAddress, metricsBindAddress } = flags
    if (healthzBindAddress !== '')
      stack.use(await servePlain('healthz-bind-address', healthzBindAddress, healthPaths(running)))
    if (metricsBindAddress !== '') {
      const paths: PlainPaths = {
        '/proxyMode': () => ({ text: 'nftables' }),
        '/healthz': () => ({ text: 'ok' }),
      }
      stack.use(await serveMetrics(metrics.set, metricsBindAddress, paths))
    }
    informers.start()
    return stack.move()
  })
}

async function nodePortsOf(
  { nodeportAddresses }: ProxyFlags,
  nodeName: string,
  client: Client,
): Promise<readonly string[] | undefined> {
  const primary = nodeportAddresses === PRIMARY ? await addressesOf(nodeName, client) : []
  return nodePortRanges(nodeportAddresses, primary)
}

async function addressesOf(name: string, client: Client): Promise<readonly string[]> {
  try {
    const { addresses = [] } = (await client.get(Node, { name })).status
    return addresses.flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : []))
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new UserError(
      `--nodeport-addresses ${PRIMARY}: there is no Node ${name}, whose addresses it stands for.`,
      { cause: error },
    )
  }
}

/** What load balancers and the kubelet ask a proxy for, in kube-proxy's words (KEP-3836). */
function healthPaths({
  state,
  isNodeEligible,
}: Pick<Proxy, 'state' | 'isNodeEligible'>): PlainPaths {
  const answer = (isWell: boolean, more: object): PlainAnswer => {
    const lastUpdated = timestampOf(state.lastUpdatedMs())
    const currentTime = timestampOf(systemClock.now())
    return {
      status: isWell ? 200 : 503,
      type: 'application/json',
      text: JSON.stringify({ lastUpdated, currentTime, ...more }),
    }
  }
  return {
    '/livez': () => answer(state.isHealthy(), {}),
    '/healthz'() {
      const nodeEligible = isNodeEligible()
      return answer(state.isHealthy() && nodeEligible, { nodeEligible })
    },
  }
}
