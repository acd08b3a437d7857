import { isConditionTrue } from '../../meta/v1/conditions.ts'
import type { CustomResourceDefinition } from './custom-resource-definition.ts'

/** Whether a definition's names are settled, so that its custom resources are served. */
export function isEstablished({ status }: CustomResourceDefinition): boolean {
  return isConditionTrue(status.conditions, 'Established')
}
