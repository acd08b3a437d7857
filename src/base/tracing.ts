import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** Where a piece of work belongs: the trace, and the span that it is part of (https://www.w3.org/TR/trace-context/). */
export interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

export type AttributeValue = string | number | boolean

/** A span that is over. Times are in milliseconds since the Unix epoch. */
export interface FinishedSpan {
  readonly context: SpanContext
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: 'server' | 'internal'
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly error: string | undefined
}

/** A piece of work that is being measured. */
export interface Span {
  readonly context: SpanContext
  child(name: string, attributes?: Readonly<Record<string, AttributeValue>>): Span
  set(key: string, value: AttributeValue): void
  /** Call it once; with what went wrong, if anything. */
  end(error?: unknown): void
}

export interface TracerOptions {
  readonly clock: Clock
  readonly random: Random
  /** How many of a million requests are traced that nobody traces already. */
  readonly samplingRatePerMillion: number
  readonly onEnd: (span: FinishedSpan) => void
}

export interface Tracer {
  /** Begins the work that a request asks for; undefined where it is not traced. */
  startServer(name: string, parent: SpanContext | undefined): Span | undefined
}

/** Makes a tracer: what a caller traces is traced, of the rest as many as the ratio says. */
export function createTracer(options: TracerOptions): Tracer {
  const { random, samplingRatePerMillion } = options
  return {
    startServer(name, parent) {
      const sampled = parent ? parent.sampled : random.next() * 1e6 < samplingRatePerMillion
      if (!sampled) return undefined
      const traceId = parent?.traceId ?? random.bytes(16).toHex()
      return startSpan(options, { name, traceId, parentSpanId: parent?.spanId, kind: 'server' })
    },
  }
}

interface Start {
  readonly name: string
  readonly traceId: string
  readonly parentSpanId: string | undefined
  readonly kind: FinishedSpan['kind']
  readonly attributes?: Readonly<Record<string, AttributeValue>>
}

function startSpan(options: TracerOptions, start: Start): Span {
  const { clock, random, onEnd } = options
  const { name, traceId, parentSpanId, kind } = start
  const context = { traceId, spanId: random.bytes(8).toHex(), sampled: true }
  const attributes: Record<string, AttributeValue> = { ...start.attributes }
  const startMs = clock.now()
  const startedAt = clock.monotonic()
  return {
    context,
    child: (childName, more = {}) =>
      startSpan(options, {
        name: childName,
        traceId,
        parentSpanId: context.spanId,
        kind: 'internal',
        attributes: more,
      }),
    set(key, value) {
      attributes[key] = value
    },
    end(error) {
      const endMs = startMs + (clock.monotonic() - startedAt)
      const text = error === undefined ? undefined : messageOf(error)
      onEnd({ context, parentSpanId, name, kind, startMs, endMs, attributes, error: text })
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Reads the header `traceparent`; undefined where it is none. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const match = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(
    text ?? '',
  )
  const [, traceId = '', spanId = '', flags = ''] = match ?? []
  if (!match || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 }
}

const KINDS = { internal: 1, server: 2 }
const STATUS_ERROR = 2

/** An ExportTraceServiceRequest of OTLP as JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
export function otlpRequest(service: string, spans: readonly FinishedSpan[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': service }) },
        scopeSpans: [{ scope: { name: 'trierarch' }, spans: spans.map(otlpSpan) }],
      },
    ],
  }
}

function otlpSpan(span: FinishedSpan): object {
  const { context, parentSpanId, name, kind, startMs, endMs, attributes, error } = span
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(attributes),
    status: error === undefined ? {} : { code: STATUS_ERROR, message: error },
  }
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n)
}

function attributesOf(attributes: Readonly<Record<string, AttributeValue>>): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) }))
}

function otlpValue(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
