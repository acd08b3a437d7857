import { qualifiedNameProblems } from '../../../apimachinery/names.ts'

/** What Kubernetes knows of resources by their names. See https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/ */

const DOMAIN = 'kubernetes.io/'
const HUGE_PAGES = 'hugepages-'
const QUOTA_PREFIX = 'requests.'

const STANDARD_CONTAINER = new Set(['cpu', 'memory', 'ephemeral-storage'])

const STANDARD_QUOTA = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
])

const STANDARD = new Set([...STANDARD_QUOTA, 'storage'])

const INTEGER = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])

export function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES)
}

/** The size of one page in the suffix, such as `2Mi` of `hugepages-2Mi`. */
export function hugePageSize(name: string): string {
  return name.slice(HUGE_PAGES.length)
}

/** A resource of Kubernetes itself: without a domain, or in the domain kubernetes.io. */
export function isNative(name: string): boolean {
  return !name.includes('/') || name.includes(DOMAIN)
}

/** A resource that something outside Kubernetes brings to nodes, such as `example.com/gpu`. */
export function isExtended(name: string): boolean {
  if (isNative(name) || name.startsWith(QUOTA_PREFIX)) return false
  // It must still be a name with the prefix that quotas give it.
  return qualifiedNameProblems(QUOTA_PREFIX + name).length === 0
}

/** Whether more of it may be promised than there is. */
export function isOvercommitAllowed(name: string): boolean {
  return isNative(name) && !isHugePages(name)
}

export function isStandardContainerResource(name: string): boolean {
  return STANDARD_CONTAINER.has(name) || isHugePages(name)
}

export function isStandardResource(name: string): boolean {
  return STANDARD.has(name) || isQuotaHugePages(name)
}

export function isStandardQuotaResource(name: string): boolean {
  return STANDARD_QUOTA.has(name) || isQuotaHugePages(name)
}

function isQuotaHugePages(name: string): boolean {
  return isHugePages(name) || name.startsWith(QUOTA_PREFIX + HUGE_PAGES)
}

/** Whether only whole numbers of it make sense. */
export function isIntegerResource(name: string): boolean {
  return INTEGER.has(name) || isExtended(name)
}

/** What can be set for a Pod as a whole (KEP-2837). */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || isHugePages(name)
}
