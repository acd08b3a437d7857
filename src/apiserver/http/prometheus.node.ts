import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { utf8 } from '../base/bytes.ts'
import type { Route } from './router.ts'
import type { RequestLabels, RequestMetrics } from './request-metrics.ts'

const LABELS = [
  'verb',
  'group',
  'version',
  'resource',
  'subresource',
  'scope',
  'component',
] as const
// Upstream's buckets, in seconds.
const BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]

/** Metrics by upstream's names, in the text format of Prometheus. */
export function prometheusMetrics(): { readonly metrics: RequestMetrics; readonly route: Route } {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const total = new Counter({
    name: 'apiserver_request_total',
    help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
    labelNames: [...LABELS, 'code'],
    registers,
  })
  const duration = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
    labelNames: LABELS,
    buckets: BUCKETS,
    registers,
  })
  const streams = new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.',
    labelNames: LABELS,
    registers,
  })
  const metrics: RequestMetrics = {
    answered(labels, code, seconds) {
      const all = withComponent(labels)
      total.inc({ ...all, code })
      duration.observe(all, seconds)
    },
    streaming(labels) {
      const all = withComponent(labels)
      streams.inc(all)
      return () => streams.dec(all)
    },
  }
  const route: Route = {
    path: '/metrics',
    handler: async (exchange) => {
      const headers = { 'content-type': registry.contentType }
      exchange.respond(200, headers, utf8(await registry.metrics()))
    },
  }
  return { metrics, route }
}

function withComponent(labels: RequestLabels): RequestLabels & { readonly component: string } {
  return { ...labels, component: 'apiserver' }
}
