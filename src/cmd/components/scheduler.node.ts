import { nodeCrypto } from '../../base/crypto.node.ts'
import { systemRandom } from '../../base/random.node.ts'
import { createClient } from '../../client/create-client.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import { httpsTransport } from '../../client/https-transport.node.ts'
import {
  SCHEDULER,
  startOwnScheduler,
  whileLeading,
  type ParticipantOptions,
} from '../../cluster/components.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { utf8 } from '../../apiserver/base/bytes.ts'
import { METRICS_TYPE } from '../../apiserver/http/prometheus.node.ts'
import type { Route } from '../../apiserver/http/router.ts'
import { schedulerChoice } from '../settings/scheduler-config.node.ts'
import { podResourceMetrics } from '../../scheduler/metrics/pod-resource-metrics.ts'
import { schedulerMetrics } from '../../scheduler/metrics/scheduler-metrics.ts'
import { serveComponent } from './component-server.node.ts'
import { servingOf, type ServingFlags } from './serving-flags.node.ts'
import {
  componentMetrics,
  identityOf,
  platform,
  serverOf,
  untilStopped,
  type ElectedFlags,
} from './component.node.ts'

export interface SchedulerFlags extends ElectedFlags, ServingFlags {
  /** A KubeSchedulerConfiguration. */
  readonly config?: string
}

/** `trierarch scheduler`: the scheduler alone, against any API server. */
export function scheduler(flags: SchedulerFlags): Promise<void> {
  return untilStopped(async () => {
    await using stack = new AsyncDisposableStack()
    const chosen = schedulerChoice('--config', flags.config)
    const base = { ...platform(), ...identityOf(flags), crypto: nodeCrypto(systemRandom) }
    const serving = servingOf(flags, base)
    const metrics = componentMetrics()
    const server = { ...(await serverOf(flags)), observe: metrics.observe }
    const transport = stack.use(httpsTransport({ ...server, userAgent: 'kube-scheduler' }))
    const api = { transportFor: () => transport }
    let leading: SharedInformers | undefined
    if (serving) {
      const client = createClient(transport)
      const routes = [podResources(() => leading?.informer(Pod).cache.list() ?? [])]
      stack.use(await serveComponent({ ...base, ...serving, metrics, client, routes }))
    }
    const scheduler = { ...chosen.scheduler, metrics: schedulerMetrics(metrics.set) }
    const lead = (given: ParticipantOptions): AsyncDisposable => {
      const running = startOwnScheduler(given)
      leading = running.informers
      return {
        [Symbol.asyncDispose]() {
          leading = undefined
          return running[Symbol.asyncDispose]()
        },
      }
    }
    stack.use(whileLeading('kube-scheduler', SCHEDULER, lead, { ...base, scheduler, api }))
    return stack.move()
  })
}

/** The path where Prometheus reads what Pods ask for; who does not lead knows of none. */
function podResources(pods: () => readonly Pod[]): Route {
  const headers = { 'content-type': METRICS_TYPE }
  return {
    path: '/metrics/resources',
    handler: async (exchange) =>
      exchange.respond(200, headers, utf8(await podResourceMetrics(pods()))),
  }
}
