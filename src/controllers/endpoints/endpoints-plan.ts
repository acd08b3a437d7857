import type { Endpoints } from '../../api/core/v1/endpoints.ts'
import { isPodReady } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Service } from '../../api/core/v1/service.ts'
import { hasEndpoint, hostnameOf, isHeadless, targetPortOf } from '../common/service-pods.ts'

/** How many addresses an Endpoints object holds; those that are ready go first. */
export const ADDRESSES_MAX = 1000

type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]
type Port = NonNullable<Subset['ports']>[number]

export interface EndpointsPlan {
  readonly subsets: readonly Subset[]
  /** There are more addresses than are told. */
  readonly isTruncated: boolean
}

interface Entry {
  readonly address: Address
  readonly port: Port | undefined
  readonly ready: boolean
}

/** The addresses of a Service's Pods, by the ports that they share. See api/v1/endpoints RepackSubsets for the order. */
export function planEndpoints(service: Service, pods: readonly Pod[]): EndpointsPlan {
  const publishNotReady = service.spec.publishNotReadyAddresses === true
  const entries = pods
    .filter((pod) => hasEndpoint(pod, publishNotReady))
    .flatMap((pod) => entriesOf(service, pod, publishNotReady))
  const { kept, isTruncated } = truncate(entries)
  return { subsets: repack(kept), isTruncated }
}

function entriesOf(service: Service, pod: Pod, publishNotReady: boolean): readonly Entry[] {
  const ip = addressOf(service, pod)
  if (ip === undefined) return []
  const hostname = hostnameOf(pod, service)
  const { namespace, name, uid } = pod.metadata
  const address = {
    ip,
    ...(hostname !== undefined && { hostname }),
    ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  }
  const ready = publishNotReady || isPodReady(pod)
  const ports = service.spec.ports ?? []
  if (ports.length === 0) return isHeadless(service) ? [{ address, port: undefined, ready }] : []
  return ports.flatMap((port) => {
    const number = targetPortOf(pod, port)
    if (number === undefined) return []
    const { name: portName, protocol, appProtocol } = port
    const target = {
      ...(portName && { name: portName }),
      port: number,
      protocol,
      ...(appProtocol !== undefined && { appProtocol }),
    }
    return [{ address, port: target, ready }]
  })
}

/** The address of the Service's first family. */
function addressOf({ spec }: Service, { status }: Pod): string | undefined {
  const [family] = spec.ipFamilies ?? []
  const ips = status.podIPs?.map(({ ip }) => ip) ?? (status.podIP ? [status.podIP] : [])
  if (!family) return ips[0]
  return ips.find((ip) => ip.includes(':') === (family === 'IPv6'))
}

function truncate(entries: readonly Entry[]): { kept: readonly Entry[]; isTruncated: boolean } {
  const ips = (ready: boolean): Set<string> =>
    new Set(entries.filter((entry) => entry.ready === ready).map(({ address }) => address.ip))
  const all = [...ips(true), ...ips(false)]
  if (all.length <= ADDRESSES_MAX) return { kept: entries, isTruncated: false }
  const first = new Set(all.slice(0, ADDRESSES_MAX))
  return { kept: entries.filter(({ address }) => first.has(address.ip)), isTruncated: true }
}

/** One subset for each set of ports that some addresses have in common, everything in a set order. */
function repack(entries: readonly Entry[]): readonly Subset[] {
  const byAddress = Map.groupBy(entries, ({ address, ready }) => JSON.stringify([address, ready]))
  const subsets = Map.groupBy(byAddress.values(), (group) => {
    const ports = group.flatMap(({ port }) => (port ? [JSON.stringify(port)] : []))
    return ports.toSorted().join()
  })
  return [...subsets].toSorted(([a], [b]) => compare(a, b)).map(([, groups]) => subsetOf(groups))
}

function subsetOf(groups: readonly (readonly Entry[])[]): Subset {
  const addressesOf = (ready: boolean): Address[] =>
    groups
      .filter(([first]) => first!.ready === ready)
      .map(([first]) => first!.address)
      .toSorted((a, b) => compare(a.ip, b.ip) || compare(a.targetRef?.uid, b.targetRef?.uid))
  const [addresses, notReadyAddresses] = [addressesOf(true), addressesOf(false)]
  const ports = groups[0]!
    .flatMap(({ port }) => port ?? [])
    .toSorted((a, b) => compare(JSON.stringify(a), JSON.stringify(b)))
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
    ...(ports.length > 0 && { ports }),
  }
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0
}
