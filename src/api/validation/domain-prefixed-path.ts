import { dns1123SubdomainProblems, regexText, whole } from '../../apimachinery/names.ts'
import { invalid, required, type FieldError } from '../../schema/field-error.ts'
import { NONE, problemsAt } from './rules.ts'

const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const PATH_PATTERN = whole(PATH)

/** A path below a domain, such as `example.com/foo`. */
export function validateDomainPrefixedPath(value: string, path: string): FieldError[] {
  if (!value) return [required(path)]
  const slash = value.indexOf('/')
  const [host, rest] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)]
  if (!host || !rest)
    return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  return [
    ...problemsAt(path, host, dns1123SubdomainProblems(host)),
    ...(PATH_PATTERN.test(rest) ? NONE : [invalid(path, rest, regexText('Invalid path', PATH))]),
  ]
}
