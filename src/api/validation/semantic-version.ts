/** A version as https://semver.org/spec/v2.0.0.html has it. */
export interface SemanticVersion {
  /** Major, minor and patch. */
  readonly numbers: readonly [bigint, bigint, bigint]
  readonly prerelease: readonly string[]
}

const NUMBER = '(0|[1-9]\\d*)'
const PATTERN = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
)
const PRERELEASE = /^(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)$/

/** Reads a version; undefined where the text is none. */
export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  const [, major, minor, patch, tail] = PATTERN.exec(text) ?? []
  if (major === undefined) return undefined
  const prerelease = tail?.split('.') ?? []
  return prerelease.every((part) => PRERELEASE.test(part))
    ? { numbers: [BigInt(major), BigInt(minor!), BigInt(patch!)], prerelease }
    : undefined
}

/** Whether a version comes before another one: a prerelease does so before its release. */
export function isOlder(a: SemanticVersion, b: SemanticVersion): boolean {
  const at = a.numbers.findIndex((number, i) => number !== b.numbers[i])
  if (at !== -1) return a.numbers[at]! < b.numbers[at]!
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return a.prerelease.length > b.prerelease.length
  const part = a.prerelease.findIndex((each, i) => each !== b.prerelease[i])
  if (part === -1) return a.prerelease.length < b.prerelease.length
  return isOlderPart(a.prerelease[part]!, b.prerelease[part])
}

/** Numbers come before words; nothing comes before all. */
function isOlderPart(a: string, b: string | undefined): boolean {
  if (b === undefined) return false
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (isNumber && isOtherNumber) return BigInt(a) < BigInt(b)
  return isNumber === isOtherNumber ? a < b : isNumber
}
