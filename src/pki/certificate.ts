import type { PublicKey } from '../base/crypto.ts'
import { decodeAlternativeNames, type AlternativeNames } from './alternative-names.ts'
import { contextTag, Tag } from './der.ts'
import {
  DerError,
  expectTag,
  readBitString,
  readElement,
  readOid,
  readSequence,
  readTime,
  type DerElement,
} from './der-reader.ts'
import { decodeName, type DistinguishedName } from './distinguished-name.ts'
import { publicKeyFromSpki } from './keys.ts'
import { decodePem, findPem } from './pem.ts'

/** Object identifiers of X.509 extensions (RFC 5280, 4.2). */
export const Extension = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const

/** A certificate as read; times in milliseconds since the Unix epoch. */
export interface Certificate {
  readonly raw: Uint8Array
  /** The part that the signature is over. */
  readonly signedPart: Uint8Array
  /** The object identifier of the signature's algorithm. */
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
  readonly issuerName: Uint8Array
  readonly subjectName: Uint8Array
  readonly subject: DistinguishedName
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly spki: Uint8Array
  readonly alternativeNames: AlternativeNames
  readonly isAuthority: boolean
  readonly subjectKeyIdentifier: Uint8Array | undefined
}

/** Reads an X.509 version 3 certificate. Throws `DerError`. */
export function parseCertificate(der: Uint8Array): Certificate {
  const outer = readElement(der)
  const [signedPart, algorithm, signature] = readSequence(outer)
  const fields = readSequence(signedPart).filter(({ tag }) => tag !== VERSION)
  const [, , issuer, validity, subject, spki] = fields
  if (!issuer || !subject || !spki) throw new DerError('a certificate lacks fields')

  const [notBefore, notAfter] = readSequence(validity)
  const extensions = readExtensions(fields.find(({ tag }) => tag === EXTENSIONS))
  const keyIdentifier = extensions.get(Extension.subjectKeyIdentifier)
  return {
    raw: outer.raw,
    signedPart: signedPart!.raw,
    signatureAlgorithm: readOid(readSequence(algorithm)[0]),
    signature: readBitString(signature),
    issuerName: issuer.raw,
    subjectName: subject.raw,
    subject: decodeName(subject.raw),
    notBeforeMs: readTime(notBefore),
    notAfterMs: readTime(notAfter),
    spki: spki.raw,
    alternativeNames: alternativeNamesOf(extensions),
    isAuthority: isAuthority(extensions.get(Extension.basicConstraints)),
    subjectKeyIdentifier: keyIdentifier && expectTag(readElement(keyIdentifier), Tag.octetString),
  }
}

/** The first certificate of a PEM file. Throws `DerError`, also when there is none. */
export function certificateFromPem(pem: string): Certificate {
  const der = findPem(pem, 'CERTIFICATE')
  if (!der) throw new DerError('the file holds no certificate')
  return parseCertificate(der)
}

/** All certificates of a PEM file, in order. Throws `DerError` for one that is none. */
export function certificatesFromPem(pem: string): readonly Certificate[] {
  return decodePem(pem)
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ der }) => parseCertificate(der))
}

/** The key that a certificate speaks for. Throws `InvalidKeyError` when it is of another kind than ours. */
export function publicKeyOf(certificate: Certificate): PublicKey {
  return publicKeyFromSpki(certificate.spki)
}

const VERSION = contextTag(0, { constructed: true })
const EXTENSIONS = contextTag(3, { constructed: true })

// Extension: the identifier, whether it is critical (absent: no), and its value, wrapped in an octet string.
function readExtensions(element: DerElement | undefined): ReadonlyMap<string, Uint8Array> {
  if (!element) return new Map()
  return new Map(
    readSequence(readElement(element.content)).map((extension) => {
      const parts = readSequence(extension)
      return [readOid(parts[0]), expectTag(parts.at(-1), Tag.octetString)]
    }),
  )
}

function alternativeNamesOf(extensions: ReadonlyMap<string, Uint8Array>): AlternativeNames {
  const names = extensions.get(Extension.subjectAltName)
  return names ? decodeAlternativeNames(names) : { dnsNames: [], ipAddresses: [] }
}

function isAuthority(basicConstraints: Uint8Array | undefined): boolean {
  if (!basicConstraints) return false
  const [flag] = readSequence(readElement(basicConstraints))
  return flag?.tag === Tag.boolean && flag.content[0] !== 0
}
