import type { Crypto, PrivateKey } from '../base/crypto.ts'
import { type AlternativeNames, encodeAlternativeNames } from './alternative-names.ts'
import { Extension } from './certificate.ts'
import { bitString, contextTag, element, integer, octetString, oid, sequence, Tag } from './der.ts'
import { type DistinguishedName, encodeName } from './distinguished-name.ts'
import { encodePem } from './pem.ts'
import { algorithmIdentifier, fromJws } from './signature.ts'

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'

/** A certificate request (PKCS #10, RFC 2986), PEM, signed with the key that the certificate is to be for. */
export function createCertificateRequest(
  crypto: Crypto,
  key: PrivateKey,
  subject: DistinguishedName,
  alternativeNames?: AlternativeNames,
): string {
  const info = certificationRequestInfo(
    encodeName(subject),
    crypto.publicKeyOf(key).spki,
    ...(alternativeNames ? [extensionRequest(alternativeNames)] : []),
  )
  const signature = fromJws(key.algorithm, crypto.sign(key, info))
  const der = sequence(info, algorithmIdentifier(key.algorithm), bitString(signature))
  return encodePem('CERTIFICATE REQUEST', der)
}

/** What is signed in such a request: a Name, a public key, and what else is asked for; DER. */
export function certificationRequestInfo(
  name: Uint8Array,
  spki: Uint8Array,
  ...attributes: readonly Uint8Array[]
): Uint8Array {
  return sequence(
    integer(Uint8Array.of(0)),
    name,
    spki,
    element(contextTag(0, { constructed: true }), ...attributes),
  )
}

function extensionRequest(names: AlternativeNames): Uint8Array {
  const extension = sequence(
    oid(Extension.subjectAltName),
    octetString(encodeAlternativeNames(names)),
  )
  return sequence(oid(EXTENSION_REQUEST), element(Tag.set, sequence(extension)))
}
