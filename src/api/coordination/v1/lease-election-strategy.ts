import { qualifiedNameProblems } from '../../../apimachinery/names.ts'
import { unsupported, type FieldError } from '../../../schema/field-error.ts'
import { NONE, problemsAt } from '../../validation/rules.ts'

export const OLDEST_EMULATION_VERSION = 'OldestEmulationVersion'

/** How coordinated leader election chooses (KEP-4355): a name of Kubernetes' own, or one with a domain. */
export function validateElectionStrategy(strategy: string, path: string): FieldError[] {
  // Upstream names the field once more.
  const at = `${path}.strategy`
  if (strategy.includes('/')) return problemsAt(at, strategy, qualifiedNameProblems(strategy))
  return strategy === OLDEST_EMULATION_VERSION
    ? NONE
    : [unsupported(at, strategy, [OLDEST_EMULATION_VERSION])]
}
