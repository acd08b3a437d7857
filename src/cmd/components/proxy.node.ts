import { parseCidr } from '../../api/validation/ip.ts'
import { timestampOf } from '../../base/clock.ts'
import { systemClock } from '../../base/clock.node.ts'
import { createClient } from '../../client/create-client.ts'
import { httpsTransport } from '../../client/https-transport.node.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { machineNodeName } from '../../cluster/node-address.node.ts'
import { startProxy, type Proxy } from '../../proxy/proxy.node.ts'
import { wrong } from '../flags/values.ts'
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
  /** Ranges, with commas between them. */
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
    const options = { ...platform(), ...nodePortsOf(flags) }
    const metrics = componentMetrics()
    const server = { ...(await serverOf(flags)), observe: metrics.observe }
    const transport = stack.use(httpsTransport({ ...server, userAgent: 'kube-proxy' }))
    const informers = stack.use(createInformers({ ...options, client: createClient(transport) }))
    const running = stack.use(
      startProxy({
        ...options,
        informers,
        nodeName: flags.hostnameOverride ?? machineNodeName(),
        table: TABLE,
        clusterCIDRs: flags.clusterCidr?.split(',') ?? [],
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

function nodePortsOf({ nodeportAddresses }: ProxyFlags): {
  readonly nodePortAddresses?: readonly string[]
} {
  const ranges = nodeportAddresses?.split(',') ?? []
  const bad = ranges.find((range) => !parseCidr(range))
  if (bad !== undefined) throw wrong(`--nodeport-addresses: ${bad} is no range of addresses.`)
  return nodeportAddresses === undefined ? {} : { nodePortAddresses: ranges }
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
