import { generateKeyPair, sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { certificationRequestInfo } from '../../pki/create-certificate-request.ts'
import { bitString, element, oid, sequence, Tag } from '../../pki/der.ts'

const generate = promisify(generateKeyPair)

interface KeyType {
  readonly generate: () => Promise<{
    readonly privateKey: KeyObject
    readonly publicKey: KeyObject
  }>
  /** What is signed is hashed with this; null for keys that hash by themselves. */
  readonly hash: string | null
  /** The AlgorithmIdentifier of its signatures (RFC 4055, RFC 5758, RFC 8410). */
  readonly signature: Uint8Array
}

/** The kinds of keys that Pods can have certificates for, by the names of the API. */
const KEY_TYPES: Readonly<Record<string, KeyType>> = {
  RSA3072: rsa(3072),
  RSA4096: rsa(4096),
  ECDSAP256: ecdsa('P-256', 'sha256', '1.2.840.10045.4.3.2'),
  ECDSAP384: ecdsa('P-384', 'sha384', '1.2.840.10045.4.3.3'),
  ECDSAP521: ecdsa('P-521', 'sha512', '1.2.840.10045.4.3.4'),
  ED25519: {
    generate: () => generate('ed25519'),
    hash: null,
    signature: sequence(oid('1.3.101.112')),
  },
}

/** A new private key. */
export interface PodKey {
  /** PKCS #8. */
  readonly keyPem: string
  /** A request (PKCS #10, RFC 2986) for nobody in particular, which shows the public key and that the private one is there; DER. */
  readonly request: Uint8Array
}

/** Makes a key for a certificate of a Pod. Throws where the kind is not known. */
export async function makePodKey(keyType: string): Promise<PodKey> {
  const type = KEY_TYPES[keyType]
  if (!type) throw new Error(`unknown key type ${JSON.stringify(keyType)}`)
  const { privateKey, publicKey } = await type.generate()
  const nobody = sequence()
  const info = certificationRequestInfo(nobody, publicKey.export({ type: 'spki', format: 'der' }))
  const signature = sign(type.hash, info, privateKey)
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    request: sequence(info, type.signature, bitString(signature)),
  }
}

function rsa(modulusLength: number): KeyType {
  return {
    generate: () => generate('rsa', { modulusLength }),
    hash: 'sha256',
    signature: sequence(oid('1.2.840.113549.1.1.11'), element(Tag.null)),
  }
}

function ecdsa(namedCurve: string, hash: string, algorithm: string): KeyType {
  return {
    generate: () => generate('ec', { namedCurve }),
    hash,
    signature: sequence(oid(algorithm)),
  }
}
