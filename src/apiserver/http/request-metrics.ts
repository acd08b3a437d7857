import type { MetricSet } from '../../base/metrics.ts'
import type { RequestInfo } from './request-info.ts'

/** What tells one kind of request from another in metrics, in upstream's words. */
export interface RequestLabels {
  /** In capitals: `GET`, `LIST`, `APPLY`, `CONNECT`, … */
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  /** `resource` for one object, `namespace`, or `cluster`. */
  readonly scope: string
}

/** How a request ended. */
export interface RequestOutcome {
  readonly code: number
  readonly seconds: number
  /** Of that, waiting for its turn. */
  readonly waitSeconds: number
  readonly bodyBytes: number
  readonly dryRun: boolean
  /** The server ended it itself: it refused it to protect itself, or broke off its answer. */
  readonly ended: 'terminated' | 'aborted' | undefined
}

/** Counts what the server does. */
export interface RequestMetrics {
  /** A request begins. Call what comes back when it has ended. */
  begin(labels: RequestLabels, kind: RequestKind): (outcome: RequestOutcome) => void
  /** A watch has told all that there was when it was asked for. */
  watchListed(labels: RequestLabels, seconds: number): void
  /** Whether anybody has asked for a resource. */
  readonly isRequested: (group: string, version: string, resource: string) => boolean
}

/** `stream`: it lasts as long as its client likes. */
export type RequestKind = 'stream' | 'mutating' | 'readOnly'

const VERBS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' }
const READ_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export function isMutating(method: string): boolean {
  return !READ_METHODS.has(method)
}

export function labelsOf(info: RequestInfo, opens: boolean): RequestLabels {
  if (info.type === 'nonResource') {
    const verb = info.verb.toUpperCase()
    return { verb, group: '', version: '', resource: '', subresource: info.path, scope: '' }
  }
  const { group, version, resource, subresource = '', verb, name, namespace } = info.request
  const scope = name !== undefined ? 'resource' : namespace !== undefined ? 'namespace' : 'cluster'
  const named = opens ? 'CONNECT' : (VERBS[verb] ?? verb.toUpperCase())
  return { verb: named, group, version, resource, subresource, scope }
}

const LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component']
// Upstream's, in seconds and bytes.
const SECONDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]
const WATCH_LIST_SECONDS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60]
const BYTES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
const SERIES_MAX = 20_000 // Of paths and resources that nobody serves there is no end.

/** The metrics of requests, by upstream's names. */
export function requestMetrics(set: MetricSet): RequestMetrics {
  const requested = new Set<string>()
  const seriesOf = requestSeries(set, ({ group, version, resource }) =>
    requested.add(`${group}/${version}/${resource}`),
  )
  const inFlight = set.gauge({
    name: 'apiserver_current_inflight_requests',
    help: '[STABLE] Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
    labels: ['request_kind'],
  })
  const watchLists = set.histogram({
    name: 'apiserver_watch_list_duration_seconds',
    help: '[BETA] Response latency distribution in seconds for watch list requests broken by group, version, resource and scope.',
    labels: ['group', 'version', 'resource', 'scope'],
    buckets: WATCH_LIST_SECONDS,
  })
  const running = { mutating: inFlight.with('mutating'), readOnly: inFlight.with('readOnly') }
  return {
    watchListed: ({ group, version, resource, scope }, seconds) =>
      watchLists.with(group, version, resource, scope).observe(seconds),
    isRequested: (...of) => requested.has(of.join('/')),
    begin(labels, kind) {
      const series = seriesOf(labels)
      const gauge = kind === 'stream' ? series.streams() : running[kind]
      gauge.inc()
      return (outcome) => {
        gauge.dec()
        const { code, dryRun } = outcome
        series.total(code, dryRun).inc()
        if (outcome.ended) series.ended(outcome.ended, code)
        // A stream that was refused was no stream.
        if (kind === 'stream' && code < 400) return
        const { seconds, waitSeconds, bodyBytes } = outcome
        series.duration(dryRun).observe(seconds)
        series.sli().observe(seconds - waitSeconds)
        if (kind === 'readOnly') series.size().observe(bodyBytes)
      }
    },
  }
}

