import { systemClock } from '../base/clock.node.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { type LiveValue, liveValue, partOf } from '../base/live-value.ts'
import { hostAndPort, isEverywhere, isLoopback } from '../base/host-and-port.ts'
import type { Logger } from '../base/logger.ts'
import { uuid } from '../base/random.ts'
import { systemRandom } from '../base/random.node.ts'
import { chosenApi, type ApiChoice } from '../api/served-resources.ts'
import type { ApiServer } from '../apiserver/api-server.ts'
import type { ApiServerOptions } from '../apiserver/api-server-options.ts'
import { REQUEST_HEADERS } from '../apiserver/authentication/request-header.ts'
import type { PluginChoice } from '../apiserver/admission/plugins/admission-plugins.ts'
import type { Auditor } from '../apiserver/audit/auditor.ts'
import { publishClusterInformation } from '../apiserver/identity/cluster-information.ts'
import {
  createSecureApiServer,
  type SecureApiServerOptions,
} from '../apiserver/secure-api-server.ts'
import { type NodeBackends, nodeBackends } from '../apiserver/connect/backends.node.ts'
import type { Route } from '../apiserver/http/router.ts'
import type { Encryption } from '../apiserver/encryption/open-encryption.node.ts'
import { nodePlatform } from '../apiserver/node-platform.node.ts'
import { discoveryRoutes } from '../apiserver/discovery/routes.ts'
import { openApiRoutes } from '../apiserver/openapi/routes.ts'
import { DEFAULT_RANGES } from '../apiserver/resources/services.ts'
import { tablePrinters } from '../apiserver/tables/printers.ts'
import { createClient } from '../client/create-client.ts'
import { controllerMetrics } from '../controller-runtime/index.ts'
import { authorityFromPem } from '../pki/authority.ts'
import { credentials, type Pki, type PkiFiles } from '../pki/pki-files.ts'
import {
  DEFAULT_ISSUER,
  type ServiceAccountTokens,
  serviceAccountTokens,
} from '../pki/service-account-tokens.ts'
import { privateKeyFromPem, publicKeysFromPem } from '../pki/keys.ts'
import { schedulerMetrics } from '../scheduler/metrics/scheduler-metrics.ts'
import type { SchedulerChoice } from '../scheduler/start-scheduler.ts'
import { respondGzipped } from '../serving/gzip.node.ts'
import { serveTls, type TlsServer } from '../serving/tls-server.node.ts'
import type { TlsCredentials } from '../serving/tls-settings.node.ts'
import type { CompiledStage } from '../simulation/stages/compile-stage.ts'
import { usageOfPod } from '../simulation/usage.ts'
import type { Store } from '../storage/store.ts'
import { ensureClusterPki, writeAdminKubeconfig } from './cluster-pki.node.ts'
import { backendIdentities } from './backend-identities.ts'
import { clientAuthorities } from './client-authorities.node.ts'
import { startComponents } from './components.ts'
import { familyOfRange, machineAddress, machineNodeName } from './node-address.node.ts'

/** How the API server serves, where not as by default. */
export interface ServerChoice extends Pick<
  SecureApiServerOptions,
  | 'eventTtlSeconds'
  | 'flags'
  | 'inFlightLimits'
  | 'priorityAndFairness'
  | 'requestTimeoutLimitMs'
  | 'tracing'
  | 'watchSecondsMin'
> {
  /** How long it serves on when it is told to stop, but is not ready. */
  readonly shutdownDelayMs?: number
}

