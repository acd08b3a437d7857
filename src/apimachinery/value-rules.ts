import { byteLength, regexText, tooLongText, whole, type Problems } from './names.ts'

/** Further rules for single values, worded as k8s.io/apimachinery/pkg/util/validation words them. */

export function portNumberProblems(port: number): Problems {
  return rangeProblems(port, 1, 65535)
}

export function rangeProblems(value: number, min: number, max: number): Problems {
  return value >= min && value <= max ? [] : [`must be between ${min} and ${max}, inclusive`]
}

/** The id of a user or group of Linux. */
export function userIdProblems(id: number): Problems {
  return rangeProblems(id, 0, 2 ** 31 - 1)
}

/** The name of a port: at most 15 lower-case letters, digits and single hyphens, with a letter (RFC 6335). */
export function portNameProblems(value: string): Problems {
  const problems: string[] = []
  if (byteLength(value) > 15) problems.push(tooLongText(15))
  if (!/^[-a-z0-9]+$/.test(value)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)')
  if (value.includes('--')) problems.push('must not contain consecutive hyphens')
  if (/^-|-$/.test(value)) problems.push('must not begin or end with a hyphen')
  return problems
}

const PERCENT = '[0-9]+%'
const HTTP_HEADER = '[-A-Za-z0-9]+'
const CONFIG_KEY = '[-._a-zA-Z0-9]+'
const C_IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*'

const PERCENT_PATTERN = whole(PERCENT)
const HTTP_HEADER_PATTERN = whole(HTTP_HEADER)
const CONFIG_KEY_PATTERN = whole(CONFIG_KEY)
const C_IDENTIFIER_PATTERN = whole(C_IDENTIFIER)

export function percentProblems(value: string): Problems {
  const text = "a valid percent string must be a numeric string followed by an ending '%'"
  return PERCENT_PATTERN.test(value) ? [] : [regexText(text, PERCENT, '1%', '93%')]
}

export function httpHeaderNameProblems(value: string): Problems {
  const text = "a valid HTTP header must consist of alphanumeric characters or '-'"
  return HTTP_HEADER_PATTERN.test(value) ? [] : [regexText(text, HTTP_HEADER, 'X-Header-Name')]
}

export function cIdentifierProblems(value: string): Problems {
  const text =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'"
  return C_IDENTIFIER_PATTERN.test(value)
    ? []
    : [regexText(text, C_IDENTIFIER, 'my_name', 'MY_NAME', 'MyName')]
}

/** The name of an environment variable: printable ASCII without `=`. */
export function envVarNameProblems(value: string): Problems {
  if (value === '') return ['environment variable name must be non-empty']
  if (/^[ -<>-~]+$/.test(value)) return []
  return [
    "a valid environment variable name must consist only of printable ASCII characters other than '='",
  ]
}

/** A key of a ConfigMap or Secret: it may become the name of a file. */
export function configMapKeyProblems(value: string): Problems {
  const problems: string[] = []
  if (byteLength(value) > 253) problems.push(tooLongText(253))
  if (!CONFIG_KEY_PATTERN.test(value)) {
    const text = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    problems.push(regexText(text, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name'))
  }
  if (value === '.' || value === '..') problems.push(`must not be '${value}'`)
  else if (value.startsWith('..')) problems.push("must not start with '..'")
  return problems
}