type Families = ReturnType<typeof families>

/** The series of one kind of request, each looked up once. */
interface RequestSeries {
  total(code: number, dryRun: boolean): ReturnType<Families['total']['with']>
  duration(dryRun: boolean): ReturnType<Families['duration']['with']>
  sli(): ReturnType<Families['sli']['with']>
  size(): ReturnType<Families['size']['with']>
  streams(): ReturnType<Families['streams']['with']>
  ended(how: 'terminated' | 'aborted', code: number): void
}

function requestSeries(
  set: MetricSet,
  onNew: (labels: RequestLabels) => void,
): (labels: RequestLabels) => RequestSeries {
  const all = families(set)
  const known = new Map<string, RequestSeries>()
  return (labels) => {
    const { verb, group, version, resource, subresource, scope } = labels
    const key = `${verb} ${group} ${version} ${resource} ${subresource} ${scope}`
    const found = known.get(key)
    if (found) return found
    const isTooMany = known.size >= SERIES_MAX
    const series = isTooMany
      ? newSeries(all, verb, '', '', 'other', '', scope)
      : newSeries(all, verb, group, version, resource, subresource, scope)
    if (!isTooMany) known.set(key, series)
    onNew(labels)
    return series
  }
}

function newSeries(all: Families, ...of: readonly string[]): RequestSeries {
  const labels = [...of, 'apiserver']
  const totals = new Map<number, ReturnType<RequestSeries['total']>>()
  const lazily = <T>(make: () => T): (() => T) => {
    let made: T | undefined
    return () => (made ??= make())
  }
  const really = lazily(() => all.duration.with(...labels, ''))
  return {
    total: (code, dryRun) =>
      totals.getOrInsertComputed(dryRun ? -code : code, () =>
        all.total.with(...labels, dryRun ? 'All' : '', String(code)),
      ),
    duration: (dryRun) => (dryRun ? all.duration.with(...labels, 'All') : really()),
    sli: lazily(() => all.sli.with(...labels)),
    size: lazily(() => all.size.with(...labels)),
    streams: lazily(() => all.streams.with(...labels)),
    ended(how, code) {
      if (how === 'aborted') all.aborts.with(...of).inc()
      else all.terminations.with(...labels, String(code)).inc()
    },
  }
}

function families(set: MetricSet) {
  return {
    total: set.counter({
      name: 'apiserver_request_total',
      help: '[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      labels: [...LABELS, 'dry_run', 'code'],
    }),
    duration: set.histogram({
      name: 'apiserver_request_duration_seconds',
      help: '[STABLE] Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      labels: [...LABELS, 'dry_run'],
      buckets: SECONDS,
    }),
    sli: set.histogram({
      name: 'apiserver_request_sli_duration_seconds',
      help: '[ALPHA] Response latency distribution (not counting webhook duration and priority & fairness queue wait times) in seconds for each verb, group, version, resource, subresource, scope and component.',
      labels: LABELS,
      buckets: SECONDS,
    }),
    size: set.histogram({
      name: 'apiserver_response_sizes',
      help: '[STABLE] Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
      labels: LABELS,
      buckets: BYTES,
    }),
    terminations: set.counter({
      name: 'apiserver_request_terminations_total',
      help: '[ALPHA] Number of requests which apiserver terminated in self-defense.',
      labels: [...LABELS, 'code'],
    }),
    aborts: set.counter({
      name: 'apiserver_request_aborts_total',
      help: '[ALPHA] Number of requests which apiserver aborted possibly due to a timeout, for each group, version, verb, resource, subresource and scope',
      labels: LABELS.slice(0, -1),
    }),
    streams: set.gauge({
      name: 'apiserver_longrunning_requests',
      help: '[STABLE] Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.',
      labels: LABELS,
    }),
  }
}