export interface ControlPlaneOptions extends ApiChoice {
  readonly store: Store
  readonly pkiDirectory: string
  readonly kubeconfig: string
  readonly host: string
  readonly port: number
  /** One range, or one of each family with a comma between them. */
  readonly serviceRange: string
  readonly clusterCIDR: string
  /** What kind of node this machine has. With containers, the API is served on the machine's own address too. */
  readonly node: 'containerd' | 'simulated' | 'none'
  /** How many nodes are simulated. */
  readonly nodes: number
  /** How simulated objects go on, beside or in place of our own stages. */
  readonly stages?: readonly CompiledStage[]
  /** Which controllers run, such as `*` and `-ttl-controller`; all where absent. */
  readonly controllers?: readonly string[]
  /** Serves the API alone: controllers and scheduler run elsewhere. */
  readonly isApiOnly?: boolean
  /** Which admission plugins are asked. */
  readonly plugins?: PluginChoice
  /** Records requests. */
  readonly audit?: Auditor
  /** How objects are kept, where not as they are: `openEncryption`. */
  readonly encryption?: Pick<Encryption, 'transformerOf' | 'healthChecks'>
  /** How Pods are scheduled; as by default where absent. */
  readonly scheduler?: SchedulerChoice
  /** Who is known, and who decides, beside and instead of what a cluster has by itself. */
  readonly access?: Pick<
    SecureApiServerOptions,
    'authenticators' | 'allowsAnonymous' | 'authorization'
  > &
    Partial<Pick<SecureApiServerOptions, 'reloads' | 'tokenLife' | 'tokens'>>
  /** Authorities beside the cluster's own whose certificates users may show: `--client-ca-file`. */
  readonly clientCaFile?: string
  readonly serving?: ServerChoice
  /** Others may serve the same state: one of them at a time runs the controllers, and one the scheduler. */
  readonly isShared?: boolean
  readonly logger: Logger
  /** Further paths to answer. */
  readonly routes?: readonly Route[]
  /** Called with the name of each step of the start that is done. */
  readonly onStep: (name: string) => void
}

/** The same, the API that they choose, and what it is served with. */
interface ServingOptions
  extends ControlPlaneOptions, Required<Pick<ApiServerOptions, 'features' | 'served'>> {
  readonly platform: ReturnType<typeof nodePlatform>
}

export interface ControlPlane extends AsyncDisposable {
  /** Such as https://127.0.0.1:6443. */
  readonly server: string
  readonly host: string
  readonly port: number
  /** When the certificates want to be renewed, in milliseconds since the Unix epoch. */
  readonly renewAtMs: number
  /** Goes on with the certificates of these files, and drops no connection. */
  setCertificates(files: PkiFiles): Promise<void>
}

const STOP_GRACE_MS = 2000
const API_AUDIENCES = [DEFAULT_ISSUER]

/** Starts the API server over a store, serves it, and starts the controllers and the scheduler beside it. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { host, node, onStep, store } = options
  await using stack = new AsyncDisposableStack()
  const address =
    node === 'containerd' ? machineAddress(familyOfRange(options.serviceRange)) : undefined
  const ensured = await ensureClusterPki(options)
  const pki = liveValue<Pki>(ensured)
  onStep('keys and certificates')

  const backends = stack.use(nodeBackends(backendIdentities(ensured)))
  const tokens = tokensOf(ensured)
  const serving = { ...options, ...(await chosenApi(options)), platform: nodePlatform() }
  const api = stack.use(await startApiServer(serving, tokens, backends, store))
  let listening: TlsServer | undefined
  const clientAuthority = stack.use(
    await clientAuthorities({
      file: options.clientCaFile,
      logger: options.logger,
      onChange: () =>
        listening?.setCredentials(servingCredentials(pki.current, clientAuthority.pem)),
    }),
  )
  const credentialsNow = servingCredentials(ensured, clientAuthority.pem)
  const tls = stack.use(await listen(options, api, credentialsNow, address))
  listening = tls
  stack.defer(() => tls.close(STOP_GRACE_MS))
  const { shutdownDelayMs: delayMs = 0 } = options.serving ?? {}
  stack.defer(() => api.shutdown({ delayMs, graceMs: STOP_GRACE_MS }))
  await api.advertise(advertised(options), tls.port)
  const server = `https://${hostAndPort(host, tls.port)}`
  await writeAdminKubeconfig(options.kubeconfig, ensured, server)
  await publishInformation(api, ensured, server)
  onStep('API server ready')

  if (!options.isApiOnly) {
    stack.use(await startAll(serving, pki, api, tokens))
    onStep('controllers and scheduler')
  }
  const owned = stack.move()
  return {
    server,
    host,
    port: tls.port,
    renewAtMs: ensured.renewAtMs,
    async setCertificates(files) {
      const next: Pki = { ...pki.current, ...credentials(files, {}) }
      tls.setCredentials(servingCredentials(next, clientAuthority.pem))
      backends.setKubelet(backendIdentities(next))
      pki.set(next)
      await publishInformation(api, next, server)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function servingCredentials(
  { apiServer, ca, frontProxyCa }: Pki,
  clientAuthority: string,
): TlsCredentials {
  return {
    ...apiServer,
    clientAuthorities: {
      client: `${ca.certPem}${clientAuthority}`,
      'front-proxy': frontProxyCa.certPem,
    },
  }
}

function publishInformation(api: ApiServer, pki: Pki, server: string): Promise<void> {
  const user = { name: 'system:apiserver', groups: ['system:masters'] }
  return publishClusterInformation(
    createClient(api.transportFor(user, { userAgent: 'kube-apiserver' })),
    {
      server,
      caPem: pki.ca.certPem,
      clientCaPem: pki.ca.certPem,
      requestHeader: {
        caPem: pki.frontProxyCa.certPem,
        allowedNames: REQUEST_HEADERS.allowedNames,
      },
    },
  )
}

function startAll(
  options: ServingOptions,
  pki: LiveValue<Pki>,
  api: ApiServer,
  tokens: ServiceAccountTokens,
): Promise<AsyncDisposable> {
  return startComponents({
    ...options,
    api,
    clock: systemClock,
    random: systemRandom,
    rootCA: partOf(pki, ({ ca }) => ca.certPem),
    crypto: nodeCrypto(systemRandom),
    authority: () => authorityFromPem(pki.current.ca),
    tokens,
    controllerMetrics: controllerMetrics(options.platform.metrics.set),
    scheduler: { ...options.scheduler, metrics: schedulerMetrics(options.platform.metrics.set) },
    ...(options.isShared && { identity: `${machineNodeName()}_${uuid(systemRandom)}` }),
  })
}

const NOWHERE = { IPv4: '192.0.2.1', IPv6: '2001:db8::1' } // For documentation (RFC 5737, RFC 3849).

/**
 * Where Pods find the API server. Loopback is no endpoint of a Service; where no Pod is real, none needs to reach what
 * stands there.
 */
