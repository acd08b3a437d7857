import type { ResourceInfo } from '../../schema/resource.ts'
import type { Verbs } from '../pipeline/subresources.ts'
import { ACCESS_REVIEWS } from './access-reviews.ts'
import { bindings, bindingVerbs } from './binding.ts'
import { evictionVerbs } from './eviction.ts'
import { IDENTITY_REVIEWS } from './identity-reviews.ts'
import { workloadScaleVerbs } from './scale.ts'

/** What is done otherwise than the registry does it, by `RESOURCE` or `RESOURCE/SUBRESOURCE`. */
export type SpecialVerbs = Readonly<Record<string, Verbs>>

export const SPECIAL_VERBS: SpecialVerbs = {
  ...ACCESS_REVIEWS,
  ...IDENTITY_REVIEWS,
  bindings: { create: bindings },
  'pods/binding': bindingVerbs,
  'pods/eviction': evictionVerbs,
  'replicationcontrollers/scale': workloadScaleVerbs,
  'deployments.apps/scale': workloadScaleVerbs,
  'replicasets.apps/scale': workloadScaleVerbs,
  'statefulsets.apps/scale': workloadScaleVerbs,
}

/** The name under which special verbs are found. */
export function specialName({ group, plural }: ResourceInfo, subresource = ''): string {
  const resource = group === '' ? plural : `${plural}.${group}`
  return subresource === '' ? resource : `${resource}/${subresource}`
}
