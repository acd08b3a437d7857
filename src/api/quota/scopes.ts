import type { PersistentVolumeClaim } from '../core/v1/persistent-volume-claim.ts'
import { podQosClass } from '../core/v1/pod-qos.ts'
import type { Pod } from '../core/v1/pod.ts'
import type { ResourceQuota } from '../core/v1/resource-quota.ts'
import { usesOtherNamespaces } from './pod-usage.ts'

/** A condition under which a quota counts an object. */
export interface ScopeRequirement {
  readonly scopeName: string
  readonly operator: string
  readonly values?: readonly string[]
}

/** All conditions of a quota. */
export function scopesOf({ spec }: ResourceQuota): readonly ScopeRequirement[] {
  return [
    ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ]
}

/** Whether a Pod is within a scope. https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes */
export function podIsInScope(pod: Pod, scope: ScopeRequirement): boolean {
  const isTerminating = pod.spec.activeDeadlineSeconds !== undefined
  const isBestEffort = (): boolean => podQosClass(pod.spec) === 'BestEffort'
  switch (scope.scopeName) {
    case 'Terminating':
      return isTerminating
    case 'NotTerminating':
      return !isTerminating
    case 'BestEffort':
      return isBestEffort()
    case 'NotBestEffort':
      return !isBestEffort()
    case 'PriorityClass':
      return matchesValue(pod.spec.priorityClassName, scope)
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(pod)
    default:
      return false
  }
}

/** Whether a claim is within a scope. */
export function claimIsInScope({ spec }: PersistentVolumeClaim, scope: ScopeRequirement): boolean {
  return (
    scope.scopeName === 'VolumeAttributesClass' &&
    matchesValue(spec.volumeAttributesClassName, scope)
  )
}

function matchesValue(value = '', { operator, values = [] }: ScopeRequirement): boolean {
  switch (operator) {
    case 'Exists':
      return value !== ''
    case 'DoesNotExist':
      return value === ''
    case 'In':
      return values.includes(value)
    case 'NotIn':
      return !values.includes(value)
    default:
      return false
  }
}
