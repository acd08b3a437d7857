import { element, oid, sequence, Tag, utf8String } from './der.ts'
import { readElement, readElements, readOid, readSequence, readText } from './der-reader.ts'

const COMMON_NAME = '2.5.4.3'
const ORGANIZATION = '2.5.4.10'
const USER_UID = '1.3.6.1.4.1.57683.2' // Kubernetes' own: the feature AllowParsingUserUIDFromCertAuth.

/** Who a certificate is for, as Kubernetes reads it: the user's name, its groups and, rarely, its UID. */
export interface DistinguishedName {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly uid?: string
}

/** A Name (RFC 5280): one attribute in each relative name, organizations first, as Go writes them. */
export function encodeName({ commonName, organizations, uid }: DistinguishedName): Uint8Array {
  return sequence(
    ...(organizations.length > 0 ? [attributes(ORGANIZATION, organizations)] : []),
    attributes(COMMON_NAME, [commonName]),
    ...(uid === undefined ? [] : [attributes(USER_UID, [uid])]),
  )
}

/** Reads a Name; where several common names stand, the last one counts, as in Go. Throws `DerError`. */
export function decodeName(der: Uint8Array): DistinguishedName {
  const pairs = readSequence(readElement(der))
    .flatMap((relativeName) => readElements(relativeName.content))
    .map((attribute) => readSequence(attribute))
    .map(([type, value]) => [readOid(type), readText(value)] as const)
  const values = (type: string): readonly string[] =>
    pairs.filter(([name]) => name === type).map(([, value]) => value)

  const uid = values(USER_UID).at(-1)
  return {
    commonName: values(COMMON_NAME).at(-1) ?? '',
    organizations: values(ORGANIZATION),
    ...(uid === undefined ? {} : { uid }),
  }
}

// Several values of one type share one relative name; DER wants the members of a SET in order of their bytes.
function attributes(type: string, values: readonly string[]): Uint8Array {
  const members = values.map((value) => sequence(oid(type), utf8String(value)))
  return element(Tag.set, ...members.toSorted(compareBytes))
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index])
  return at === -1 ? a.length - b.length : a[at]! - (b[at] ?? -1)
}
