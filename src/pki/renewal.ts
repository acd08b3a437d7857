import { type Crypto, InvalidKeyError, type PrivateKey } from '../base/crypto.ts'
import { sameAlternativeNames } from './alternative-names.ts'
import { type Authority, createAuthority, isIssuedBy, issueCertificate } from './authority.ts'
import { type Certificate, certificateFromPem } from './certificate.ts'
import { AUTHORITIES, type AuthorityName, type CertificateSpec } from './cluster-certificates.ts'
import { DerError } from './der-reader.ts'
import { privateKeyFromPem, privateKeyToPem } from './keys.ts'
import { encodePem } from './pem.ts'
import { PkiError, type PkiFiles } from './pki-files.ts'

const DAY_MS = 86_400_000
const AUTHORITY_LIFE_MS = 3650 * DAY_MS
export const AUTHORITY_RENEW_MS = 730 * DAY_MS // Early enough that no leaf is cut short by its authority's end.
const LEAF_LIFE_MS = 365 * DAY_MS
export const LEAF_RENEW_MS = 120 * DAY_MS
const BACKDATE_MS = 300_000 // Clocks of other machines may be behind ours.

/** What renewing works on: the files as they were, and those that it made. */
export interface Work {
  readonly crypto: Crypto
  readonly files: PkiFiles
  readonly changed: Map<string, string>
  readonly nowMs: number
}

/** An authority whose key is kept elsewhere can be trusted, but signs nothing here. */
export type LoadedAuthority = {
  readonly certificate: Certificate
  readonly key: PrivateKey | undefined
}

/** The authority as it is, or made anew where it is missing or about to expire. Throws `PkiError`. */
export function renewAuthority(work: Work, name: AuthorityName): LoadedAuthority {
  const { crypto, files, nowMs } = work
  const keyPem = files.get(`${name}.key`)
  const certPem = files.get(`${name}.crt`)
  const key =
    keyPem === undefined ? undefined : readOrFail(`${name}.key`, () => privateKeyFromPem(keyPem))
  const certificate =
    certPem === undefined ? undefined : readOrFail(`${name}.crt`, () => certificateFromPem(certPem))

  if (certificate && key && !isPair(crypto, certificate, key)) {
    throw new PkiError(`${name}.crt`, `it does not belong to ${name}.key; restore the pair`)
  }
  const good = certificate && nowMs < certificate.notAfterMs - AUTHORITY_RENEW_MS
  if (certificate && (good || !key)) return { certificate, key }
  return makeAuthority(work, name, key)
}

function makeAuthority(work: Work, name: AuthorityName, key: PrivateKey | undefined): Authority {
  const { crypto, changed, nowMs } = work
  const signer = key ?? crypto.generateKeyPair('ES256').privateKey
  const authority = createAuthority(crypto, signer, {
    commonName: AUTHORITIES[name],
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + AUTHORITY_LIFE_MS,
  })
  if (!key) changed.set(`${name}.key`, privateKeyToPem(signer))
  changed.set(`${name}.crt`, encodePem('CERTIFICATE', authority.certificate.raw))
  return authority
}

/** The certificate as it is, or a new one where it does not fit. Throws `PkiError`. */
export function renewLeaf(
  work: Work,
  spec: CertificateSpec,
  authority: LoadedAuthority,
): Certificate {
  const kept = goodLeaf(work, spec, authority.certificate)
  if (kept) return kept

  const { certificate: issuer, key: issuerKey } = authority
  if (!issuerKey) {
    throw new PkiError(
      `${spec.authority}.key`,
      `it is missing, and ${spec.name}.crt must be signed`,
    )
  }
  const { crypto, changed, nowMs } = work
  const { publicKey, privateKey } = crypto.generateKeyPair('ES256')
  const certificate = issueCertificate(
    crypto,
    { certificate: issuer, key: issuerKey },
    {
      ...spec,
      publicKey,
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + LEAF_LIFE_MS,
    },
  )
  changed.set(`${spec.name}.key`, privateKeyToPem(privateKey))
  changed.set(`${spec.name}.crt`, encodePem('CERTIFICATE', certificate.raw))
  return certificate
}

function goodLeaf(work: Work, spec: CertificateSpec, issuer: Certificate): Certificate | undefined {
  const { crypto, files, nowMs } = work
  const keyPem = files.get(`${spec.name}.key`)
  const certPem = files.get(`${spec.name}.crt`)
  if (keyPem === undefined || certPem === undefined) return undefined
  try {
    const certificate = certificateFromPem(certPem)
    const good =
      nowMs >= certificate.notBeforeMs &&
      nowMs < certificate.notAfterMs - LEAF_RENEW_MS &&
      isFor(spec, certificate) &&
      isPair(crypto, certificate, privateKeyFromPem(keyPem)) &&
      isIssuedBy(crypto, certificate, issuer)
    return good ? certificate : undefined
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

function isFor(spec: CertificateSpec, { subject, alternativeNames }: Certificate): boolean {
  return (
    subject.commonName === spec.subject.commonName &&
    sameTexts(subject.organizations, spec.subject.organizations) &&
    sameAlternativeNames(
      alternativeNames,
      spec.alternativeNames ?? { dnsNames: [], ipAddresses: [] },
    )
  )
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a.toSorted()) === JSON.stringify(b.toSorted())
}

function isPair(crypto: Crypto, certificate: Certificate, key: PrivateKey): boolean {
  return crypto.equal(crypto.publicKeyOf(key).spki, certificate.spki)
}

/** Runs `read`; damage becomes a `PkiError` that names the file. */
export function readOrFail<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isDamage(error)) throw new PkiError(file, `${error.message}; restore it`)
    throw error
  }
}

function isDamage(error: unknown): error is Error {
  return error instanceof DerError || error instanceof InvalidKeyError
}
