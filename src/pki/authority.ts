import type { Crypto, PrivateKey, PublicKey } from '../base/crypto.ts'
import { type AlternativeNames, encodeAlternativeNames } from './alternative-names.ts'
import {
  type Certificate,
  certificateFromPem,
  Extension,
  parseCertificate,
  publicKeyOf,
} from './certificate.ts'
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
import { privateKeyFromPem, subjectPublicKey } from './keys.ts'
import type { Credential } from './pki-files.ts'
import { algorithmIdentifier, fromJws, toJws } from './signature.ts'

const SERIAL_BYTES = 16

/** The bits of the KeyUsage string, from the left (RFC 5280, 4.2.1.3). */
const KEY_USAGES = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'certificateSign',
  'crlSign',
  'encipherOnly',
  'decipherOnly',
] as const

export type KeyUsage = (typeof KEY_USAGES)[number]

const EXTENDED_USAGE = {
  any: '2.5.29.37.0',
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ipsecEndSystem: '1.3.6.1.5.5.7.3.5',
  ipsecTunnel: '1.3.6.1.5.5.7.3.6',
  ipsecUser: '1.3.6.1.5.5.7.3.7',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  microsoftSGC: '1.3.6.1.4.1.311.10.3.3',
  netscapeSGC: '2.16.840.1.113730.4.1',
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
  /** A name to write, or one as somebody else wrote it. */
  readonly subject: DistinguishedName | Uint8Array
  readonly publicKey: Pick<PublicKey, 'spki'>
  readonly usages: readonly ExtendedUsage[]
  /** To sign and to encipher keys where absent. */
  readonly keyUsages?: readonly KeyUsage[]
  /** Names to write, or such as somebody else wrote them. */
  readonly alternativeNames?: AlternativeNames | Uint8Array
}

/** The authority of two PEM files. Throws `DerError` and `InvalidKeyError`. */
export function authorityFromPem({ certPem, keyPem }: Credential): Authority {
  return { certificate: certificateFromPem(certPem), key: privateKeyFromPem(keyPem) }
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
    extensions: authorityExtensions(keyIdentifier(crypto, publicKey)),
  })
  return { certificate, key }
}

/**
 * Vouches for another authority (RFC 5280, 3.2: a cross-certificate): who trusts the first also trusts what the second
 * signed, if it is shown this certificate with it.
 */
export function crossSign(crypto: Crypto, by: Authority, other: Certificate): Certificate {
  const { certificate: issuer, key } = by
  return sign(crypto, key, {
    issuer: issuer.subjectName,
    subject: other.subjectName,
    notBeforeMs: other.notBeforeMs,
    notAfterMs: Math.min(other.notAfterMs, issuer.notAfterMs),
    publicKey: other,
    extensions: [
      ...authorityExtensions(keyIdentifier(crypto, publicKeyOf(other))),
      ...authorityKeyExtension(issuer.subjectKeyIdentifier),
    ],
  })
}

function authorityExtensions(identifier: Uint8Array): readonly Uint8Array[] {
  const usages = keyUsage(['digitalSignature', 'keyEncipherment', 'certificateSign'])
  return [
    extension(Extension.keyUsage, usages, true),
    extension(Extension.basicConstraints, sequence(boolean(true)), true),
    extension(Extension.subjectKeyIdentifier, octetString(identifier)),
  ]
}

function authorityKeyExtension(identifier: Uint8Array | undefined): readonly Uint8Array[] {
  if (!identifier) return []
  const value = sequence(element(contextTag(0), identifier))
  return [extension(Extension.authorityKeyIdentifier, value)]
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
    subject: request.subject instanceof Uint8Array ? request.subject : encodeName(request.subject),
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
  const { alternativeNames: names, keyUsages = ['digitalSignature', 'keyEncipherment'] } = request
  return [
    ...(keyUsages.length > 0 ? [extension(Extension.keyUsage, keyUsage(keyUsages), true)] : []),
    ...(usages.length > 0 ? [extension(Extension.extendedKeyUsage, sequence(...usages))] : []),
    extension(Extension.basicConstraints, sequence(), true),
    ...authorityKeyExtension(issuerKey),
    ...(names ? [extension(Extension.subjectAltName, alternativeNamesDer(names))] : []),
  ]
}

interface Unsigned extends Validity {
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly publicKey: Pick<PublicKey, 'spki'>
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

function alternativeNamesDer(names: AlternativeNames | Uint8Array): Uint8Array {
  return names instanceof Uint8Array ? names : encodeAlternativeNames(names)
}

// A named bit list: trailing zero bits are left out (X.690, 11.2.2).
function keyUsage(usages: readonly KeyUsage[]): Uint8Array {
  const positions = usages.map((usage) => KEY_USAGES.indexOf(usage))
  const last = Math.max(...positions)
  const bytes = new Uint8Array(Math.floor(last / 8) + 1)
  for (const position of positions) bytes[Math.floor(position / 8)]! |= 0x80 >> (position % 8)
  return bitString(bytes, 7 - (last % 8))
}

function extension(type: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), octetString(value))
}
