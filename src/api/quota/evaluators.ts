import { PersistentVolumeClaim } from '../core/v1/persistent-volume-claim.ts'
import { Pod } from '../core/v1/pod.ts'
import type { ResourceQuota } from '../core/v1/resource-quota.ts'
import { Service } from '../core/v1/service.ts'
import type { ResourceInfo } from '../../schema/resource.ts'
import { isUsedByPods, podConstraintProblem, podUsage } from './pod-usage.ts'
import { compareResources, type ResourceList } from './resource-lists.ts'
import { claimIsInScope, podIsInScope, scopesOf, type ScopeRequirement } from './scopes.ts'

/** How objects of a kind count in quotas. */
export interface QuotaEvaluator {
  /** Whether it is a resource that objects of the kind use. */
  readonly governs: (name: string) => boolean
  readonly usage: (object: unknown, nowMs: number) => ResourceList
  readonly isInScope: (object: unknown, scope: ScopeRequirement) => boolean
  /** What keeps an object from being counted. */
  readonly problem?: (object: unknown, required: readonly string[]) => string | undefined
  /** An update changes how much it uses. */
  readonly countsUpdates: boolean
}

const pods: QuotaEvaluator = {
  governs: isUsedByPods,
  usage: (pod, nowMs) => podUsage(pod as Pod, nowMs),
  isInScope: (pod, scope) => podIsInScope(pod as Pod, scope),
  problem: (pod, required) => podConstraintProblem(pod as Pod, required),
  // Only a resize does, which is a subresource.
  countsUpdates: false,
}

const SERVICE_NAMES = ['services', 'count/services', 'services.nodeports', 'services.loadbalancers']

const services: QuotaEvaluator = {
  governs: (name) => SERVICE_NAMES.includes(name),
  usage: (service) => serviceUsage(service as Service),
  isInScope: () => false,
  countsUpdates: true,
}

function serviceUsage({ spec }: Service): ResourceList {
  const { type, ports = [], allocateLoadBalancerNodePorts: allocates } = spec ?? {}
  const isBalanced = type === 'LoadBalancer'
  const nodePorts =
    type === 'NodePort' || (isBalanced && allocates !== false)
      ? ports.length
      : isBalanced
        ? ports.filter(({ nodePort }) => nodePort).length
        : 0
  return {
    services: '1',
    'count/services': '1',
    'services.nodeports': String(nodePorts),
    'services.loadbalancers': isBalanced ? '1' : '0',
  }
}

const CLAIM_NAMES = ['persistentvolumeclaims', 'count/persistentvolumeclaims', 'requests.storage']
const OF_CLASS = '.storageclass.storage.k8s.io/'

const claims: QuotaEvaluator = {
  governs: (name) => CLAIM_NAMES.includes(name) || name.includes(OF_CLASS),
  usage: (claim) => claimUsage(claim as PersistentVolumeClaim),
  isInScope: (claim, scope) => claimIsInScope(claim as PersistentVolumeClaim, scope),
  countsUpdates: true,
}

function claimUsage({ metadata, spec, status }: PersistentVolumeClaim): ResourceList {
  const storageClass =
    metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName
  const wanted = spec.resources?.requests?.['storage']
  const granted = status?.allocatedResources?.['storage']
  // A growth that failed halfway still holds what it has got.
  const storage = compareResources(wanted, granted) >= 0 ? wanted : granted
  const usage: Record<string, string> = {
    persistentvolumeclaims: '1',
    ...(storage !== undefined && { 'requests.storage': storage }),
  }
  const ofClass = Object.entries(storageClass ? usage : {}).map(([name, amount]) => [
    `${storageClass}${OF_CLASS}${name}`,
    amount,
  ])
  return { 'count/persistentvolumeclaims': '1', ...usage, ...Object.fromEntries(ofClass) }
}

/** Kinds that are counted by their plain names too, from before there were counts of all. */
const PLAIN = ['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas']

function counting({ group, plural }: ResourceInfo): QuotaEvaluator {
  const names = [
    `count/${group === '' ? plural : `${plural}.${group}`}`,
    ...(group === '' && PLAIN.includes(plural) ? [plural] : []),
  ]
  return {
    governs: (name) => names.includes(name),
    usage: () => Object.fromEntries(names.map((name) => [name, '1'])),
    isInScope: () => false,
    countsUpdates: false,
  }
}

/** How objects of a kind count in quotas; every namespaced kind can be counted. */
export function quotaEvaluator(resource: ResourceInfo): QuotaEvaluator {
  if (resource.group !== '') return counting(resource)
  switch (resource.plural) {
    case Pod.resource.plural:
      return pods
    case Service.resource.plural:
      return services
    case PersistentVolumeClaim.resource.plural:
      return claims
    default:
      return counting(resource)
  }
}

/** Whether a quota counts the object: it bounds something that the object uses, and all its scopes fit. */
export function quotaMatches(
  evaluator: QuotaEvaluator,
  quota: ResourceQuota,
  hard: ResourceList,
  object: unknown,
): boolean {
  if (!Object.keys(hard).some(evaluator.governs)) return false
  return scopesOf(quota).every((scope) => evaluator.isInScope(object, scope))
}
