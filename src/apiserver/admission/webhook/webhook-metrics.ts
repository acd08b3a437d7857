import type { Clock } from '../../../base/clock.ts'
import type { MetricSet } from '../../../base/metrics.ts'
import { findStatusError } from '../../../apimachinery/status-error.ts'
import { CallFailed } from './call-hook.ts'

type Kind = 'admit' | 'validating'

/** Measures calls of webhooks, by upstream's names. */
export interface WebhookMetrics {
  /** Makes a call, and notes how long it took and how it ended. */
  measure<T>(name: string, operation: string, type: Kind, call: () => Promise<T>): Promise<T>
  failedOpen(name: string, type: Kind): void
}

const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25]

export function webhookMetrics(set: MetricSet | undefined, clock: Clock): WebhookMetrics {
  if (!set)
    return { measure: (_name, _operation, _type, call) => call(), failedOpen: () => undefined }
  const durations = set.histogram({
    name: 'apiserver_admission_webhook_admission_duration_seconds',
    help: '[STABLE] Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
    labels: ['name', 'operation', 'rejected', 'type'],
    buckets: SECONDS,
  })
  const requests = set.counter({
    name: 'apiserver_admission_webhook_request_total',
    help: '[ALPHA] Admission webhook request total, identified by name and broken out for each admission type (validating or mutating) and operation. Additional labels specify whether the request was rejected or not and an HTTP status code. Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.',
    labels: ['code', 'name', 'operation', 'rejected', 'type'],
  })
  const rejections = set.counter({
    name: 'apiserver_admission_webhook_rejection_count',
    help: '[ALPHA] Admission webhook rejection count, identified by name and broken out for each admission type (validating or admit) and operation. Additional labels specify an error type (calling_webhook_error or apiserver_internal_error if an error occurred; no_error otherwise) and optionally a non-zero rejection code if the webhook rejects the request with an HTTP status code (honored by the apiserver when the code is greater or equal to 400). Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.',
    labels: ['error_type', 'name', 'operation', 'rejection_code', 'type'],
  })
  const opened = set.counter({
    name: 'apiserver_admission_webhook_fail_open_count',
    help: '[ALPHA] Admission webhook fail open count, identified by name and broken out for each admission type (validating or admit).',
    labels: ['name', 'type'],
  })
  return {
    async measure(name, operation, type, call) {
      const startMs = clock.monotonic()
      const done = (rejected: string, code: number): void => {
        durations
          .with(name, operation, rejected, type)
          .observe((clock.monotonic() - startMs) / 1000)
        requests.with(String(Math.min(code, 600)), name, operation, rejected, type).inc()
      }
      try {
        const result = await call()
        done('false', 200)
        return result
      } catch (error) {
        const isCall = error instanceof CallFailed
        const code = isCall ? 0 : (findStatusError(error)?.status.code ?? 500)
        const what = isCall ? 'calling_webhook_error' : 'no_error'
        done('true', isCall ? 500 : code)
        rejections.with(what, name, operation, String(Math.min(code, 600)), type).inc()
        throw error
      }
    },
    failedOpen: (name, type) => opened.with(name, type).inc(),
  }
}
