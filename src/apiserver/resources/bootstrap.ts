import { SERVICE_NAME_LABEL } from '../../api/discovery/v1/service-name.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/status-predicates.ts'
import { equal } from '../../apimachinery/equality.ts'
import type { ApiRequest } from '../../client/request.ts'
import type { Transport } from '../../client/transport.ts'
import type { ApiObject } from '../registry/api-object.ts'

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

const PRIORITY_CLASSES = [
  {
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    preemptionPolicy: 'PreemptLowerPriority',
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    preemptionPolicy: 'PreemptLowerPriority',
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
]

type Place = Pick<ApiRequest, 'group' | 'version' | 'resource' | 'namespace'>

const NAMESPACE: Place = { group: '', version: 'v1', resource: 'namespaces' }
const PRIORITY_CLASS: Place = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  resource: 'priorityclasses',
}
const SERVICE_CIDR: Place = {
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'servicecidrs',
}
const SERVICE: Place = { group: '', version: 'v1', resource: 'services', namespace: 'default' }
const ENDPOINTS: Place = { group: '', version: 'v1', resource: 'endpoints', namespace: 'default' }
const ENDPOINT_SLICE: Place = {
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
  namespace: 'default',
}

const NAME = 'kubernetes'
const HTTPS_PORT = 443

/** Creates what every cluster has: the system's namespaces and priority classes, and the ranges of its Services. */
export async function createSystemObjects(
  transport: Transport,
  serviceCIDRs: readonly string[],
): Promise<void> {
  for (const name of NAMESPACES) await ensure(transport, NAMESPACE, { metadata: { name } })
  for (const body of PRIORITY_CLASSES) await ensure(transport, PRIORITY_CLASS, body)
  await ensureServiceCIDR(transport, serviceCIDRs)
}

/** The first ranges of addresses for Services are an object like those that are added later (KEP-1880). */
async function ensureServiceCIDR(transport: Transport, cidrs: readonly string[]): Promise<void> {
  const body = { metadata: { name: NAME }, spec: { cidrs } }
  const created = await ensure(transport, SERVICE_CIDR, body)
  if (!created) return
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: created.metadata.creationTimestamp,
  }
  await transport.call({
    ...SERVICE_CIDR,
    verb: 'update',
    subresource: 'status',
    name: NAME,
    body: { ...created, status: { conditions: [ready] } },
  })
}

/** Where the API server can be reached from inside the cluster. */
export interface Advertisement {
  /** The cluster IP of the `kubernetes` Service. */
  readonly serviceAddress: string
  /** The addresses at which Pods reach the servers, of one family. */
  readonly addresses: readonly string[]
  readonly port: number
}

/** Lets Pods find the API server: the Service `kubernetes` with its Endpoints and EndpointSlice. */
export async function advertise(
  transport: Transport,
  { serviceAddress, addresses, port }: Advertisement,
): Promise<void> {
  await put(transport, SERVICE, {
    metadata: { name: NAME, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: serviceAddress,
      ports: [{ name: 'https', protocol: 'TCP', port: HTTPS_PORT, targetPort: port }],
      sessionAffinity: 'None',
    },
  })
  const ports = [{ name: 'https', port, protocol: 'TCP' }]
  await put(transport, ENDPOINTS, {
    metadata: { name: NAME, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }],
  })
  await put(transport, ENDPOINT_SLICE, {
    metadata: { name: NAME, labels: { [SERVICE_NAME_LABEL]: NAME } },
    addressType: addresses[0]!.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: addresses.map((each) => ({ addresses: [each], conditions: { ready: true } })),
    ports,
  })
}

interface Body {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly [field: string]: unknown
}

/** Creates an object where there is none, and answers with it. */
async function ensure(
  transport: Transport,
  place: Place,
  body: Body,
): Promise<ApiObject | undefined> {
  // What is there needs nobody's admission: a webhook that does not answer must not keep the server from starting.
  if (await find(transport, place, body.metadata.name)) return undefined
  return create(transport, place, body)
}

/** Creates an object, and answers with it; undefined where another server was as quick. */
async function create(
  transport: Transport,
  place: Place,
  body: Body,
): Promise<ApiObject | undefined> {
  try {
    return (await transport.call({ ...place, verb: 'create', body })) as ApiObject
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    return undefined
  }
}

/** Creates an object, or sets what the body says where it is there already. */
async function put(transport: Transport, place: Place, body: Body): Promise<void> {
  const { name } = body.metadata
  const current = await find(transport, place, name)
  if (!current) {
    await create(transport, place, body)
    return
  }
  const metadata = { ...current.metadata, ...body.metadata }
  const spec = body['spec'] && { ...(current['spec'] as object), ...body['spec'] }
  const wanted = { ...current, ...body, metadata, ...(spec !== undefined && { spec }) }
  if (!equal(wanted, current)) {
    await transport.call({ ...place, verb: 'update', name, body: wanted })
  }
}

async function find(
  transport: Transport,
  place: Place,
  name: string,
): Promise<ApiObject | undefined> {
  try {
    return (await transport.call({ ...place, verb: 'get', name })) as ApiObject
  } catch (error) {
    if (!isNotFound(error)) throw error
    return undefined
  }
}
