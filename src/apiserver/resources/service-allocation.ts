import {
  isHeadless,
  needsClusterIp,
  needsHealthCheck,
  needsNodePorts,
} from '../../api/core/v1/service-helpers.ts'
import type { Service, ServicePort } from '../../api/core/v1/service.ts'
import type { IpFamily } from '../../api/validation/ip.ts'
import type { Random } from '../../base/random.ts'
import { internalError, invalid } from '../../apimachinery/status-error.ts'
import { invalid as invalidField } from '../../schema/field-error.ts'
import type { IpRange } from './ip-range.ts'
import type { PortRange } from './port-range.ts'

/** What was taken for one write, to be given back if the write fails. */
export class Taken {
  readonly #undo: (() => void)[] = []

  note(undo: () => void): void {
    this.#undo.push(undo)
  }

  giveBack(): void {
    for (const undo of this.#undo.splice(0)) undo()
  }
}

/** The Service with an address of each of its families, as far as `old` does not have them. */
export function withClusterIps(
  service: Service,
  old: Service | undefined,
  ranges: ReadonlyMap<IpFamily, IpRange>,
  taken: Taken,
  random: Random,
): Service {
  const { spec } = service
  if (!needsClusterIp(spec) || isHeadless(spec)) return service
  const had = new Set(old && needsClusterIp(old.spec) ? old.spec.clusterIPs : [])
  const wanted = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])
  const clusterIPs = (spec.ipFamilies as readonly IpFamily[]).map((family, i) => {
    const range = ranges.get(family)!
    const address = wanted[i]
    if (address && had.has(address)) return address
    const given = address ? takeAddress(service, range, address) : takeAnyAddress(range, random)
    taken.note(() => range.release(given))
    return given
  })
  return { ...service, spec: { ...spec, clusterIP: clusterIPs[0]!, clusterIPs } }
}

function takeAddress({ metadata, spec }: Service, range: IpRange, address: string): string {
  const problem = range.take(address)
  if (problem === undefined) return address
  const text = `failed to allocate IP ${address}: ${problem}`
  const shown = spec.clusterIPs ?? [address]
  throw invalidService(metadata.name, 'spec.clusterIPs', shown, text)
}

function takeAnyAddress(range: IpRange, random: Random): string {
  const address = range.takeAny(random)
  if (address !== undefined) return address
  throw internalError('failed to allocate a serviceIP: range is full')
}

/** The Service with a port on the nodes for each of its ports that is to have one. */
export function withNodePorts(
  service: Service,
  old: Service | undefined,
  range: PortRange,
  taken: Taken,
  random: Random,
): Service {
  const { metadata, spec } = service
  const { ports } = spec
  if (!ports || spec.type === 'ExternalName' || spec.type === 'ClusterIP') return service
  const mine = new Set(nodePortsOf(old))
  // One number serves all protocols of a port.
  const byPort = new Map<number, number>()
  const withPort = (port: ServicePort, i: number): ServicePort => {
    const wanted = port.nodePort ?? 0
    if (wanted === 0 && !needsNodePorts(spec)) return port
    const nodePort =
      wanted || (byPort.get(port.port) ?? requestedFor(port.port, ports)) || take(undefined, i)
    if (!mine.has(nodePort)) take(nodePort, i)
    byPort.set(port.port, nodePort)
    return { ...port, nodePort }
  }
  const take = (wanted: number | undefined, i: number): number => {
    const nodePort = wanted ?? range.takeAny(random)
    if (nodePort === undefined) throw internalError('failed to allocate a nodePort: range is full')
    const problem = wanted === undefined ? undefined : range.take(nodePort)
    if (problem !== undefined) {
      throw invalidService(metadata.name, `spec.ports[${i}].nodePort`, nodePort, problem)
    }
    mine.add(nodePort)
    taken.note(() => range.release(nodePort))
    return nodePort
  }
  return { ...service, spec: { ...spec, ports: ports.map(withPort) } }
}

function requestedFor(number: number, ports: readonly ServicePort[]): number {
  return ports.find(({ port, nodePort }) => port === number && nodePort)?.nodePort ?? 0
}

/** The Service with a port at which load balancers ask each node for its health. */
export function withHealthPort(
  service: Service,
  old: Service | undefined,
  range: PortRange,
  taken: Taken,
  random: Random,
): Service {
  const { metadata, spec } = service
  if (!needsHealthCheck(spec)) return service
  const wanted = spec.healthCheckNodePort
  if (wanted && old && needsHealthCheck(old.spec)) return service
  const port = wanted || range.takeAny(random)
  if (port === undefined) {
    throw internalError('failed to allocate a HealthCheck NodePort: range is full')
  }
  const problem = wanted ? range.take(wanted) : undefined
  if (problem !== undefined) {
    throw internalError(`failed to allocate requested HealthCheck NodePort ${wanted}: ${problem}`)
  }
  taken.note(() => range.release(port))
  return { ...service, metadata, spec: { ...spec, healthCheckNodePort: port } }
}

/** The addresses that a Service holds. */
export function addressesOf(service: Service | undefined): readonly string[] {
  const { clusterIPs = [] } = service?.spec ?? {}
  return clusterIPs.filter((each) => each !== 'None' && each !== '')
}

/** The ports of nodes that a Service holds, that of the health check aside. */
export function nodePortsOf(service: Service | undefined): readonly number[] {
  return (service?.spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []))
}

function invalidService(name: string, field: string, value: unknown, text: string): Error {
  return invalid({ group: '', kind: 'Service' }, name, [invalidField(field, value, text)])
}
