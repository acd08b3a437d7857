import { type Crypto, InvalidKeyError, type PrivateKey } from '../base/crypto.ts'
import { sameAlternativeNames } from './alternative-names.ts'
import {
  type Authority,
  createAuthority,
  crossSign,
  isIssuedBy,
  issueCertificate,
} from './authority.ts'
import { type Certificate, certificateFromPem, certificatesFromPem } from './certificate.ts'
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

/** What is to be made anew although it is good. */
export type Rotation = 'leaves' | 'authorities'

/** What renewing works on: the files as they were, and those that it made. */
export interface Work {
  readonly crypto: Crypto
  readonly files: PkiFiles
  readonly changed: Map<string, string>
  readonly nowMs: number
  readonly rotate?: Rotation | undefined
}

/** An authority whose key is kept elsewhere can be trusted, but signs nothing here. */
export type LoadedAuthority = {
  readonly certificate: Certificate
  readonly key: PrivateKey | undefined
  /** Certificates of this authority by earlier ones, for those who trust only them. */
  readonly chain: readonly Certificate[]
}

/**
 * The authority as it is, or made anew where it is missing, about to expire or to be rotated. Its file holds earlier ones
 * behind it, which stay trusted until they expire. Throws `PkiError`.
 */
export function renewAuthority(work: Work, name: AuthorityName): LoadedAuthority {
  const { files, nowMs, rotate } = work
  const keyPem = files.get(`${name}.key`)
  const key =
    keyPem === undefined ? undefined : readOrFail(`${name}.key`, () => privateKeyFromPem(keyPem))
  const [certificate, ...earlier] = readCertificates(work, `${name}.crt`)
  if (certificate && key && !isPair(work.crypto, certificate, key)) {
    throw new PkiError(`${name}.crt`, `it does not belong to ${name}.key; restore the pair`)
  }
  if (certificate && key && rotate === 'authorities') {
    return replaceAuthority(work, name, { certificate, key }, earlier)
  }
  const chain = readCertificates(work, crossFile(name)).filter(
    ({ notAfterMs }) => nowMs < notAfterMs,
  )
  const good = certificate && nowMs < certificate.notAfterMs - AUTHORITY_RENEW_MS
  if (certificate && (good || !key)) return { certificate, key, chain }
  return { ...makeAuthority(work, name, key, earlier), chain }
}

function readCertificates({ files }: Work, file: string): readonly Certificate[] {
  const pem = files.get(file)
  if (pem === undefined) return []
  return readOrFail(file, () => {
    certificateFromPem(pem) // A file that holds none is damaged.
    return certificatesFromPem(pem)
  })
}

function crossFile(name: AuthorityName): string {
  return `${name}-cross.crt`
}

function makeAuthority(
  { crypto, changed, nowMs }: Work,
  name: AuthorityName,
  key: PrivateKey | undefined,
  earlier: readonly Certificate[],
): Authority {
  const signer = key ?? crypto.generateKeyPair('ES256').privateKey
  const authority = createAuthority(crypto, signer, {
    commonName: AUTHORITIES[name],
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + AUTHORITY_LIFE_MS,
  })
  const trusted = earlier.filter(({ notAfterMs }) => nowMs < notAfterMs)
  if (!key) changed.set(`${name}.key`, privateKeyToPem(signer))
  changed.set(`${name}.crt`, certificatesPem([authority.certificate, ...trusted]))
  return authority
}

/**
 * An authority with a new key. The old one stays trusted, and vouches for the new one: what either signed is trusted by
 * who knows one of them, so that nobody has to change over at the same time as anybody else.
 */
function replaceAuthority(
  work: Work,
  name: AuthorityName,
  old: Authority,
  earlier: readonly Certificate[],
): LoadedAuthority {
  const { changed, crypto } = work
  const authority = makeAuthority(work, name, undefined, [old.certificate, ...earlier])
  const chain = [crossSign(crypto, old, authority.certificate)]
  changed.set(crossFile(name), certificatesPem(chain))
  return { ...authority, chain }
}

/** The certificate as it is, or a new one where it does not fit. Throws `PkiError`. */
export function renewLeaf(
  work: Work,
  spec: CertificateSpec,
  authority: LoadedAuthority,
): Certificate {
  const kept = work.rotate ? undefined : goodLeaf(work, spec, authority.certificate)
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
  changed.set(`${spec.name}.crt`, certificatesPem([certificate, ...authority.chain]))
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

function certificatesPem(certificates: readonly Certificate[]): string {
  return certificates.map(({ raw }) => encodePem('CERTIFICATE', raw)).join('')
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
