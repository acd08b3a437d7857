import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import { createAuthority } from '../../pki/authority.ts'
import { privateKeyToPem } from '../../pki/keys.ts'
import { encodePem } from '../../pki/pem.ts'
import type { PkiFiles } from '../../pki/pki-files.ts'

const NOT_BEFORE_MS = Date.UTC(2020) // Virtual time may be behind or ahead of that of clients elsewhere.
const LIFE_MS = 3650 * 86_400_000

/**
 * The keys that a cluster needs in any case, as the files in which others keep them: those of its authorities and of its
 * service accounts. All others are made from these when they are asked for.
 */
export function makeKeys(crypto: Crypto, clock: Clock): PkiFiles {
  return new Map([
    ...authority('ca', 'kubernetes', crypto, clock),
    ...authority('front-proxy-ca', 'front-proxy-ca', crypto, clock),
    ['sa.key', privateKeyToPem(crypto.generateKeyPair('ES256').privateKey)],
  ])
}

function authority(
  file: string,
  commonName: string,
  crypto: Crypto,
  clock: Clock,
): readonly [string, string][] {
  const key = crypto.generateKeyPair('ES256').privateKey
  const { certificate } = createAuthority(crypto, key, {
    commonName,
    notBeforeMs: NOT_BEFORE_MS,
    notAfterMs: clock.now() + LIFE_MS,
  })
  return [
    [`${file}.key`, privateKeyToPem(key)],
    [`${file}.crt`, encodePem('CERTIFICATE', certificate.raw)],
  ]
}
