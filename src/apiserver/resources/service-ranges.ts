import type { ServiceCIDR } from '../../api/networking/v1/service-cidr.ts'
import type { IpFamily } from '../../api/validation/ip.ts'
import type { Informer } from '../../client/informer.ts'
import { isInRange, serviceRange, type ServiceRange } from './service-range.ts'

/** The name of the ServiceCIDR that comes from the server's own flags. */
export const DEFAULT_SERVICE_CIDR = 'kubernetes'

/** The ranges of all ServiceCIDRs, as an informer knows them. */
export class ServiceRanges {
  readonly #informer: Informer<ServiceCIDR>
  readonly #ranges = new WeakMap<ServiceCIDR, readonly ServiceRange[]>()

  constructor(informer: Informer<ServiceCIDR>) {
    this.#informer = informer
  }

  /** Those that give out addresses of a family, the default first. */
  ready(family: IpFamily): readonly ServiceRange[] {
    return this.#informer.cache
      .list()
      .filter(isReady)
      .toSorted(byName)
      .flatMap((each) => this.#rangesOf(each))
      .filter((range) => range.family === family)
  }

  /** Whether any range, one that is about to go included, has the address. */
  has(address: string): boolean {
    const all = this.#informer.cache.list().flatMap((each) => this.#rangesOf(each))
    return all.some((range) => isInRange(range, address))
  }

  /** Resolves once all ServiceCIDRs that are there now are known. */
  catchUp(): Promise<void> {
    return this.#informer.catchUp()
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
