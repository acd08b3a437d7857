import type { Service } from '../../api/core/v1/service.ts'
import type { IpFamily } from '../../api/validation/ip.ts'
import type { ApiObject } from '../registry/api-object.ts'
import type { Reservation, ReserveOptions, ResourceHooks } from '../registry/resource.ts'
import { IpRange } from './ip-range.ts'
import { PortRange } from './port-range.ts'
import {
  addressesOf,
  nodePortsOf,
  Taken,
  withClusterIps,
  withHealthPort,
  withNodePorts,
} from './service-allocation.ts'
import { withFamilies } from './service-families.ts'

export interface ServiceRanges {
  /** Where cluster IPs come from: a range of IPv4 or IPv6, or one of each, the default first. */
  readonly cidrs: readonly string[]
  /** The first and the last port of nodes that Services may use. */
  readonly nodePorts: readonly [number, number]
}

export const DEFAULT_RANGES: ServiceRanges = {
  cidrs: ['10.96.0.0/16'],
  nodePorts: [30_000, 32_767],
}

/**
 * Gives Services their addresses and ports. What is given out is kept in memory alone: it follows from the Services
 * there are, so it is gathered from them at the start.
 */
export class ServiceAllocator {
  readonly #ranges: ReadonlyMap<IpFamily, IpRange>
  readonly #ports: PortRange

  /** Throws where the ranges make no sense. */
  constructor({ cidrs, nodePorts }: ServiceRanges) {
    const ranges = cidrs.map((cidr) => new IpRange(cidr))
    this.#ranges = new Map(ranges.map((range) => [range.family, range]))
    this.#ports = new PortRange(...nodePorts)
  }

  /** The address of the `kubernetes` Service: the first of the default range. */
  get apiServerAddress(): string {
    return [...this.#ranges.values()][0]!.address(1)
  }

  get hooks(): ResourceHooks {
    return {
      reserve: (object, old, options) => this.#reserve(object, old, options),
      deleted: (object) => this.#release(object as unknown as Service),
    }
  }

  /** Notes what a Service holds that was there before. */
  adopt(service: Service): void {
    for (const address of addressesOf(service)) this.#each((range) => range.take(address))
    for (const port of nodePortsOf(service)) this.#ports.take(port)
    if (service.spec.healthCheckNodePort) this.#ports.take(service.spec.healthCheckNodePort)
  }

  #reserve(
    object: ApiObject,
    oldObject: ApiObject | undefined,
    { dryRun, context: { random } }: ReserveOptions,
  ): Reservation {
    const old = oldObject as unknown as Service | undefined
    const taken = new Taken()
    try {
      let service = withFamilies(object as unknown as Service, [...this.#ranges.keys()])
      service = withClusterIps(service, old, this.#ranges, taken, random)
      service = withNodePorts(service, old, this.#ports, taken, random)
      service = withHealthPort(service, old, this.#ports, taken, random)
      return {
        object: service as unknown as ApiObject,
        commit: () => (dryRun ? taken.giveBack() : this.#releaseUnused(old, service)),
        rollback: () => taken.giveBack(),
      }
    } catch (error) {
      taken.giveBack()
      throw error
    }
  }

  #releaseUnused(old: Service | undefined, service: Service): void {
    const addresses = addressesOf(service)
    for (const address of addressesOf(old)) {
      if (!addresses.includes(address)) this.#each((range) => range.release(address))
    }
    const ports = portsOf(service)
    for (const port of portsOf(old)) if (!ports.includes(port)) this.#ports.release(port)
  }

  #release(service: Service): void {
    for (const address of addressesOf(service)) this.#each((range) => range.release(address))
    for (const port of portsOf(service)) this.#ports.release(port)
  }

  // A range passes over what is not of its family.
  #each(act: (range: IpRange) => void): void {
    for (const range of this.#ranges.values()) act(range)
  }
}

function portsOf(service: Service | undefined): readonly number[] {
  const health = service?.spec.healthCheckNodePort
  return health ? [...nodePortsOf(service), health] : nodePortsOf(service)
}
