import type { ExtendedUsage, KeyUsage } from '../../pki/authority.ts'

const KEY_USAGES: Readonly<Record<string, KeyUsage>> = {
  signing: 'digitalSignature',
  'digital signature': 'digitalSignature',
  'content commitment': 'contentCommitment',
  'key encipherment': 'keyEncipherment',
  'key agreement': 'keyAgreement',
  'data encipherment': 'dataEncipherment',
  'cert sign': 'certificateSign',
  'crl sign': 'crlSign',
  'encipher only': 'encipherOnly',
  'decipher only': 'decipherOnly',
}

const EXTENDED_USAGES: Readonly<Record<string, ExtendedUsage>> = {
  any: 'any',
  'server auth': 'server',
  'client auth': 'client',
  'code signing': 'codeSigning',
  'email protection': 'emailProtection',
  's/mime': 'emailProtection',
  'ipsec end system': 'ipsecEndSystem',
  'ipsec tunnel': 'ipsecTunnel',
  'ipsec user': 'ipsecUser',
  timestamping: 'timeStamping',
  'ocsp signing': 'ocspSigning',
  'microsoft sgc': 'microsoftSGC',
  'netscape sgc': 'netscapeSGC',
}

/** The usages of a CertificateSigningRequest, as a certificate has them. */
export function certificateUsages(names: readonly string[]): {
  readonly keyUsages: readonly KeyUsage[]
  readonly usages: readonly ExtendedUsage[]
} {
  const of = <T>(table: Readonly<Record<string, T>>): readonly T[] => [
    ...new Set(names.flatMap((name) => table[name] ?? [])),
  ]
  return { keyUsages: of(KEY_USAGES), usages: of(EXTENDED_USAGES) }
}
