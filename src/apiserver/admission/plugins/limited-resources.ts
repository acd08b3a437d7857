import type { ResourceQuota } from '../../../api/core/v1/resource-quota.ts'
import type { QuotaEvaluator } from '../../../api/quota/evaluators.ts'
import { positiveResources, type ResourceList } from '../../../api/quota/resource-lists.ts'
import { scopesOf, type ScopeRequirement } from '../../../api/quota/scopes.ts'
import { formatList } from '../../../apimachinery/go-format.ts'
import { unknownError } from '../../../apimachinery/status-error.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import { refusal } from './refuse.ts'

/** What nobody may use without a quota that allows it. https://kubernetes.io/docs/concepts/policy/resource-quotas/#limit-priority-class-consumption-by-default */
export interface LimitedResource {
  readonly apiGroup: string
  readonly resource: string
  /** Resources whose names contain one of these. */
  readonly matchContains: readonly string[]
  readonly matchScopes: readonly ScopeRequirement[]
}

export interface Coverage {
  /** What the object uses. */
  readonly usage: ResourceList
  /** The names of all that quotas for it bound. */
  readonly governed: ReadonlySet<string>
  /** All quotas of its namespace. */
  readonly quotas: readonly ResourceQuota[]
}

/** Throws where the object uses what is limited and no quota is there for. */
export function checkCovered(
  limited: readonly LimitedResource[],
  attributes: AdmissionAttributes,
  evaluator: QuotaEvaluator,
  { usage, governed, quotas }: Coverage,
): void {
  const { object, type } = attributes
  const { group, plural } = type.resource
  const parts = limited
    .filter(({ apiGroup, resource }) => apiGroup === group && resource === plural)
    .flatMap(({ matchContains }) => matchContains)
  const names = positiveResources(usage).filter((name) => parts.some((part) => name.includes(part)))
  const uncovered = names.filter((name) => !governed.has(name))
  if (uncovered.length > 0) {
    const text = `insufficient quota to consume: ${uncovered.toSorted().join(',')}`
    throw refusal(attributes, text)
  }
  const isIn = (scope: ScopeRequirement): boolean => evaluator.isInScope(object, scope)
  const allowed = new Set(
    quotas
      .flatMap(scopesOf)
      .filter(isIn)
      .map(({ scopeName }) => scopeName),
  )
  const scopes = limited
    .flatMap(({ matchScopes }) => matchScopes)
    .filter(isIn)
    .filter(({ scopeName }) => !allowed.has(scopeName))
  if (scopes.length > 0)
    throw unknownError(
      `insufficient quota to match these scopes: ${formatList(scopes.map(formatScope))}`,
    )
}

function formatScope({ scopeName, operator, values = [] }: ScopeRequirement): string {
  return `{${scopeName} ${operator} ${formatList(values)}}`
}
