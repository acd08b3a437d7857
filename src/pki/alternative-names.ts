import ipaddr from 'ipaddr.js'
import { contextTag, element, sequence } from './der.ts'
import { DerError, readElement, readSequence, readText } from './der-reader.ts'

const DNS_NAME = contextTag(2)
const IP_ADDRESS = contextTag(7)

/** What a server may be called: the names and addresses that a client may have dialled. */
export interface AlternativeNames {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}

/** GeneralNames (RFC 5280, 4.2.1.6). Throws when an address is none. */
export function encodeAlternativeNames(names: AlternativeNames): Uint8Array {
  return sequence(
    ...names.dnsNames.map((name) => element(DNS_NAME, new TextEncoder().encode(name))),
    ...names.ipAddresses.map((address) => element(IP_ADDRESS, addressBytes(address))),
  )
}

/** Reads the DNS names and IP addresses among GeneralNames. Throws `DerError`. */
export function decodeAlternativeNames(der: Uint8Array): AlternativeNames {
  const names = readSequence(readElement(der))
  return {
    dnsNames: names.filter(({ tag }) => tag === DNS_NAME).map((name) => readText(name)),
    ipAddresses: names
      .filter(({ tag }) => tag === IP_ADDRESS)
      .map(({ content }) => readAddress(content)),
  }
}

/** Whether both name the same things, in whatever order and spelling. */
export function sameAlternativeNames(a: AlternativeNames, b: AlternativeNames): boolean {
  return canonical(a) === canonical(b)
}

function canonical({ dnsNames, ipAddresses }: AlternativeNames): string {
  const addresses = ipAddresses.map((address) => ipaddr.parse(address).toString())
  return JSON.stringify([unique(dnsNames), unique(addresses)])
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted()
}

function readAddress(bytes: Uint8Array): string {
  if (bytes.length !== 4 && bytes.length !== 16) throw new DerError('invalid IP address')
  return ipaddr.fromByteArray([...bytes]).toString()
}

function addressBytes(address: string): Uint8Array {
  return Uint8Array.from(ipaddr.parse(address).toByteArray())
}
