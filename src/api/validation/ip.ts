import ipaddr from 'ipaddr.js'
import { internalError, invalid, type FieldError } from '../../schema/field-error.ts'
import { NONE } from './rules.ts'

export type IpFamily = 'IPv4' | 'IPv6'

/** An address in bytes: 4 of IPv4 (mapped into IPv6 or not), 16 of IPv6. */
export interface Ip {
  readonly family: IpFamily
  readonly bytes: readonly number[]
}

export interface Cidr extends Ip {
  readonly prefix: number
}

const DOTTED = /^\d+\.\d+\.\d+\.\d+$/

/** Reads an address as Go's old parser does: leading zeros are decimal, zones are refused. */
export function parseIp(text: string): Ip | undefined {
  if (!text) return undefined
  if (DOTTED.test(text)) {
    const bytes = text.split('.').map(Number)
    return bytes.every((each) => each <= 255) ? { family: 'IPv4', bytes } : undefined
  }
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined
  const address = ipaddr.IPv6.parse(text)
  return address.isIPv4MappedAddress()
    ? { family: 'IPv4', bytes: address.toIPv4Address().toByteArray() }
    : { family: 'IPv6', bytes: address.toByteArray() }
}

/** Reads an address with a prefix length. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', length = ''] = /^([^/]+)\/(\d+)$/.exec(text) ?? []
  const ip = parseIp(address)
  const prefix = Number(length)
  return ip && length !== '' && prefix <= ip.bytes.length * 8 ? { ...ip, prefix } : undefined
}

/** The address as RFC 5952 writes it. */
export function formatIp({ bytes }: Ip): string {
  return ipaddr.fromByteArray([...bytes]).toString()
}

export const IP_BITS = { IPv4: 32, IPv6: 128 } as const satisfies Readonly<Record<IpFamily, number>>

/** The address as a number, the first byte its highest. */
export function numberOfIp({ bytes }: Ip): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

/** The address that `numberOfIp` gives the number of, as RFC 5952 writes it. */
export function formatIpNumber(family: IpFamily, number: bigint): string {
  let rest = number
  const bytes: number[] = []
  for (let i = 0; i < IP_BITS[family] / 8; i++) {
    bytes.unshift(Number(rest & 0xffn))
    rest >>= 8n
  }
  return formatIp({ family, bytes })
}

/** Whether bits beyond the prefix are set, as in `10.0.0.1/8`. */
function hasHostBits({ bytes, prefix }: Cidr): boolean {
  return bytes.some((byte, i) => (byte & ~networkMask(prefix, i)) !== 0)
}

/** An address. Old values may stay as they are: earlier releases took leading zeros and mapped addresses. */
export function validateIp(
  value: string,
  path: string,
  accepted: readonly string[] = [],
): FieldError[] {
  return accepted.includes(value) ? NONE : problemAt(path, value, ipProblem(value))
}

/** A range of addresses. Old values may stay as they are. */
export function validateCidr(
  value: string,
  path: string,
  accepted: readonly string[] = [],
): FieldError[] {
  return accepted.includes(value) ? NONE : problemAt(path, value, cidrProblem(value))
}

/** What is wrong with an address that must be in its canonical form. */
export function canonicalIpProblems(value: string): readonly string[] {
  const ip = parseIp(value)
  const problem = ipProblem(value) ?? notCanonical(value, ip && formatIp(ip))
  return problem === undefined ? [] : [problem]
}

/** Newer fields: a range in its canonical form. */
export function validateCanonicalCidr(value: string, path: string): FieldError[] {
  const cidr = parseCidr(value)
  const canonical = cidr && `${formatIp(cidr)}/${cidr.prefix}`
  return problemAt(path, value, cidrProblem(value) ?? notCanonical(value, canonical))
}

function problemAt(path: string, value: string, problem: string | undefined): FieldError[] {
  return problem === undefined ? NONE : [invalid(path, value, problem)]
}

function notCanonical(value: string, canonical: string | undefined): string | undefined {
  return canonical === value
    ? undefined
    : `must be in canonical form (${JSON.stringify(canonical)})`
}

function ipProblem(value: string): string | undefined {
  const ip = parseIp(value)
  if (!ip) return 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
  if (hasLeadingZeros(value)) return 'must not have leading 0s'
  return isMapped(value, ip) ? 'must not be an IPv4-mapped IPv6 address' : undefined
}

