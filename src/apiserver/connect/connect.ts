import type { Pod } from '../../api/core/v1/pod.ts'
import type { Random } from '../../base/random.ts'
import { methodNotSupported, serviceUnavailable } from '../../apimachinery/status-error.ts'
import type { ApiRequest } from '../../client/request.ts'
import type { HttpExchange } from '../../serving/exchange.ts'
import { apiVersionOf } from '../../schema/resource.ts'
import { admitConnect } from '../admission/chain.ts'
import type { AdmissionPlugin } from '../admission/plugin.ts'
import type { AuditRecord } from '../audit/auditor.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import { attributesOf, authorize } from '../pipeline/authorize.ts'
import { getObject } from '../registry/get.ts'
import type { Registry } from '../registry/registry.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { Backends } from './backends.ts'
import { sendPodLog } from './pod-log.ts'
import { openContainerStreams, openPortForward } from './pod-streams.ts'
import { proxyRequest } from './proxy.ts'
import { nodeProxyLocation, podProxyLocation, serviceProxyLocation } from './proxy-location.ts'

export interface ConnectOptions {
  readonly registry: Registry
  readonly random: Random
  readonly authorizers: readonly Authorizer[]
  readonly admissionPlugins: readonly AdmissionPlugin[]
  /** Absent where the server has no way to speak to nodes. */
  readonly backends: Backends | undefined
  /** What is recorded of the request, where something is. */
  readonly audit?: AuditRecord | undefined
}

/** A stream that a client wants. */
export interface ConnectRequest {
  readonly request: ApiRequest
  /** What follows the subresource in the path, for proxies. */
  readonly rest: string
}

interface Connection extends ConnectRequest {
  readonly exchange: HttpExchange
  readonly kind: ServedKind
  readonly backends: Backends
}

type Open = (connection: Connection, options: ConnectOptions) => Promise<void>

const HANDLERS: Readonly<Record<string, Open>> = {
  'pods/log': withPod((pod, { exchange, backends }, { registry }) =>
    sendPodLog(exchange, pod, registry, backends),
  ),
  'pods/exec': withPod((pod, { exchange, backends }, { registry }) =>
    openContainerStreams(exchange, pod, 'exec', registry, backends),
  ),
  'pods/attach': withPod((pod, { exchange, backends }, { registry }) =>
    openContainerStreams(exchange, pod, 'attach', registry, backends),
  ),
  'pods/portforward': withPod((pod, { exchange, backends }, { registry }) =>
    openPortForward(exchange, pod, registry, backends),
  ),
  'pods/proxy': async ({ exchange, request, rest, backends }, { registry }) => {
    const { namespace = '', name = '' } = request
    const location = await podProxyLocation(registry, namespace, name)
    await proxyRequest(exchange, location, rest, backends)
  },
  'services/proxy': async ({ exchange, request, rest, backends }, { registry, random }) => {
    const { namespace = '', name = '' } = request
    const location = await serviceProxyLocation(registry, namespace, name, random)
    await proxyRequest(exchange, location, rest, backends)
  },
  'nodes/proxy': async ({ exchange, request, rest, backends }, { registry }) => {
    const location = await nodeProxyLocation(registry, request.name ?? '')
    await proxyRequest(exchange, location, rest, backends)
  },
}

function withPod(
  open: (pod: Pod, connection: Connection, options: ConnectOptions) => Promise<void>,
): Open {
  return async (connection, options) => {
    const { namespace = '', name = '' } = connection.request
    const { object } = await getObject(connection.kind.resource, namespace, name)
    await open(object as unknown as Pod, connection, options)
  }
}

/** Whether a request is for a stream, which the pipeline knows nothing of. */
export function isConnect({ group, resource, subresource }: ApiRequest): boolean {
  return group === '' && Object.hasOwn(HANDLERS, `${resource}/${subresource}`)
}

/** Opens the stream that a request asks for, where the user may. Throws `StatusError`. */
export async function connect(
  exchange: HttpExchange,
  { request, rest }: ConnectRequest,
  user: UserInfo,
  options: ConnectOptions,
): Promise<void> {
  const { group, version, resource, subresource = '', verb } = request
  await mayConnect(exchange, request, user, options)
  const kind = options.registry.find(group, version, resource)
  const declared = kind?.type.resource.subresources.find(({ name }) => name === subresource)
  if (!kind || !declared?.verbs.includes(verb)) throw methodNotSupported({ group, resource }, verb)
  const { backends } = options
  if (!backends) throw serviceUnavailable('the server has no connection to nodes')
  // Reading a log changes nothing, so admission is not asked.
  if (subresource !== 'log') await admit(kind, exchange, request, user, options)
  options.audit?.responseStarted(exchange.upgrade ? SWITCHED : OK)
  const open = HANDLERS[`${resource}/${subresource}`]!
  await open({ exchange, request, rest, kind, backends }, options)
}

const [OK, SWITCHED] = [200, 101]

const UPGRADED = new Set(['exec', 'attach', 'portforward'])

async function mayConnect(
  exchange: HttpExchange,
  request: ApiRequest,
  user: UserInfo,
  { authorizers, audit }: ConnectOptions,
): Promise<void> {
  const attributes = attributesOf(request, user)
  // OPTIONS has no verb, so that only who may do everything may ask.
  const verb = exchange.method === 'OPTIONS' ? { verb: '' } : {}
  await authorize(authorizers, { ...attributes, ...verb }, audit)
  // A WebSocket begins with a GET, yet who runs a command does more than look.
  if (request.verb !== 'get' || !exchange.upgrade) return
  if (!UPGRADED.has(request.subresource ?? '')) return
  await authorize(authorizers, attributesOf({ ...request, verb: 'create' }, user))
}

async function admit(
  served: ServedKind,
  exchange: HttpExchange,
  { namespace = '', name = '', subresource = '' }: ApiRequest,
  user: UserInfo,
  { admissionPlugins, audit }: ConnectOptions,
): Promise<void> {
  const { type } = served
  const about = {
    type,
    served,
    subresource,
    namespace,
    name,
    user,
    dryRun: false,
    warn: ignore,
    ...(audit && { annotate: (key: string, value: string) => audit.annotate(key, value) }),
  }
  const {
    group = '',
    version = '',
    kind = '',
  } = type.resource.subresources.find((each) => each.name === subresource) ?? {}
  const options = {
    ...queryOptions(exchange.query),
    kind,
    apiVersion: apiVersionOf({ group, version }),
  }
  await admitConnect(admissionPlugins, about, options as never)
}

const SWITCHES = ['stdin', 'stdout', 'stderr', 'tty']

/** The options of a stream as an object, which is how admission sees them. */
function queryOptions(query: string): Readonly<Record<string, unknown>> {
  const parameters = new URLSearchParams(query)
  return Object.fromEntries(
    [...parameters].map(([name, value]) => {
      if (SWITCHES.includes(name)) return [name, value === 'true' || value === '1']
      if (name === 'command') return [name, parameters.getAll(name)]
      if (name === 'ports') return [name, parameters.getAll(name).map(Number)]
      return [name, value]
    }),
  )
}

function ignore(): void {
  // The answer is a stream of another protocol, which has no place for warnings.
}
