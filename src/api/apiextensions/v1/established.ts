import type { CustomResourceDefinition } from './custom-resource-definition.ts'

/** Whether a definition's names are settled, so that its custom resources are served. */
export function isEstablished({ status }: CustomResourceDefinition): boolean {
  return (
    status.conditions?.some(
      ({ type, status: holds }) => type === 'Established' && holds === 'True',
    ) ?? false
  )
}
