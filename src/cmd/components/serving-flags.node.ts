import { isIP } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import { createAuthority, issueCertificate } from '../../pki/authority.ts'
import { privateKeyToPem } from '../../pki/keys.ts'
import { encodePem } from '../../pki/pem.ts'
import type { Credential } from '../../pki/pki-files.ts'
import { wholeNumber, wrong } from '../flags/values.ts'
import { readNamed } from './component.node.ts'

/** Where a component serves its health and metrics, by upstream's names. */
export interface ServingFlags {
  /** 0: it serves nothing. */
  readonly securePort: string
  readonly bindAddress: string
  readonly tlsCertFile?: string
  readonly tlsPrivateKeyFile?: string
}

const PORT_MAX = 65_535

/** Where to serve, and with which certificate; undefined where nothing is served. Throws `UserError`. */
export function servingOf(
  flags: ServingFlags,
  making: { readonly clock: Clock; readonly crypto: Crypto },
): { readonly host: string; readonly port: number; readonly serving: Credential } | undefined {
  const { bindAddress: host, tlsCertFile: cert, tlsPrivateKeyFile: key } = flags
  const port = wholeNumber('secure-port', flags.securePort, PORT_MAX)
  if (isIP(host) === 0) throw wrong(`--bind-address ${host} is no IP address.`)
  if ((cert === undefined) !== (key === undefined))
    throw wrong('--tls-cert-file and --tls-private-key-file belong together: name both.')
  if (port === 0) return undefined
  const serving =
    cert === undefined || key === undefined
      ? ownCertificate(host, making)
      : {
          certPem: readNamed('tls-cert-file', cert),
          keyPem: readNamed('tls-private-key-file', key),
        }
  return { host, port, serving }
}

const YEAR_MS = 365 * 86_400_000

/** As upstream does where no certificate is named: one that nobody vouches for, made anew with each start. */
function ownCertificate(
  host: string,
  { clock, crypto }: { readonly clock: Clock; readonly crypto: Crypto },
): Credential {
  const validity = { notBeforeMs: clock.now(), notAfterMs: clock.now() + YEAR_MS }
  const ca = crypto.generateKeyPair('ES256')
  const authority = createAuthority(crypto, ca.privateKey, {
    ...validity,
    commonName: `${host}-ca@${Math.floor(clock.now() / 1000)}`,
  })
  const { publicKey, privateKey } = crypto.generateKeyPair('ES256')
  const { raw } = issueCertificate(crypto, authority, {
    ...validity,
    publicKey,
    subject: { commonName: `${host}@${Math.floor(clock.now() / 1000)}`, organizations: [] },
    usages: ['server'],
    alternativeNames: { dnsNames: ['localhost'], ipAddresses: [host] },
  })
  return {
    certPem: encodePem('CERTIFICATE', raw),
    keyPem: privateKeyToPem(privateKey),
  }
}
