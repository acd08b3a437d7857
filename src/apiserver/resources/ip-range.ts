import { formatIp, parseCidr, parseIp, type IpFamily } from '../../api/validation/ip.ts'
import type { Random } from '../../base/random.ts'
import { RangeAllocator } from './range-allocator.ts'

const SIZE_MAX = 2 ** 16 // As many as upstream gives out of one range, however long it is.

/** The addresses of a range, one for each Service. */
export class IpRange {
  readonly family: IpFamily
  readonly cidr: string
  readonly #first: bigint
  readonly #length: number
  readonly #allocator: RangeAllocator

  /** Throws where the text is no range. */
  constructor(cidr: string) {
    const parsed = parseCidr(cidr)
    if (!parsed) throw new Error(`Cannot use Service range: ${cidr} is not a CIDR`)
    const bits = parsed.bytes.length * 8 - parsed.prefix
    const whole = bits >= 32 ? 2 ** 32 : 2 ** bits
    // The first address is the network's own, the last of IPv4 the broadcast's.
    const size = Math.min(whole - (parsed.family === 'IPv4' ? 2 : 1), SIZE_MAX)
    this.family = parsed.family
    this.cidr = cidr
    this.#length = parsed.bytes.length
    this.#first = numberOf(parsed.bytes) + 1n
    this.#allocator = new RangeAllocator(size, Math.min(Math.max(16, Math.floor(size / 16)), 256))
  }

  /** The n-th address, from 1. */
  address(n: number): string {
    return this.#format(n - 1)
  }

  /** Takes one certain address. Answers with what hinders that. */
  take(address: string): string | undefined {
    const offset = this.#offsetOf(address)
    if (offset === undefined) {
      return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${this.cidr}`
    }
    return this.#allocator.take(offset) ? undefined : 'provided IP is already allocated'
  }

  /** Takes any address; undefined where none is left. */
  takeAny(random: Random): string | undefined {
    const offset = this.#allocator.takeAny(random)
    return offset === undefined ? undefined : this.#format(offset)
  }

  release(address: string): void {
    const offset = this.#offsetOf(address)
    if (offset !== undefined) this.#allocator.release(offset)
  }

  #offsetOf(address: string): number | undefined {
    const ip = parseIp(address)
    if (ip?.family !== this.family) return undefined
    const offset = numberOf(ip.bytes) - this.#first
    return offset >= 0n && offset < BigInt(this.#allocator.size) ? Number(offset) : undefined
  }

  #format(offset: number): string {
    let rest = this.#first + BigInt(offset)
    const bytes: number[] = []
    for (let i = 0; i < this.#length; i++) {
      bytes.unshift(Number(rest & 0xffn))
      rest >>= 8n
    }
    return formatIp({ family: this.family, bytes })
  }
}

function numberOf(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}
