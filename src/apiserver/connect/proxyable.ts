import { parseIp, validateNonSpecialIp } from '../../api/validation/ip.ts'

/** What is said of an address that nobody may have the server connect to. */
export const NOT_ALLOWED = 'address not allowed'

/**
 * Whether clients may have the server connect to an address: it must belong to one machine of the network, and not to
 * the server's own or to its link, where things listen that trust whoever gets there (Go's IsGlobalUnicast).
 */
export function isProxyable(address: string): boolean {
  const ip = parseIp(address)
  if (!ip || validateNonSpecialIp(address, '').length > 0) return false
  const [first = 0] = ip.bytes
  if (ip.family === 'IPv6') return first !== 0xff
  const isMulticast = first >= 224 && first < 240
  return !isMulticast && !ip.bytes.every((byte) => byte === 255)
}
