import {
  type Cidr,
  type Ip,
  formatIp,
  isSubset,
  parseCidr,
  parseIp,
} from '../../api/validation/ip.ts'
import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import type { Result } from '../values/value.ts'
import { CelError, OpaqueValue } from '../values/value.ts'

class IpValue extends OpaqueValue {
  readonly typeName = 'net.IP'
  readonly ip: Ip

  constructor(ip: Ip) {
    super()
    this.ip = ip
  }

  get size(): number {
    return this.ip.bytes.length
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof IpValue && formatIp(other.ip) === formatIp(this.ip)
  }
}

class CidrValue extends OpaqueValue {
  readonly typeName = 'net.CIDR'
  readonly cidr: Cidr

  constructor(cidr: Cidr) {
    super()
    this.cidr = cidr
  }

  get size(): number {
    return Math.ceil(this.cidr.prefix / 8)
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof CidrValue && formatCidr(other.cidr) === formatCidr(this.cidr)
  }
}

const quoted = JSON.stringify
const V6 = /^[0-9a-f:]*(?:[0-9.]*)$/i
const LONG_GROUP = /[0-9a-f]{5}/i

/** An address as Go's netip reads it: no leading zeros, and no address of IPv4 within one of IPv6. */
function strictIp(text: string): Ip | CelError {
  const problem = (what: string): CelError => {
    const cause = `ParseAddr(${quoted(text)}): ${what}`
    return new CelError(
      `IP Address ${quoted(text)} parse error during conversion from string: ${cause}`,
    )
  }
  const [address = '', zone] = text.split('%')
  if (!address.includes(':')) {
    if (!/^\d+(?:\.\d+)+$/.test(text)) return problem('unable to parse IP')
    const ip = /(?:^|\.)0\d/.test(text) ? undefined : parseIp(text)
    return ip ?? problem(problemOfV4(text))
  }
  const isClean =
    V6.test(address) &&
    !LONG_GROUP.test(address) &&
    !/(?:^|[.:])0\d*\./.test(address.replace(/(?<=[.:])0\./g, '1.'))
  const ip = isClean ? parseIp(address) : undefined
  if (!ip) return problem('unable to parse IP')
  if (zone !== undefined)
    return new CelError(`IP address ${quoted(text)} with zone value is not allowed`)
  if (ip.family === 'IPv4')
    return new CelError(`IPv4-mapped IPv6 address ${quoted(text)} is not allowed`)
  return ip
}

function problemOfV4(text: string): string {
  const fields = text.split('.')
  if (fields.some((field) => /^0\d/.test(field))) return 'IPv4 field has octet with leading zero'
  if (fields.some((field) => Number(field) > 255)) return 'IPv4 field has value >255'
  return fields.length < 4 ? 'IPv4 address too short' : 'IPv4 address too long'
}

function strictCidr(text: string): Cidr | CelError {
  const slash = text.lastIndexOf('/')
  const [address, length] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)]
  const ip = strictIp(address)
  if (!(ip instanceof CelError)) {
    const isLength = /^(?:0|[1-9]\d{0,2})$/.test(length)
    const cidr = isLength ? parseCidr(text) : undefined
    if (cidr) return cidr
  } else if (ip.message.startsWith('IPv4-mapped')) {
    return cidrProblem(`IPv4-mapped IPv6 address ${quoted(text)} is not allowed`)
  }
  const what =
    slash < 0 ? "no '/'" : ip instanceof CelError ? 'unable to parse IP' : 'bad bits after slash'
  const cause = `netip.ParsePrefix(${quoted(text)}): ${what}`
  return cidrProblem(`network address parse error during conversion from string: ${cause}`)
}

function cidrProblem(cause: string): CelError {
  return new CelError(`network address parse error during conversion from string: ${cause}`)
}

function ipOf(text: string): Result {
  const ip = strictIp(text)
  return ip instanceof CelError ? ip : new IpValue(ip)
}

function cidrOf(text: string): Result {
  const cidr = strictCidr(text)
  return cidr instanceof CelError ? cidr : new CidrValue(cidr)
}

