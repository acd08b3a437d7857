import {
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from '../../apimachinery/names.ts'
import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import { parseTimestamp } from '../values/time.ts'
import { ArrayList, NONE, OpaqueValue, OptionalValue } from '../values/value.ts'
import { parseRequestUri } from './parse-url.ts'

type Problems = (text: string) => readonly string[]

/** A named format. */
class FormatValue extends OpaqueValue {
  readonly typeName = 'kubernetes.NamedFormat'
  readonly problems: Problems
  /** How long the regular expression is that stands for the cost of checking. */
  readonly regexSize: number
  readonly #name: string

  constructor(name: string, regexSize: number, problems: Problems) {
    super()
    this.#name = name
    this.regexSize = regexSize
    this.problems = problems
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof FormatValue && other.#name === this.#name
  }
}

/** A name that something will be appended to: it may end with a dash. */
const prefix =
  (problems: Problems): Problems =>
  (text) =>
    problems(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text)

const matching =
  (test: (text: string) => boolean, problem: string): Problems =>
  (text) =>
    test(text) ? [] : [problem]

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== 'invalid'
}

function isDateTime(text: string): boolean {
  return parseTimestamp(text.replace(/t/, 'T').replace(/z$/, 'Z')) !== 'invalid'
}

const FORMATS_BY_NAME: ReadonlyMap<string, FormatValue> = new Map(
  (
    [
      ['dns1123Label', 30, dns1123LabelProblems],
      ['dns1123Subdomain', 60, dns1123SubdomainProblems],
      ['dns1035Label', 30, dns1035LabelProblems],
      ['qualifiedName', 60, qualifiedNameProblems],
      ['dns1123LabelPrefix', 30, prefix(dns1123LabelProblems)],
      ['dns1123SubdomainPrefix', 60, prefix(dns1123SubdomainProblems)],
      ['dns1035LabelPrefix', 30, prefix(dns1035LabelProblems)],
      ['labelValue', 40, labelValueProblems],
      ['uri', 1103, uriProblems],
      ['uuid', 89, matching((text) => UUID.test(text), 'does not match the UUID format')],
      ['byte', 84, matching((text) => BASE64.test(text), 'invalid base64')],
      ['date', 107, matching(isDate, 'invalid date')],
      ['datetime', 107, matching(isDateTime, 'invalid datetime')],
    ] as const
  ).map(([name, regexSize, problems]) => [name, new FormatValue(name, regexSize, problems)]),
)

function uriProblems(text: string): readonly string[] {
  const url = parseRequestUri(text)
  return url instanceof Error ? [url.message] : []
}

function validate({ problems }: FormatValue, text: string): OptionalValue {
  const found = problems(text)
  return found.length === 0 ? NONE : new OptionalValue(new ArrayList([...found]))
}

const F = 'kubernetes.NamedFormat'

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library */
export const FORMATS: readonly Overload[] = [
  ...[...FORMATS_BY_NAME].map(([name, format]) =>
    fn(`format.${name}`, `format.${name}`, `-> ${F}`, () => format),
  ),
  fn('format.named', 'format-named', `string -> optional_type(${F})`, (name: string) => {
    const format = FORMATS_BY_NAME.get(name)
    return format ? new OptionalValue(format) : NONE
  }),
  method('validate', 'format-validate', `${F}, string -> optional_type(list(string))`, validate),
]
