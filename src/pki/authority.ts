import type { Crypto, PrivateKey, PublicKey } from '../base/crypto.ts'
import { type AlternativeNames, encodeAlternativeNames } from './alternative-names.ts'
import { type Certificate, Extension, parseCertificate, publicKeyOf } from './certificate.ts'
import {
  bitString,
  boolean,
  contextTag,
  element,
  integer,
  octetString,
  oid,
  sequence,
  time,
} from './der.ts'
import { type DistinguishedName, encodeName } from './distinguished-name.ts'
import { subjectPublicKey } from './keys.ts'
import { algorithmIdentifier, fromJws, toJws } from './signature.ts'

const SERIAL_BYTES = 16

// Bits of the KeyUsage string (RFC 5280, 4.2.1.3), from the left.
const DIGITAL_SIGNATURE = 0x80
const KEY_ENCIPHERMENT = 0x20
const CERTIFICATE_SIGN = 0x04

const EXTENDED_USAGE = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
} as const

export type ExtendedUsage = keyof typeof EXTENDED_USAGE

/** One who signs: its certificate, and the key that belongs to it. */
export interface Authority {
  readonly certificate: Certificate
  readonly key: PrivateKey
}

/** From and until when a certificate is good, in milliseconds since the Unix epoch. */
export interface Validity {
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

export interface LeafRequest extends Validity {
  readonly subject: DistinguishedName
  readonly publicKey: PublicKey
  readonly usages: readonly ExtendedUsage[]
  readonly alternativeNames?: AlternativeNames
}

/** Makes a root certificate for a key, signed by that key. */
export function createAuthority(
  crypto: Crypto,
  key: PrivateKey,
  { commonName, notBeforeMs, notAfterMs }: Validity & { readonly commonName: string },
): Authority {
  const publicKey = crypto.publicKeyOf(key)
  const name = encodeName({ commonName, organizations: [] })
  const certificate = sign(crypto, key, {
    issuer: name,
    subject: name,
    notBeforeMs,
    notAfterMs,
    publicKey,
    extensions: [
      extension(
        Extension.keyUsage,
        keyUsage(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT | CERTIFICATE_SIGN),
        true,
      ),
      extension(Extension.basicConstraints, sequence(boolean(true)), true),
      extension(Extension.subjectKeyIdentifier, octetString(keyIdentifier(crypto, publicKey))),
    ],
  })
  return { certificate, key }
}

/** Signs a certificate for a server or a client. It never outlives the authority's own. */
export function issueCertificate(
  crypto: Crypto,
  authority: Authority,
  request: LeafRequest,
): Certificate {
  const { certificate: issuer, key } = authority
  return sign(crypto, key, {
    issuer: issuer.subjectName,
    subject: encodeName(request.subject),
    notBeforeMs: request.notBeforeMs,
    notAfterMs: Math.min(request.notAfterMs, issuer.notAfterMs),
    publicKey: request.publicKey,
    extensions: leafExtensions(request, issuer.subjectKeyIdentifier),
  })
}

/** Whether `issuer`'s key signed the certificate. Says nothing of times and usages. */
export function isIssuedBy(crypto: Crypto, certificate: Certificate, issuer: Certificate): boolean {
  const key = publicKeyOf(issuer)
  const signature = toJws(certificate.signatureAlgorithm, certificate.signature)
  return (
    signature?.algorithm === key.algorithm &&
    crypto.verify(key, certificate.signedPart, signature.bytes)
  )
}

function leafExtensions(request: LeafRequest, issuerKey: Uint8Array | undefined): Uint8Array[] {
  const usages = request.usages.map((usage) => oid(EXTENDED_USAGE[usage]))
  const names = request.alternativeNames
  return [
    extension(Extension.keyUsage, keyUsage(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT), true),
    extension(Extension.extendedKeyUsage, sequence(...usages)),
    extension(Extension.basicConstraints, sequence(), true),
    ...(issuerKey
      ? [extension(Extension.authorityKeyIdentifier, sequence(element(contextTag(0), issuerKey)))]
      : []),
    ...(names ? [extension(Extension.subjectAltName, encodeAlternativeNames(names))] : []),
  ]
}

interface Unsigned extends Validity {
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly publicKey: PublicKey
  readonly extensions: readonly Uint8Array[]
}

function sign(crypto: Crypto, key: PrivateKey, unsigned: Unsigned): Certificate {
  const algorithm = algorithmIdentifier(key.algorithm)
  const signedPart = sequence(
    element(contextTag(0, { constructed: true }), integer(Uint8Array.of(2))), // Version 3.
    integer(serialNumber(crypto)),
    algorithm,
    unsigned.issuer,
    sequence(time(unsigned.notBeforeMs), time(unsigned.notAfterMs)),
    unsigned.subject,
    unsigned.publicKey.spki,
    element(contextTag(3, { constructed: true }), sequence(...unsigned.extensions)),
  )
  const signature = fromJws(key.algorithm, crypto.sign(key, signedPart))
  return parseCertificate(sequence(signedPart, algorithm, bitString(signature)))
}

// Positive, and of one length: the first bit clear, the second set.
function serialNumber(crypto: Crypto): Uint8Array {
  const serial = crypto.random.bytes(SERIAL_BYTES)
  serial[0] = (serial[0]! & 0x7f) | 0x40
  return serial
}

// Method 1 of RFC 5280, 4.2.1.2: an identifier, so SHA-1 is no weakness here.
function keyIdentifier(crypto: Crypto, key: PublicKey): Uint8Array {
  return crypto.hash('sha1', subjectPublicKey(key))
}

function keyUsage(bits: number): Uint8Array {
  const unusedBits = 31 - Math.clz32(bits & -bits)
  return bitString(Uint8Array.of(bits), unusedBits)
}

function extension(type: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), octetString(value))
}
