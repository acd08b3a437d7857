const FIRST_POD = 2 // As with a bridge on a real node, .1 is the node's own.
const PODS_MAX = 253

/** The address of the simulated node with this number, from 1 on. */
export function nodeAddress(number: number): string {
  return `10.127.${number >> 8}.${number & 255}`
}

/** The addresses that one simulated node gives to its Pods: those of Pods that are gone are used again, late. */
export class PodAddresses {
  readonly #prefix: string
  readonly #usedBy = new Map<number, string>()
  #next = 0

  constructor(nodeNumber: number) {
    const index = nodeNumber - 1
    this.#prefix = `10.${128 + (index >> 8)}.${index & 255}.`
  }

  /** Notes the address that a Pod has already. */
  adopt(pod: string, address: string): void {
    if (!address.startsWith(this.#prefix)) return
    const offset = Number(address.slice(this.#prefix.length)) - FIRST_POD
    this.#usedBy.set(offset, pod)
    this.#next = Math.max(this.#next, offset + 1)
  }

  /** An address for a Pod; one that is in use where there are more Pods than addresses. */
  take(pod: string): string {
    for (let tries = 0; tries < PODS_MAX && this.#usedBy.has(this.#next % PODS_MAX); tries += 1)
      this.#next += 1
    const offset = this.#next % PODS_MAX
    this.#next += 1
    this.#usedBy.set(offset, pod)
    return `${this.#prefix}${offset + FIRST_POD}`
  }

  release(pod: string, address: string): void {
    const offset = Number(address.slice(this.#prefix.length)) - FIRST_POD
    if (address.startsWith(this.#prefix) && this.#usedBy.get(offset) === pod)
      this.#usedBy.delete(offset)
  }
}
