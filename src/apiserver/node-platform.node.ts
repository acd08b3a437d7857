import { setImmediate } from 'node:timers'
import { respondGzipped } from '../serving/gzip.node.ts'
import { httpsWebhooks } from './webhook-client/webhook-caller.node.ts'
import type { ApiServerOptions } from './api-server-options.ts'
import { prometheusRoutes } from './http/prometheus.node.ts'
import type { Route } from './http/router.ts'
import { acceptWatchSocket } from './http/watch-socket.node.ts'
import { serverMetrics, type ServerMetrics } from './metrics/server-metrics.ts'

/**
 * What Node.js gives an API server that serves HTTP, and the paths that come with it. `ownProcess`: nothing else runs
 * in this process, so that what it uses is the server's to tell.
 */
export function nodePlatform({ ownProcess = true }: { readonly ownProcess?: boolean } = {}): {
  readonly options: Pick<
    ApiServerOptions,
    'acceptWatchSocket' | 'metrics' | 'pause' | 'respond' | 'webhooks'
  >
  readonly routes: readonly Route[]
  /** Other parts of the process add theirs to these. */
  readonly metrics: ServerMetrics
} {
  const metrics = serverMetrics()
  return {
    options: {
      acceptWatchSocket,
      metrics,
      pause: nextTurn,
      respond: respondGzipped,
      webhooks: httpsWebhooks(),
    },
    routes: prometheusRoutes(metrics, { ownProcess }),
    metrics,
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
