import type { MetricSet } from '../base/metrics.ts'

/** Hears of the requests that a transport makes to a server. */
export interface RequestObserver {
  /** An attempt was answered with a status, or failed before that. */
  attempted(method: string, code: number | '<error>'): void
  /** A request is made again, since the server said so with this status. */
  retried(method: string, code: number): void
  /** A request is over, with all its attempts. */
  done(method: string, seconds: number): void
  /** The length of a body. */
  sent(method: string, bytes: number): void
  received(method: string, bytes: number): void
}

const SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]
const BYTES = [64, 256, 512, 1024, ...[12, 14, 16, 18, 20, 22, 24].map((power) => 2 ** power)]

/** Counts the requests to each server, by its host, by the names of client-go. Made once for each set. */
export function restClientMetrics(set: MetricSet): (host: string) => RequestObserver {
  const labels = ['verb', 'host']
  const requests = set.counter({
    name: 'rest_client_requests_total',
    help: '[ALPHA] Number of HTTP requests, partitioned by status code, method, and host.',
    labels: ['code', 'method', 'host'],
  })
  const retries = set.counter({
    name: 'rest_client_request_retries_total',
    help: '[ALPHA] Number of request retries, partitioned by status code, verb, and host.',
    labels: ['code', 'verb', 'host'],
  })
  const seconds = set.histogram({
    name: 'rest_client_request_duration_seconds',
    help: '[ALPHA] Request latency in seconds. Broken down by verb, and host.',
    labels,
    buckets: SECONDS,
  })
  const sizes = (what: 'request' | 'response') =>
    set.histogram({
      name: `rest_client_${what}_size_bytes`,
      help: `[ALPHA] ${what === 'request' ? 'Request' : 'Response'} size in bytes. Broken down by verb and host.`,
      labels,
      buckets: BYTES,
    })
  const [sent, received] = [sizes('request'), sizes('response')]
  return (host) => ({
    attempted: (method, code) => requests.with(String(code), method, host).inc(),
    retried: (method, code) => retries.with(String(code), method, host).inc(),
    done: (method, taken) => seconds.with(method, host).observe(taken),
    sent: (method, bytes) => sent.with(method, host).observe(bytes),
    received: (method, bytes) => received.with(method, host).observe(bytes),
  })
}