function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr)}/${cidr.prefix}`
}

function containsIp({ cidr }: CidrValue, other: IpValue | string): Result {
  const ip = typeof other === 'string' ? strictIp(other) : other.ip
  return ip instanceof CelError ? ip : isSubset(ip, cidr)
}

function containsCidr({ cidr }: CidrValue, other: CidrValue | string): Result {
  const inner = typeof other === 'string' ? strictCidr(other) : other.cidr
  if (inner instanceof CelError) return inner
  return inner.prefix >= cidr.prefix && isSubset(inner, cidr)
}

function masked({ cidr }: CidrValue): CidrValue {
  const bytes = cidr.bytes.map((byte, i) => {
    const own = Math.min(Math.max(cidr.prefix - i * 8, 0), 8)
    return byte & ~(0xff >> own) & 0xff
  })
  return new CidrValue({ ...cidr, bytes })
}

const isZero = ({ bytes }: Ip): boolean => bytes.every((byte) => byte === 0)
const isV4 = ({ family }: Ip): boolean => family === 'IPv4'
const isLoopback = (ip: Ip): boolean => (isV4(ip) ? ip.bytes[0] === 127 : formatIp(ip) === '::1')
const isLinkLocal = (ip: Ip): boolean =>
  isV4(ip)
    ? ip.bytes[0] === 169 && ip.bytes[1] === 254
    : ip.bytes[0] === 0xfe && (ip.bytes[1]! & 0xc0) === 0x80
const isMulticast = (ip: Ip): boolean =>
  isV4(ip) ? (ip.bytes[0]! & 0xf0) === 0xe0 : ip.bytes[0] === 0xff
const isLinkLocalMulticast = (ip: Ip): boolean =>
  isV4(ip)
    ? ip.bytes[0] === 224 && ip.bytes[1] === 0 && ip.bytes[2] === 0
    : ip.bytes[0] === 0xff && (ip.bytes[1]! & 0x0f) === 2
const isBroadcast = (ip: Ip): boolean => isV4(ip) && ip.bytes.every((byte) => byte === 255)
const isGlobal = (ip: Ip): boolean =>
  !isZero(ip) && !isBroadcast(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocal(ip)

const test = (name: string, id: string, predicate: (ip: Ip) => boolean): Overload =>
  method(name, id, 'net.IP -> bool', ({ ip }: IpValue) => predicate(ip))

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library and the one of CIDRs. */
export const ADDRESSES: readonly Overload[] = [
  fn('ip', 'string_to_ip', 'string -> net.IP', ipOf),
  fn('isIP', 'is_ip', 'string -> bool', (text: string) => !(strictIp(text) instanceof CelError)),
  fn('ip.isCanonical', 'ip_is_canonical', 'string -> bool', (text: string) => {
    const ip = strictIp(text)
    return ip instanceof CelError ? ip : formatIp(ip) === text
  }),
  fn('string', 'ip_to_string', 'net.IP -> string', ({ ip }: IpValue) => formatIp(ip)),
  method('family', 'ip_family', 'net.IP -> int', ({ ip }: IpValue) => (isV4(ip) ? 4n : 6n)),
  test('isUnspecified', 'ip_is_unspecified', isZero),
  test('isLoopback', 'ip_is_loopback', isLoopback),
  test('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
  test('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocal),
  test('isGlobalUnicast', 'ip_is_global_unicast', isGlobal),
  fn('cidr', 'string_to_cidr', 'string -> net.CIDR', cidrOf),
  fn(
    'isCIDR',
    'is_cidr',
    'string -> bool',
    (text: string) => !(strictCidr(text) instanceof CelError),
  ),
  fn('string', 'cidr_to_string', 'net.CIDR -> string', ({ cidr }: CidrValue) => formatCidr(cidr)),
  method('containsIP', 'cidr_contains_ip_string', 'net.CIDR, string -> bool', containsIp),
  method('containsIP', 'cidr_contains_ip_ip', 'net.CIDR, net.IP -> bool', containsIp),
  method('containsCIDR', 'cidr_contains_cidr_string', 'net.CIDR, string -> bool', containsCidr),
  method('containsCIDR', 'cidr_contains_cidr', 'net.CIDR, net.CIDR -> bool', containsCidr),
  method('ip', 'cidr_ip', 'net.CIDR -> net.IP', ({ cidr }: CidrValue) => new IpValue(cidr)),
  method('prefixLength', 'cidr_prefix_length', 'net.CIDR -> int', ({ cidr }: CidrValue) =>
    BigInt(cidr.prefix),
  ),
  method('masked', 'cidr_masked', 'net.CIDR -> net.CIDR', masked),
]
