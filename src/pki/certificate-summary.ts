import { timestampOf } from '../base/clock.ts'
import { type Certificate, certificatesFromPem } from './certificate.ts'
import { decodeName } from './distinguished-name.ts'
import type { PkiFiles } from './pki-files.ts'

/** What a list of certificates says of one. */
export interface CertificateSummary {
  /** Of its file, without the ending. */
  readonly name: string
  /** `CN=kubernetes-admin, O=system:masters` */
  readonly subject: string
  readonly issuer: string
  readonly isAuthority: boolean
  /** RFC 3339. */
  readonly notBefore: string
  readonly notAfter: string
}

/** All certificates of some files; what stands behind the first of a file vouches for it, but for authorities. */
export function describeCertificates(files: PkiFiles): readonly CertificateSummary[] {
  return [...files]
    .filter(([file]) => file.endsWith('.crt'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([file, pem]) => {
      const [first, ...more] = certificatesFromPem(pem)
      if (!first) return []
      const all = first.isAuthority ? [first, ...more] : [first]
      return all.map((each) => summaryOf(file.slice(0, -'.crt'.length), each))
    })
}

function summaryOf(name: string, certificate: Certificate): CertificateSummary {
  return {
    name,
    subject: nameText(certificate.subjectName),
    issuer: nameText(certificate.issuerName),
    isAuthority: certificate.isAuthority,
    notBefore: timestampOf(certificate.notBeforeMs),
    notAfter: timestampOf(certificate.notAfterMs),
  }
}

function nameText(name: Uint8Array): string {
  const { commonName, organizations } = decodeName(name)
  return [`CN=${commonName}`, ...organizations.map((each) => `O=${each}`)].join(', ')
}
