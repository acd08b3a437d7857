import type { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import type { Service } from '../api/core/v1/service.ts'
import { NftTable } from '../base/nft-table.ts'
import { staleFlows, type StaleFlows } from './conntrack.ts'
import type { Place } from './endpoints.ts'
import { serviceFragment } from './service-fragment.ts'
import { servicePorts, type Family, type ServicePort } from './service-port.ts'
import { tableScript, type TableOptions } from './table-script.ts'

/** A Service that may have changed; absent where it is gone. */
export interface ServiceState {
  readonly service: Service | undefined
  readonly slices: readonly EndpointSlice[]
}

export interface ServiceChanges {
  /** Commands for nftables, one transaction; empty where nothing is to be done. */
  readonly script: string
  /** What the kernel must forget afterwards. */
  readonly stale: readonly StaleFlows[]
}

/** The rules of all Services in one family, so that a change of one costs what that Service costs. */
export class ServiceRules {
  readonly #name: string
  readonly #options: TableOptions
  readonly #table: NftTable
  readonly #udp = new Map<string, readonly ServicePort[]>()
  #isFirst = true

  constructor(name: string, options: TableOptions) {
    this.#name = name
    this.#options = options
    this.#table = new NftTable(`${options.family} ${name}`)
  }

  get family(): Family {
    return this.#options.family
  }

  /**
   * The commands that make the table anew for these Services. The first time, nothing is stale: flows that are there
   * may be those of an earlier run, which go on.
   */
  anew(services: ReadonlyMap<string, ServiceState>, place: Place): ServiceChanges {
    this.#table.clear()
    const { script, stale } = this.update(services, place)
    const isFirst = this.#isFirst
    this.#isFirst = false
    return {
      script: tableScript(this.#name, this.#options) + script,
      stale: isFirst ? [] : stale,
    }
  }

  update(changed: ReadonlyMap<string, ServiceState>, place: Place): ServiceChanges {
    const stale: StaleFlows[] = []
    const fragments = new Map(
      [...changed].map(([key, { service, slices }]) => {
        const ports = service ? servicePorts(service, slices, this.family, place) : []
        stale.push(...this.#exchangeUdp(key, ports))
        return [key, ports.length > 0 ? serviceFragment(ports, this.#options) : undefined] as const
      }),
    )
    return { script: this.#table.update(fragments), stale }
  }

  #exchangeUdp(key: string, ports: readonly ServicePort[]): readonly StaleFlows[] {
    const udp = ports.filter(({ protocol }) => protocol === 'udp')
    const before = this.#udp.get(key) ?? []
    if (udp.length > 0) this.#udp.set(key, udp)
    else this.#udp.delete(key)
    return staleFlows(this.family, before, udp)
  }
}
