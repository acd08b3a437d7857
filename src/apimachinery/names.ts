import { recent } from '../base/recent.ts'

/**
 * The rules for names, each giving what is wrong with a value (nothing where all is right), in the words of
 * k8s.io/apimachinery/pkg/util/validation and pkg/api/validate/content.
 * See https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
export type Problems = readonly string[]

const NONE: Problems = []

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const DNS1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const WILDCARD = `\\*\\.${SUBDOMAIN}`
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const LABEL_VALUE = `(${QUALIFIED})?`

const LABEL_MAX = 63
const SUBDOMAIN_MAX = 253

const LABEL_PATTERN = whole(LABEL)
const SUBDOMAIN_PATTERN = whole(SUBDOMAIN)
const DNS1035_PATTERN = whole(DNS1035)
const WILDCARD_PATTERN = whole(WILDCARD)
const QUALIFIED_PATTERN = whole(QUALIFIED)
const LABEL_VALUE_PATTERN = whole(LABEL_VALUE)

/** A label of DNS (RFC 1123), as the names of namespaces are. */
export function dns1123LabelProblems(value: string): Problems {
  // What matches is ASCII, so its bytes are its characters.
  const matches = LABEL_PATTERN.test(value)
  if (matches && value.length <= LABEL_MAX) return NONE
  const problems: string[] = []
  if (byteLength(value) > LABEL_MAX) problems.push(tooLongText(LABEL_MAX))
  if (matches) return problems
  if (SUBDOMAIN_PATTERN.test(value)) return [...problems, 'must not contain dots']
  const text =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
  return [...problems, regexText(text, LABEL, 'my-name', '123-abc')]
}

/** A subdomain of DNS (RFC 1123), as most names are. */
export function dns1123SubdomainProblems(value: string): Problems {
  const matches = SUBDOMAIN_PATTERN.test(value)
  if (matches && value.length <= SUBDOMAIN_MAX) return NONE
  const problems: string[] = []
  if (byteLength(value) > SUBDOMAIN_MAX) problems.push(tooLongText(SUBDOMAIN_MAX))
  if (matches) return problems
  const text =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
  return [...problems, regexText(text, SUBDOMAIN, 'example.com')]
}

/** A label of DNS that starts with a letter (RFC 1035), as the names of Services are. */
export function dns1035LabelProblems(value: string): Problems {
  const problems: string[] = []
  if (byteLength(value) > LABEL_MAX) problems.push(tooLongText(LABEL_MAX))
  if (DNS1035_PATTERN.test(value)) return problems
  const text =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
  return [...problems, regexText(text, DNS1035, 'my-name', 'abc-123')]
}

/** `*.` and a subdomain, as hosts of an Ingress may be. */
export function wildcardDns1123SubdomainProblems(value: string): Problems {
  const problems: string[] = []
  if (byteLength(value) > SUBDOMAIN_MAX) problems.push(tooLongText(SUBDOMAIN_MAX))
  if (WILDCARD_PATTERN.test(value)) return problems
  const text =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
  return [...problems, regexText(text, WILDCARD, '*.example.com')]
}

/** A name with an optional DNS subdomain before it, as the keys of labels and annotations are. */
export const qualifiedNameProblems: (value: string) => Problems = recent((value) => {
  const parts = value.split('/')
  if (parts.length > 2) {
    return [
      `a valid label key ${qualifiedText()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const problems = parts.length === 2 ? prefixProblems(parts[0]!) : []
  const name = parts.at(-1)!
  if (name === '') problems.push('name part must be non-empty')
  else if (byteLength(name) > LABEL_MAX)
    problems.push(`name part ${tooLongText(LABEL_MAX, 'bytes')}`)
  if (!QUALIFIED_PATTERN.test(name)) problems.push(`name part ${qualifiedText()}`)
  return problems
})

// Made only where a name is wrong: most are right, and many are checked.
function qualifiedText(): string {
  const text =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  return regexText(text, QUALIFIED, 'MyName', 'my.name', '123-abc')
}

function prefixProblems(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty']
  const problems = dns1123SubdomainProblems(prefix)
  return problems.map((each) => `prefix part ${each.replace(/characters$/, 'bytes')}`)
}

/** The value of a label. */
export function labelValueProblems(value: string): Problems {
  const matches = LABEL_VALUE_PATTERN.test(value)
  if (matches && value.length <= LABEL_MAX) return NONE
  const problems: string[] = []
  if (byteLength(value) > LABEL_MAX) problems.push(tooLongText(LABEL_MAX, 'bytes'))
  if (matches) return problems
  const text =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  return [...problems, regexText(text, LABEL_VALUE, 'MyValue', 'my_value', '12345')]
}

/** A name that can stand as one segment of a path, as those of RBAC objects. Does not look at emptiness or length. */
export function pathSegmentProblems(value: string): Problems {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%']
    .filter((each) => value.includes(each))
    .map((each) => `may not contain '${each}'`)
}

/** The words for a value that is too long. */
export function tooLongText(max: number, unit: 'bytes' | 'characters' = 'characters'): string {
  return `must be no more than ${max} ${unit}`
}

/** The words for a value that does not match a pattern. */
export function regexText(text: string, pattern: string, ...examples: readonly string[]): string {
  const quoted = examples.map((each) => `'${each}', `).join(' or ')
  return quoted === ''
    ? `${text} (regex used for validation is '${pattern}')`
    : `${text} (e.g. ${quoted}regex used for validation is '${pattern}')`
}

/** A pattern that a whole value must match. */
export function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`)
}

/** The length in UTF-8, as Go's `len`. */
export function byteLength(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    // Each half of a surrogate pair takes two of its four bytes.
    bytes += unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2
  }
  return bytes
}
