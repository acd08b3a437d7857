import type { Span, Tracer } from '../../base/tracing.ts'
import { parseTraceparent } from '../../base/tracing.ts'
import type { HttpExchange, HttpHandler } from '../../serving/exchange.ts'
import type { LocalStore, Store } from '../../storage/store.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission/plugin.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { HttpAuthenticator } from '../http/authenticate.ts'
import { decide } from '../pipeline/authorize.ts'

/** The span that the work at hand is part of, whatever functions it goes through. */
export interface CurrentSpan {
  get(): Span | undefined
  run<T>(span: Span, act: () => T): T
}

/** Traces an API server (KEP-647). */
export interface ServerTracing {
  readonly tracer: Tracer
  readonly current: CurrentSpan
}

/** Answers requests within spans. */
export function tracedHandler(
  handler: HttpHandler,
  { tracer, current }: ServerTracing,
): HttpHandler {
  return (exchange) => {
    const parent = parseTraceparent(exchange.headers['traceparent'] as string | undefined)
    const span = tracer.startServer('KubernetesAPI', parent)
    if (!span) return handler(exchange)
    return current.run(span, () => answered(span, exchange, handler))
  }
}

async function answered(span: Span, exchange: HttpExchange, handler: HttpHandler): Promise<void> {
  span.set('http.request.method', exchange.method)
  span.set('url.path', exchange.path)
  span.set('user_agent.original', exchange.userAgent)
  try {
    await handler(exchange)
  } finally {
    const { status } = exchange
    span.set('http.response.status_code', status)
    span.end(status >= 500 ? `status ${status}` : undefined)
  }
}

export function tracedAuthenticator(
  authenticate: HttpAuthenticator,
  { current }: ServerTracing,
): HttpAuthenticator {
  return (exchange) => within(current, 'Authentication', {}, () => authenticate(exchange))
}

/** One authorizer that asks all of them in order. */
export function tracedAuthorizer(
  authorizers: readonly Authorizer[],
  { current }: ServerTracing,
): Authorizer {
  return {
    name: 'union',
    authorize: (attributes) =>
      within(current, 'Authorization', {}, () => decide(authorizers, attributes)),
  }
}

export function tracedPlugins(
  plugins: readonly AdmissionPlugin[],
  { current }: ServerTracing,
): readonly AdmissionPlugin[] {
  return plugins.map((plugin) => {
    const { name, operations } = plugin
    const trace =
      <R>(type: string, ask: (about: AdmissionAttributes) => R | Promise<R>) =>
      (about: AdmissionAttributes): Promise<R> =>
        within(current, `Admission ${type}`, { plugin: name }, () => ask(about))
    return {
      name,
      operations,
      ...(plugin.admit && { admit: trace('mutate', plugin.admit.bind(plugin)) }),
      ...(plugin.validate && { validate: trace('validate', plugin.validate.bind(plugin)) }),
    }
  })
}

export function tracedStore(store: Store, { current }: ServerTracing): Store {
  const trace = <T>(operation: string, key: string, call: () => Promise<T>): Promise<T> =>
    within(current, `Store ${operation}`, { key }, call)
  return {
    get: (key, options) => trace('get', key, () => store.get(key, options)),
    list: (prefix, options) => trace('list', prefix, () => store.list(prefix, options)),
    commit: (key, expected, write) =>
      trace('commit', key, () => store.commit(key, expected, write)),
    watch: (prefix, from, options) => store.watch(prefix, from, options),
    revision: () => store.revision(),
    revisionAt: (timeMs) => store.revisionAt(timeMs),
    requestProgress: (prefix) => store.requestProgress(prefix),
    compact: (revision) => store.compact(revision),
    ...(isLocal(store) && { snapshot: () => store.snapshot() }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

function isLocal(store: Store): store is LocalStore {
  return 'snapshot' in store
}

async function within<T>(
  current: CurrentSpan,
  name: string,
  attributes: Readonly<Record<string, string>>,
  act: () => T | Promise<T>,
): Promise<T> {
  const span = current.get()?.child(name, attributes)
  if (!span) return act()
  try {
    const result = await current.run(span, act)
    span.end()
    return result
  } catch (error) {
    span.end(error)
    throw error
  }
}
