import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import { quote } from '../../apimachinery/go-format.ts'
import { invalid, required, tooLong, type FieldError } from '../../schema/field-error.ts'
import { NONE } from './rules.ts'

const DOMAIN_MAX = 253
/** A domain, a slash, and in the path a namespace, a dot and the name of an object. */
const NAME_MAX = DOMAIN_MAX + 1 + 63 + 1 + 253

/** The name of a signer of certificates: a domain and a path, such as `example.com/signer-name`. */
export function validateSignerName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)]
  const [domain, rest, ...others] = name.split('/')
  if (rest === undefined || others.length > 0) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
    return [invalid(path, name, text)]
  }
  const text = 'should be a domain with at least two segments separated by dots'
  return [
    ...(domain!.length > DOMAIN_MAX ? [tooLong(path, DOMAIN_MAX)] : NONE),
    ...validateLabels(domain!, dns1123LabelProblems, path),
    ...(domain!.includes('.') ? NONE : [invalid(path, domain, text)]),
    ...validateLabels(rest, dns1123SubdomainProblems, path),
    ...(name.length > NAME_MAX ? [tooLong(path, NAME_MAX)] : NONE),
  ]
}

/** What is wrong with the first of the labels that is wrong. */
function validateLabels(
  text: string,
  problems: (label: string) => readonly string[],
  path: string,
): FieldError[] {
  const wrong = text.split('.').find((label) => problems(label).length > 0)
  return wrong === undefined
    ? NONE
    : problems(wrong).map((problem) =>
        invalid(path, text, `validating label ${quote(wrong)}: ${problem}`),
      )
}
