import { isSubset, parseCidr, parseIp } from '../api/validation/ip.ts'

/** What stands for the addresses that the Node has, in the place of ranges. */
export const PRIMARY = 'primary'

/**
 * The ranges in which node ports are open, as `--nodeport-addresses` has them: ranges with commas between them, or
 * `primary` for the addresses of the Node. Undefined, for all addresses, where it is absent.
 */
export function nodePortRanges(
  text: string | undefined,
  primary: readonly string[],
): readonly string[] | undefined {
  if (text !== PRIMARY) return text?.split(',')
  return primary.map((address) => `${address}/${address.includes(':') ? 128 : 32}`)
}

/** Those of some addresses that are in one of the ranges. */
export function addressesIn(
  ranges: readonly string[],
  addresses: readonly string[],
): readonly string[] {
  const parsed = ranges.flatMap((range) => parseCidr(range) ?? [])
  return addresses.filter((address) => {
    const ip = parseIp(address)
    return ip !== undefined && parsed.some((range) => isSubset(ip, range))
  })
}
