/** The address of the simulated node with this number, from 1 on. */
export function nodeAddress(number: number): string {
  return `10.127.${number >> 8}.${number & 255}`
}

/** Where the Pods of a node are that was given no addresses by the cluster. */
export function ownPodCIDR(number: number): string {
  const index = number - 1
  return `10.${128 + (index >> 8)}.${index & 255}.0/24`
}

const FIRST_POD = 2 // As with a bridge on a real node, .1 is the node's own.

/** The addresses that one simulated node gives to its Pods: those of Pods that are gone are used again, late. */
export class PodAddresses {
  readonly cidr: string
  readonly #base: number
  /** How many there are, without the broadcast address. */
  readonly #count: number
  readonly #podAt = new Map<number, string>()
  readonly #offsetOf = new Map<string, number>()
  #next = 0

  /** An IPv4 range, such as `10.244.1.0/24`. */
  constructor(cidr: string) {
    const [address = '', bits = ''] = cidr.split('/')
    this.cidr = cidr
    this.#base = numberOf(address) + FIRST_POD
    this.#count = Math.max(1, 2 ** (32 - Number(bits)) - FIRST_POD - 1)
  }

  /** Notes the address that a Pod has already. */
  adopt(pod: string, address: string): void {
    const offset = numberOf(address) - this.#base
    if (offset < 0 || offset >= this.#count || this.#offsetOf.has(pod)) return
    this.#note(pod, offset)
    this.#next = Math.max(this.#next, offset + 1)
  }

  /** The address of a Pod; one that is in use where there are more Pods than addresses. */
  take(pod: string): string {
    const known = this.#offsetOf.get(pod)
    if (known !== undefined) return textOf(this.#base + known)
    for (
      let tries = 0;
      tries < this.#count && this.#podAt.has(this.#next % this.#count);
      tries += 1
    )
      this.#next += 1
    const offset = this.#next % this.#count
    this.#next += 1
    this.#note(pod, offset)
    return textOf(this.#base + offset)
  }

  release(pod: string): void {
    const offset = this.#offsetOf.get(pod)
    if (offset === undefined) return
    this.#offsetOf.delete(pod)
    if (this.#podAt.get(offset) === pod) this.#podAt.delete(offset)
  }

  #note(pod: string, offset: number): void {
    this.#podAt.set(offset, pod)
    this.#offsetOf.set(pod, offset)
  }
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) & 255).join('.')
}
