import { setImmediate } from 'node:timers/promises'
import { Registry, collectDefaultMetrics } from 'prom-client'
import { systemClock } from '../../base/clock.node.ts'
import type { MetricSet } from '../../base/metrics.ts'
import { utf8 } from '../base/bytes.ts'
import { pacer } from '../base/pace.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'
import type { Route } from './router.ts'

/** How such text is told. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const HEADERS = { 'content-type': METRICS_TYPE }

/**
 * The paths where Prometheus reads: the server's metrics, with those of the process where it is the server's own, and
 * what became of health checks.
 */
export function prometheusRoutes(
  { set, health }: Pick<ServerMetrics, 'set' | 'health'>,
  { ownProcess = true }: { readonly ownProcess?: boolean } = {},
): readonly Route[] {
  const metrics = metricsText(set, { ownProcess })
  return [
    {
      path: '/metrics',
      handler: async (exchange) => exchange.respond(200, HEADERS, utf8(await metrics())),
    },
    {
      path: '/metrics/slis',
      handler: async (exchange) => exchange.respond(200, HEADERS, utf8(await paced(health.set))),
    },
  ]
}

/** Reads metrics as text, with those of the process where it is the server's own. */
export function metricsText(
  set: MetricSet,
  { ownProcess }: { readonly ownProcess: boolean },
): () => Promise<string> {
  const registry = new Registry()
  // They go on being measured for as long as the process lives.
  if (ownProcess) collectDefaultMetrics({ register: registry })
  return async () => (await paced(set)) + (await registry.metrics())
}

// There are thousands of series, and requests do not wait for all of them to be written down.
function paced(set: MetricSet): Promise<string> {
  return set.text(pacer(systemClock, setImmediate))
}