function cidrProblem(value: string): string | undefined {
  const cidr = parseCidr(value)
  if (!cidr) return 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
  if (hasLeadingZeros(value)) return 'must not have leading 0s in IP or prefix length'
  if (isMapped(value, cidr)) return 'must not have an IPv4-mapped IPv6 address'
  return hasHostBits(cidr) ? 'must not have bits set beyond the prefix length' : undefined
}

function hasLeadingZeros(value: string): boolean {
  return /(^|[./])0\d/.test(value)
}

function isMapped(value: string, { family }: Ip): boolean {
  return family === 'IPv4' && value.includes(':')
}

/** What clients are told of an address that is accepted but not in its canonical form. */
export function ipWarnings(value: string, path: string): string[] {
  const ip = parseIp(value)
  if (!ip) return []
  const canonical = formatIp(ip)
  if (canonical === value) return []
  if (ip.family === 'IPv4') {
    return [
      `${path}: non-standard IP address ${JSON.stringify(value)} will be considered invalid in a future Kubernetes release: use ${JSON.stringify(canonical)}`,
    ]
  }
  return [
    `${path}: IPv6 address ${JSON.stringify(value)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
  ]
}

/** What clients are told of a range that is accepted but not in its canonical form. */
export function cidrWarnings(value: string, path: string): string[] {
  const cidr = parseCidr(value)
  if (!cidr || cidr.family === 'IPv4') return []
  const canonical = `${formatIp(cidr)}/${cidr.prefix}`
  return canonical === value
    ? []
    : [
        `${path}: IPv6 CIDR value ${JSON.stringify(value)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
      ]
}

/** Whether all addresses of a range, or a single one, are in another range. */
export function isSubset(inner: Ip, range: Cidr): boolean {
  return (
    inner.family === range.family &&
    inner.bytes.every((byte, i) => ((byte ^ range.bytes[i]!) & networkMask(range.prefix, i)) === 0)
  )
}

/** The bits of one byte that belong to the network. */
function networkMask(prefix: number, byte: number): number {
  const own = Math.min(Math.max(prefix - byte * 8, 0), 8)
  return 0xff & ~(0xff >> own)
}

/** Addresses that traffic cannot sensibly be sent to: those of Endpoints, EndpointSlices and external IPs. */
export function validateNonSpecialIp(value: string, path: string): FieldError[] {
  const ip = parseIp(value)
  if (!ip) return [invalid(path, value, 'must be a valid IP address')]
  const problem = SPECIAL[kindOf(ip)]
  return problem === undefined ? NONE : [invalid(path, value, problem(value))]
}

const SPECIAL: Readonly<Record<string, (value: string) => string>> = {
  unspecified: (value) => `may not be unspecified (${value})`,
  loopback: () => 'may not be in the loopback range (127.0.0.0/8, ::1/128)',
  linkLocal: () => 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  linkLocalMulticast: () =>
    'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
}

function kindOf({ family, bytes }: Ip): string {
  const [first = 0, second = 0, third = 0] = bytes
  if (bytes.every((each) => each === 0)) return 'unspecified'
  if (family === 'IPv4') {
    if (first === 127) return 'loopback'
    if (first === 169 && second === 254) return 'linkLocal'
    return first === 224 && second === 0 && third === 0 ? 'linkLocalMulticast' : ''
  }
  if (bytes.slice(0, 15).every((each) => each === 0) && bytes[15] === 1) return 'loopback'
  if (first === 0xfe && (second & 0xc0) === 0x80) return 'linkLocal'
  return first === 0xff && (second & 0x0f) === 2 ? 'linkLocalMulticast' : ''
}

/** At most one address of each family, as the addresses of a dual-stack object are. */
export function validateDualStack(
  addresses: readonly string[],
  shown: unknown,
  path: string,
): FieldError[] {
  if (addresses.length < 2) return NONE
  const errors: FieldError[] = []
  const bad = addresses.find((each) => !parseIp(each))
  if (bad !== undefined) {
    const cause = new Error(`failed to check for dual stack with error:invalid IP: ${bad}`)
    errors.push(internalError(path, cause))
  }
  const families = new Set(addresses.map((each) => parseIp(each)?.family))
  if (bad !== undefined || families.size !== 2 || addresses.length > 2)
    errors.push(invalid(path, shown, 'may specify no more than one IP for each IP family'))
  return errors
}
