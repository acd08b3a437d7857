import {
  InvalidKeyError,
  type PrivateKey,
  type PublicKey,
  type SigningAlgorithm,
} from '../base/crypto.ts'
import { element, integer, octetString, oid, sequence, Tag } from './der.ts'
import { DerError, readBitString, readElement, readOid, readSequence } from './der-reader.ts'
import { decodePem, encodePem } from './pem.ts'

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1'
const EC_PUBLIC_KEY = '1.2.840.10045.2.1'
const P_256 = '1.2.840.10045.3.1.7'

const RSA_ALGORITHM = sequence(oid(RSA_ENCRYPTION), element(Tag.null))
const EC_ALGORITHM = sequence(oid(EC_PUBLIC_KEY), oid(P_256))

export function privateKeyToPem(key: PrivateKey): string {
  return encodePem('PRIVATE KEY', key.pkcs8)
}

export function publicKeyToPem(key: PublicKey): string {
  return encodePem('PUBLIC KEY', key.spki)
}

/**
 * The private key in a PEM file: PKCS #8, or the older forms of each algorithm (SEC 1, PKCS #1) that kubeadm and
 * OpenSSL write. Throws `InvalidKeyError`.
 */
export function privateKeyFromPem(pem: string): PrivateKey {
  const pkcs8 = decodePem(pem)
    .map(({ label, der }) => toPkcs8(label, der))
    .find((der) => der !== undefined)
  if (!pkcs8) throw new InvalidKeyError('the file holds no private key')
  const [, algorithm] = readOrRefuse(() => readSequence(readElement(pkcs8)))
  return { algorithm: signingAlgorithm(algorithm?.raw), pkcs8 }
}

/** The public key in a DER SubjectPublicKeyInfo. Throws `InvalidKeyError`. */
export function publicKeyFromSpki(spki: Uint8Array): PublicKey {
  const [algorithm] = readOrRefuse(() => readSequence(readElement(spki)))
  return { algorithm: signingAlgorithm(algorithm?.raw), spki: spki.slice() }
}

/** All public keys of a PEM file. Throws `InvalidKeyError`. */
export function publicKeysFromPem(pem: string): readonly PublicKey[] {
  return decodePem(pem)
    .filter((block) => block.label === 'PUBLIC KEY')
    .map((block) => publicKeyFromSpki(block.der))
}

/** The key itself, without its algorithm: a point of the curve, or an RSAPublicKey. */
export function subjectPublicKey(key: PublicKey): Uint8Array {
  return readBitString(readSequence(readElement(key.spki))[1])
}

function toPkcs8(label: string, der: Uint8Array): Uint8Array | undefined {
  const wrap = (algorithm: Uint8Array): Uint8Array =>
    sequence(integer(Uint8Array.of(0)), algorithm, octetString(der))
  if (label === 'PRIVATE KEY') return der
  if (label === 'EC PRIVATE KEY') return wrap(EC_ALGORITHM)
  if (label === 'RSA PRIVATE KEY') return wrap(RSA_ALGORITHM)
  return undefined
}

function signingAlgorithm(identifier: Uint8Array | undefined): SigningAlgorithm {
  const [algorithm, curve] = readOrRefuse(() =>
    readSequence(readElement(identifier ?? new Uint8Array())),
  )
  const name = readOrRefuse(() => readOid(algorithm))
  if (name === RSA_ENCRYPTION) return 'RS256'
  if (name === EC_PUBLIC_KEY && readOrRefuse(() => readOid(curve)) === P_256) return 'ES256'
  throw new InvalidKeyError('the key is neither RSA nor on the curve P-256')
}

function readOrRefuse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof DerError) throw new InvalidKeyError('the key is damaged')
    throw error
  }
}
