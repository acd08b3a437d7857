import { nodeCrypto } from '../../base/crypto.node.ts'
import { systemRandom } from '../../base/random.node.ts'
import { createClient } from '../../client/create-client.ts'
import { httpsTransport } from '../../client/https-transport.node.ts'
import { SCHEDULER, startOwnScheduler, whileLeading } from '../../cluster/components.ts'
import { schedulerChoice } from '../settings/scheduler-config.node.ts'
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
    if (serving)
      stack.use(
        await serveComponent({ ...base, ...serving, metrics, client: createClient(transport) }),
      )
    const scheduler = { ...chosen.scheduler, metrics: schedulerMetrics(metrics.set) }
    const options = { ...base, scheduler, api }
    stack.use(whileLeading('kube-scheduler', SCHEDULER, startOwnScheduler, options))
    return stack.move()
  })
}
