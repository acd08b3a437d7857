import type { Clock } from '../base/clock.ts'
import type { Crypto } from '../base/crypto.ts'
import type { Certificate } from './certificate.ts'
import {
  type AuthorityName,
  type ClusterIdentity,
  clusterCertificates,
} from './cluster-certificates.ts'
import { privateKeyFromPem, privateKeyToPem, publicKeysFromPem, publicKeyToPem } from './keys.ts'
import { credentialOf, credentials, type Pki, type PkiFiles } from './pki-files.ts'
import {
  AUTHORITY_RENEW_MS,
  LEAF_RENEW_MS,
  type LoadedAuthority,
  readOrFail,
  renewAuthority,
  renewLeaf,
  type Rotation,
  type Work,
} from './renewal.ts'

export interface RenewOptions extends ClusterIdentity {
  readonly crypto: Crypto
  /** The clock that servers and clients check certificates by. */
  readonly clock: Clock
  /** Makes certificates anew although they are good; authorities too, with new keys. */
  readonly rotate?: Rotation
}

/**
 * Completes a cluster's keys and certificates: keeps what is good, makes what is missing, damaged, about to expire or
 * no longer what the cluster wants. An authority is renewed with its key, so that what it signed stays trusted; when it is
 * rotated, it vouches for the next one and stays trusted beside it.
 * Throws `PkiError` when an authority or the service account key cannot be used.
 */
export function renewPki(
  files: PkiFiles,
  options: RenewOptions,
): { readonly pki: Pki; readonly changed: PkiFiles } {
  const work: Work = { ...options, files, changed: new Map(), nowMs: options.clock.now() }
  const authorities = {
    ca: renewAuthority(work, 'ca'),
    'front-proxy-ca': renewAuthority(work, 'front-proxy-ca'),
  }
  const specs = clusterCertificates(options)
  const leaves = new Map(
    specs.map((spec) => [spec.name, renewLeaf(work, spec, authorities[spec.authority])]),
  )
  const serviceAccount = renewServiceAccountKeys(work)
  const current: PkiFiles = new Map([...files, ...work.changed])
  return {
    pki: {
      ...credentials(current, options),
      ...serviceAccount,
      renewAtMs: renewAt(authorities, leaves),
    },
    changed: work.changed,
  }
}

/** The same for the authority of a cluster alone. */
export function renewClusterAuthority(
  files: PkiFiles,
  { crypto, clock }: Pick<RenewOptions, 'crypto' | 'clock'>,
): { readonly pki: Pick<Pki, 'ca'>; readonly changed: PkiFiles } {
  const work: Work = { crypto, files, changed: new Map(), nowMs: clock.now() }
  renewAuthority(work, 'ca')
  const ca = credentialOf(new Map([...files, ...work.changed]), 'ca')
  return { pki: { ca }, changed: work.changed }
}

function renewServiceAccountKeys(
  work: Work,
): Pick<Pki, 'serviceAccountKeyPem' | 'serviceAccountPublicKeysPem'> {
  const { crypto, files, changed } = work
  const known = files.get('sa.key')
  const key =
    known === undefined
      ? crypto.generateKeyPair('ES256').privateKey
      : readOrFail('sa.key', () => privateKeyFromPem(known))
  const current = crypto.publicKeyOf(key)
  const older = readOrFail('sa.pub', () => publicKeysFromPem(files.get('sa.pub') ?? '')).filter(
    ({ spki }) => !crypto.equal(spki, current.spki),
  )
  const keyPem = known ?? privateKeyToPem(key)
  const publicKeysPem = [current, ...older].map(publicKeyToPem).join('')
  if (known === undefined) changed.set('sa.key', keyPem)
  if (publicKeysPem !== files.get('sa.pub')) changed.set('sa.pub', publicKeysPem)
  return { serviceAccountKeyPem: keyPem, serviceAccountPublicKeysPem: publicKeysPem }
}

function renewAt(
  authorities: Readonly<Record<AuthorityName, LoadedAuthority>>,
  leaves: ReadonlyMap<string, Certificate>,
): number {
  return Math.min(
    ...Object.values(authorities).map(
      ({ certificate }) => certificate.notAfterMs - AUTHORITY_RENEW_MS,
    ),
    ...[...leaves.values()].map(({ notAfterMs }) => notAfterMs - LEAF_RENEW_MS),
  )
}
