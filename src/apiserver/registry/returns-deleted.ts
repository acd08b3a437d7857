import type { ResourceInfo } from '../../schema/resource.ts'

// As upstream's registries say, each for itself, with `ReturnDeletedObject`.
const RESOURCES = new Set([
  'namespaces',
  'pods',
  'podtemplates',
  'persistentvolumeclaims',
  'persistentvolumes',
  'resourcequotas',
  'serviceaccounts',
  'services',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'volumeattributesclasses.storage.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'csistoragecapacities.storage.k8s.io',
  'deviceclasses.resource.k8s.io',
  'devicetaintrules.resource.k8s.io',
  'resourceclaims.resource.k8s.io',
  'resourceclaimtemplates.resource.k8s.io',
  'resourceslices.resource.k8s.io',
])

/** Whether the answer to a deletion is the object, even when it is gone. */
export function returnsDeleted({ group, plural }: ResourceInfo): boolean {
  return RESOURCES.has(group === '' ? plural : `${plural}.${group}`)
}
