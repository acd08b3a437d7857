import { ServiceCIDR } from '../../api/networking/v1/service-cidr.ts'
import type { IpFamily } from '../../api/validation/ip.ts'
import type { Client } from '../../client/client.ts'
import { isInRange, serviceRange, type ServiceRange } from './service-range.ts'

/** The name of the ServiceCIDR that comes from the server's own flags. */
export const DEFAULT_SERVICE_CIDR = 'kubernetes'

/** The ranges of all ServiceCIDRs, as far as they are known. */
export class ServiceRanges {
  readonly #known: () => readonly ServiceCIDR[]
  readonly #client: Client
  readonly #ranges = new WeakMap<ServiceCIDR, readonly ServiceRange[]>()

  constructor(known: () => readonly ServiceCIDR[], client: Client) {
    this.#known = known
    this.#client = client
  }

  /** Those that give out addresses of a family, the default first. */
  ready(family: IpFamily): readonly ServiceRange[] {
    return this.#known()
      .filter(isReady)
      .toSorted(byName)
      .flatMap((each) => this.#rangesOf(each))
      .filter((range) => range.family === family)
  }

  /** Whether any range, one that is about to go included, has the address. */
  has(address: string): boolean {
    const all = this.#known().flatMap((each) => this.#rangesOf(each))
    return all.some((range) => isInRange(range, address))
  }

  /** The ranges that there are now: one may have been added a moment ago. */
  async now(): Promise<ServiceRanges> {
    const { items } = await this.#client.list(ServiceCIDR)
    return new ServiceRanges(() => items, this.#client)
  }

  #rangesOf(object: ServiceCIDR): readonly ServiceRange[] {
    let ranges = this.#ranges.get(object)
    if (!ranges) this.#ranges.set(object, (ranges = (object.spec.cidrs ?? []).map(serviceRange)))
    return ranges
  }
}

// One without the condition counts as ready: its controller need not run.
function isReady({ metadata, status }: ServiceCIDR): boolean {
  if (metadata.deletionTimestamp !== undefined) return false
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  return ready === undefined || ready.status === 'True'
}

function byName({ metadata: a }: ServiceCIDR, { metadata: b }: ServiceCIDR): number {
  if (a.name === DEFAULT_SERVICE_CIDR) return -1
  return b.name === DEFAULT_SERVICE_CIDR || a.name > b.name ? 1 : -1
}
