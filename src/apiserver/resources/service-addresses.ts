import { Service } from '../../api/core/v1/service.ts'
import { IPAddress } from '../../api/networking/v1/ip-address.ts'
import { parseIp, type IpFamily } from '../../api/validation/ip.ts'
import { isConflict } from '../../apimachinery/status-predicates.ts'
import type { Random } from '../../base/random.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import { addressName, belongsTo, holds, isApiServers } from './service-address.ts'
import { addressesOfRange, isInRange } from './service-range.ts'
import type { ServiceRanges } from './service-ranges.ts'
import { current, keepAddress, removeExactly } from './stored-addresses.ts'

export interface ServiceAddressesOptions {
  readonly client: Client
  /** Only hints at what is taken: creating an IPAddress decides, also between API servers. */
  readonly known: Informer<IPAddress>
  readonly ranges: ServiceRanges
}

const NO_RANGE = 'the provided network does not match the current range'
const TAKEN = 'provided IP is already allocated'

/**
 * Gives Services their addresses. Each address that is given out is an IPAddress object, of which there can be only one
 * by that name, whatever the number of API servers (KEP-1880).
 */
export class ServiceAddresses {
  readonly #client: Client
  readonly #known: Informer<IPAddress>
  readonly #ranges: ServiceRanges

  constructor({ client, known, ranges }: ServiceAddressesOptions) {
    this.#client = client
    this.#known = known
    this.#ranges = ranges
  }

  /** Takes one certain address. Answers with what hinders that. */
  async take({ metadata }: Service, address: string): Promise<string | undefined> {
    const problem = await this.problemOf(address)
    if (problem !== undefined) return problem
    if (await keepAddress(this.#client, address, metadata)) return undefined
    return (await this.#isShared(address, metadata)) ? undefined : TAKEN
  }

  /** Takes any address; undefined where none is left. */
  async takeAny(
    { metadata }: Service,
    family: IpFamily,
    random: Random,
  ): Promise<string | undefined> {
    const taken = await this.#takeAnyOf(this.#ranges, metadata, family, random)
    return taken ?? this.#takeAnyOf(await this.#ranges.now(), metadata, family, random)
  }

  /** What hinders that anybody has the address: that it is in no range. */
  async problemOf(address: string): Promise<string | undefined> {
    if (isGiven(address, this.#ranges)) return undefined
    return isGiven(address, await this.#ranges.now()) ? undefined : NO_RANGE
  }

  /** Gives an address back, where it is this Service's and the Service does not hold it any more. */
  async release({ metadata }: Service, address: string): Promise<void> {
    const kept = await current(this.#client, IPAddress, { name: addressName(address) })
    if (!kept || !belongsTo(kept, metadata)) return
    if (holds(await current(this.#client, Service, metadata), kept)) return
    try {
      await removeExactly(this.#client, kept)
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }

  async #takeAnyOf(
    ranges: ServiceRanges,
    owner: Service['metadata'],
    family: IpFamily,
    random: Random,
  ): Promise<string | undefined> {
    for (const range of ranges.ready(family)) {
      for (const address of addressesOfRange(range, random)) {
        if (this.#known.cache.get({ name: address })) continue
        if (await keepAddress(this.#client, address, owner)) return address
      }
    }
    return undefined
  }

  // One server may have kept the address for the Service of all, and have come no further, or not yet.
  async #isShared(address: string, owner: Service['metadata']): Promise<boolean> {
    if (!isApiServers(owner)) return false
    const kept = await current(this.#client, IPAddress, { name: addressName(address) })
    return kept !== undefined && belongsTo(kept, owner)
  }
}

function isGiven(address: string, ranges: ServiceRanges): boolean {
  const family = parseIp(address)?.family
  return family !== undefined && ranges.ready(family).some((range) => isInRange(range, address))
}
