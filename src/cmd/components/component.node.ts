import { readFileSync } from 'node:fs'
import { healthMetrics } from '../../apiserver/metrics/health-metrics.ts'
import { metricCounts } from '../../apiserver/metrics/metric-counts.ts'
import type { ServerMetrics } from '../../apiserver/metrics/server-metrics.ts'
import { MetricSet } from '../../base/metrics.ts'
import { restClientMetrics } from '../../client/rest-client-metrics.ts'
import { pinoLogger } from '../../base/logger.node.ts'
import { keepAlive, systemClock } from '../../base/clock.node.ts'
import { uuid } from '../../base/random.ts'
import { systemRandom } from '../../base/random.node.ts'
import { KubeconfigError } from '../../client/kubeconfig.ts'
import { followKubeconfig } from '../../client/kubeconfig.node.ts'
import type { HttpsTransportOptions } from '../../client/https-transport.node.ts'
import { machineNodeName } from '../../cluster/node-address.node.ts'
import { UserError } from '../user-error.ts'

/** The flags that all components have, by upstream's names. */
export interface ComponentFlags {
  readonly kubeconfig: string
}

export interface ElectedFlags extends ComponentFlags {
  /** `true` or `false`; just true where the flag has no value. */
  readonly leaderElect: string | true
}

/** The clock, chance and log of this process. */
export const platform = () => ({ clock: systemClock, random: systemRandom, logger: pinoLogger() })

/** What a component counts. */
export interface ComponentMetrics extends Pick<ServerMetrics, 'set' | 'health'> {
  /** For its requests. */
  readonly observe: ReturnType<typeof restClientMetrics>
}

export function componentMetrics(): ComponentMetrics {
  const set = new MetricSet()
  metricCounts(set)
  return { set, health: healthMetrics(), observe: restClientMetrics(set) }
}

/** How to reach the API server, by the kubeconfig. Throws `UserError`. */
export async function serverOf({ kubeconfig }: ComponentFlags): Promise<HttpsTransportOptions> {
  try {
    return await followKubeconfig(kubeconfig)
  } catch (error) {
    if (error instanceof KubeconfigError) throw new UserError(error.message, { cause: error })
    throw error
  }
}

/** Who this process is in an election; nobody where it need not be elected. */
export function identityOf({ leaderElect }: ElectedFlags): { readonly identity?: string } {
  if (leaderElect === 'false') return {}
  if (leaderElect === 'true' || leaderElect === true)
    return { identity: `${machineNodeName()}_${uuid(systemRandom)}` }
  throw new UserError(`--leader-elect ${leaderElect} is neither true nor false.`, { exitCode: 2 })
}

/** Runs a component until this process is told to stop. */
export async function untilStopped(start: () => Promise<AsyncDisposable>): Promise<void> {
  const stop = Promise.race([
    new Promise<void>((resolve) => process.once('SIGTERM', () => resolve())),
    new Promise<void>((resolve) => process.once('SIGINT', () => resolve())),
  ])
  using _ = keepAlive() // Informers alone keep no process alive.
  await using _running = await start()
  await stop
}

/** The text of the file that the flag `--NAME` names. Throws `UserError`. */
export function readNamed(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new UserError(`Cannot read --${name} ${file} (${code}): name a file that exists.`, {
      cause,
    })
  }
}
