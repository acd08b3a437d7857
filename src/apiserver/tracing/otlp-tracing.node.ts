import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import { createSpanExporter, type SpanExporter } from '../../base/span-exporter.ts'
import { createTracer, type Span } from '../../base/tracing.ts'
import type { ServerTracing } from './server-tracing.ts'
import type { TracingConfiguration } from './tracing-configuration.ts'

const SEND_TIMEOUT_MS = 10_000

export interface OtlpTracingOptions extends TracingConfiguration {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Traces a server and sends what comes of it to an OpenTelemetry collector, by OTLP over HTTP in JSON. */
export function otlpTracing(options: OtlpTracingOptions): {
  readonly tracing: ServerTracing
  readonly exporter: SpanExporter
} {
  const url = urlOf(options.endpoint)
  const exporter = createSpanExporter({
    ...options,
    service: 'apiserver',
    send: (body) => post(url, body),
  })
  const tracer = createTracer({ ...options, onEnd: (span) => exporter.add(span) })
  const spans = new AsyncLocalStorage<Span>()
  const current = {
    get: () => spans.getStore(),
    run: <T>(span: Span, act: () => T): T => spans.run(span, act),
  }
  return { tracing: { tracer, current }, exporter }
}

function urlOf(endpoint: string): string {
  const base = /^https?:/.test(endpoint) ? endpoint : `http://${endpoint}`
  return new URL('/v1/traces', base).href
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
  })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
}
