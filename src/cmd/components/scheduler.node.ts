import { httpsTransport } from '../../client/https-transport.node.ts'
import { SCHEDULER, startOwnScheduler, whileLeading } from '../../cluster/components.ts'
import {
  identityOf,
  platform,
  serverOf,
  untilStopped,
  type ElectedFlags,
} from './component.node.ts'

/** `trierarch scheduler`: the scheduler alone, against any API server. */
export function scheduler(flags: ElectedFlags): Promise<void> {
  return untilStopped(async () => {
    await using stack = new AsyncDisposableStack()
    const server = await serverOf(flags)
    const transport = stack.use(httpsTransport({ ...server, userAgent: 'kube-scheduler' }))
    const api = { transportFor: () => transport }
    const options = { ...platform(), ...identityOf(flags), api }
    stack.use(whileLeading('kube-scheduler', SCHEDULER, startOwnScheduler, options))
    return stack.move()
  })
}
