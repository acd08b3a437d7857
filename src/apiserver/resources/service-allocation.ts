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
import type { PortRange } from './port-range.ts'
import { addressesOf } from './service-address.ts'

/** Where the addresses of a Service come from. */
export interface AddressGiver {
  /** Takes one certain address. Answers with what hinders that. */
  take(service: Service, address: string): Promise<string | undefined>
  /** Takes any address; undefined where none is left. */
  takeAny(service: Service, family: IpFamily, random: Random): Promise<string | undefined>
}

/** The Service with an address of each of its families, as far as `old` does not have them; `took` is told of each new one. */
export async function withClusterIps(
  service: Service,
  old: Service | undefined,
  giver: AddressGiver,
  took: (address: string) => void,
  random: Random,
): Promise<Service> {
  const { spec } = service
  if (!needsClusterIp(spec) || isHeadless(spec)) return service
  const had = old && needsClusterIp(old.spec) ? addressesOf(old) : []
  const wanted = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])
  const clusterIPs: string[] = []
  for (const [i, family] of (spec.ipFamilies as readonly IpFamily[]).entries()) {
    const address = wanted[i] || undefined
    if (address !== undefined && had.includes(address)) clusterIPs.push(address)
    else {
      const given = await (address === undefined
        ? takeAnyAddress(service, family, giver, random)
        : takeAddress(service, address, giver))
      took(given)
      clusterIPs.push(given)
    }
  }
  return { ...service, spec: { ...spec, clusterIP: clusterIPs[0]!, clusterIPs } }
}

async function takeAddress(
  service: Service,
  address: string,
  giver: AddressGiver,
): Promise<string> {
  const problem = await giver.take(service, address)
  if (problem === undefined) return address
  const { metadata, spec } = service
  const text = `failed to allocate IP ${address}: ${problem}`
  throw invalidService(metadata.name, 'spec.clusterIPs', spec.clusterIPs ?? [address], text)
}

async function takeAnyAddress(
  service: Service,
  family: IpFamily,
  giver: AddressGiver,
  random: Random,
): Promise<string> {
  const address = await giver.takeAny(service, family, random)
  if (address !== undefined) return address
  throw internalError('failed to allocate a serviceIP: range is full')
}

/** Whether a Service may want ports of the nodes that it does not have yet, so that it is worth while to look. */
export function mayNeedPorts(service: Service, old: Service | undefined): boolean {
  const { spec } = service
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return false
  const mine = nodePortsOf(old)
  const isOpen = ({ nodePort = 0 }: ServicePort): boolean =>
    nodePort === 0 ? needsNodePorts(spec) : !mine.includes(nodePort)
  return (spec.ports ?? []).some(isOpen) || needsHealthPort(service, old)
}

/** The Service with all ports of the nodes that it is to have, and those that were taken for it. All are taken, or none. */
export function takePorts(
  service: Service,
  old: Service | undefined,
  range: PortRange,
  random: Random,
): { readonly service: Service; readonly taken: readonly number[] } {
  const taken: number[] = []
  const took = (port: number): void => void taken.push(port)
  try {
    const withPorts = withNodePorts(service, old, range, took, random)
    return { service: withHealthPort(withPorts, old, range, took, random), taken }
  } catch (error) {
    for (const port of taken) range.release(port)
    throw error
  }
}

function withNodePorts(
  service: Service,
  old: Service | undefined,
  range: PortRange,
  took: (port: number) => void,
  random: Random,
): Service {
  const { metadata, spec } = service
  const { ports } = spec
  if (!ports) return service
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
    took(nodePort)
    return nodePort
  }
  return { ...service, spec: { ...spec, ports: ports.map(withPort) } }
}

function requestedFor(number: number, ports: readonly ServicePort[]): number {
  return ports.find(({ port, nodePort }) => port === number && nodePort)?.nodePort ?? 0
}

// Load balancers ask each node for its health at a port of its own.
function withHealthPort(
  service: Service,
  old: Service | undefined,
  range: PortRange,
  took: (port: number) => void,
  random: Random,
): Service {
  if (!needsHealthPort(service, old)) return service
  const { spec } = service
  const wanted = spec.healthCheckNodePort
  const port = wanted || range.takeAny(random)
  if (port === undefined) {
    throw internalError('failed to allocate a HealthCheck NodePort: range is full')
  }
  const problem = wanted ? range.take(wanted) : undefined
  if (problem !== undefined) {
    throw internalError(`failed to allocate requested HealthCheck NodePort ${wanted}: ${problem}`)
  }
  took(port)
  return { ...service, spec: { ...spec, healthCheckNodePort: port } }
}

function needsHealthPort({ spec }: Service, old: Service | undefined): boolean {
  const hasIt = spec.healthCheckNodePort && old && needsHealthCheck(old.spec)
  return needsHealthCheck(spec) && !hasIt
}

function nodePortsOf(service: Service | undefined): readonly number[] {
  return (service?.spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []))
}

/** All ports of the nodes that a Service holds, that of the health check included; each once. */
export function portsOf(service: Service | undefined): readonly number[] {
  const health = service?.spec.healthCheckNodePort
  return [...new Set(health ? [...nodePortsOf(service), health] : nodePortsOf(service))]
}

function invalidService(name: string, field: string, value: unknown, text: string): Error {
  return invalid({ group: '', kind: 'Service' }, name, [invalidField(field, value, text)])
}