function advertised({ host, serviceRange }: ControlPlaneOptions): string {
  if (!isLoopback(host) && !isEverywhere(host)) return host
  const family = familyOfRange(serviceRange)
  return machineAddress(family) ?? NOWHERE[family]
}

function tokensOf(pki: Pki): ServiceAccountTokens {
  return serviceAccountTokens({
    crypto: nodeCrypto(systemRandom),
    clock: systemClock,
    signingKey: privateKeyFromPem(pki.serviceAccountKeyPem),
    verificationKeys: publicKeysFromPem(pki.serviceAccountPublicKeysPem),
    apiAudiences: API_AUDIENCES,
  })
}

async function startApiServer(
  options: ServingOptions,
  tokens: ServiceAccountTokens,
  backends: NodeBackends,
  store: Store,
): Promise<ApiServer> {
  const { logger, serviceRange } = options
  const crypto = nodeCrypto(systemRandom)
  const { platform, served, features } = options
  const api = createSecureApiServer({
    ...platform.options,
    ...options.serving,
    served,
    features,
    store,
    clock: systemClock,
    random: systemRandom,
    crypto,
    logger,
    tokens,
    ...(options.encryption && {
      transformerOf: options.encryption.transformerOf,
      healthChecks: options.encryption.healthChecks,
    }),
    ...(options.audit && { audit: options.audit }),
    ...(options.plugins && { plugins: options.plugins }),
    requestHeader: REQUEST_HEADERS,
    ...options.access,
    hostname: machineNodeName(),
    apiAudiences: API_AUDIENCES,
    backends,
    usageOfPod,
    routes: (registry) => [
      ...platform.routes,
      ...(options.routes ?? []),
      ...discoveryRoutes(registry, crypto),
      ...openApiRoutes(registry, {
        ...platform.options,
        crypto,
        clock: systemClock,
        respond: respondGzipped,
      }),
    ],
    tables: tablePrinters(systemClock),
    serviceRanges: { ...DEFAULT_RANGES, cidrs: serviceRange.split(',') },
  })
  await api.start()
  return api
}

function listen(
  { host, port, logger }: ControlPlaneOptions,
  api: ApiServer,
  credentials: TlsCredentials,
  address: string | undefined,
): Promise<TlsServer> {
  // Everywhere of IPv6 is everywhere of IPv4, too, but not the other way round.
  const isReached =
    address === undefined ||
    address === host ||
    (isEverywhere(host) && !(host === '0.0.0.0' && address.includes(':')))
  return serveTls({
    clock: systemClock,
    logger,
    hosts: isReached ? [host] : [host, address],
    port,
    credentials,
    handler: api.handle,
  })
}
