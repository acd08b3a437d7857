import type { AdmissionAttributes } from '../../plugin.ts'
import type { PodLike } from './check.ts'

interface HasTemplate {
  readonly template?: PodLike
  readonly spec?: {
    readonly template?: PodLike
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodLike } }
  }
}

const KINDS = new Set([
  '/podtemplates',
  '/replicationcontrollers',
  'apps/daemonsets',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'batch/cronjobs',
  'batch/jobs',
])

/** The Pods that an object will make; undefined where it makes none. */
export function templateOf({
  type,
  subresource,
  object,
}: AdmissionAttributes): PodLike | undefined {
  const { group, plural } = type.resource
  if (subresource !== '' || !KINDS.has(`${group}/${plural}`)) return undefined
  const { template, spec } = object as HasTemplate
  const found = template ?? spec?.template ?? spec?.jobTemplate?.spec?.template
  // A template without a spec is for validation to refuse.
  return found?.spec ? found : undefined
}
