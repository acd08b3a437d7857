import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import type { Result } from '../values/value.ts'
import { CelError, OpaqueValue } from '../values/value.ts'

interface Version {
  /** Major, minor, patch. */
  readonly numbers: readonly [bigint, bigint, bigint]
  readonly prerelease: readonly string[]
  readonly build: readonly string[]
}

class SemverValue extends OpaqueValue {
  readonly typeName = 'kubernetes.Semver'
  readonly version: Version

  constructor(version: Version) {
    super()
    this.version = version
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof SemverValue && compared(this, other) === 0
  }
}

const NAMES = ['major', 'minor', 'patch'] as const

/** Reads a version as https://semver.org/spec/v2.0.0.html has it. Build metadata plays no part in the order. */
function parse(text: string): Version | CelError {
  if (text === '') return new CelError('Version string empty')
  const [, core = '', prerelease, build] = /^([^+-]*)(?:-([^+]*))?(?:\+([^]*))?$/.exec(text) ?? []
  const parts = core.split('.')
  if (parts.length !== 3) return new CelError('No Major.Minor.Patch elements found')
  const problem = parts.map(numberProblem).find((each) => each !== undefined)
  if (problem !== undefined) return new CelError(problem)
  const [labels, builds] = [prerelease?.split('.') ?? [], build?.split('.') ?? []]
  const wrong =
    labels.map(prereleaseProblem).find((each) => each !== undefined) ??
    builds.map(buildProblem).find((each) => each !== undefined)
  if (wrong !== undefined) return new CelError(wrong)
  const [major, minor, patch] = parts.map(BigInt) as [bigint, bigint, bigint]
  return { numbers: [major, minor, patch], prerelease: labels, build: builds }
}

function numberProblem(part: string, index: number): string | undefined {
  const name = NAMES[index]!
  const shown = JSON.stringify(part)
  if (!/^\d*$/.test(part)) return `Invalid character(s) found in ${name} number ${shown}`
  if (/^0\d/.test(part)) {
    const title = name[0]!.toUpperCase() + name.slice(1)
    return `${title} number must not contain leading zeroes ${shown}`
  }
  if (part !== '' && BigInt(part) < 2n ** 64n) return undefined
  const cause = part === '' ? 'invalid syntax' : 'value out of range'
  return `strconv.ParseUint: parsing ${shown}: ${cause}`
}

function prereleaseProblem(label: string): string | undefined {
  if (label === '') return 'Prerelease is empty'
  if (/^0\d+$/.test(label)) {
    return `Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(label)}`
  }
  return /^[0-9A-Za-z-]+$/.test(label)
    ? undefined
    : `Invalid character(s) found in prerelease ${JSON.stringify(label)}`
}

function buildProblem(label: string): string | undefined {
  if (label === '') return 'Build meta data is empty'
  return /^[0-9A-Za-z-]+$/.test(label)
    ? undefined
    : `Invalid character(s) found in build meta data ${JSON.stringify(label)}`
}

/** What people write of versions: a `v` before, no patch or minor number, leading zeros. */
function parseTolerant(text: string): Version | CelError {
  const [first = '', second, ...rest] = text.replace(/^v/, '').split('.')
  const parts =
    second === undefined
      ? [first]
      : rest.length === 0
        ? [first, second]
        : [first, second, rest.join('.')]
  const trimmed = parts.map((part) =>
    part.length > 1 ? part.replace(/^0+/, '').replace(/^(?!\d)/, '0') : part,
  )
  if (trimmed.length < 3 && /[+-]/.test(trimmed.at(-1)!)) {
    return new CelError('short version cannot contain PreRelease/Build meta data')
  }
  while (trimmed.length < 3) trimmed.push('0')
  return parse(trimmed.join('.'))
}

function read(text: string, normalize = false): Version | CelError {
  return normalize ? parseTolerant(text) : parse(text)
}

function compared({ version: a }: SemverValue, { version: b }: SemverValue): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i]!
    if (number !== other) return number < other ? -1 : 1
  }
  return comparePrerelease(a.prerelease, b.prerelease)
}

/** A release comes after its prereleases; numbers before words. */
function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length)
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const order = compareLabels(a[i]!, b[i]!)
    if (order !== 0) return order
  }
  return Math.sign(a.length - b.length)
}

function compareLabels(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (left !== right) return left ? -1 : 1
  if (!left) return a < b ? -1 : a > b ? 1 : 0
  const difference = BigInt(a) - BigInt(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The value of a version's text. */
export function semverFrom(text: string, normalize?: boolean): Result {
  const version = read(text, normalize)
  return version instanceof CelError ? version : new SemverValue(version)
}

const isSemver = (text: string, normalize?: boolean): boolean =>
  !(read(text, normalize) instanceof CelError)

const part = (index: 0 | 1 | 2): Overload =>
  method(NAMES[index], `semver_${NAMES[index]}`, `${S} -> int`, ({ version }: SemverValue) =>
    BigInt.asIntN(64, version.numbers[index]),
  )

const S = 'kubernetes.Semver'

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library */
export const SEMVER: readonly Overload[] = [
  fn('semver', 'string_to_semver', `string -> ${S}`, semverFrom),
  fn('semver', 'string_bool_to_semver', `string, bool -> ${S}`, semverFrom),
  fn('isSemver', 'is_semver_string', 'string -> bool', isSemver),
  fn('isSemver', 'is_semver_string_bool', 'string, bool -> bool', isSemver),
  method(
    'isGreaterThan',
    'semver_is_greater_than',
    `${S}, ${S} -> bool`,
    (a: SemverValue, b: SemverValue) => compared(a, b) > 0,
  ),
  method(
    'isLessThan',
    'semver_is_less_than',
    `${S}, ${S} -> bool`,
    (a: SemverValue, b: SemverValue) => compared(a, b) < 0,
  ),
  method('compareTo', 'semver_compare_to', `${S}, ${S} -> int`, (a: SemverValue, b: SemverValue) =>
    BigInt(compared(a, b)),
  ),
  part(0),
  part(1),
  part(2),
]
