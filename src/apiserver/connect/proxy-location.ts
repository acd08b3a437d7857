import type { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Service } from '../../api/core/v1/service.ts'
import { parseIp } from '../../api/validation/ip.ts'
import { SERVICE_NAME_LABEL } from '../../api/discovery/v1/service-name.ts'
import { randomInt, type Random } from '../../base/random.ts'
import { badRequest, notFound, serviceUnavailable } from '../../apimachinery/status-error.ts'
import { getObject } from '../registry/get.ts'
import { listObjects } from '../registry/list.ts'
import type { Registry } from '../registry/registry.ts'
import { selectionOf } from '../registry/selection.ts'
import type { BackendTarget } from './backends.ts'
import { isProxyable, NOT_ALLOWED } from './proxyable.ts'
import { nodeLocation } from './node-location.ts'

/** Where requests through the proxy subresource of an object go. */
export type ProxyLocation = Omit<BackendTarget, 'path'>

interface Part {
  readonly scheme: 'http' | 'https'
  readonly name: string
  readonly port: string
}

/** Reads `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`. Throws `BadRequest`. */
function partOf(text: string, what: string): Part {
  const parts = text.split(':')
  const [first = '', second = '', third = ''] = parts
  if (parts.length === 1) return { scheme: 'http', name: first, port: '' }
  if (parts.length === 2) return { scheme: 'http', name: first, port: second }
  if (parts.length === 3 && (first === 'http' || first === 'https' || first === '')) {
    return { scheme: first || 'http', name: second, port: third }
  }
  throw badRequest(`invalid ${what} request ${JSON.stringify(text)}`)
}

/** Where a Pod listens: on the port that is named, or else the first that it declares. */
export async function podProxyLocation(
  registry: Registry,
  namespace: string,
  text: string,
): Promise<ProxyLocation> {
  const { scheme, name, port } = partOf(text, 'pod')
  const { resource } = registry.find('', 'v1', 'pods')!
  const pod = (await getObject(resource, namespace, name)).object as unknown as Pod
  const declared = pod.spec.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort
  const host = pod.status.podIP
  if (!host || !isProxyable(host)) throw badRequest(NOT_ALLOWED)
  const number = port === '' ? (declared ?? (scheme === 'https' ? 443 : 80)) : Number(port)
  return { scheme, host, port: number, trust: 'none' }
}

/** Where a node's own API listens. */
export async function nodeProxyLocation(registry: Registry, text: string): Promise<ProxyLocation> {
  const { scheme, name, port } = partOf(text, 'node')
  const location = await nodeLocation(registry, name)
  // A name is held against this when it is resolved.
  if (isAddress(location.host) && !isProxyable(location.host)) throw badRequest(NOT_ALLOWED)
  if (port === '' || Number(port) === location.port) return location
  return { ...location, scheme, port: Number(port), trust: 'none' }
}

function isAddress(host: string): boolean {
  return parseIp(host) !== undefined
}

/** Where one of the ready endpoints of a Service listens. */
export async function serviceProxyLocation(
  registry: Registry,
  namespace: string,
  text: string,
  random: Random,
): Promise<ProxyLocation> {
  const { scheme, name, port } = partOf(text, 'service')
  const { resource } = registry.find('', 'v1', 'services')!
  const service = (await getObject(resource, namespace, name)).object as unknown as Service
  return { scheme, ...(await readyEndpoint(registry, service, port, text, random)), trust: 'none' }
}

/** Where any of the ready endpoints of a Service has a port, by its name or number. `text` is what was asked for. */
export async function readyEndpoint(
  registry: Registry,
  service: Service,
  port: string,
  text: string,
  random: Random,
): Promise<Pick<BackendTarget, 'host' | 'port'>> {
  const { namespace, name } = service.metadata
  const portName = portNameOf(service, port)
  const candidates = (await slicesOf(registry, namespace, name)).flatMap((slice) =>
    addressesIn(slice, portName),
  )
  if (candidates.length === 0) {
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(text)}`)
  }
  return candidates[randomInt(random, candidates.length)]!
}

// A port may be named or numbered; with none, the only one or the one without a name is meant.
function portNameOf({ metadata, spec }: Service, port: string): string {
  const { ports = [] } = spec
  const found = /^\d+$/.test(port)
    ? ports.find((each) => String(each.port) === port)
    : ports.find(({ name = '' }) => name === port || (port === '' && ports.length === 1))
  if (found) return found.name ?? ''
  if (port === '') return ''
  throw serviceUnavailable(
    `no service port ${JSON.stringify(port)} found for service ${JSON.stringify(metadata.name)}`,
  )
}

async function slicesOf(
  registry: Registry,
  namespace: string,
  service: string,
): Promise<readonly EndpointSlice[]> {
  const kind = registry.find('discovery.k8s.io', 'v1', 'endpointslices')
  if (!kind) throw notFound({ group: 'discovery.k8s.io', resource: 'endpointslices' }, service)
  const labelSelector = `${SERVICE_NAME_LABEL}=${service}`
  const selection = selectionOf(kind.resource, { namespace, labelSelector })
  const { items } = await listObjects(kind.resource, selection, {})
  return items.map(({ object }) => object as unknown as EndpointSlice)
}

function addressesIn(
  { endpoints, ports }: EndpointSlice,
  portName: string,
): { readonly host: string; readonly port: number }[] {
  const port = ports.find(({ name }) => name === portName)?.port
  if (port === undefined) return []
  return endpoints
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.map((host) => ({ host, port })))
}
