import {
  formatIpNumber,
  IP_BITS,
  numberOfIp,
  parseCidr,
  parseIp,
  type IpFamily,
} from '../../api/validation/ip.ts'
import { randomInt, type Random } from '../../base/random.ts'

/** A range of addresses that Services get theirs from. Addresses are numbers here. */
export interface ServiceRange {
  readonly cidr: string
  readonly family: IpFamily
  readonly first: bigint
  /**
   * Where the addresses begin that are given out to whoever takes any: those that are asked for by name mostly are low
   * ones (KEP-3070).
   */
  readonly upper: bigint
  readonly last: bigint
}

const LOWER_BAND_MIN = 16
const LOWER_BAND_MAX = 256
const OFFSET_MAX = 2 ** 48 // Chance enough in the longest of ranges, and exact as a number.

/** Throws where the text is no range. */
export function serviceRange(cidr: string): ServiceRange {
  const parsed = parseCidr(cidr)
  if (!parsed) throw new Error(`Cannot use Service range: ${cidr} is not a CIDR`)
  const { family, prefix } = parsed
  const size = 1n << BigInt(IP_BITS[family] - prefix)
  const network = numberOfIp(parsed) & ~(size - 1n)
  // The first address is the network's own, the last of IPv4 the broadcast's.
  const first = network + 1n
  const last = network + size - (family === 'IPv4' ? 2n : 1n)
  return { cidr, family, first, upper: first + lowerBand(size), last }
}

function lowerBand(size: bigint): bigint {
  if (size <= LOWER_BAND_MIN) return 0n
  const part = size / 16n
  if (part < LOWER_BAND_MIN) return BigInt(LOWER_BAND_MIN)
  return part > LOWER_BAND_MAX ? BigInt(LOWER_BAND_MAX) : part
}

/** Whether the range can give the address out. */
export function isInRange({ family, first, last }: ServiceRange, address: string): boolean {
  const ip = parseIp(address)
  if (ip?.family !== family) return false
  const number = numberOfIp(ip)
  return number >= first && number <= last
}

/** The n-th address of the range, from 1. */
export function addressOf({ family, first }: ServiceRange, n: number): string {
  return formatIpNumber(family, first + BigInt(n - 1))
}

/**
 * All addresses of the range: those above the lower band from a random place on, so that an address is not soon given
 * to another, and then those in it.
 */
export function* addressesOfRange(range: ServiceRange, random: Random): Generator<string> {
  const { family, first, upper, last } = range
  yield* addressesBetween(family, upper, last, random)
  yield* addressesBetween(family, first, upper - 1n < last ? upper - 1n : last, random)
}

function* addressesBetween(
  family: IpFamily,
  from: bigint,
  to: bigint,
  random: Random,
): Generator<string> {
  if (from > to) return
  const count = to - from + 1n
  const limit = count < OFFSET_MAX ? Number(count) : OFFSET_MAX
  const start = BigInt(randomInt(random, limit))
  for (let i = 0n; i < count; i++) yield formatIpNumber(family, from + ((start + i) % count))
}
