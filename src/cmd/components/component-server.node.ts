import { ConfigMap } from '../../api/core/v1/config-map.ts'
import type { UserInfo } from '../../api/strategy.ts'
import { forbidden, unauthorized } from '../../apimachinery/status-error.ts'
import { prometheusRoutes } from '../../apiserver/http/prometheus.node.ts'
import { respondError } from '../../apiserver/http/respond.ts'
import { router, type Route } from '../../apiserver/http/router.ts'
import { utf8 } from '../../apiserver/base/bytes.ts'
import type { HealthMetrics } from '../../apiserver/metrics/health-metrics.ts'
import type { ServerMetrics } from '../../apiserver/metrics/server-metrics.ts'
import { deniedText } from '../../apiserver/pipeline/authorize.ts'
import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import { accessReviews, type AccessReviews } from '../../client/access-reviews.ts'
import type { Client } from '../../client/client.ts'
import { createInformers } from '../../client/shared-informers.ts'
import type { Credential } from '../../pki/pki-files.ts'
import type { HttpExchange } from '../../serving/exchange.ts'
import { answerHealth, ping } from '../../serving/health.ts'
import { ListenError } from '../../serving/listen.node.ts'
import { serveTls, type TlsServer } from '../../serving/tls-server.node.ts'
import { UserError } from '../user-error.ts'

export interface ComponentServerOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly serving: Credential
  /** Asks the API server, as the component. */
  readonly client: Client
  readonly metrics: Pick<ServerMetrics, 'set' | 'health'>
  /** Further paths, for whom the API server allows them. */
  readonly routes?: readonly Route[]
  /** Whether the metrics of this process are the component's own. */
  readonly ownProcess?: boolean
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly logger: Logger
}

const HEALTH = ['healthz', 'livez', 'readyz'] as const
const LIMITS = { tokenMs: 10_000, allowedMs: 10_000, deniedMs: 10_000 } // Upstream's.
const NOBODY: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/**
 * Serves a component's health to everybody, and its metrics to whom the API server allows their path. Client
 * certificates are judged by the authorities that the cluster publishes. Throws `UserError` where it cannot listen.
 */
export async function serveComponent(
  options: ComponentServerOptions,
): Promise<AsyncDisposable & Pick<TlsServer, 'port'>> {
  const { host, logger, metrics, ownProcess = true, routes = [], serving } = options
  await using stack = new AsyncDisposableStack()
  const served = {
    reviews: accessReviews({ ...options, limits: LIMITS }),
    find: router([...prometheusRoutes(metrics, { ownProcess }), ...routes]),
    health: metrics.health,
  }
  const tls = stack.use(
    await serveTls({
      ...options,
      hosts: [host],
      credentials: { ...serving, clientAuthorities: { client: '' } },
      handler: async (exchange) => {
        try {
          await answer(exchange, served)
        } catch (error) {
          const status = respondError(exchange, error, {}, ['json'])
          if (status.code === 500) logger.error('Cannot answer', { path: exchange.path, error })
        }
      },
    }).catch(explain),
  )
  const informers = stack.use(createInformers(options))
  const use = ({ data }: ConfigMap): void =>
    tls.setCredentials({
      ...serving,
      clientAuthorities: { client: data?.['client-ca-file'] ?? '' },
    })
  informers.informer(ConfigMap, PUBLISHED).subscribe({ add: use, update: use })
  informers.start()
  const owned = stack.move()
  return { port: tls.port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function explain(cause: unknown): never {
  if (!(cause instanceof ListenError)) throw cause
  throw new UserError(`${cause.message}; choose another port with --secure-port.`, { cause })
}

/** Where the cluster says whose certificates to believe. */
const PUBLISHED = {
  namespace: 'kube-system',
  fieldSelector: 'metadata.name=extension-apiserver-authentication',
}

interface Served {
  readonly reviews: AccessReviews
  readonly find: ReturnType<typeof router>
  readonly health: HealthMetrics
}

async function answer(exchange: HttpExchange, { reviews, find, health }: Served): Promise<void> {
  for (const name of HEALTH)
    if (await answerHealth(exchange, name, health.measured([ping], name))) return
  const { headers, method, path, peerCertificate } = exchange
  const isNamed = peerCertificate !== undefined || headers['authorization'] !== undefined
  const user = isNamed ? await reviews.userOf(exchange) : NOBODY
  if (!user) throw unauthorized('Unauthorized')
  const verb = method.toLowerCase()
  if (!(await reviews.isAllowed(user, { nonResourceAttributes: { path, verb } })))
    throw forbidden(
      { group: '', resource: '' },
      '',
      deniedText({ type: 'nonResource', user, verb, path }),
    )
  const handler = find(path)
  if (!handler) return exchange.respond(404, TEXT, utf8('404 page not found\n'))
  await handler(exchange, { user, path })
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' }
