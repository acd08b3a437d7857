import type { Crypto } from '../base/crypto.ts'
import { Extension } from './certificate.ts'
import { contextTag, Tag } from './der.ts'
import {
  DerError,
  expectTag,
  readBitString,
  readElement,
  readElements,
  readOid,
  readSequence,
  type DerElement,
} from './der-reader.ts'
import { decodeName, type DistinguishedName } from './distinguished-name.ts'
import { findPem } from './pem.ts'

/** What somebody wants a certificate for (PKCS #10, RFC 2986). */
export interface CertificateRequest {
  readonly subject: DistinguishedName
  /** The subject as it was written, with what `subject` does not tell. */
  readonly subjectName: Uint8Array
  readonly spki: Uint8Array
  readonly alternativeNames: RequestedNames
  readonly signedPart: Uint8Array
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
}

/** How many alternative names of each kind are asked for, and the names as they were written. */
export interface RequestedNames {
  readonly dns: number
  readonly ip: number
  readonly email: number
  readonly uri: number
  readonly der: Uint8Array | undefined
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'
const ATTRIBUTES = contextTag(0, { constructed: true })

/** Reads the request of a PEM text. Throws `DerError`. */
export function certificateRequestFromPem(pem: string): CertificateRequest {
  const der = findPem(pem, 'CERTIFICATE REQUEST')
  if (!der) throw new DerError('PEM block type must be CERTIFICATE REQUEST')
  const [info, algorithm, signature] = readSequence(readElement(der))
  const [, subject, spki, attributes] = readSequence(info)
  if (!subject || !spki) throw new DerError('a certificate request lacks fields')
  return {
    subject: decodeName(subject.raw),
    subjectName: subject.raw,
    spki: spki.raw,
    alternativeNames: requestedNames(attributes),
    signedPart: info!.raw,
    signatureAlgorithm: readOid(readSequence(algorithm)[0]),
    signature: readBitString(signature),
  }
}

/** The hashes of the signature algorithms that requests are signed with (RFC 5758, RFC 4055, RFC 8410). */
const HASHES: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512' | undefined>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': undefined,
}

/** Whether who asks has the key that the certificate is to be for. */
export function isSignedByItself(crypto: Crypto, request: CertificateRequest): boolean {
  const { signatureAlgorithm, spki, signedPart, signature } = request
  if (!Object.hasOwn(HASHES, signatureAlgorithm)) return false
  return crypto.verifyDer(spki, HASHES[signatureAlgorithm], signedPart, signature)
}

function requestedNames(attributes: DerElement | undefined): RequestedNames {
  const der = attributes && extensionsOf(attributes).get(Extension.subjectAltName)
  const tags = der ? readSequence(readElement(der)).map(({ tag }) => tag) : []
  const count = (tag: number): number => tags.filter((each) => each === contextTag(tag)).length
  return { email: count(1), dns: count(2), uri: count(6), ip: count(7), der }
}

function extensionsOf(attributes: DerElement): ReadonlyMap<string, Uint8Array> {
  const found = readElements(expectTag(attributes, ATTRIBUTES))
    .map((attribute) => readSequence(attribute))
    .find(([type]) => readOid(type) === EXTENSION_REQUEST)
  const [extensions] = found ? readElements(expectTag(found[1], Tag.set)) : []
  if (!extensions) return new Map()
  return new Map(
    readSequence(extensions).map((extension) => {
      const parts = readSequence(extension)
      return [readOid(parts[0]), expectTag(parts.at(-1), Tag.octetString)]
    }),
  )
}
