import { BASELINE_CHECKS, capabilities, seccompProfile } from './baseline.ts'
import type { Check, PodLike, Violation } from './check.ts'
import { RESTRICTED_CHECKS } from './restricted.ts'

/** The Pod Security Standards: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export type Level = 'privileged' | 'baseline' | 'restricted'

export const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted']

/** `restricted` has stricter forms of these. */
const SURPASSED: readonly Check[] = [capabilities, seccompProfile]

const CHECKS: Readonly<Record<Level, readonly Check[]>> = {
  privileged: [],
  baseline: BASELINE_CHECKS,
  restricted: [
    ...BASELINE_CHECKS.filter((check) => !SURPASSED.includes(check)),
    ...RESTRICTED_CHECKS,
  ],
}

/** In what the Pod breaks a standard. */
export function violations(level: Level, pod: PodLike): readonly Violation[] {
  return CHECKS[level].flatMap((check) => check(pod) ?? [])
}

/** As messages list them: `privileged (container "c" must not …), seccompProfile (…)`. */
export function formatViolations(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ')
}
