import { systemClock } from '../base/clock.node.ts'
import { pinoLogger } from '../base/logger.node.ts'
import { systemRandom } from '../base/random.node.ts'
import { httpsTransport } from '../client/https-transport.node.ts'
import { inClusterConfig } from '../client/in-cluster.node.ts'
import { followKubeconfig } from '../client/kubeconfig.node.ts'
import { startManager, type Manager } from './manager.ts'
import type { OperatorOptions } from './start-operator.ts'

/** See `startOperator`. */
export async function connectAndStart(options: OperatorOptions): Promise<Manager> {
  const { controllers, kubeconfig = process.env['KUBECONFIG'], userAgent, signal } = options
  const access = await (kubeconfig ? followKubeconfig(kubeconfig) : inClusterConfig())
  await using stack = new AsyncDisposableStack()
  const transport = stack.use(httpsTransport({ ...access, ...(userAgent && { userAgent }) }))
  const manager = stack.use(
    startManager({
      controllers,
      transport,
      clock: systemClock,
      random: systemRandom,
      logger: options.logger ?? pinoLogger(),
    }),
  )
  await manager.waitForSync(signal ? { signal } : {})
  const owned = stack.move()
  return {
    waitForSync: (waiting) => manager.waitForSync(waiting),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
