import type { MatchResources } from '../../../api/admissionregistration/v1/common.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import { matchedKind } from '../matching/matched-kind.ts'
import { namespaceSelected, objectSelected } from '../matching/selectors.ts'
import type { AdmissionAttributes } from '../plugin.ts'

/** The version of the request's resource that a policy or binding matches; undefined where it does not match. */
export async function matchedBy(
  match: MatchResources | undefined,
  attributes: AdmissionAttributes,
  { live, registry }: AdmissionEnvironment,
): Promise<ServedKind | undefined> {
  if (!match) return attributes.served
  const { resourceRules = [], excludeResourceRules, matchPolicy } = match
  const all = registry()
  const matched =
    resourceRules.length === 0
      ? attributes.served
      : matchedKind(resourceRules, matchPolicy, attributes, all)
  if (!matched || matchedKind(excludeResourceRules, matchPolicy, attributes, all)) return undefined
  if (!objectSelected(match.objectSelector, attributes)) return undefined
  const isSelected = await namespaceSelected(match.namespaceSelector, attributes, live)
  return isSelected ? matched : undefined
}
