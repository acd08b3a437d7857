import type { Service } from '../../api/core/v1/service.ts'
import type { IpFamily } from '../../api/validation/ip.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import type { Transport } from '../../client/transport.ts'
import type { Store } from '../../storage/store.ts'
import type { ApiObject } from '../registry/api-object.ts'
import type { Reservation, ReserveOptions, ResourceHooks } from '../registry/resource.ts'
import { NodePorts } from './node-ports.ts'
import { startServiceRepair, type ServiceRepair } from './repair/service-repair.ts'
import type { PortSpan } from './port-range.ts'
import { addressesOf } from './service-address.ts'
import type { ServiceAddresses } from './service-addresses.ts'
import {
  mayNeedPorts,
  portsOf,
  takePorts,
  withClusterIps,
  type AddressGiver,
} from './service-allocation.ts'
import { withFamilies } from './service-families.ts'
import { addressOf, serviceRange, type ServiceRange } from './service-range.ts'

export interface ServiceRangesOptions {
  /** Where cluster IPs come from: a range of IPv4 or IPv6, or one of each, the default first. */
  readonly cidrs: readonly string[]
  /** The first and the last port of nodes that Services may use. */
  readonly nodePorts: PortSpan
}

export const DEFAULT_RANGES: ServiceRangesOptions = {
  cidrs: ['10.96.0.0/16'],
  nodePorts: [30_000, 32_767],
}

export interface ServiceAllocatorOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly ranges: ServiceRangesOptions
}

/**
 * Gives Services their addresses and ports. What is given out stands in the store (IPAddress objects, one record of
 * ports), so that several API servers can work on it; what a crash leaves wrong there is repaired.
 */
export class ServiceAllocator implements AsyncDisposable {
  readonly #options: ServiceAllocatorOptions
  readonly #ranges: readonly ServiceRange[]
  readonly #ports: NodePorts
  #repair: ServiceRepair | undefined

  /** Throws where the ranges make no sense. */
  constructor(options: ServiceAllocatorOptions) {
    this.#options = options
    this.#ranges = options.ranges.cidrs.map(serviceRange)
    this.#ports = new NodePorts(options.store, options.ranges.nodePorts)
  }

  /** The address of the `kubernetes` Service: the first of the default range. */
  get apiServerAddress(): string {
    return addressOf(this.#ranges[0]!, 1)
  }

  get hooks(): ResourceHooks {
    return {
      reserve: (object, old, options) => this.#reserve(object, old, options),
      deleted: (object) => {
        const service = object as unknown as Service
        return this.#release(service, addressesOf(service), portsOf(service))
      },
    }
  }

  /**
   * Begins to give out, and to repair. To be awaited before Services are written: then whatever Services hold that was
   * there before is taken. `repaired` is called when all of it was found right, or made so.
   */
  async start(transport: Transport, repaired: () => void): Promise<void> {
    const { clock, random, logger } = this.#options
    const given = { clock, random, logger, transport, ports: this.#ports, repaired }
    this.#repair = await startServiceRepair(given)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#repair?.[Symbol.asyncDispose]()
  }

  async #reserve(
    object: ApiObject,
    oldObject: ApiObject | undefined,
    { dryRun, context: { random } }: ReserveOptions,
  ): Promise<Reservation> {
    const old = oldObject as unknown as Service | undefined
    const wanted = withFamilies(object as unknown as Service, this.#families)
    const addresses: string[] = []
    let ports: readonly number[] = []
    const giver = dryRun ? this.#pretendedAddresses : this.#addresses
    const rollback = (): Promise<void> =>
      dryRun ? NOTHING : this.#release(wanted, addresses, ports)
    try {
      const took = (address: string): void => void addresses.push(address)
      let service = await withClusterIps(wanted, old, giver, took, random)
      if (mayNeedPorts(service, old)) {
        const withPorts = await this.#takePorts(service, old, dryRun, random)
        ;({ service, taken: ports } = withPorts)
      }
      return {
        object: service as unknown as ApiObject,
        commit: () => (dryRun ? NOTHING : this.#releaseUnused(old, service)),
        rollback,
      }
    } catch (error) {
      await rollback()
      throw error
    }
  }

  #takePorts(
    service: Service,
    old: Service | undefined,
    dryRun: boolean,
    random: Random,
  ): Promise<ReturnType<typeof takePorts>> {
    const take = (ports: Parameters<typeof takePorts>[2]): ReturnType<typeof takePorts> =>
      takePorts(service, old, ports, random)
    return dryRun ? this.#ports.pretend(take) : this.#ports.change(take)
  }

  async #releaseUnused(old: Service | undefined, service: Service): Promise<void> {
    if (!old) return
    const [addresses, ports] = [addressesOf(service), portsOf(service)]
    await this.#release(
      service,
      addressesOf(old).filter((address) => !addresses.includes(address)),
      portsOf(old).filter((port) => !ports.includes(port)),
    )
  }

  // What cannot be given back now is found by the repair later.
  async #release(
    service: Service,
    addresses: readonly string[],
    ports: readonly number[],
  ): Promise<void> {
    try {
      await Promise.all([
        ...addresses.map((address) => this.#addresses.release(service, address)),
        ports.length > 0 &&
          this.#ports.change((range) => ports.forEach((port) => range.release(port))),
      ])
    } catch (error) {
      const { namespace, name } = service.metadata
      this.#options.logger.warn('Cannot give back what a Service had', { namespace, name, error })
    }
  }

  get #families(): readonly IpFamily[] {
    return this.#ranges.map(({ family }) => family)
  }

  get #addresses(): ServiceAddresses {
    if (!this.#repair) throw new Error('the API server does not run yet')
    return this.#repair.addresses
  }

  // Which address it would be is not worth the search: it is the network's own, as with upstream.
  get #pretendedAddresses(): AddressGiver {
    return {
      take: async (_, address) => this.#addresses.problemOf(address),
      takeAny: async (_, family) => {
        const range = this.#ranges.find((each) => each.family === family)
        return range?.cidr.split('/')[0]
      },
    }
  }
}

const NOTHING = Promise.resolve()
