import { recent } from '../../../../base/recent.ts'
import { BASELINE_CHECKS } from './baseline.ts'
import type { CheckForm, PodLike, VersionedCheck, Violation } from './check.ts'
import { RESTRICTED_CHECKS } from './restricted.ts'

/** The Pod Security Standards: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export type Level = 'privileged' | 'baseline' | 'restricted'

/** From the least strict on. */
export const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted']

/** A standard as some version of Kubernetes had it. */
export interface LevelAndVersion {
  readonly level: Level
  /** `latest`, or `v1.N`. */
  readonly version: string
}

/** As messages name it: `restricted:latest`. */
export function formatLevel({ level, version }: LevelAndVersion): string {
  return `${level}:${version}`
}

/** In what the Pod breaks a standard. */
export function violations(standard: LevelAndVersion, pod: PodLike): readonly Violation[] {
  if (standard.level === 'privileged') return []
  return formsOf(formatLevel(standard)).flatMap(({ check }) => check(pod) ?? [])
}

// Each Pod is held to one of a few standards, up to three times.
const formsOf = recent((standard): readonly CheckForm[] => {
  const [level, version = ''] = standard.split(':')
  const minor = version === 'latest' ? Infinity : Number(version.slice('v1.'.length))
  const baseline = formsFor(BASELINE_CHECKS, minor)
  if (level === 'baseline') return [...baseline.values()]
  const restricted = [...formsFor(RESTRICTED_CHECKS, minor).values()]
  for (const { overrides } of restricted) if (overrides !== undefined) baseline.delete(overrides)
  return [...baseline.values(), ...restricted]
})

function formsFor(checks: readonly VersionedCheck[], minor: number): Map<string, CheckForm> {
  const forms = checks.flatMap(({ id, forms: all }) => {
    const form = all.findLast(({ since }) => since <= minor)
    return form ? [[id, form] as const] : []
  })
  return new Map(forms)
}

/** As messages list them: `privileged (container "c" must not …), seccompProfile (…)`. */
export function formatViolations(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ')
}
