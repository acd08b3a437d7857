import { httpsTransport } from '../../client/https-transport.node.ts'
import { SCHEDULER, startOwnScheduler, whileLeading } from '../../cluster/components.ts'
import { schedulerChoice } from '../settings/scheduler-config.node.ts'
import {
  identityOf,
  platform,
  serverOf,
  untilStopped,
  type ElectedFlags,
} from './component.node.ts'

export interface SchedulerFlags extends ElectedFlags {
  /** A KubeSchedulerConfiguration. */
  readonly config?: string
}

/** `trierarch scheduler`: the scheduler alone, against any API server. */
export function scheduler(flags: SchedulerFlags): Promise<void> {
  return untilStopped(async () => {
    await using stack = new AsyncDisposableStack()
    const chosen = schedulerChoice('--config', flags.config)
    const server = await serverOf(flags)
    const transport = stack.use(httpsTransport({ ...server, userAgent: 'kube-scheduler' }))
    const api = { transportFor: () => transport }
    const options = { ...platform(), ...identityOf(flags), ...chosen, api }
    stack.use(whileLeading('kube-scheduler', SCHEDULER, startOwnScheduler, options))
    return stack.move()
  })
}
